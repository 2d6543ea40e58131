"""Deeds of the filters room: its door for everybody else."""

from __future__ import annotations

from mufakat.server.filters.counting import sweep as tell_counts
from mufakat.server.filters.notifying import (
    decline as decline_notification,
    release as release_notification,
    restored as tell_restored,
    sweep as lapse_notifications,
)

__all__ = [
    "decline_notification",
    "lapse_notifications",
    "release_notification",
    "tell_counts",
    "tell_restored",
]
