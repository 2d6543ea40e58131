"""An agreement ends, or its talks do: by itself at the time that its frame names, or by a side (`leaving`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules import agreement as rules
from mufakat.rules.agreement import OPEN, PointDeed, PointState
from mufakat.rules.errors import NotNowError
from mufakat.rules.events import EventType
from mufakat.server.agreements import tables, telling
from mufakat.server.agreements.models import Governing, Point, Version
from mufakat.server.journal import operations as journal
from mufakat.server.parties import news
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.server.agreements.models import Agreement
    from mufakat.server.journal.work import Moment

LIVE = frozenset({*OPEN, PointState.IN_FORCE})


def require_open(row: Agreement) -> None:
    """Raise NotNowError where it has ended."""
    if row.ended_at is not None:
        raise NotNowError("The agreement has ended; what is still to be settled needs new talks.")


def end(row: Agreement, *, at: datetime, moment: Moment, by: str = HOUSE, reason: str = "") -> None:
    """Everything under way and in force ends, by one event; from `at` on it governs nothing."""
    happening = telling.happening(
        EventType.AGREEMENT_ENDED,
        row,
        list(tables.kinds_of(row)),
        actor=by,
        committed={"reason": reason.encode()},
        ref=(row.event,),
        due=at,
    )
    journal.append([happening], moment)
    for point in Point.objects.filter(agreement=row, state__in=[state.value for state in LIVE]):
        point.state = rules.advance(PointState(point.state), PointDeed.END).value
        point.since = moment.at
        point.save(update_fields=["state", "since"])
    Version.objects.filter(agreement=row, until=None).update(until=at)
    Governing.objects.filter(version__agreement=row, until=None).update(until=at)
    row.ended_at, row.next_at = at, None
    row.save(update_fields=["ended_at", "next_at"])
    news.tell(moment)
