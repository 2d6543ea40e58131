"""Fetched, delivered, seen: what becomes of a notice on its way to somebody's eyes, each set once (`rules.passages`).

Acknowledging, which moves the state, is in ``operations``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules import passages as rules
from mufakat.rules.events import EventType
from mufakat.rules.passages import Passage, Times
from mufakat.server.journal import operations as journal, queries as events
from mufakat.server.notices.models import Notice
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from mufakat.server.journal.work import Moment


def times_after(notice: Notice, event: EventType, *, at: datetime) -> dict[str, datetime]:
    """The columns that the event sets on the notice, here and for the statement that the caller writes."""
    before = Times(notice.fetched_at, notice.delivered_at, notice.seen_at, notice.acknowledged_at)
    times = rules.after(before, event, at=at)
    found = {f"{passage.value}_at": getattr(times, passage.value) for passage in Passage}
    new = {column: time for column, time in found.items() if getattr(notice, column) != time}
    for column, time in new.items():
        setattr(notice, column, time)
    return new


def delivered(notices: Collection[str], *, moment: Moment) -> list[str]:
    """A carrier got the recipient's own 2xx, or a positive DSN, for these notices; those of which it is new.

    Called inside an operation of the writer. Once a notice has its time, another delivery of it is no event: repeat it
    as often as you like. Only what carried the notice itself to its recipient counts, never a later word about it.
    """
    found = Notice.objects.filter(pk__in=notices, delivered_at=None).select_related("sender").order_by("id")
    new = list(found)
    first = events.first_event_ids([one.id for one in new])
    # Nobody is told by a carrier that a carrier delivered: that would double every delivery. The sender reads it.
    happenings = [
        journal.Happening(
            type=EventType.NOTICE_DELIVERED,
            sender=HOUSE,
            recipient=one.sender.handle,
            case=one.id,
            actor=HOUSE,
            ref=(first[one.id],),
        )
        for one in new
    ]
    journal.append(happenings, moment)
    ids = [one.id for one in new]
    Notice.objects.filter(pk__in=ids, delivered_at=None).update(delivered_at=moment.at)
    return ids
