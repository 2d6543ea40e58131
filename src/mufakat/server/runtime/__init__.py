"""The wiring: settings, addresses, the two ways into the application, and the start of the worker."""
