"""Deeds of the filters room: its door for everybody else."""

from __future__ import annotations

from mufakat.server.filters.erasing import sweep as erase_items
from mufakat.server.filters.holding import block, release, sweep as end_holds
from mufakat.server.filters.restoring import appealed as restore_appealed, sweep as restore_due
from mufakat.server.filters.screening import (
    ATTEMPTS,
    Prepared,
    UnsettledError,
    count,
    prepare_one,
    screen,
    screen_many,
)
from mufakat.server.filters.striking import StaleError

__all__ = [
    "ATTEMPTS",
    "Prepared",
    "StaleError",
    "UnsettledError",
    "block",
    "count",
    "end_holds",
    "erase_items",
    "prepare_one",
    "release",
    "restore_appealed",
    "restore_due",
    "screen",
    "screen_many",
]
