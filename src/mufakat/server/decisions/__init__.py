"""Decided: decisions, measures, statements of reasons."""
