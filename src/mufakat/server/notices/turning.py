"""What an event of a room further right does to its notice: the state, the clocks, the end.

Rooms that decide and that hear appeals never write a notice themselves; they say which deed it was, and append what
this gives back after their own event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules import lifecycle, retention
from mufakat.rules.lifecycle import NoticeState
from mufakat.server.notices import clocks
from mufakat.server.notices.models import Notice, Pointer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.rules.events import EventType
    from mufakat.rules.lifecycle import NoticeDeed
    from mufakat.server.journal.operations import Happening
    from mufakat.server.journal.work import Moment


def turn(
    notice: Notice, type_: EventType, *, deed: NoticeDeed | None = None, first: str, moment: Moment
) -> Sequence[Happening]:
    """Move the notice as `deed` says, None where the state stays, and its clocks as the profile says of the event.

    Called inside an operation of the writer, before it appends the event; gives what is to be appended after it.
    `first` is the event by which the notice came in. Raises IllegalTransitionError.
    """
    before = NoticeState(notice.state)
    after = before if deed is None else lifecycle.advance(before, deed)
    if deed is None:
        turned = clocks.moved(notice, type_, after=after, ref=first, moment=moment)
    else:
        turned = clocks.turn(notice, type_, after=after, ref=first, moment=moment)
    if (after, turned.due_at) == (before, notice.due_at):
        return turned.happenings
    if (after in lifecycle.OPEN_STATES) is not (before in lifecycle.OPEN_STATES):
        linked = after in lifecycle.OPEN_STATES
        pointers = Pointer.objects.filter(notice=notice)
        (pointers.filter(erased_at=None) if linked else pointers).update(linked=linked)
    ended_at = notice.ended_at if retention.has_ended(after) else None  # Opened again, its periods run from a new end.
    if retention.has_ended(after) and not retention.has_ended(before):
        ended_at = moment.at
    erased_at = notice.erased_at if ended_at is not None else None
    unreachable_since = None if deed is not None else notice.unreachable_since  # Somebody answered, or nobody need.
    found = Notice.objects.filter(pk=notice.pk, state=before.value)
    changed = {"state": after.value, "due_at": turned.due_at, "ended_at": ended_at, "erased_at": erased_at}
    found.update(**changed, unreachable_since=unreachable_since)
    notice.state, notice.due_at, notice.ended_at = after.value, turned.due_at, ended_at
    notice.unreachable_since, notice.erased_at = unreachable_since, erased_at
    return turned.happenings


def look_again(notice: Notice, *, anew: datetime | None = None) -> None:
    """Something was said about it after its end, and perhaps after its erasure: the sweep looks at it once more.

    Where its periods run `anew` from a time, as from an appeal, what was said is not erased before it was heard. Called
    inside an operation of the writer.
    """
    changes: dict[str, datetime | None] = {}
    if notice.erased_at is not None:
        changes["erased_at"] = None
    if notice.ended_at is not None and anew is not None:
        changes["ended_at"] = anew
    if changes:
        Notice.objects.filter(pk=notice.pk).update(**changes)
