"""Rows of the decisions room."""
