"""What the filters room shows: always to somebody of the platform whose it is (I-10), or to whom it was released."""

from __future__ import annotations

from mufakat.server.filters.bank_queries import bank, banks, entries, entry, export, stats

__all__ = ["bank", "banks", "entries", "entry", "export", "stats"]
