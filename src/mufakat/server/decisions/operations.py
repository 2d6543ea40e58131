"""Deeds of the decisions room: decide on a notice, or ask what is missing first.

Acting, partly acting and refusing go the same way here, step by step (I-05): the body is judged, the notice moves, one
event commits to what was said, and the rows follow. What may be erased lies in the openings of that event alone. What a
power cut after each step leaves behind is told in docs/flows/decision.md.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mufakat.proof import canonical
from mufakat.rules import decision_reading, measure as measures_rules, window
from mufakat.rules.appeal_code import digest
from mufakat.rules.decision import About, DecisionState, Outcome
from mufakat.rules.events import EventType
from mufakat.rules.lifecycle import NoticeDeed, NoticeState
from mufakat.rules.measure import MeasureState
from mufakat.rules.notice import Category, NoticeKind, Urgency
from mufakat.rules.permissions import Deed
from mufakat.server.agreements import asking, profiles
from mufakat.server.decisions import codes, queries
from mufakat.server.decisions.errors import NotTheRecipientError, SameDeciderError
from mufakat.server.decisions.faces import DecisionOut, encode
from mufakat.server.decisions.giving import give_reasons as give_reasons  # noqa: PLC0414 - the room's door.
from mufakat.server.decisions.informing import inform as inform  # noqa: PLC0414 - the same.
from mufakat.server.decisions.measures import (
    approve_measure as approve_measure,  # noqa: PLC0414 - the same.
    confirm_measure as confirm_measure,  # noqa: PLC0414 - the same.
    decline_measure as decline_measure,  # noqa: PLC0414 - the same.
    fail_measure as fail_measure,  # noqa: PLC0414 - the same.
    order_inverse as order_inverse,  # noqa: PLC0414 - the same.
)
from mufakat.server.decisions.models import Decision, Measure, Statement
from mufakat.server.decisions.reversing import (
    mark_reversed as mark_reversed,  # noqa: PLC0414 - the same.
    withdraw_all as withdraw_all,  # noqa: PLC0414 - the same.
)
from mufakat.server.journal import door, operations as journal
from mufakat.server.journal.answers import Answer
from mufakat.server.journal.figures import Tally
from mufakat.server.notices import clocks, queries as notices, turning
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.rules.decision import Decision as Body, Ordered
    from mufakat.server.agreements.standing import Governed
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.operations import Recorded
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.notices.queries import Notice
    from mufakat.server.parties.queries import Caller

DECIDED = Tally()
"""Decisions that this process took, for the figures; counted once they are durable, whatever they decide (I-05)."""


@dataclass(slots=True)
class Deciding:
    """A decision on its way to the writer: its bytes are judged there, where the time is known that they count from.

    `under` is what allows a machine to decide where the notice itself came under no agreement: what a platform found
    itself is nobody else's notice.
    """

    notice: str
    raw: bytes
    by: Caller
    key: Key | None
    under: Governed | None = None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        notice = received(self.by, self.notice)
        # (1) Is it complete, and is it for this person and this state?
        require_another(self.by, notice)
        about = about_of(notice, self.under)
        body = decision_reading.read(self.raw, about, at=moment.at)
        asks = body.outcome is Outcome.NEEDS_INFORMATION
        was_asking = notice.state == NoticeState.NEEDS_INFORMATION
        # (2) The notice moves, and its clocks; two who decide at once come here one after the other.
        type_ = EventType.INFORMATION_ASKED if asks else EventType.DECISION_MADE
        first = notices.first_event(notice.id).id
        deed = NoticeDeed.ASK if asks else NoticeDeed.DECIDE
        turned = turning.turn(notice, type_, deed=deed, first=first, moment=moment)
        # (3) The event: its leaf commits to all that was said, its openings hold it.
        made = Made.of(body, moment)
        until = None if asks else appeal_until(notice, decided_at=moment.at)
        happening = happened(type_, body, made, by=self.by, notice=notice, first=first, until=until)
        if self.under is not None:
            happening.ref += (self.under.agreement, self.under.event)
        recorded = journal.append([happening, *turned], moment)[0]
        # (4) The rows.
        answered = DecisionState.UNANSWERED if was_asking else DecisionState.ANSWERED
        asked = Decision.objects.filter(notice_id=notice.id, state=DecisionState.ASKED.value)
        asked.update(state=answered.value)
        row = stored(body, made, recorded, by=self.by, notice=notice, until=until, moment=moment)
        moment.after.append(functools.partial(DECIDED.add, "asked" if asks else "decided"))
        out = DecisionOut.of(queries.whole(row), viewer=self.by)
        # About the notice: the answer repeats the reasons, and goes with the answers about it.
        return Answer(201, encode(out), notice.id)


@dataclass(frozen=True, slots=True)
class Made:
    """The ids of what a decision makes: itself, its statement unless it only asks, and its measures in their order."""

    decision: str
    statement: str | None
    measures: tuple[str, ...]

    @classmethod
    def of(cls, body: Body, moment: Moment) -> Made:
        asks = body.outcome is Outcome.NEEDS_INFORMATION
        decision = moment.id("dec")
        statement = None if asks else moment.id("sor")
        return cls(decision, statement, tuple(moment.id("mea") for _ in body.items))


def about_of(notice: Notice, under: Governed | None = None) -> About:
    """What its decision is judged by: what it points at, and what was agreed when it came, or what it is `under`."""
    version = notice.version_id if under is None else under.version
    many, agreed = len(notices.pointers(notice)), asking.agreed(version)
    if agreed is None:
        return About(many)
    allowed = frozenset(rule.measure for rule in agreed.profile.measures) or None
    return About(many, agreed.automatic, allowed, agreed.profile.name)


def received(by: Caller, notice: str) -> Notice:
    """The notice, if the caller's party received it and the caller may decide. Raises NotTheRecipientError."""
    found = notices.get_for(by, notice, deed=Deed.DECIDE)
    if found.recipient_id != by.party_id:
        raise NotTheRecipientError(Deed.DECIDE, by.role)
    return found


def require_another(by: Caller, notice: Notice) -> None:
    """Raise where a decision of this person on the notice was reversed: somebody else decides anew (I-08)."""
    states = [DecisionState.REVERSED.value, DecisionState.PARTLY_REVERSED.value]
    reversed_ = Decision.objects.filter(notice_id=notice.id, state__in=states)
    if reversed_.filter(person_id=by.person_id).exists():
        raise SameDeciderError(Deed.DECIDE, by.role)


def appeal_until(notice: Notice, *, decided_at: datetime, informed_at: datetime | None = None) -> datetime | None:
    """Until when a decision on the notice may be appealed, as its profile says."""
    return window.end(
        profiles.load(notice.profile),
        kind=NoticeKind(notice.kind),
        category=Category(notice.category),
        urgency=Urgency(notice.urgency),
        decided_at=decided_at,
        informed_at=informed_at,
    )


def happened(  # noqa: PLR0913 - what makes the event, each by name.
    type_: EventType,
    body: Body,
    made: Made,
    *,
    by: Caller,
    notice: Notice,
    first: str,
    until: datetime | None,
) -> journal.Happening:
    """The event, told to whoever asked and to the systems of the platform, which carry the measures out."""
    sender = parties.handles()[notice.sender_id]
    return journal.Happening(
        type=type_,
        sender=by.handle,
        recipient=sender,
        case=notice.id,
        actor=by.handle,
        committed=committed(body, made),
        due=until,
        law=body.law,
        ref=(made.decision, *((made.statement,) if made.statement else ()), first),
        to=clocks.both(sender, by.handle),
        receipt=True,
    )


def committed(body: Body, made: Made) -> dict[str, bytes]:
    """What the leaf commits to: the same fields for every outcome that decides, be it a refusal (I-05)."""
    if body.outcome is Outcome.NEEDS_INFORMATION:
        fields: dict[str, Any] = {"text": body.reasons, "language": body.language}
    else:
        fields = {
            "outcome": body.outcome.value,
            "items": [told(item, pk) for item, pk in zip(body.items, made.measures, strict=True)],
            "reasons": body.reasons,
            "language": body.language,
            "refusal": body.refusal.value if body.refusal else "",
        }
    if body.ground is not None:
        fields["ground"] = ground_of(body)
    if body.facts is not None:
        fields["facts"] = body.facts
    if body.automated is not None:
        fields["automated"] = {
            "detection": body.automated.detection,
            "decision": body.automated.decision.value,
        }
    return {
        name: value.encode() if isinstance(value, str) else canonical.encode(value) for name, value in fields.items()
    }


def told(item: Ordered, measure: str) -> dict[str, Any]:
    """One measure as the event commits to it."""
    return {
        "measure": measure,
        "locator": item.locator,
        "name": item.measure.value,
        "ends_at": canonical.timestamp(item.ends_at) if item.ends_at else None,
        "territory": list(item.territory),
    }


def ground_of(body: Body) -> dict[str, Any]:
    """The ground with the members that were given."""
    found: dict[str, Any] = {}
    if body.ground is not None and (legal := body.ground.legal_ground):
        found["legal_ground"] = {
            "system": legal.system,
            "instrument": legal.instrument,
            "provision": legal.provision,
        }
    if body.ground is not None and (terms := body.ground.terms_ground):
        found["terms_ground"] = {"document": terms.document, "clause": terms.clause, "url": terms.url}
    return found


def stored(  # noqa: PLR0913 - what the rows are made of, each by name.
    body: Body,
    made: Made,
    recorded: Recorded,
    *,
    by: Caller,
    notice: Notice,
    until: datetime | None,
    moment: Moment,
) -> Decision:
    """The rows: the decision, its measures with their inverses, and its statement of reasons."""
    asks = body.outcome is Outcome.NEEDS_INFORMATION
    row = Decision.objects.create(
        id=made.decision,
        notice_id=notice.id,
        party_id=by.party_id,
        person_id=by.person_id,
        outcome=body.outcome.value,
        refusal=body.refusal.value if body.refusal else None,
        language=body.language,
        detection=body.automated.detection if body.automated else None,
        automation=body.automated.decision.value if body.automated else None,
        decided_at=moment.at,
        event=recorded.id,
        state=(DecisionState.ASKED if asks else DecisionState.STANDING).value,
        appeal_until=until,
        code_digest=digest(codes.of(made.decision)) if body.acts else None,
    )
    Measure.objects.bulk_create(
        ordered(item, pk, decision=row, by=by, moment=moment)
        for item, pk in zip(body.items, made.measures, strict=True)
    )
    if made.statement:
        Statement.objects.create(id=made.statement, decision=row, language=body.language, made_at=moment.at)
    return queries.known(row.id)


def ordered(item: Ordered, pk: str, *, decision: Decision, by: Caller, moment: Moment) -> Measure:
    """One measure as it begins: in hand, or waiting for a second person where it cannot be undone (I-06)."""
    state = measures_rules.first_state(item.measure)
    return Measure(
        id=pk,
        decision=decision,
        party_id=by.party_id,
        position=item.locator,
        name=item.measure.value,
        inverse=measures_rules.MEASURES[item.measure].inverse,
        territory=list(item.territory),
        ends_at=item.ends_at,
        state=state.value,
        decided_by_id=by.person_id,
        ordered_at=moment.at if state is MeasureState.ORDERED else None,
    )


def decide(notice: str, raw: bytes, *, by: Caller, key: Key | None = None) -> Answer:
    """Decide on a notice that the caller's party received, or ask for what is missing; the answer is the decision.

    `raw` is the body (INTERFACE.md, "Decision in"). Raises BadDecisionError with every fault, NotTheRecipientError,
    SameDeciderError, IllegalTransitionError, NotPermittedError, NotFoundError.
    """
    received(by, notice)
    answer: Answer = door.writer().commit(Deciding(notice, raw, by, key))
    return answer
