"""The people's door: server-rendered pages."""
