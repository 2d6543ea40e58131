"""Judge obligations: from what was counted or found to how each stands. Pure.

Both sides are judged by the same rules. What comes in are counts, times and ids; no type in this module knows what was
decided, so a refusal in time keeps an obligation exactly as an action in time does (I-05).

Where an agreement names no measure, the usual one holds. The usual ones are ours: no law that the shipped profiles are
made of counts so.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from mufakat.rules.obligation import ObligationKind, ObligationState, ObligationTerms, Verdict

PERCENT: Final = 95
"""How many of a hundred have to be in time, inside the scope, or told, where the agreement does not say."""

OVER_DAYS: Final = 90
"""Over how many days is counted, today included."""

EVERY_DAYS: Mapping[ObligationKind, int] = MappingProxyType(
    {
        ObligationKind.REPRESENTATIVE_REACHABLE: 45,  # Drills go out every 30 days, with a day to answer.
        ObligationKind.REVIEW_HELD: 180,
        ObligationKind.CONFIRMED: 180,
        ObligationKind.SCREENING_RUNNING: 3,  # Screening goes on every day; a weekend may pass before it is mended.
    }
)
"""How often something is done anew."""

COUNTED: Final = frozenset(
    {
        ObligationKind.ACKNOWLEDGED_IN_TIME,
        ObligationKind.ANSWERED_IN_TIME,
        ObligationKind.WITHIN_SCOPE,
        ObligationKind.REASONS_GIVEN,
    }
)
"""The kinds that are a share of a count."""

UNMEASURED: Final = frozenset({ObligationKind.LIST_SYNCHRONISED})
"""The kinds that no part of this version measures yet."""

WHOLE: Final = 100


class Standing(Struct, frozen=True, kw_only=True):
    """Of which point: in force since when, and until when it was to be done. Times are aware."""

    since: datetime
    due_at: datetime | None = None


class Reach(Struct, frozen=True, kw_only=True):
    """The contacts of a party in force, and how they answered. An open drill is one whose time runs still."""

    contacts: int = 0
    unreachable: int = 0
    answered_at: datetime | None = None
    missed_at: datetime | None = None
    open_until: datetime | None = None


class Counted(Struct, frozen=True, kw_only=True):
    """So many of so many, from this day (UTC) on. What still waits in time is in neither."""

    part: int = 0
    whole: int = 0
    since: date


class Granted(Struct, frozen=True, kw_only=True):
    """The mandate of a party: one in force, or else the last one that was."""

    party: str
    mandate: str | None = None
    in_force: bool = False
    since: datetime | None = None
    review_on: date | None = None


class Done(Struct, frozen=True, kw_only=True):
    """When it was done last, by which event; `asked` is how many things are asked for, where that is known."""

    at: datetime | None = None
    event: str | None = None
    asked: int | None = None


Figures = Reach | Counted | Granted | Done
"""What an obligation is judged by."""


def at_least(terms: ObligationTerms) -> int:
    """How many percent are to be reached."""
    return PERCENT if terms.at_least is None else terms.at_least


def over_days(terms: ObligationTerms) -> int:
    """Over how many days is counted."""
    return OVER_DAYS if terms.over_days is None else terms.over_days


def every_days(terms: ObligationTerms) -> int:
    """Within how many days it is done anew."""
    return EVERY_DAYS[terms.kind] if terms.every_days is None else terms.every_days


def first_day(terms: ObligationTerms, *, since: date, at: datetime) -> date:
    """From which day on is counted: nobody is judged by what was before the point was in force."""
    return max(since, at.astimezone(UTC).date() - timedelta(days=over_days(terms) - 1))


def judge(terms: ObligationTerms, figures: Figures | None, standing: Standing, *, at: datetime) -> Verdict:
    """How the obligation stands at `at`; without figures it is not measured."""
    if terms.kind in UNMEASURED or figures is None:
        return Verdict(ObligationState.NOT_MEASURED, {})
    match figures:
        case Reach():
            return _reach(terms, figures, standing, at=at)
        case Counted():
            return _counted(terms, figures)
        case Granted():
            return _granted(figures, standing, at=at)
        case Done() if terms.kind is ObligationKind.EVIDENCE_GIVEN:
            return _given(figures, standing, at=at)
        case Done():
            return _repeated(terms, figures, standing, at=at)


def _reach(terms: ObligationTerms, found: Reach, standing: Standing, *, at: datetime) -> Verdict:
    """Somebody has to be there, and to have answered lately. Who answered nothing yet still has time for it."""
    every = timedelta(days=every_days(terms))
    told: dict[str, str | int | float | None] = {
        "contacts": found.contacts,
        "unreachable": found.unreachable,
        "answered_at": written(found.answered_at),
        "missed_at": written(found.missed_at),
        "every_days": every_days(terms),
    }
    if not found.contacts:
        return _by(standing.due_at or standing.since, told, at=at)
    if found.unreachable == found.contacts:
        return Verdict(ObligationState.BROKEN, told)
    if found.answered_at is None:
        return _by(found.open_until or standing.since + every, told, at=at)
    return _again(max(found.answered_at + every, found.open_until or found.answered_at), every, told, at=at)


def _counted(terms: ObligationTerms, found: Counted) -> Verdict:
    """A share has to be reached. Where nothing was to be done nothing was missed."""
    told: dict[str, str | int | float | None] = {
        "part": found.part,
        "whole": found.whole,
        "percent": percent(found.part, found.whole),
        "at_least": at_least(terms),
        "since": found.since.isoformat(),
    }
    kept = found.part * WHOLE >= at_least(terms) * found.whole
    return Verdict(ObligationState.KEPT if kept else ObligationState.BROKEN, told)


def _granted(found: Granted, standing: Standing, *, at: datetime) -> Verdict:
    """A mandate in force; one that was suspended or revoked breaks it, one that was never granted is due."""
    told: dict[str, str | int | float | None] = {
        "party": found.party,
        "mandate": found.mandate,
        "since": written(found.since),
        "review_on": found.review_on.isoformat() if found.review_on is not None else None,
    }
    if found.in_force:
        return Verdict(ObligationState.KEPT, told)
    if found.mandate is not None:
        return Verdict(ObligationState.BROKEN, told)
    return _by(standing.due_at or standing.since, told, at=at)


def _given(found: Done, standing: Standing, *, at: datetime) -> Verdict:
    """Handed in once; late is mended by handing it in."""
    told: dict[str, str | int | float | None] = {
        "asked": found.asked,
        "at": written(found.at),
        "event": found.event,
    }
    if found.at is not None:
        return Verdict(ObligationState.KEPT, told)
    if standing.due_at is None:
        return Verdict(ObligationState.DUE, told)
    return _by(standing.due_at, told, at=at)


def _repeated(terms: ObligationTerms, found: Done, standing: Standing, *, at: datetime) -> Verdict:
    """Done anew in each period. The first one begins as the point comes into force."""
    every = timedelta(days=every_days(terms))
    told: dict[str, str | int | float | None] = {
        "at": written(found.at),
        "event": found.event,
        "every_days": every_days(terms),
    }
    if found.at is None:
        first = standing.since + every if standing.due_at is None else standing.due_at
        return _by(first, told, at=at) if at < first else _again(first, every, told, at=at)
    return _again(found.at + every, every, told, at=at)


def _by(due_at: datetime, told: dict[str, str | int | float | None], *, at: datetime) -> Verdict:
    """Not done yet: due until its time, late from then on."""
    state = ObligationState.DUE if at < due_at else ObligationState.LATE
    return Verdict(state, told, written(due_at))


def _again(due_at: datetime, every: timedelta, told: dict[str, str | int | float | None], *, at: datetime) -> Verdict:
    """Kept until its time, late for as long as a period takes, and broken from then on."""
    state = ObligationState.KEPT if at < due_at else ObligationState.LATE
    if at >= due_at + every:
        state = ObligationState.BROKEN
    return Verdict(state, told, written(due_at))


def percent(part: int, whole: int) -> float | None:
    """With one digit, rounded down, so that what is shown never says more than was reached; None: of nothing."""
    return None if not whole else part * WHOLE * 10 // whole / 10


def written(at: datetime | None) -> str | None:
    """A time as it stands in evidence: RFC 3339 with milliseconds."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


_TAKES: Mapping[ObligationKind, type[Struct]] = MappingProxyType(
    {
        ObligationKind.REPRESENTATIVE_REACHABLE: Reach,
        **dict.fromkeys(COUNTED, Counted),
        ObligationKind.MANDATE_GRANTED: Granted,
        ObligationKind.REVIEW_HELD: Done,
        ObligationKind.EVIDENCE_GIVEN: Done,
        ObligationKind.CONFIRMED: Done,
        ObligationKind.SCREENING_RUNNING: Done,
    }
)


def takes(kind: ObligationKind) -> type[Struct] | None:
    """By what figures a kind is judged; None where nothing measures it yet."""
    return _TAKES.get(kind)
