"""Lists of closed names on their way to the servers that hold them as zones (RPZ)."""
