"""Notices come to their end: the time for appeals is over, or nothing stands that one could be against.

Each notice that was decided has a row with the time at which it is looked at next. A notice that cannot close yet is
looked at again later; an appeal that is resolved, and a decision, bring it forward. Killed at any point a sweep has
closed a notice with its event, or nothing of it.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from mufakat.rules import appeal as rules
from mufakat.rules.appeal import AppealState
from mufakat.rules.events import EventType
from mufakat.rules.lifecycle import NoticeDeed, NoticeState
from mufakat.rules.measure import MeasureState
from mufakat.server.appeals import queries
from mufakat.server.appeals.models import Appeal, Window
from mufakat.server.decisions import queries as decisions
from mufakat.server.journal import operations as journal
from mufakat.server.journal.parts import Swept, alone
from mufakat.server.notices import clocks, queries as notices, turning
from mufakat.server.parties import queries as parties
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    import threading
    from datetime import datetime

    from mufakat.server.decisions.queries import Decision, Whole
    from mufakat.server.journal.outbox import Row
    from mufakat.server.journal.work import Moment
    from mufakat.server.notices.queries import Notice

PORTION = 50  # Notices of one commit.
AGAIN = timedelta(hours=1)  # After so long a notice is looked at again that is open for another reason than its time.


def decided(row: Row, moment: Moment) -> None:
    """A decision was made: its notice is looked at when the time for appeals is over. Doing it again changes nothing.

    A reaction to ``decision.made``; it runs in the writer.
    """
    found = decisions.by_event(row.event)
    if found is None:
        return
    due_at = rules.until(found.appeal_until, decided_at=found.decided_at)
    Window.objects.update_or_create(notice_id=found.notice_id, defaults={"due_at": due_at})
    del moment


def look_soon(notice: str, moment: Moment) -> None:
    """Look at this notice at once: what kept it open may be gone. In an operation of the writer."""
    Window.objects.filter(notice=notice).update(due_at=moment.at)


def reversed_(row: Row, moment: Moment) -> None:
    """A decision stands no more without an appeal: its notice is looked at. A reaction to ``decision.reversed``."""
    look_soon(row.case, moment)


def next_due() -> datetime | None:
    """When the first notice is looked at next."""
    return Window.objects.order_by("due_at").values_list("due_at", flat=True).first()


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Close what has come to its end at `at`, a portion at a time."""
    del stop
    if not Window.objects.filter(due_at__lte=at).exists():
        return Swept(0, more=False)
    looked, closed = alone(partial(_look, at=at))
    return Swept(closed, more=looked == PORTION)


def _look(moment: Moment, *, at: datetime) -> tuple[int, int]:
    """One portion. Inside the writer nobody else writes: what is read here is true until the commit."""
    rows = list(Window.objects.filter(due_at__lte=at).order_by("due_at", "notice")[:PORTION])
    closed = 0
    for row in rows:
        found = decisions.all_of(row.notice_id)
        notice = found[0].decision.notice if found else None
        if notice is None or notice.state != NoticeState.DECIDED:
            row.delete()  # Reopened, or ended otherwise; a new decision makes a new row.
        elif _may_close(found, at=at):
            _close(notice, found[-1].decision, moment)
            row.delete()
            closed += 1
        else:
            row.due_at = _next_look(found, at=at)
            row.save(update_fields=["due_at"])
    return len(rows), closed


def _may_close(found: list[Whole], *, at: datetime) -> bool:
    """Every decision on the notice has to have come to its end, one that was reversed in part too."""
    lodged = Appeal.objects.filter(notice=found[0].decision.notice_id, state=AppealState.LODGED.value).exists()
    return all(
        rules.may_close(
            until=contested.until,
            stands=contested.stands,
            lodged=lodged,
            unfinished=any(MeasureState(each.state) in queries.UNFINISHED for each in one.measures),
            at=at,
        )
        for one in found
        for contested in [queries.contested(one)]
    )


def _next_look(found: list[Whole], *, at: datetime) -> datetime:
    """When the time for appeals is over, where it is not; else after a while, because something else is still open."""
    ends = [contested.until for contested in map(queries.contested, found) if contested.stands]
    return max((end for end in ends if end > at), default=at + AGAIN)


def _close(notice: Notice, decision: Decision, moment: Moment) -> None:
    first = notices.first_event(notice.id).id
    turned = turning.turn(notice, EventType.NOTICE_CLOSED, deed=NoticeDeed.CLOSE, first=first, moment=moment)
    handles = parties.handles()
    sender, platform = handles[notice.sender_id], handles[notice.recipient_id]
    happening = journal.Happening(
        type=EventType.NOTICE_CLOSED,
        sender=HOUSE,
        recipient=platform,
        case=notice.id,
        actor=HOUSE,
        ref=(decision.id, first),
        to=clocks.both(sender, platform),
    )
    journal.append([happening, *turned], moment)
