"""Deeds on a point: propose it anew, counter, agree, decline, withdraw.

Each names the proposal that it answers: whatever was put on the table meanwhile is signed by nobody unseen. Two who act
at once come here one after the other. With the last signature a point is agreed; without a time of its own it is in
force in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules import agreement as rules, agreement_checks, agreement_reading
from mufakat.rules.admissibility import moment_of
from mufakat.rules.agreement import MAX_POINTS, OPEN, Act, PointDeed, PointState
from mufakat.rules.errors import BadAgreementError, NotFoundError, NotNowError, NotPermittedError, PointStandsError
from mufakat.rules.events import EventType
from mufakat.rules.fault import Fault, FaultCode, Faults
from mufakat.rules.permissions import Deed
from mufakat.server.agreements import beginning, ending, pairing, putting, queries, tables, telling
from mufakat.server.agreements.faces import AgreementOut, encode
from mufakat.server.agreements.models import Point, Proposal, Signature
from mufakat.server.agreements.putting import Put
from mufakat.server.journal import operations as journal
from mufakat.server.journal.answers import Answer
from mufakat.server.journal.writer import GROUP
from mufakat.server.parties import news

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.rules.agreement import ActIn, PointTerms
    from mufakat.server.agreements.models import Agreement
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller

MAX_PROPOSALS = 50  # For one version of a point: whoever needs more begins it anew.
MAX_VERSIONS = 200  # Of one point.
DEEDS = {
    Act.PROPOSE: Deed.PROPOSE_POINT,
    Act.COUNTER: Deed.PROPOSE_POINT,
    Act.WITHDRAW: Deed.PROPOSE_POINT,
    Act.AGREE: Deed.AGREE_POINT,
    Act.DECLINE: Deed.AGREE_POINT,
}


class NotYoursToWithdrawError(NotPermittedError):
    """Somebody else's proposal is on the table."""

    def __str__(self) -> str:
        return "Only the side that made the newest proposal takes it back; the others decline it, or counter."


class NotYoursToDeclineError(NotPermittedError):
    """One's own proposal is on the table."""

    def __str__(self) -> str:
        return "Your side made this proposal: it takes it back, or puts another on the table."


@dataclass(slots=True)
class Acting:
    """A deed on its way to the writer, in the lane where each is committed alone: notices must find what it changed."""

    agreement: str
    point: str
    raw: bytes
    by: Caller
    key: Key | None
    weight: int = GROUP + 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        # (1) What has begun or ended by itself until now stands first.
        beginning.settle(moment)
        row = queries.agreement_for(self.by, self.agreement)
        found = agreement_reading.read_act(self.raw)
        self.by.require(DEEDS[found.act])
        ending.require_open(row)
        # (2) The deed.
        deed = _Deed(row, list(tables.kinds_of(row)), self.by, found, moment)
        if found.act is Act.PROPOSE:
            self._propose(deed)
        else:
            self._answer(deed)
        return Answer(200, encode(AgreementOut.after(queries.whole(row, self.by), self.point)), row.id)

    def _propose(self, deed: _Deed) -> None:
        newest = _newest(deed.row, self.point)
        if newest is None and not is_name(self.point):
            raise NotFoundError("point")
        if newest is not None and PointState(newest.state) in OPEN:
            raise PointStandsError(newest.state, Act.PROPOSE.value)
        names = Point.objects.filter(agreement=deed.row).values("name").distinct().count()
        if newest is None and names >= MAX_POINTS:
            raise NotNowError(f"An agreement has at most {MAX_POINTS} points.")
        version = newest.version + 1 if newest is not None else 1
        if version > MAX_VERSIONS:
            raise NotNowError(
                f"A point takes at most {MAX_VERSIONS} versions; give what is still to be settled another name."
            )
        deed.put(Point(agreement=deed.row, name=self.point, version=version, proposals=1), PointState.PROPOSED)

    def _answer(self, deed: _Deed) -> None:
        point = _newest(deed.row, self.point)
        if point is None:
            raise NotFoundError("point")
        act = deed.found.act
        after = rules.advance(PointState(point.state), PointDeed(act.value))
        if deed.found.proposal != point.proposals:
            detail = f"Proposal {point.proposals} is on the table now, not {deed.found.proposal}; read it first."
            raise NotNowError(detail)
        if act is Act.COUNTER:
            if point.proposals >= MAX_PROPOSALS:
                raise NotNowError(f"A point takes at most {MAX_PROPOSALS} proposals; decline it and begin anew.")
            point.proposals += 1
            deed.put(point, after)
        elif act is Act.AGREE:
            deed.agree(point, after)
        else:
            deed.close(point, after)


@dataclass(slots=True)
class _Deed:
    """What every deed on a point works with."""

    row: Agreement
    handles: list[str]
    by: Caller
    found: ActIn
    moment: Moment

    def put(self, point: Point, state: PointState) -> None:
        """Put terms on the table: judged beside everything else that is there."""
        terms = self.found.terms
        if terms is None:
            raise BadAgreementError([Fault("/terms", FaultCode.MISSING, "Say what is proposed.")])
        self._judge(point.name, terms, at=self.moment.at, settling=False)
        stored = putting.pinned(point.name, terms, self.moment)
        point.state, point.since = state.value, self.moment.at
        put = Put(point, stored, self.by, self.found.note, self.found.signed)
        event = journal.append([putting.happening(put, self.row, self.handles)], self.moment)[0]
        putting.set_terms(point, stored)
        point.save()
        putting.store(put, event=event.id, at=self.moment.at)

    def agree(self, point: Point, after: PointState) -> None:
        """Sign; with the last signature it is agreed, and begins where its time has come."""
        proposal = Proposal.objects.select_related("point").get(point=point, number=point.proposals)
        signed = set(Signature.objects.filter(proposal=proposal).values_list("party__handle", flat=True))
        if self.by.handle in signed:
            raise NotNowError("Your side has signed this proposal; the other side answers next.")
        last = rules.is_settled(self.handles, {*signed, self.by.handle})
        terms = rules.from_json(proposal.terms)
        if last:  # What was possible when it was proposed must still be.
            self._judge(point.name, terms, at=proposal.at, settling=True)
        event = self._tell(EventType.POINT_AGREED if last else EventType.POINT_SIGNED, point, ref=(proposal.event,))
        putting.sign(proposal, self.by, event=event, at=self.moment.at, signed=self.found.signed, note=self.found.note)
        if not last:
            return
        point.state, point.since, point.agreed_at = after.value, self.moment.at, self.moment.at
        point.from_at = max(moment_of(terms.from_at or "") or self.moment.at, self.moment.at)
        point.save(update_fields=["state", "since", "agreed_at", "from_at"])
        beginning.plan(self.row)
        self.row.save(update_fields=["next_at"])
        news.tell(self.moment)  # When the next change is due is remembered, too.
        beginning.settle(self.moment)
        self.row.refresh_from_db()

    def close(self, point: Point, after: PointState) -> None:
        """Say no, or take it back."""
        proposal = Proposal.objects.get(point=point, number=point.proposals)
        own = proposal.party_id == self.by.party_id
        if self.found.act is Act.WITHDRAW and not own:
            raise NotYoursToWithdrawError(Deed.PROPOSE_POINT, self.by.role)
        if self.found.act is Act.DECLINE and own:
            raise NotYoursToDeclineError(Deed.AGREE_POINT, self.by.role)
        type_ = EventType.POINT_DECLINED if self.found.act is Act.DECLINE else EventType.POINT_WITHDRAWN
        self._tell(type_, point, ref=(proposal.event,))
        point.state, point.since = after.value, self.moment.at
        point.save(update_fields=["state", "since"])

    def _judge(self, name: str, terms: PointTerms, *, at: datetime, settling: bool) -> None:
        """Raise BadAgreementError with everything that these terms contradict."""
        faults = Faults()
        table = tables.table(self.row, {name: terms}, at=at, settling=settling)
        agreement_checks.check_point(name, terms, table, pointer="/terms", faults=faults)
        where = "/terms/frame"
        pairing.check(terms, table.kinds, pointer=where, faults=faults, at=self.moment.at, agreement=self.row.id)
        now = beginning.frame_of(self.row)
        begins = moment_of(terms.from_at or "")
        if now is not None and now[1] is not None and begins is not None and begins >= now[1]:
            detail = f"The agreement ends before, at {now[1].isoformat()}: agree on a later end first."
            faults.add("/terms/from_at", FaultCode.CONTRADICTS, detail)
        if faults.found:
            raise BadAgreementError(faults.found)

    def _tell(self, type_: EventType, point: Point, *, ref: tuple[str, ...]) -> str:
        happening = telling.happening(
            type_,
            self.row,
            self.handles,
            actor=self.by.handle,
            committed={"point": telling.named(point), "note": self.found.note.encode()},
            ref=(self.row.event, *ref),
        )
        return journal.append([happening], self.moment)[0].id


def is_name(text: str) -> bool:
    """Whether a point can be called so."""
    return agreement_reading.is_point_name(text)


def _newest(row: Agreement, name: str) -> Point | None:
    """The newest version of this point, whatever became of it."""
    return Point.objects.filter(agreement=row, name=name).order_by("-version").first() if is_name(name) else None
