"""Mufakat, agreement reached by deliberation: the channel between those who ask, those who decide, and the public."""

__version__ = "0.1.0"
