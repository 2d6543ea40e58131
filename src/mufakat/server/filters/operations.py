"""Deeds of the filters room: its door for everybody else."""

from __future__ import annotations

from mufakat.server.filters.bank_imports import check as check_import, own as own_bank, steps as import_entries
from mufakat.server.filters.banks import add_entries, open_bank
from mufakat.server.filters.counting import sweep as tell_counts
from mufakat.server.filters.erasing import sweep as erase_items
from mufakat.server.filters.holding import block, release, sweep as end_holds
from mufakat.server.filters.notifying import (
    decline as decline_notification,
    release as release_notification,
    sweep as lapse_notifications,
)
from mufakat.server.filters.policies import begin_shadow, decline, end, propose
from mufakat.server.filters.promoting import promote
from mufakat.server.filters.proposing import (
    forget as forget_entries,
    propose as propose_entries,
    retract as retract_fallen,
)
from mufakat.server.filters.restoring import appealed as restore_appealed, sweep as restore_due
from mufakat.server.filters.retracting import retract as retract_entries
from mufakat.server.filters.reviewing import review as review_entries
from mufakat.server.filters.samples import erase as erase_sample, sweep as sweep_samples, take as take_sample
from mufakat.server.filters.screening import ATTEMPTS, Prepared, UnsettledError, count, prepare_one, screen, screen_many
from mufakat.server.filters.striking import StaleError
from mufakat.server.filters.trying import try_on

__all__ = [
    "ATTEMPTS",
    "Prepared",
    "StaleError",
    "UnsettledError",
    "add_entries",
    "begin_shadow",
    "block",
    "check_import",
    "count",
    "decline",
    "decline_notification",
    "end",
    "end_holds",
    "erase_items",
    "erase_sample",
    "forget_entries",
    "import_entries",
    "lapse_notifications",
    "open_bank",
    "own_bank",
    "prepare_one",
    "promote",
    "propose",
    "propose_entries",
    "release",
    "release_notification",
    "restore_appealed",
    "restore_due",
    "retract_entries",
    "retract_fallen",
    "review_entries",
    "screen",
    "screen_many",
    "sweep_samples",
    "take_sample",
    "tell_counts",
    "try_on",
]
