"""Receipts and the log's hashes: what the operator signs, and how anybody checks it offline. Pure."""
