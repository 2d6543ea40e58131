"""In whose hands a notice is, on each side by itself: handed to a colleague, taken, given back to everybody.

It is a party's own affair. The event stands in the channel of the party to itself, and the other side is shown neither
it nor the note that came with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules import talk as rules
from mufakat.rules.errors import RefusedError
from mufakat.rules.events import EventType
from mufakat.rules.lifecycle import NoticeState
from mufakat.rules.permissions import Deed, Role, seat_name
from mufakat.server.journal import door, operations as journal
from mufakat.server.journal.answers import Answer
from mufakat.server.notices import queries, sides
from mufakat.server.notices.faces import NoticeOut, encode
from mufakat.server.notices.models import Notice
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.rules.talk import Side
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller

NOBODY = ""  # The seat of nobody: the notice is everybody's again.


class NoColleagueError(RefusedError):
    """Nobody of the party sits there, or nobody who may have a notice in hand on this side."""

    def __init__(self, seats: Sequence[str]) -> None:
        super().__init__(f"A notice is handed to one of these seats of your party: {', '.join(seats) or 'none yet'}.")


@dataclass(slots=True)
class Handing:
    """A notice on its way into somebody's hands; to the seat of nobody, back into everybody's."""

    notice: str
    by: Caller
    seat: str
    note: str
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        notice = queries.get_for(self.by, self.notice, deed=Deed.MESSAGE)
        side = sides.require_voice(self.by, notice)
        rules.require_open(NoticeState(notice.state))
        column = f"{side.value}_person_id"
        colleague = chosen(self.by, side, self.seat)
        person = colleague.person_id if colleague else None
        if getattr(notice, column) != person:
            committed = {"seat": self.seat.encode()} | ({"note": self.note.encode()} if self.note else {})
            happening = journal.Happening(
                type=EventType.NOTICE_HANDED_OVER,
                sender=self.by.handle,
                recipient=self.by.handle,
                case=notice.id,
                actor=self.by.handle,
                committed=committed,
                ref=(queries.first_event(notice.id).id,),
            )
            journal.append([happening], moment)
            Notice.objects.filter(pk=notice.pk).update(**{column: person})
            notice.refresh_from_db(fields=[f"{side.value}_person"])
        return Answer(200, encode(NoticeOut.of(queries.whole(notice, viewer=self.by), at=moment.at)), notice.id)


def hand_over(notice: str, *, by: Caller, seat: str, note: str = "", key: Key | None = None) -> Answer:
    """Put the notice into the hands of a colleague, such as ``reviewer-2``, one's own included; "" gives it back.

    Handing it to who has it already changes nothing. Raises EndedError, NoColleagueError, NotPermittedError.
    """
    found = queries.get_for(by, notice, deed=Deed.MESSAGE)
    chosen(by, sides.require_voice(by, found), seat)
    answer: Answer = door.writer().commit(Handing(notice, by, seat, note, key))
    return answer


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of one's own party: the seat, and the name, which the other side is never shown (I-18)."""

    person_id: int
    seat: str
    name: str


def colleagues(viewer: Caller, side: Side) -> Sequence[Colleague]:
    """Whoever of the viewer's party may have a notice in hand on this side, by seat."""
    return [
        Colleague(one.pk, seat_name(Role(one.role), one.ordinal), one.name)
        for one in parties.colleagues_of(viewer)
        if rules.answers_for(Role(one.role), side)
    ]


def chosen(viewer: Caller, side: Side, seat: str) -> Colleague | None:
    """The colleague in this seat; None for nobody. Raises NoColleagueError, which names those there are."""
    if seat == NOBODY:
        return None
    found = {one.seat: one for one in colleagues(viewer, side)}
    if seat not in found:
        raise NoColleagueError(list(found))
    return found[seat]
