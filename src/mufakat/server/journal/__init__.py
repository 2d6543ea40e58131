"""Append-only events, the outbox, the single writer, and the ids: the room every other room writes through."""
