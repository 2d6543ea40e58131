"""Rows of the governance room."""
