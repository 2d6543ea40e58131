"""From a version of a policy to what its pages show: its rules in words, its figures, and who may do what now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules.filtering import FRESH, PolicyState
from mufakat.rules.permissions import Deed
from mufakat.screening.policy import Mode
from mufakat.server.filters import policy_faces, policy_queries as queries, texts
from mufakat.server.filters.policy_faces import BacktestTableOut
from mufakat.server.web import screening_words, seat, words
from mufakat.server.web.words import coded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from mufakat.screening.policy import Atom, Policy as Rules, Rule
    from mufakat.server.filters.policy_faces import BacktestRowOut
    from mufakat.server.filters.policy_queries import Counts, Whole
    from mufakat.server.journal.models import Event
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.words import Coded

OPEN = frozenset({PolicyState.PROPOSED, PolicyState.SHADOW})


@dataclass(frozen=True, slots=True)
class RowFace:
    """A version in a list."""

    id: str
    name: str
    state: Coded
    proposer: str
    proposed_at: datetime
    shadow_at: datetime | None
    promoter: str
    promoted_at: datetime | None
    ended_by: str
    ended_at: datetime | None

    @classmethod
    def of(cls, row: Any) -> RowFace:
        """The face of a row."""
        return cls(
            row.pk,
            f"{row.name}/{row.version}",
            coded(screening_words.POLICY_STATES, row.state),
            policy_faces.seat(row.proposer),
            row.proposed_at,
            row.shadow_at,
            policy_faces.seat(row.promoter) if row.promoter is not None else "",
            row.promoted_at,
            policy_faces.seat(row.ended_by) if row.ended_by is not None else "",
            row.ended_at,
        )


@dataclass(frozen=True, slots=True)
class RuleFace:
    """A rule, its questions in words."""

    rule: Rule
    mode: Coded
    then: Coded
    when: Sequence[tuple[Any, Sequence[Sequence[tuple[str, str]]]]]


@dataclass(frozen=True, slots=True)
class StepFace:
    """What happened to a version, when, and what was said with it."""

    type: Coded
    at: datetime
    said: str


@dataclass(frozen=True, slots=True)
class DayFace:
    """A day in figures: the items that were seen, and how many each rule hit or would have hit."""

    day: date
    seen: int
    rules: Sequence[tuple[str, bool, int]]


@dataclass(frozen=True, slots=True)
class TriedFace:
    """A back-test in a list."""

    id: str
    against: str
    items: int
    changed: int
    live: bool
    by: str
    at: datetime
    samples: Sequence[str]


@dataclass(frozen=True, slots=True)
class Offers:
    """What this seat may do now."""

    shadow: bool = False
    tries: bool = False
    decline: bool = False
    end: bool = False

    @property
    def any(self) -> bool:
        """Whether anything is there to be done."""
        return any((self.shadow, self.tries, self.decline, self.end))


@dataclass(frozen=True, slots=True)
class Face:
    """A version, whole."""

    row: RowFace
    next: Any
    text: str
    rules: Sequence[RuleFace]
    steps: Sequence[StepFace]
    tried: Sequence[TriedFace]
    restoring: Any
    restoring_state: Coded | None
    backtest: str
    offers: Offers = field(default_factory=Offers)

    @property
    def id(self) -> str:
        """Its number."""
        return self.row.id


def face_of(whole: Whole, viewer: Caller) -> Face:
    """All of it."""
    row = whole.row
    read = texts.rules_of(row.pk)
    state = PolicyState(row.state)
    restoring = whole.restoring
    return Face(
        row=RowFace.of(row),
        next=screening_words.POLICY_NEXT[state],
        text=row.text,
        rules=rules_of(read),
        steps=[_step(one) for one in whole.events],
        tried=[_tried(one) for one in whole.backtests],
        restoring=restoring,
        restoring_state=coded(screening_words.RESTORINGS, restoring.state) if restoring is not None else None,
        backtest=row.backtest_id or "",
        offers=offers_of(state, viewer),
    )


def offers_of(state: PolicyState, viewer: Caller) -> Offers:
    """What this seat may do with a version in this state. A page offers nothing that would be refused."""
    if not seat.may(viewer, Deed.PROPOSE_POLICY):
        return Offers()
    return Offers(
        shadow=state is PolicyState.PROPOSED,
        tries=state in OPEN,
        decline=state in OPEN,
        end=state is PolicyState.LIVE,
    )


def rules_of(read: Rules) -> list[RuleFace]:
    """The rules in the order in which the engine asks them."""
    return [
        RuleFace(
            rule,
            coded(screening_words.MODES, rule.mode),
            coded(screening_words.ACTIONS, rule.then),
            [
                (screening_words.TOGETHER[name], [_asked(one) for one in atoms])
                for name in ("all_of", "any_of", "none_of")
                if (atoms := getattr(rule.when, name))
            ],
        )
        for rule in sorted(read.rules, key=lambda rule: -rule.priority)
    ]


def why_not(tried: Any, policy: Any, viewer: Caller, *, live: str | None, at: datetime) -> Any:
    """Why this viewer cannot promote this version on this back-test; empty where it is possible."""
    exact = not tried.live or all(rule.mode is Mode.LIVE for rule in texts.rules_of(policy.pk).rules)
    reasons = {
        "seat": not seat.may(viewer, Deed.PROMOTE_POLICY),
        "state": policy.state != PolicyState.SHADOW,
        "own": policy.proposer_id == viewer.person_id,
        "live": not exact,
        "against": tried.against_id != live,
        "old": tried.made_at + FRESH < at,
    }
    found = next((name for name, holds in reasons.items() if holds), "")
    return screening_words.WHY_NOT[found] if found else ""


def table_of(tried: Any) -> BacktestTableOut:
    """The table of a back-test."""
    return msgspec.convert(tried.table, BacktestTableOut)


def rows_of(table: BacktestTableOut) -> list[dict[str, Any]]:
    """Its rows: what changes first, as they are kept."""
    return [
        {
            "before": _follows(row, "before"),
            "after": _follows(row, "after"),
            "changes": row.changes,
            "count": row.count,
            "samples": row.samples,
        }
        for row in table.rows
    ]


def days_of(found: Counts) -> list[DayFace]:
    """The counts, a day after the other, the newest first."""
    days: dict[date, list[Any]] = {}
    for one in found.items:
        days.setdefault(one.day, []).append(one)
    return [
        DayFace(
            day,
            sum(one.count for one in rows if not one.rule),
            [(one.rule, one.shadow, one.count) for one in rows if one.rule],
        )
        for day, rows in days.items()
    ]


def _follows(row: BacktestRowOut, side: str) -> Mapping[str, Any]:
    told = getattr(row, side)
    return {"action": coded(screening_words.ACTIONS, told.action), "rule": told.rule or ""}


def _asked(atom: Atom) -> list[tuple[str, str]]:
    """The members of a question that are given, by their names in the text."""
    names = ("bank", "category", "least", "kind", "language")
    return [(name, str(value)) for name in names if (value := getattr(atom, name)) is not None]


def _tried(row: Any) -> TriedFace:
    against = f"{row.against.name}/{row.against.version}" if row.against is not None else ""
    return TriedFace(
        row.pk,
        against,
        row.items,
        row.changed,
        row.live,
        policy_faces.seat(row.made_by),
        row.made_at,
        [one.name for one in row.samples.all()],
    )


def _step(event: Event) -> StepFace:
    told = policy_faces.said(event, "note") or policy_faces.said(event, "reason") or ""
    return StepFace(coded(words.EVENTS, event.type), event.at, told)


def live_of(viewer: Caller) -> str | None:
    """The id of the policy that is live on the viewer's platform, if any."""
    found = queries.live_of(viewer.party_id)
    return found.pk if found is not None else None
