"""Webhooks: events to a party's own address, signed as Standard Webhooks has it."""
