"""Propose that names are closed: the order is judged, written down, and its platform is told.

(1) The bytes are judged alone, and the guard looks at the names, which takes a while for ten thousand: outside of the
writer. (2) In the writer the rules look at everything else as it stands now. (3) One event, whose openings hold what
the order says; the rows follow. Nothing is closed by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from mufakat.rules import restriction_checks as rules, restriction_reading as reading
from mufakat.rules.errors import BadRestrictionError
from mufakat.rules.events import EventType
from mufakat.rules.fault import Faults
from mufakat.rules.permissions import Deed
from mufakat.rules.restriction import CarryingState, RestrictionState
from mufakat.server.journal import door, operations as journal
from mufakat.server.journal.answers import Answer
from mufakat.server.parties import queries as parties
from mufakat.server.restrictions import guarding, judging, queries, telling
from mufakat.server.restrictions.faces import RestrictionOut, encode
from mufakat.server.restrictions.judging import Authority
from mufakat.server.restrictions.models import Carrying, ClosedName, Restriction

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.rules.restriction import RestrictionIn
    from mufakat.rules.restriction_checks import Times
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller
    from mufakat.server.restrictions.guarding import Judged
    from mufakat.server.restrictions.judging import Frame

HEAVIEST = 1_000  # Rows of work that one order counts as at most: more than these must not wait behind it.
ROWS = 500  # Names that one statement writes.


@dataclass(slots=True)
class Proposing:
    """An order on its way to the writer."""

    order: RestrictionIn
    judged: Judged
    by: Caller
    key: Key | None
    plan: Plan | None = None

    @property
    def weight(self) -> int:
        """By its names: a long order goes through the lane of batches."""
        return min(len(self.order.names), HEAVIEST)

    def run(self, moment: Moment) -> Answer:
        self.by.require(Deed.PROPOSE_RESTRICTION)
        authority = Authority(self.by.party_id, self.by.handle, self.by.kind)
        # (1) As it stands now: what is agreed, which mandates are in force, what stands already.
        faults = Faults()
        found = judging.frame(self.order, authority, moment, faults)
        times = rules.check(self.order, judging.table(self.order, authority, found, at=moment.at), faults)
        faults.found.extend(self.judged.faults)
        if faults.found or times is None:
            raise BadRestrictionError(faults.found)
        # (2) The event, then the rows that it says.
        row = self._row(found, times, moment)
        row.next_at = min(judging.told_by(row), row.sunset_at)
        row.event = journal.append([self._happening(row)], moment)[0].id
        row.save(force_insert=True)
        closed = [ClosedName(restriction=row, name=name) for name in self.order.names]
        ClosedName.objects.bulk_create(closed, batch_size=ROWS)
        directory = parties.directory()
        Carrying.objects.bulk_create(
            Carrying(
                restriction=row,
                operator_id=directory[handle][0],
                state=CarryingState.WAITING.value,
                since=moment.at,
            )
            for handle in self.order.operators
        )
        out = RestrictionOut.of(queries.whole(queries.known(row.id)), viewer=self.by, at=moment.at)
        return Answer(201, encode(out), row.id)

    def _row(self, found: Frame, times: Times, moment: Moment) -> Restriction:
        order = self.order
        directory = parties.directory()
        wanted = found.condition
        return Restriction(
            id=moment.id("rst"),
            list=order.list.value,
            match=order.match.value,
            layer=order.layer.value,
            authority_id=self.by.party_id,
            platform_id=directory[order.platform][0] if order.platform is not None else None,
            proposer_id=self.by.person_id,
            emergency=order.emergency,
            shadow=order.shadow,
            weighty=self.judged.weighty,
            names=len(order.names),
            proposed_at=moment.at,
            review_at=times.review_at,
            sunset_at=times.sunset_at,
            state=RestrictionState.PROPOSED.value,
            since=moment.at,
            profile=found.ref,
            version_id=found.version,
            reopening={
                "agreement": found.agreement.id if found.agreement is not None else found.ref,
                "all_of": list(wanted.all_of) if wanted is not None else [],
                "any_of": list(wanted.any_of) if wanted is not None else [],
                "held": judging.holds(found),
            },
            renews_id=order.renews,
        )

    def _happening(self, row: Restriction) -> journal.Happening:
        order = self.order
        return telling.happening(
            EventType.RESTRICTION_PROPOSED,
            row,
            actor=self.by.handle,
            committed={
                "order": judging.codes(order),
                "names": telling.named(order.match.value, order.names),
                "legal_ground": msgspec.json.encode(order.legal_ground),
                "reason": order.reason.encode(),
                "proportionality": order.proportionality.encode(),
                "reopening": msgspec.json.encode(order.reopening) if order.reopening is not None else b"",
                "warnings": telling.found(self.judged.warnings),
            },
            ref=(order.renews,) if order.renews is not None else (),
            due=row.sunset_at,
            law=order.legal_ground.system,
        )


def propose(raw: bytes, *, by: Caller, at: datetime, key: Key | None = None) -> Answer:
    """Propose an order. Raises BadRestrictionError with every fault, NotPermittedError."""
    by.require(Deed.PROPOSE_RESTRICTION)
    order = reading.read_draft(raw)
    judged = guarding.judge(order, at=at, authority=by.party_id)
    answer: Answer = door.writer().commit(Proposing(order, judged, by, key))
    return answer
