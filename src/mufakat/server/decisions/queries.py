"""Read decisions, measures and statements; whoever reads is asked for, and a stranger finds nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, Q

from mufakat.rules.decision import DecisionState, Outcome
from mufakat.rules.errors import NotFoundError, NotPermittedError
from mufakat.rules.lifecycle import NoticeState
from mufakat.rules.measure import WAITING, MeasureState
from mufakat.rules.permissions import Deed, Reach
from mufakat.server.decisions.models import (
    Decision as Decision,  # noqa: PLC0414 - given on, so that others can name its type.
    Measure as Measure,  # noqa: PLC0414 - the same.
    Statement as Statement,  # noqa: PLC0414 - the same.
)
from mufakat.server.journal import ids, queries as journal

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from django.db.models import QuerySet

    from mufakat.server.journal.models import Event
    from mufakat.server.parties.queries import Caller

PAGE = 50


@dataclass(frozen=True, slots=True)
class Whole:
    """A decision with its measures, its statement where it has one, and its event, whose openings say the rest."""

    decision: Decision
    measures: Sequence[Measure]
    statement: Statement | None
    event: Event


class Head(NamedTuple):
    """The newest decision on a notice, in a few words."""

    id: str
    outcome: str
    state: str


class Page(NamedTuple):
    """One page of measures, and where the next begins."""

    items: Sequence[Measure]
    next: str | None


def seen_by(viewer: Caller, *, deed: Deed = Deed.READ) -> QuerySet[Decision]:
    """The decisions on notices that the viewer's party sent or received; nobody else's."""
    if viewer.require(deed) is Reach.PEOPLE_AND_KEYS:
        raise NotPermittedError(deed, viewer.role)
    mine = Q(notice__sender_id=viewer.party_id) | Q(notice__recipient_id=viewer.party_id)
    return Decision.objects.filter(mine).select_related("notice", "party", "person")


def get_for(viewer: Caller, decision: str, *, deed: Deed = Deed.READ) -> Decision:
    """The decision, if the viewer may see it; a stranger's and an unknown one are the same to the viewer."""
    seen = seen_by(viewer, deed=deed)
    found = seen.filter(pk=decision).first() if ids.is_id(decision, "dec") else None
    if found is None:
        raise NotFoundError("decision")
    return found


def measure_for(viewer: Caller, measure: str, *, deed: Deed = Deed.READ) -> Measure:
    """The measure, if the viewer may see its decision."""
    seen = seen_by(viewer, deed=deed)
    known = Measure.objects.select_related("decision__notice", "party")
    found = known.filter(pk=measure, decision__in=seen).first() if ids.is_id(measure, "mea") else None
    if found is None:
        raise NotFoundError("measure")
    return found


def statement_for(viewer: Caller, statement: str, *, deed: Deed = Deed.READ) -> Statement:
    """The statement of reasons, if the viewer may see its decision."""
    seen = seen_by(viewer, deed=deed)
    known = Statement.objects.select_related("decision__notice", "decision__party")
    found = known.filter(pk=statement, decision__in=seen).first() if ids.is_id(statement, "sor") else None
    if found is None:
        raise NotFoundError("statement")
    return found


def by_code(digest: bytes) -> Decision | None:
    """The decision whose appeal code has this digest (`rules.appeal_code`). The code itself is the credential."""
    return Decision.objects.select_related("notice", "party", "person").filter(code_digest=digest).first()


def known(decision: str) -> Decision:
    """The decision, whoever asks. For operations of rooms further right, which asked who may see it."""
    found = Decision.objects.select_related("notice", "party", "person").filter(pk=decision).first()
    if found is None:
        raise NotFoundError("decision")
    return found


def whole(decision: Decision) -> Whole:
    """The decision with all that belongs to it. The caller has asked whether the viewer may see it."""
    return wholes([decision])[0]


def wholes(decisions: Sequence[Decision]) -> list[Whole]:
    """The same of many, in a constant number of queries."""
    pks = [one.id for one in decisions]
    measures: dict[str, list[Measure]] = {pk: [] for pk in pks}
    for row in Measure.objects.filter(decision__in=pks).order_by("position", "id"):
        measures[row.decision_id].append(row)
    statements = {row.decision_id: row for row in Statement.objects.filter(decision__in=pks)}
    events = journal.by_id([one.event for one in decisions])
    return [Whole(one, measures[one.id], statements.get(one.id), events[one.event]) for one in decisions]


def of_notice(viewer: Caller, notice: str) -> list[Whole]:
    """What was decided and asked on a notice, newest first, as far as the viewer may see it."""
    return wholes(list(seen_by(viewer).filter(notice=notice).order_by("-id")))


def by_event(event: str) -> Decision | None:
    """The decision that an event made. For operations of rooms further right."""
    return Decision.objects.filter(event=event).select_related("notice").first()


def all_of(notice: str) -> list[Whole]:
    """What was decided on a notice, oldest first; questions apart. For operations of rooms further right."""
    asking = Q(outcome=Outcome.NEEDS_INFORMATION.value)
    rows = Decision.objects.filter(~asking, notice=notice).select_related("notice", "party", "person")
    return wholes(list(rows.order_by("id")))


def is_newest(decision: Decision) -> bool:
    """Whether nothing was decided on the notice after this; questions apart. For operations of rooms further right."""
    asking = Q(outcome=Outcome.NEEDS_INFORMATION.value)
    return not Decision.objects.filter(~asking, notice=decision.notice_id, id__gt=decision.id).exists()


def standing_of(notice: str) -> Decision | None:
    """The decision that stands on the notice, partly reversed or not; None while none does."""
    stands = [DecisionState.STANDING.value, DecisionState.PARTLY_REVERSED.value]
    found = Decision.objects.filter(notice=notice, state__in=stands).order_by("-id")
    return found.select_related("notice", "party", "person").first()


def heads_of(notices: Collection[str]) -> dict[str, Head]:
    """The newest decision of each of these notices. The caller has asked whether the viewer may see them."""
    rows = Decision.objects.filter(notice__in=notices).order_by("id").select_related("notice")
    return {row.notice_id: Head(row.id, row.outcome, state_of(row)) for row in rows}


def state_of(decision: Decision) -> str:
    """How the decision stands. A question whose notice moved on was answered; the row learns it with the next one."""
    if decision.state == DecisionState.ASKED and decision.notice.state != NoticeState.NEEDS_INFORMATION:
        ended = decision.notice.state == NoticeState.WITHDRAWN
        return DecisionState.UNANSWERED.value if ended else DecisionState.ANSWERED.value
    return decision.state


def tasks_for(viewer: Caller, *, state: MeasureState | None = None, after: str | None = None) -> Page:
    """The measures of the viewer's own party, oldest first; without a state those that wait for somebody of it."""
    if viewer.require(Deed.READ) is Reach.PEOPLE_AND_KEYS:
        raise NotPermittedError(Deed.READ, viewer.role)
    found = Measure.objects.filter(party_id=viewer.party_id).select_related("decision__notice", "party")
    states = sorted(WAITING) if state is None else [state]
    found = found.filter(state__in=[one.value for one in states])
    if after is not None:
        found = found.filter(id__gt=after)
    rows = list(found.order_by("id")[: PAGE + 1])
    return Page(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None)


def waiting_for(viewer: Caller) -> int:
    """How many measures wait for the viewer's party."""
    states = [one.value for one in WAITING]
    return Measure.objects.filter(party_id=viewer.party_id, state__in=states).count()


def standing_measures() -> list[tuple[str, int]]:
    """How many measures stand in each state, of the whole instance."""
    return list(Measure.objects.values_list("state").annotate(many=Count("id")).order_by("state"))
