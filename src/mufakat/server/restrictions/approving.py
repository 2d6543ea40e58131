"""Approve an order, or say no to it. Two approve, and they and the proposer are three persons (I-07).

The guard looks once more before each approval. What it finds weighty asks for reasons with each. With the second
approval the order waits for the platform alone; `publishing` goes on from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules import restriction as lifecycle, restriction_checks as rules, restriction_reading as reading
from mufakat.rules.errors import BadRestrictionError, NotFoundError, RestrictionStandsError
from mufakat.rules.events import EventType
from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.permissions import Deed
from mufakat.rules.restriction import RestrictionDeed, RestrictionState
from mufakat.rules.restriction_checks import Place
from mufakat.server.agreements import profiles
from mufakat.server.journal import door, operations as journal, queries as events
from mufakat.server.journal.answers import Answer
from mufakat.server.parties.operations import HOUSE
from mufakat.server.restrictions import faces, guarding, judging, queries, telling
from mufakat.server.restrictions.faces import RestrictionOut, encode

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.rules.restriction import NoteIn
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller
    from mufakat.server.restrictions.guarding import Judged
    from mufakat.server.restrictions.models import Restriction


@dataclass(slots=True)
class Approving:
    """An approval, or a refusal, on its way to the writer."""

    restriction: str
    told: NoteIn
    judged: Judged
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        row = own(self.by, self.restriction, deed=Deed.APPROVE_RESTRICTION)
        if self.told.refuse:
            refuse(row, actor=self.by.handle, reason=self.told.note, moment=moment)
        else:
            self._approve(row, moment)
        return answered(row.id, self.by, moment)

    def _approve(self, row: Restriction, moment: Moment) -> None:
        # (1) Two who approve at once come here one after the other: the second finds the first.
        if row.state != RestrictionState.PROPOSED:
            raise RestrictionStandsError(row.state, RestrictionDeed.APPROVE.value)
        place = rules.place_of(
            faces.stand(row).made,
            person=self.by.person_id,
            role=self.by.role,
            ordinal=self.by.ordinal,
            profile=profiles.load(row.profile),
        )
        # (2) What it needed when it was proposed is still there; what the guard finds has a reason.
        judging.require_still(row, judging.order_of(row), moment)
        self._require_reasons(row)
        # (3) The event, then the row; with the other approval there it goes on.
        happening = telling.happening(
            EventType.RESTRICTION_APPROVED,
            row,
            actor=self.by.handle,
            committed={"note": self.told.note.encode(), "warnings": telling.found(self.judged.warnings)},
            ref=(row.event,),
        )
        journal.append([happening], moment)
        setattr(row, place.value, None)
        setattr(row, f"{place.value}_id", self.by.person_id)
        if place is Place.FIRST:
            row.first_approved_at = moment.at
        else:
            row.second_approved_at = moment.at
        row.weighty = row.weighty or self.judged.weighty
        if row.first_approver_id is not None and row.second_approver_id is not None:
            row.state = lifecycle.advance(RestrictionState(row.state), RestrictionDeed.APPROVE).value
            row.since = moment.at
            row.next_at = due(row, at=moment.at)
        row.save()

    def _require_reasons(self, row: Restriction) -> None:
        if self.judged.faults:
            raise BadRestrictionError(self.judged.faults)
        if (row.weighty or self.judged.weighty) and not self.told.note.strip():
            detail = "The guard found what speaks against it: say why it is to be closed all the same."
            raise BadRestrictionError([Fault("/note", FaultCode.MISSING, detail)])


def weighed(row: Restriction) -> frozenset[tuple[str, str]]:
    """What the guard found, by name and code, when either of both approved: each gave reasons for that, and no more."""
    approvals = [one for one in events.events_of(row.id) if one.type == EventType.RESTRICTION_APPROVED]
    found = [
        frozenset((each["name"], each["code"]) for each in faces.plain(one, "warnings") or ()) for one in approvals
    ]
    return frozenset.intersection(*found) if found else frozenset()


def due(row: Restriction, *, at: datetime) -> datetime:
    """When an approved order is looked at next: when the platform's time is over, at once where nothing is waited for.

    Before the platform was told nobody knows; then its delivery brings it forward, or the time by which it counts as
    told.
    """
    ready = rules.ready_at(faces.stand(row))
    return min(max(ready if ready is not None else judging.told_by(row), at), row.sunset_at)


def own(by: Caller, restriction: str, *, deed: Deed) -> Restriction:
    """The restriction, if the caller's party ordered it. Raises NotFoundError, NotPermittedError."""
    row = queries.get_for(by, restriction, deed=deed)
    if row.authority_id != by.party_id:
        raise NotFoundError("restriction")
    return row


def refuse(row: Restriction, *, actor: str = HOUSE, reason: str, moment: Moment) -> None:
    """It is not published: an approver says no, its authority took it back, or it cannot be any more."""
    after = lifecycle.advance(RestrictionState(row.state), RestrictionDeed.REFUSE)
    happening = telling.happening(
        EventType.RESTRICTION_REFUSED, row, actor=actor, committed={"reason": reason.encode()}, ref=(row.event,)
    )
    journal.append([happening], moment)
    row.state, row.since, row.next_at = after.value, moment.at, None
    row.save(update_fields=["state", "since", "next_at"])


def answered(restriction: str, by: Caller, moment: Moment) -> Answer:
    """The answer to a deed: the restriction as it stands now."""
    out = RestrictionOut.of(queries.whole(queries.known(restriction)), viewer=by, at=moment.at)
    return Answer(200, encode(out), restriction)


def approve(restriction: str, raw: bytes, *, by: Caller, at: datetime, key: Key | None = None) -> Answer:
    """Approve, or with `refuse` say no.

    Raises BadRestrictionError, RestrictionStandsError, ThreePersonsError, LegalReviewError, NotPermittedError.
    """
    row = own(by, restriction, deed=Deed.APPROVE_RESTRICTION)
    told = reading.read_note(raw)
    judged = guarding.Judged((), ())
    if row.state == RestrictionState.PROPOSED and not told.refuse:
        # Else there is nothing to approve, and it may have no names left; the writer says how it stands.
        judged = guarding.judge(judging.order_of(row), at=at, authority=row.authority_id)
    answer: Answer = door.writer().commit(Approving(restriction, told, judged, by, key))
    return answer
