"""The Django shell around the pure core: each app is a room with a door (operations and queries)."""
