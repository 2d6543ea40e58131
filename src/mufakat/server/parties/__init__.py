"""Who: organisations, the people in their seats, and the tokens of their systems."""
