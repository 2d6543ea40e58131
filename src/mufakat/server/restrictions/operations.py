"""Deeds of the restrictions room: its door for everybody else."""

from __future__ import annotations

from mufakat.server.restrictions.answering import note_read, object_to
from mufakat.server.restrictions.approving import approve
from mufakat.server.restrictions.confirming import confirm
from mufakat.server.restrictions.ending import sweep as end_due
from mufakat.server.restrictions.lifting import lift_by as lift
from mufakat.server.restrictions.proposing import propose
from mufakat.server.restrictions.publishing import sweep as publish_due, told, told_at_their_desks
from mufakat.server.restrictions.reconsidering import reconsider

__all__ = [
    "approve",
    "confirm",
    "end_due",
    "lift",
    "note_read",
    "object_to",
    "propose",
    "publish_due",
    "reconsider",
    "told",
    "told_at_their_desks",
]
