"""What waits for a party: whose of its people has it in hand, and where in the queue a page of it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from django.db.models import Q

from mufakat.rules.lifecycle import NoticeState, Turn, turn
from mufakat.server.journal import ids

if TYPE_CHECKING:
    from mufakat.server.notices.models import Notice
    from mufakat.server.parties.queries import Caller

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LATEST = 10**16  # Microseconds since 1970; later than any clock runs, sooner than where Python's time ends.
SIDES = {Turn.SENDER: "sender", Turn.RECIPIENT: "recipient"}


class Hands(StrEnum):
    """Which of what waits for the party."""

    ALL = ""
    MINE = "mine"  # What the viewer has in hand.
    UNASSIGNED = "unassigned"  # What nobody who is still there has in hand.

    def narrowed(self, viewer: Caller) -> Q:
        """Of the notices that wait for the viewer's party; the side that waits is the one whose hands count."""
        if self is Hands.ALL:
            return Q()
        found = Q()
        for state in NoticeState:
            if (side := SIDES.get(turn(state))) is None:
                continue
            mine = Q(**{f"{side}_person_id": viewer.person_id})
            nobodys = Q(**{f"{side}_person": None}) | Q(**{f"{side}_person__is_active": False})
            found |= Q(mine if self is Hands.MINE else nobodys, state=state.value)
        return found


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the queue: due when (None: no clock runs, which comes last), and which of those that are due then."""

    due_at: datetime | None
    id: str

    @classmethod
    def of(cls, notice: Notice) -> Self:
        return cls(notice.due_at, notice.id)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The place that ``str`` wrote; None for anything else."""
        due, _, notice = text.partition(".")
        if not ids.is_id(notice, "ntc") or not (due == "-" or (due.isascii() and due.isdigit() and int(due) < LATEST)):
            return None
        return cls(None if due == "-" else EPOCH + int(due) * MICROSECOND, notice)

    def __str__(self) -> str:
        due = "-" if self.due_at is None else str((self.due_at - EPOCH) // MICROSECOND)
        return f"{due}.{self.id}"

    @property
    def behind(self) -> Q:
        """Those with a clock that come after this place. A range of the index first: what lies before is not walked."""
        if self.due_at is None:
            return Q(pk__in=[])
        return Q(due_at__gte=self.due_at) & ~Q(due_at=self.due_at, id__lte=self.id)

    @property
    def behind_without_clock(self) -> Q:
        """Those without a clock that come after this place."""
        return Q(due_at=None, id__gt=self.id) if self.due_at is None else Q(due_at=None)
