"""What a hit item said is erased when its period has passed; the hit, its rule and its entries stay (I-09)."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING

from mufakat.rules import retention
from mufakat.rules.events import EventType
from mufakat.rules.retention import RETENTION, Erasable
from mufakat.server.filters import telling
from mufakat.server.filters.models import Hit
from mufakat.server.journal import openings, operations as journal
from mufakat.server.journal.parts import Swept, alone

if TYPE_CHECKING:
    import threading
    from datetime import datetime

    from mufakat.server.journal.work import Moment

PORTION = 500  # Hits of one commit.
SHARE = 10 * PORTION


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Erase what is due at this time; a chore of the house."""
    until = at - RETENTION[Erasable.SCREENED].period
    done = 0
    while done < SHARE and not (stop and stop.is_set()):
        due = list(Hit.objects.filter(erased_at=None, at__lte=until).order_by("at", "id")[:PORTION])
        if not due:
            return Swept(done, more=False)
        done += alone(partial(_erase, due))
    return Swept(done, more=Hit.objects.filter(erased_at=None, at__lte=until).exists())


def _erase(rows: list[Hit], moment: Moment) -> int:
    """One portion, each with an event that says so; no system need be told of it."""
    openings.erase_of(moment, [row.event for row in rows], fields=retention.fields_of({Erasable.SCREENED}))
    erased = [
        telling.happening(EventType.HIT_ERASED, row.id, platform=row.platform_id, ref=(row.event,)) for row in rows
    ]
    journal.append([dataclasses.replace(one, to=()) for one in erased], moment)
    return Hit.objects.filter(pk__in=[row.id for row in rows], erased_at=None).update(erased_at=moment.at)
