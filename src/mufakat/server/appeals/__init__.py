"""Contested: appeals and what they change."""
