"""Public: what everybody may see, search and take away."""
