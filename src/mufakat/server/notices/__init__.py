"""Asked: notices, what they point at, their clocks, and the acknowledgement."""
