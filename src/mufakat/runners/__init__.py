"""Programs without Django."""
