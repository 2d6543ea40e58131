"""Read appeals: either side of the notice sees those against its decisions; whoever has the code sees their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Q

from mufakat.rules import appeal as rules, appeal_code, measure as measures
from mufakat.rules.appeal import AppealState, Contested, Former, Level, Standing
from mufakat.rules.decision import ACTS, DecisionState, Outcome
from mufakat.rules.errors import NotFoundError, NotPermittedError
from mufakat.rules.measure import MeasureState
from mufakat.rules.permissions import Deed, Reach
from mufakat.server.appeals.models import Appeal as Appeal  # noqa: PLC0414 - given on, so that others can name its type.
from mufakat.server.decisions import queries as decisions
from mufakat.server.journal import ids, queries as journal

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from django.db.models import QuerySet

    from mufakat.server.decisions.queries import Decision, Whole as WholeDecision
    from mufakat.server.journal.models import Event
    from mufakat.server.parties.queries import Caller

PAGE = 50
JOINED = ("party", "sender", "lodged_by", "notice", "resolved_by")
UNFINISHED = measures.WAITING
"""The states of a measure for which a notice stays open: it is still to be carried out, or undone."""


class Whole(NamedTuple):
    """An appeal with its events, whose openings say the rest; the second once it is resolved."""

    appeal: Appeal
    lodged: Event
    resolved: Event | None


class Page(NamedTuple):
    """One page of a list and where the next begins."""

    items: Sequence[Whole]
    next: str | None


class UnknownCodeError(NotFoundError):
    """No decision has this code. A code that is malformed, and one that was never given, are the same to who asks."""

    def __init__(self) -> None:
        super().__init__("appeal code")


def seen_by(viewer: Caller, *, deed: Deed = Deed.READ) -> QuerySet[Appeal]:
    """The appeals about notices of the viewer's party: it decided, or its own notice was decided on."""
    if viewer.require(deed) is Reach.PEOPLE_AND_KEYS:
        raise NotPermittedError(deed, viewer.role)
    mine = Q(party_id=viewer.party_id) | Q(sender_id=viewer.party_id)
    return Appeal.objects.filter(mine).select_related(*JOINED)


def get_for(viewer: Caller, appeal: str, *, deed: Deed = Deed.READ) -> Appeal:
    """The appeal, if the viewer may see it; a stranger's and an unknown one are the same to the viewer."""
    seen = seen_by(viewer, deed=deed)
    found = seen.filter(pk=appeal).first() if ids.is_id(appeal, "apl") else None
    if found is None:
        raise NotFoundError("appeal")
    return found


def list_for(viewer: Caller, *, state: AppealState | None = None, after: str | None = None) -> Page:
    """Newest first, a page at a time, in a constant number of queries."""
    found = seen_by(viewer)
    if state is not None:
        found = found.filter(state=state.value)
    if after is not None:
        found = found.filter(id__lt=after)
    rows = list(found.order_by("-id")[: PAGE + 1])
    return Page(wholes(rows[:PAGE]), rows[PAGE - 1].id if len(rows) > PAGE else None)


def of_decision(decision: str) -> list[Appeal]:
    """The appeals against a decision, oldest first. The caller has asked whether the viewer may see it."""
    return list(Appeal.objects.filter(decision=decision).select_related(*JOINED).order_by("id"))


def of_notice(viewer: Caller, notice: str) -> list[Whole]:
    """The appeals about a notice, oldest first, as far as the viewer may see them."""
    return wholes(list(seen_by(viewer).filter(notice=notice).order_by("id")))


def whole(appeal: Appeal) -> Whole:
    """The appeal with its events. The caller has asked whether the viewer may see it."""
    return wholes([appeal])[0]


def wholes(appeals: Sequence[Appeal]) -> list[Whole]:
    """The same of many, in one query."""
    named = {one.event for one in appeals} | {one.resolution for one in appeals if one.resolution}
    events = journal.by_id(named)
    return [Whole(one, events[one.event], events[one.resolution] if one.resolution else None) for one in appeals]


def waiting_for(viewer: Caller) -> int:
    """How many appeals wait for the viewer's party."""
    return Appeal.objects.filter(party_id=viewer.party_id, state=AppealState.LODGED.value).count()


def by_code(code: str) -> Decision:
    """The decision that a code was given for. Raises UnknownCodeError.

    130 random bits are the credential, and what is looked up is their SHA-256: how long the index takes tells nothing
    about a code. A malformed one is looked up too, so that it is answered as any other that was never given.
    """
    found = decisions.by_code(appeal_code.digest(appeal_code.read(code) or "\x00"))
    if found is None:
        raise UnknownCodeError
    return found


def by_bearers(decision: str) -> list[Appeal]:
    """The appeals against a decision that came by its code, oldest first."""
    return [one for one in of_decision(decision) if one.lodged_by_id is None]


def contested(found: WholeDecision) -> Contested:
    """What the rules need of a decision. A measure stands while a reversal would still change anything about it."""
    row = found.decision
    standing = tuple(
        one.id for one in found.measures if measures.after_reversal(MeasureState(one.state)).value != one.state
    )
    return Contested(
        row.person_id,
        rules.until(row.appeal_until, decided_at=row.decided_at),
        stands=row.state in {DecisionState.STANDING, DecisionState.PARTLY_REVERSED},
        acted=Outcome(row.outcome) in ACTS,
        measures=standing,
    )


def former(appeals: Collection[Appeal]) -> list[Former]:
    """The same of the appeals that there are."""
    return [
        Former(Standing(one.standing), Level(one.level), AppealState(one.state), one.lodged_by_id or "")
        for one in appeals
    ]


def require_decision(viewer: Caller, decision: str) -> Decision:
    """The decision that the viewer may contest for their party. Raises NotFoundError, NotPermittedError."""
    found = decisions.get_for(viewer, decision, deed=Deed.LODGE_APPEAL)
    rules.require_lodger(viewer.role, party=viewer.party_id, sender=found.notice.sender_id)
    if found.state not in {one.value for one in DECIDED}:
        raise NotFoundError("decision (information was asked; nothing is decided yet)")
    return found


DECIDED = frozenset({DecisionState.STANDING, DecisionState.REVERSED, DecisionState.PARTLY_REVERSED})
