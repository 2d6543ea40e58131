"""What waits for a party: whose of its people has it in hand, and where in the queue a page of it ends."""

from __future__ import annotations

import re
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
FORM = re.compile(r"(?P<due>-|[0-9]{1,17})\.(?P<rank>[0-9])\.(?P<id>[a-z0-9_]{1,30})", re.ASCII)
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
    rank: int
    id: str

    @classmethod
    def of(cls, notice: Notice) -> Self:
        return cls(notice.due_at, notice.rank, notice.id)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The place that ``str`` wrote; None for anything else."""
        found = FORM.fullmatch(text)
        if found is None or not ids.is_id(found["id"], "ntc") or (found["due"] != "-" and int(found["due"]) >= LATEST):
            return None
        due = None if found["due"] == "-" else EPOCH + int(found["due"]) * MICROSECOND
        return cls(due, int(found["rank"]), found["id"])

    def __str__(self) -> str:
        due = "-" if self.due_at is None else str((self.due_at - EPOCH) // MICROSECOND)
        return f"{due}.{self.rank}.{self.id}"

    @property
    def behind(self) -> Q:
        """Those with a clock that come after this place. A range of the index first: what lies before is not walked."""
        if self.due_at is None:
            return Q(pk__in=[])
        return Q(due_at__gte=self.due_at) & (Q(due_at__gt=self.due_at) | self._behind_at_once)

    @property
    def behind_without_clock(self) -> Q:
        """Those without a clock that come after this place."""
        return Q(due_at=None) & (self._behind_at_once if self.due_at is None else Q())

    @property
    def _behind_at_once(self) -> Q:
        """Of those that are due at the same time: first by rank, then by id."""
        return Q(rank__gt=self.rank) | Q(rank=self.rank, id__gt=self.id)
