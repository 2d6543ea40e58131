"""Set what a party aims at, and end it. What was set is never changed: another aim is another objective."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from mufakat.rules import objective_reading as reading
from mufakat.rules.errors import BadGovernanceError, NotFoundError, NotNowError
from mufakat.rules.events import EventType
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.permissions import Deed
from mufakat.server.agreements import queries as agreements
from mufakat.server.governance import governing
from mufakat.server.governance.governing_faces import ObjectiveOut, encode
from mufakat.server.governance.models import Objective
from mufakat.server.journal import door, operations as journal
from mufakat.server.journal.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mufakat.rules import objective as rules
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller

MOST = 30  # Objectives of a party that stand at once: a review names the event of each, and more nobody reviews.


@dataclass(slots=True)
class Setting:
    """An objective on its way to the writer."""

    terms: rules.Objective
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        terms, party = self.terms, self.by.party_id
        # (1) What stands decides; two who set the same come here one after the other.
        standing = Objective.objects.filter(party=party, ended_at=None)
        agreement = terms.agreement or ""
        if (same := standing.filter(figure=terms.figure.value, agreement=agreement).first()) is not None:
            raise NotNowError(f"{same.id} aims at this figure already. End it first, then set another.")
        if standing.count() >= MOST:
            raise NotNowError(f"Your party has {MOST} objectives; end one before you set another.")
        # (2) The event, then the row that is found by it.
        pk, said = moment.id("obj"), msgspec.json.encode(terms, order="deterministic")
        refs = (agreement,) if agreement else ()
        event = append(EventType.OBJECTIVE_SET, self.by, {"objective": said}, moment, ref=refs)
        row = Objective.objects.create(
            id=pk,
            party_id=party,
            figure=terms.figure.value,
            at_least=terms.at_least,
            owner=terms.owner,
            every_days=terms.every_days,
            review_on=terms.review_on,
            agreement=agreement,
            terms=said.decode(),
            person_id=self.by.person_id,
            set_at=moment.at,
            event=event.id,
        )
        return Answer(201, encode(ObjectiveOut.of(governing.aim_of(row, at=moment.at))), pk)


@dataclass(slots=True)
class Ending:
    """The end of an objective on its way to the writer."""

    objective: str
    reason: str
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        row = governing.objective_for(self.by, self.objective, deed=Deed.GOVERN)
        if row.ended_at is not None:
            raise NotNowError("This objective has ended already.")
        told = {"reason": self.reason.encode()}
        event = append(EventType.OBJECTIVE_ENDED, self.by, told, moment, ref=(row.event,))
        row.ended_at, row.end_event = moment.at, event.id
        row.save(update_fields=["ended_at", "end_event"])
        return Answer(200, encode(ObjectiveOut.of(governing.aim_of(row, at=moment.at))), row.id)


def append(
    type_: EventType,
    by: Caller,
    committed: Mapping[str, bytes],
    moment: Moment,
    *,
    ref: tuple[str, ...] = (),
) -> journal.Recorded:
    """The event, in the channel of the party to itself: its governance is its own affair, and it alone is told."""
    happening = journal.Happening(
        type=type_,
        sender=by.handle,
        recipient=by.handle,
        case=by.party_id,
        actor=by.handle,
        committed=committed,
        ref=ref,
        to=(f"party:{by.handle}",),
    )
    return journal.append([happening], moment)[0]


def set_up(raw: bytes, *, by: Caller, at: datetime, key: Key | None = None) -> Answer:
    """Set an objective. Raises BadGovernanceError, NotNowError where one of this figure stands."""
    by.require(Deed.GOVERN)
    terms = reading.read_objective(raw, kind=by.kind, at=at)
    require_seats(by, {"/owner": terms.owner})
    if terms.agreement is not None:
        _require_side(by, terms.agreement)
    answer: Answer = door.writer().commit(Setting(terms, by, key))
    return answer


def end(objective: str, raw: bytes, *, by: Caller, key: Key | None = None) -> Answer:
    """End an objective, with a reason. Raises BadGovernanceError, NotFoundError, NotNowError."""
    governing.objective_for(by, objective, deed=Deed.GOVERN)
    reason = reading.read_reason(raw)
    answer: Answer = door.writer().commit(Ending(objective, reason, by, key))
    return answer


def _require_side(by: Caller, agreement: str) -> None:
    """Raise BadGovernanceError for an agreement of others, or none: which of the two is not said (I-10)."""
    try:
        agreements.agreement_for(by, agreement)
    except NotFoundError:
        faults = Faults()
        faults.add("/agreement", FaultCode.NOT_IN_LIST, "Your party is no side of such an agreement.")
        raise BadGovernanceError(faults.found) from None


def require_seats(by: Caller, named: Mapping[str, str]) -> None:
    """Raise BadGovernanceError where nobody of the party sits in a seat that is named (by its pointer)."""
    faults, seats = Faults(), governing.seats_of(by)
    for pointer, seat in named.items():
        if seat not in seats:
            detail = f"Nobody sits there. The seats of your party: {', '.join(seats)}."
            faults.add(pointer, FaultCode.NOT_IN_LIST, detail)
    if faults.found:
        raise BadGovernanceError(faults.found)
