"""Mufakat: agreement reached by deliberation. The channel between those who may ask, those who decide, and the public."""

__version__ = "0.1.0"
