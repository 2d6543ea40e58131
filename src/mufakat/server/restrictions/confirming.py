"""An operator says what it did: that it carries a restriction out, or that it opened what came off its list.

It says so of itself alone. What it says is believed until a probe sees otherwise (`sighting`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules import restriction as lifecycle, restriction_reading as reading
from mufakat.rules.errors import NotFoundError, RestrictionStandsError
from mufakat.rules.events import EventType
from mufakat.rules.permissions import Deed
from mufakat.rules.restriction import LIVE, CarryingState, RestrictionDeed, RestrictionState
from mufakat.server.journal import door, operations as journal
from mufakat.server.restrictions import approving, queries, telling
from mufakat.server.restrictions.models import Carrying

if TYPE_CHECKING:
    from mufakat.rules.restriction import NoteIn
    from mufakat.server.journal.answers import Answer, Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller
    from mufakat.server.restrictions.models import Restriction

OFF = frozenset({CarryingState.OPENING, CarryingState.OPEN})
"""Off the operator's list."""


@dataclass(slots=True)
class Confirming:
    """A confirmation on its way to the writer."""

    restriction: str
    told: NoteIn
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        row, one = carried(self.by, self.restriction)
        state = CarryingState(one.state)
        if self.told.opened is not None and self.told.opened is not (state in OFF):
            # It was lifted since, or closed anew: what somebody did to another list is not confirmed.
            raise RestrictionStandsError(row.state, "confirm opened" if self.told.opened else "confirm applied")
        if state is CarryingState.TOLD:
            self._applied(row, one, moment)
        elif state is CarryingState.OPENING:
            self._opened(row, one, moment)
        elif state is CarryingState.WAITING:
            raise RestrictionStandsError(row.state, "confirm")
        # Applied, or open: it was said before, and saying it again changes nothing.
        return approving.answered(row.id, self.by, moment)

    def _applied(self, row: Restriction, one: Carrying, moment: Moment) -> None:
        self._tell(EventType.RESTRICTION_APPLIED, row, moment)
        one.state, one.since, one.applied_at = CarryingState.APPLIED.value, moment.at, moment.at
        one.applied_by_id = self.by.person_id
        one.save()
        waiting = Carrying.objects.filter(restriction=row).exclude(state=CarryingState.APPLIED.value)
        if row.state == RestrictionState.PUBLISHING and not waiting.exists():
            row.state = lifecycle.advance(RestrictionState(row.state), RestrictionDeed.APPLY).value
            row.since = moment.at
            row.save(update_fields=["state", "since"])

    def _opened(self, row: Restriction, one: Carrying, moment: Moment) -> None:
        """It opened what came off its list; what is still on it, it goes on carrying out."""
        self._tell(EventType.RESTRICTION_OPENED, row, moment)
        one.opened_at, one.opened_by_id, one.since = moment.at, self.by.person_id, moment.at
        one.due_at = one.climbs_at = None
        one.state = CarryingState.OPEN.value
        if RestrictionState(row.state) in LIVE:
            one.state = (CarryingState.APPLIED if one.applied_at is not None else CarryingState.TOLD).value
        one.save()

    def _tell(self, type_: EventType, row: Restriction, moment: Moment) -> None:
        happening = telling.happening(
            type_, row, actor=self.by.handle, committed={"note": self.told.note.encode()}, ref=(row.event,)
        )
        journal.append([happening], moment)


def carried(by: Caller, restriction: str) -> tuple[Restriction, Carrying]:
    """The restriction, and how it stands at the caller's party, which carries it out."""
    row = queries.get_for(by, restriction, deed=Deed.CONFIRM_RESTRICTION)
    one = Carrying.objects.filter(restriction=row, operator=by.party_id).first()
    if one is None:
        raise NotFoundError("restriction")
    return row, one


def confirm(restriction: str, raw: bytes, *, by: Caller, key: Key | None = None) -> Answer:
    """Say that it is carried out, or where it came off the list that it is open. Saying it again changes nothing.

    Raises BadRestrictionError, NotFoundError, NotPermittedError.
    """
    carried(by, restriction)
    told = reading.read_note(raw)
    answer: Answer = door.writer().commit(Confirming(restriction, told, by, key))
    return answer
