"""Rows of the appeals room."""
