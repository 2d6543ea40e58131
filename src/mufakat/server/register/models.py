"""Rows of the register room."""
