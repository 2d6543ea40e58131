"""What the filters room shows: always to somebody of the platform whose it is (I-10), or to whom it was released."""

from __future__ import annotations

from mufakat.server.filters.bank_queries import bank, banks, entries, entry, export, stats
from mufakat.server.filters.hits import (
    Told as ToldHit,
    get_for as hit_for,
    page as hits,
    told as told_hits,
    whole as whole_hit,
)
from mufakat.server.filters.notification_queries import (
    get_for as notification,
    page as notifications,
    weeks as weeks_told,
)
from mufakat.server.filters.screening import SCREENED, VerdictOut

__all__ = [
    "SCREENED",
    "ToldHit",
    "VerdictOut",
    "bank",
    "banks",
    "entries",
    "entry",
    "export",
    "hit_for",
    "hits",
    "notification",
    "notifications",
    "stats",
    "told_hits",
    "weeks_told",
    "whole_hit",
]
