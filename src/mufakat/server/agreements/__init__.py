"""Agreed: what parties settled with each other, point by point, and the profiles they cite."""
