"""What every connector to a service with content has in common. No Django here: one may be a program of its own."""
