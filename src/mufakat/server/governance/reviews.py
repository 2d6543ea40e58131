"""Hold a review, and say what was done about what it decided.

A review takes the figures of its objectives as they stand that moment, and commits to them with its minutes: what
people looked at cannot be told otherwise later. The next review of each falls due from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from mufakat.rules import accuracy, objective as rules, objective_reading as reading
from mufakat.rules.errors import BadGovernanceError, NotNowError
from mufakat.rules.events import EventType
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.permissions import Deed
from mufakat.server.governance import governing
from mufakat.server.governance.governing_faces import FollowupOut, FoundOut, ReviewOut, SaidOut, encode
from mufakat.server.governance.models import Followup, HeldReview, Objective, Recorded
from mufakat.server.governance.objectives import append, require_seats
from mufakat.server.journal import door
from mufakat.server.journal.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.server.governance.governing import Aim
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller

DIGITS = 4


@dataclass(slots=True)
class Holding:
    """A review on its way to the writer."""

    told: rules.Review
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        # (1) What it writes down counts at once, so that its own figures hold it.
        told, by, pk = self.told, self.by, moment.id("rev")
        rows = chosen(by, told.objectives)
        aims = governing.of_rows(rows, by.party_id, today=moment.at.date())
        said = SaidOut(
            present=list(told.present), found=[found(one, told) for one in aims], recorded=list(told.recorded)
        )
        # (2) The event: minutes, figures and what was decided, each an opening of its own.
        committed = {
            "minutes": told.minutes.encode(),
            "figures": msgspec.json.encode(said),
            "followups": msgspec.json.encode(told.followups),
        }
        refs = tuple(row.event for row in rows)
        event = append(EventType.REVIEW_HELD, by, committed, moment, ref=refs)
        # (3) The rows, and when each objective is looked at next.
        held = HeldReview.objects.create(
            id=pk,
            party_id=by.party_id,
            person_id=by.person_id,
            held_at=moment.at,
            objectives=[row.id for row in rows],
            event=event.id,
        )
        self._write(held, moment)
        for row in rows:
            row.review_on = rules.next_review(moment.at.date(), every_days=row.every_days)
        Objective.objects.bulk_update(rows, ["review_on"])
        return Answer(201, encode(ReviewOut.of(governing.held_of([held])[0])), pk)

    def _write(self, held: HeldReview, moment: Moment) -> None:
        party = self.by.party_id
        Recorded.objects.bulk_create(
            [
                Recorded(
                    review=held,
                    party_id=party,
                    figure=one.figure.value,
                    day=moment.at.date(),
                    part=one.part,
                    whole=one.whole,
                )
                for one in self.told.recorded
            ]
        )
        Followup.objects.bulk_create(
            [
                Followup(
                    id=moment.id("fup"),
                    review=held,
                    party_id=party,
                    number=number,
                    owner=one.owner,
                    due_on=one.due_on,
                )
                for number, one in enumerate(self.told.followups, start=1)
            ]
        )


def chosen(by: Caller, named: Sequence[str] | None) -> list[Objective]:
    """The objectives that are looked at: those named, or all that stand. Raises BadGovernanceError for others."""
    standing = {row.id: row for row in Objective.objects.filter(party=by.party_id, ended_at=None).order_by("id")}
    if named is None:
        return list(standing.values())
    faults = Faults()
    for place, pk in enumerate(named):
        if pk not in standing:
            detail = "Your party has no such objective, or it has ended."
            faults.add(f"/objectives/{place}", FaultCode.NOT_IN_LIST, detail)
    if faults.found:
        raise BadGovernanceError(faults.found)
    return [standing[pk] for pk in named]


def found(aim: Aim, told: rules.Review) -> FoundOut:
    """How an objective stands at a review; of what the review writes down, by its own word."""
    share = aim.trend.now
    for one in told.recorded:
        if one.figure is aim.figure:
            share = accuracy.share(one.part, one.whole)
    return FoundOut(
        objective=aim.row.id,
        figure=aim.figure,
        at_least=aim.terms.at_least,
        state=rules.judged(aim.figure, share, at_least=aim.terms.at_least),
        part=share.part,
        whole=share.whole,
        lower=round(share.lower, DIGITS),
        upper=round(share.upper, DIGITS),
    )


@dataclass(slots=True)
class Finishing:
    """A follow-up that was done, on its way to the writer."""

    followup: str
    note: str
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        row = governing.followup_for(self.by, self.followup, deed=Deed.GOVERN)
        if row.done_at is not None:
            raise NotNowError("This was said to be done already.")
        told = {"followup": str(row.number).encode(), "note": self.note.encode()}
        event = append(EventType.FOLLOWUP_DONE, self.by, told, moment, ref=(row.review.event,))
        row.done_at, row.done_event = moment.at, event.id
        row.save(update_fields=["done_at", "done_event"])
        return Answer(200, encode(FollowupOut.of(governing.doing_of(row))), row.id)


def hold(raw: bytes, *, by: Caller, at: datetime, key: Key | None = None) -> Answer:
    """Hold a review. Raises BadGovernanceError with every fault found."""
    by.require(Deed.GOVERN)
    told = reading.read_review(raw, at=at)
    named = {f"/present/{place}": seat for place, seat in enumerate(told.present)}
    named |= {f"/followups/{place}/owner": one.owner for place, one in enumerate(told.followups)}
    require_seats(by, named)
    chosen(by, told.objectives)
    answer: Answer = door.writer().commit(Holding(told, by, key))
    return answer


def done(followup: str, raw: bytes, *, by: Caller, key: Key | None = None) -> Answer:
    """Say what was done about a follow-up. Raises BadGovernanceError, NotFoundError, NotNowError."""
    governing.followup_for(by, followup, deed=Deed.GOVERN)
    note = reading.read_done(raw)
    answer: Answer = door.writer().commit(Finishing(followup, note, by, key))
    return answer
