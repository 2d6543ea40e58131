"""Our decisions for the DSA Transparency Database: their statements, or why there are none; and that they were sent.

Only the platform that decided says it there. What cannot be said is named with every reason (`dsa.from_decision`); a
batch of a period holds what can be said and names the others, so that nothing is left out in silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from mufakat.formats import dsa
from mufakat.rules.decision import ACTS, Automation, DecisionState, Ground, Ordered
from mufakat.rules.events import EventType
from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.measure import PUT_IN_HAND, MeasureState
from mufakat.rules.notice import Category, MeasureName, NoticeKind
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Deed
from mufakat.server.decisions import queries
from mufakat.server.decisions.dsa_errors import UnrepresentableError
from mufakat.server.decisions.errors import NotTheRecipientError
from mufakat.server.decisions.faces import StatementOut, encode, texts_of
from mufakat.server.decisions.telling import told, turned
from mufakat.server.journal import door, operations as journal
from mufakat.server.journal.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from mufakat.formats.dsa import Statement as Foreign
    from mufakat.server.decisions.queries import Decision, Statement, Whole
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller

DATABASE = "dsa-transparency-database"
PAGE = 200

_ERASED = Fault("/reasons", FaultCode.EMPTY, "What the decision said was erased.")
_WAITS = Fault("/items", FaultCode.EMPTY, "A measure still waits for a second person; it is not imposed yet.")


class ForeignOut(msgspec.Struct, frozen=True):
    """The statements of a decision, as that database takes them."""

    statements: list[dsa.Statement]


class Said(NamedTuple):
    """A decision of the period: its statements, or why there are none."""

    decision: str
    statements: Sequence[Foreign]
    faults: Sequence[Fault]


def of_decision(viewer: Caller, decision: str, more: Mapping[str, Any]) -> ForeignOut:
    """The statements of a decision of the viewer's platform. Raises UnrepresentableError with every reason."""
    row = own(viewer, decision)
    found = said(queries.whole(row), more)
    if isinstance(found, dsa.Unrepresentable):
        raise UnrepresentableError(found.faults)
    return ForeignOut(list(found))


def own(viewer: Caller, decision: str) -> Decision:
    """The decision, if the viewer's party made it."""
    row = queries.get_for(viewer, decision)
    if row.party_id != viewer.party_id:
        raise NotTheRecipientError(Deed.GIVE_REASONS, viewer.role)
    return row


def of_period(viewer: Caller, *, since: datetime | None, until: datetime | None) -> Iterator[Said]:
    """What the viewer's platform decided in this time, oldest first: of each its statements, or why there are none."""
    found = queries.seen_by(viewer).filter(party_id=viewer.party_id, outcome__in=[one.value for one in ACTS])
    if since is not None:
        found = found.filter(decided_at__gte=since)
    if until is not None:
        found = found.filter(decided_at__lt=until)
    found = found.select_related("notice__sender", "notice__payload").order_by("id")
    page = list(found[:PAGE])
    while page:
        for whole in queries.wholes(page):
            told_there = said(whole, {})
            if isinstance(told_there, dsa.Unrepresentable):
                yield Said(whole.decision.id, (), told_there.faults)
            else:
                yield Said(whole.decision.id, told_there, ())
        page = list(found.filter(id__gt=page[-1].id)[:PAGE])


def said(whole: Whole, more: Mapping[str, Any]) -> tuple[Foreign, ...] | dsa.Unrepresentable:
    """The statements of a decision, or every reason why there are none."""
    row, texts = whole.decision, texts_of(whole)
    facts, reasons = texts.get("facts"), texts.get("reasons")
    if whole.statement is not None and (reasons is None or facts is None):
        return dsa.Unrepresentable((_ERASED,))
    if any(one.state == MeasureState.PROPOSED for one in whole.measures):
        return dsa.Unrepresentable((_WAITS,))
    notice = row.notice
    ground = texts.get("ground")
    return dsa.from_decision(
        dsa.Made(
            id=row.id,
            made_at=row.decided_at,
            items=[
                Ordered(one.position, MeasureName(one.name), one.ends_at, tuple(one.territory))
                for one in whole.measures
                if MeasureState(one.state) in PUT_IN_HAND - {MeasureState.FAILED}
            ],
            ground=msgspec.json.decode(ground, type=Ground) if ground else None,
            facts=(facts or b"").decode(),
            reasons=(reasons or b"").decode(),
            detection=bool(row.detection),
            automation=Automation(row.automation or Automation.NONE),
            kind=NoticeKind(notice.kind),
            category=Category(notice.category),
            content_date=_content_date(notice),
            sender=None if notice.sender.kind == PartyKind.MEMBER else notice.sender.name,
            undone=row.state in {DecisionState.REVERSED, DecisionState.PARTLY_REVERSED},
            more=more,
        )
    )


class _Dated(msgspec.Struct):
    """When the content was made, as the notice says it."""

    content_date: str | None = None


def _content_date(notice: Any) -> str | None:
    raw = notice.payload.raw
    return None if raw is None else msgspec.json.decode(bytes(raw), type=_Dated).content_date


@dataclass(slots=True)
class Submitting:
    """The word that a statement was sent there. The first time counts; saying it again changes nothing."""

    statement: str
    more: Mapping[str, Any]
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        row = handed(self.by, self.statement, self.more)
        decision = row.decision
        if row.submitted_at is None:
            more = turned(decision.notice, EventType.REASONS_SUBMITTED, moment=moment)
            committed = {"database": DATABASE.encode()}
            happening = told(EventType.REASONS_SUBMITTED, decision, committed=committed, actor=self.by.handle)
            journal.append([happening, *more], moment)
            row.submitted_at = moment.at
            row.save(update_fields=["submitted_at"])
        return Answer(200, encode(StatementOut.of(row)), decision.notice_id)


def handed(by: Caller, statement: str, more: Mapping[str, Any]) -> Statement:
    """The statement, if the caller's party made it and it can be said there."""
    row = queries.statement_for(by, statement, deed=Deed.GIVE_REASONS)
    of_decision(by, row.decision_id, more)
    return row


def submit(statement: str, more: Mapping[str, Any], *, by: Caller, key: Key | None = None) -> Answer:
    """The statement was sent to that database. Raises UnrepresentableError where it cannot be said there."""
    handed(by, statement, more)
    answer: Answer = door.writer().commit(Submitting(statement, more, by, key))
    return answer
