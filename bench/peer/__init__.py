"""The peer of intake: what a careful Django developer writes first, on the same tables."""
