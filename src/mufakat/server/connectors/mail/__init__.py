"""E-mail, out and in: never authority, never lost."""
