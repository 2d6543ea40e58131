"""From the rows of a restriction to what its pages show one of its parties.

The authority and the platform see all of it; an operator what it has to carry out, why and until when: neither who else
carries it out, nor what the two said to each other. Nobody's name stands here, seats do (I-18).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mufakat.rules import restriction_checks as rules
from mufakat.rules.errors import NotPermittedError
from mufakat.rules.events import EventType
from mufakat.rules.permissions import Deed
from mufakat.rules.restriction import LIVE, OVER, CarryingState, RestrictionState
from mufakat.server.agreements import profiles
from mufakat.server.restrictions import faces, queries
from mufakat.server.web import agreement_words, restriction_words, seat, words
from mufakat.server.web.words import coded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mufakat.server.journal.models import Event
    from mufakat.server.parties.queries import Caller, Party
    from mufakat.server.restrictions.faces import FindingOut
    from mufakat.server.restrictions.queries import Carrying, Restriction, Whole
    from mufakat.server.web.words import Coded

SHOWN = 200  # Names that a page lists; the rest is in the file.
BEFORE = frozenset({RestrictionState.PROPOSED, RestrictionState.APPROVED})
OF_OPERATORS = frozenset({EventType.RESTRICTION_PUBLISHED, EventType.RESTRICTION_LIFTED, EventType.RESTRICTION_EXPIRED})


@dataclass(frozen=True, slots=True)
class Side:
    """A party."""

    handle: str
    name: str
    ours: bool = False


@dataclass(frozen=True, slots=True)
class RowFace:
    """A restriction in a list."""

    id: str
    state: Coded
    category: Coded
    authority: Side
    platform: Side | None
    many: int
    emergency: bool
    shadow: bool
    since: datetime
    ends: datetime
    live: bool
    turn: str

    @property
    def short(self) -> str:
        """The end of the id."""
        return self.id[-8:]


@dataclass(frozen=True, slots=True)
class CarriedFace:
    """How it stands at one operator."""

    side: Side
    state: Coded
    since: datetime
    applied_at: datetime | None
    due_at: datetime | None
    overdue_at: datetime | None
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class SaidFace:
    """An approval or an answer: whose, when, and in which words."""

    who: str
    at: datetime
    text: str | None


@dataclass(frozen=True, slots=True)
class StepFace:
    """An event, with its receipt."""

    type: Coded
    at: datetime
    by: str
    event: str


@dataclass(frozen=True, slots=True)
class Offers:
    """What the viewer's seat may do now, and why it may not approve where it could seem so."""

    approve: bool = False
    refuse: bool = False
    answer: bool = False
    withdraw: bool = False
    lift: bool = False
    confirm: str = ""  # `applied` or `opened`.
    why_not: str = ""

    @property
    def any(self) -> bool:
        """Whether anything is there to be done."""
        return any((self.approve, self.refuse, self.answer, self.withdraw, self.lift, self.confirm))


@dataclass(frozen=True, slots=True)
class WarningFace:
    """What the guard found, and of which names; of none where it is the order as a whole."""

    code: Coded
    detail: str
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Inside:
    """What the authority and the platform alone see."""

    told_at: datetime | None
    wait_until: datetime | None
    answered_at: datetime | None
    missing: Sequence[Coded]
    profile: str
    dated: str | None
    notices: Sequence[str]
    approvals: Sequence[SaidFace]
    answers: Sequence[SaidFace]
    warnings: Sequence[WarningFace]
    refused: str | None
    weighty: bool
    renews: str


@dataclass(frozen=True, slots=True)
class Face:
    """A restriction, whole."""

    row: RowFace
    layer: Coded
    match: Coded
    next: Any
    proposed_at: datetime
    published_at: datetime | None
    ended_at: datetime | None
    review_at: datetime
    sunset_at: datetime
    ground: Mapping[str, str]
    reason: str | None
    proportionality: str | None
    reopening: Mapping[str, Any]
    names: Sequence[str]
    lifted: Sequence[tuple[str, datetime]]
    carried: Sequence[CarriedFace]
    steps: Sequence[StepFace]
    inside: Inside | None
    offers: Offers = field(default_factory=Offers)

    @property
    def id(self) -> str:
        """Its number."""
        return self.row.id

    @property
    def shown(self) -> Sequence[str]:
        """The names that the page lists."""
        return self.names[:SHOWN]

    @property
    def more(self) -> int:
        """How many names the page leaves to the file."""
        return max(0, len(self.names) - SHOWN)

    @property
    def late(self) -> Sequence[CarriedFace]:
        """The operators that are overdue."""
        return [one for one in self.carried if one.overdue_at is not None]


def row_of(whole: Whole, viewer: Caller) -> RowFace:
    """A line of a list."""
    row = whole.row
    return RowFace(
        id=row.id,
        state=coded(restriction_words.STATES, row.state),
        category=coded(words.CATEGORIES, row.list),
        authority=_side(row.authority, viewer),
        platform=_side(row.platform, viewer) if row.platform is not None else None,
        many=row.names,
        emergency=row.emergency,
        shadow=row.shadow,
        since=row.since,
        ends=row.ended_at or row.sunset_at,
        live=RestrictionState(row.state) in LIVE,
        turn=turn_of(whole, viewer),
    )


def turn_of(whole: Whole, viewer: Caller) -> str:
    """What waits for the viewer's own seat; empty where nothing does."""
    found = offers_of(whole, viewer)
    unheard = found.answer and whole.row.answered_at is None and RestrictionState(whole.row.state) in BEFORE
    for waits, name in ((found.approve, "approve"), (unheard, "answer")):
        if waits:
            return str(restriction_words.TURNS[name])
    return str(restriction_words.TURNS[found.confirm]) if found.confirm else ""


def face_of(whole: Whole, viewer: Caller, *, at: datetime) -> Face:
    """All of it, as far as the viewer's party sees it."""
    row, first = whole.row, whole.first
    inside = queries.is_inside(row, viewer)
    return Face(
        row=row_of(whole, viewer),
        layer=coded(restriction_words.LAYERS, row.layer),
        match=coded(restriction_words.MATCHES, row.match),
        next=restriction_words.NEXT[RestrictionState(row.state)],
        proposed_at=row.proposed_at,
        published_at=row.published_at,
        ended_at=row.ended_at,
        review_at=row.review_at,
        sunset_at=row.sunset_at,
        ground=faces.plain(first, "legal_ground") or {},
        reason=faces.said(first, "reason"),
        proportionality=faces.said(first, "proportionality"),
        reopening=_reopening(row),
        names=[one.name for one in whole.closed if one.lifted_at is None],
        lifted=[(one.name, one.lifted_at) for one in whole.closed if one.lifted_at is not None],
        carried=[_carried(one, viewer) for one in whole.carried if inside or one.operator_id == viewer.party_id],
        steps=steps_of(whole, viewer),
        inside=_inside(whole, at=at) if inside else None,
        offers=offers_of(whole, viewer),
    )


def steps_of(whole: Whole, viewer: Caller) -> list[StepFace]:
    """What happened, as far as the viewer's party sees it."""
    inside = queries.is_inside(whole.row, viewer)
    return [_step(one) for one in whole.events if inside or _is_for(one, viewer)]


def offers_of(whole: Whole, viewer: Caller) -> Offers:
    """What this seat may do now. A page offers nothing that would be refused."""
    row, state = whole.row, RestrictionState(whole.row.state)
    ordered, concerned = viewer.party_id == row.authority_id, viewer.party_id == row.platform_id
    approves, why_not = _approves(row, viewer) if ordered and state is RestrictionState.PROPOSED else (False, "")
    return Offers(
        approve=approves,
        refuse=ordered and state in BEFORE and seat.may(viewer, Deed.APPROVE_RESTRICTION),
        answer=concerned and state not in OVER and seat.may(viewer, Deed.OBJECT_RESTRICTION),
        withdraw=ordered and state in BEFORE and seat.may(viewer, Deed.LIFT_RESTRICTION),
        lift=ordered and state in LIVE and seat.may(viewer, Deed.LIFT_RESTRICTION),
        confirm=_confirms(whole, viewer),
        why_not=why_not,
    )


def _approves(row: Restriction, viewer: Caller) -> tuple[bool, str]:
    if not seat.may(viewer, Deed.APPROVE_RESTRICTION):
        return False, ""
    made = rules.Made(row.proposer_id, row.first_approver_id, row.second_approver_id)
    try:
        rules.place_of(
            made,
            person=viewer.person_id,
            role=viewer.role,
            ordinal=viewer.ordinal,
            profile=profiles.load(row.profile),
        )
    except NotPermittedError as error:
        return False, str(error)
    return True, ""


def _confirms(whole: Whole, viewer: Caller) -> str:
    """What the viewer's operator says next: that it carries it out, or that it opened."""
    own: Carrying | None = next((one for one in whole.carried if one.operator_id == viewer.party_id), None)
    if own is None or not seat.may(viewer, Deed.CONFIRM_RESTRICTION):
        return ""
    return {CarryingState.TOLD.value: "applied", CarryingState.OPENING.value: "opened"}.get(own.state, "")


def _inside(whole: Whole, *, at: datetime) -> Inside:
    row = whole.row
    order = faces.plain(whole.first, "order") or {}
    refused = whole.of_type(EventType.RESTRICTION_REFUSED)
    given = [one for one in (row.first_approved_at, row.second_approved_at) if one is not None]
    return Inside(
        told_at=row.told_at,
        wait_until=row.wait_until,
        answered_at=row.answered_at,
        missing=[coded(restriction_words.LACKS, one) for one in faces.missing(row, at=at) or ()],
        profile=row.profile,
        dated=order.get("dated"),
        notices=order.get("notices") or [],
        approvals=[
            SaidFace(one.seat, when, one.note) for one, when in zip(faces.approvals(whole), sorted(given), strict=False)
        ],
        answers=[
            SaidFace(one.sender, one.at, faces.said(one, "answer"))
            for one in whole.of_type(EventType.RESTRICTION_ANSWERED)
        ],
        warnings=_warnings(faces.warnings(whole)),
        refused=(faces.said(refused[-1], "reason") or "") if refused else None,
        weighty=row.weighty,
        renews=row.renews_id or "",
    )


def _warnings(found: Sequence[FindingOut]) -> list[WarningFace]:
    """The same finding of many names is said once."""
    named: dict[tuple[str, str], list[str]] = {}
    for one in found:
        named.setdefault((one.code, one.detail), []).extend([one.name] if one.name else [])
    return [
        WarningFace(coded(restriction_words.FINDINGS, code), detail, names[:SHOWN])
        for (code, detail), names in named.items()
    ]


def _reopening(row: Restriction) -> Mapping[str, Any]:
    said = row.reopening or {}
    return {
        "agreement": said.get("agreement", ""),
        "all_of": [coded(agreement_words.POINTS, one) for one in said.get("all_of") or ()],
        "any_of": [coded(agreement_words.POINTS, one) for one in said.get("any_of") or ()],
    }


def _carried(one: Carrying, viewer: Caller) -> CarriedFace:
    return CarriedFace(
        _side(one.operator, viewer),
        coded(restriction_words.CARRYING, one.state),
        one.since,
        one.applied_at,
        one.due_at,
        one.late_since,
        one.opened_at,
    )


def _step(event: Event) -> StepFace:
    return StepFace(coded(words.EVENTS, event.type), event.at, event.sender, event.id)


def _is_for(event: Event, viewer: Caller) -> bool:
    """Whether an operator sees this event: what it carries out, and what it said itself."""
    return EventType(event.type) in OF_OPERATORS or event.sender == viewer.handle


def _side(party: Party, viewer: Caller) -> Side:
    return Side(party.handle, party.name, party.id == viewer.party_id)
