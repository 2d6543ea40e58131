"""Deeds of the filters room: its door for everybody else."""

from __future__ import annotations

from mufakat.server.filters.bank_imports import check as check_import, own as own_bank, steps as import_entries
from mufakat.server.filters.banks import add_entries, open_bank
from mufakat.server.filters.proposing import (
    forget as forget_entries,
    propose as propose_entries,
    retract as retract_fallen,
)
from mufakat.server.filters.retracting import retract as retract_entries
from mufakat.server.filters.reviewing import review as review_entries

__all__ = [
    "add_entries",
    "check_import",
    "forget_entries",
    "import_entries",
    "open_bank",
    "own_bank",
    "propose_entries",
    "retract_entries",
    "retract_fallen",
    "review_entries",
]
