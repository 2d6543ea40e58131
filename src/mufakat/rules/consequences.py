"""What follows for a mandate from how well its holder's notices hold. Pure: a table, and who has the last word.

A machine may lower a quota, never to zero, and may propose to people that a mandate be suspended; it suspends nothing
by itself. It judges by the upper bound of the holder's precision: only where even the kindest reading of the figures is
bad does anything follow, and nothing follows from few notices. Every step goes to the holder with what was counted; the
holder may reply, and the operator may lift it, after which what was counted before is not counted again.

A quota is given back in the same way. So that a share at the edge does not swing from day to day, it rises only once
the bound is better by `EASE` than what the step asks for.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import msgspec
from msgspec import Struct

from mufakat.rules import accuracy
from mufakat.rules.accuracy import COUNTED, Share, Tally
from mufakat.rules.mandate import Quota

WINDOW: Final = timedelta(days=180)
"""How far back notices count for this. Ours: half a year, as long as a party needs to learn."""
MINIMUM: Final = 30
"""Notices that say anything, before anything follows. Ours: below that the interval is wider than any step."""
EASE: Final = 0.05
AGAIN: Final = timedelta(days=90)
"""After people declined a proposal, how long none is put to them again. Ours."""
WHOLE: Final = 100
"""Percent: a quota that is not lowered."""


class ProposalState(StrEnum):
    """What became of a proposal that a mandate be suspended."""

    OPEN = "open"  # The operator looks at it next, on the word of whoever granted the mandate.
    SUSPENDED = "suspended"
    DECLINED = "declined"
    VOID = "void"  # The mandate was revoked meanwhile.


class Step(Struct, frozen=True):
    """Below this upper bound so many percent of the quota are left; and whether suspension is proposed."""

    below: float
    percent: int
    proposes: bool = False


STEPS: tuple[Step, ...] = (Step(0.25, 10, proposes=True), Step(0.50, 25), Step(0.70, 50))
"""Hardest first. Ours: no law says how often a flagger may be wrong."""


class Consequence(Struct, frozen=True):
    """What follows: how much of the quota stays, whether suspension is proposed, and the step that says so."""

    percent: int = WHOLE
    proposes: bool = False
    step: Step | None = None


def consequence(tally: Tally, *, former: int = WHOLE) -> Consequence:
    """What follows from this count, where `former` percent of the quota are left now."""
    found = accuracy.precision(tally)
    if found.whole < MINIMUM:
        return Consequence()
    hard = _step(found.upper)
    if _percent(hard) <= former:
        return _made(hard)
    eased = _step(found.upper - EASE)
    if _percent(eased) > former:
        return _made(eased)
    return Consequence(former, step=next((one for one in STEPS if one.percent == former), None))


def _step(upper: float) -> Step | None:
    return next((step for step in STEPS if upper < step.below), None)


def _percent(step: Step | None) -> int:
    return WHOLE if step is None else step.percent


def _made(step: Step | None) -> Consequence:
    return Consequence() if step is None else Consequence(step.percent, step.proposes, step)


def lowered(quota: Quota, percent: int) -> Quota:
    """So much of a quota, never nothing: whoever may send at all may send one notice at once and one a minute."""
    return Quota(max(1, quota.burst * percent // WHOLE), max(1, quota.per_minute * percent // WHOLE))


def counted_from(*, lifted_on: date | None, at: datetime) -> date:
    """The first day whose notices count: half a year back, and never one before people lifted what followed."""
    first = (at - WINDOW).date()
    return first if lifted_on is None else max(first, lifted_on + timedelta(days=1))


class Refusals(Struct, frozen=True, order=True):
    """How the notices of a holder fared with one platform: whether all hangs on one is for people to see."""

    platform: str
    right: int
    wrong: int


class Evidence(Struct, frozen=True):
    """What a step stands on: the days, the count, the share with its bounds, the step, and every platform."""

    since: date
    until: date
    counted: dict[str, int]
    judged: int
    right: int
    lower: float
    upper: float
    minimum: int
    below: float
    percent: int
    platforms: tuple[Refusals, ...] = ()


def evidence(
    tally: Tally, found: Consequence, *, since: date, until: date, platforms: tuple[Refusals, ...] = ()
) -> Evidence:
    """The evidence for a consequence; the bounds to a thousandth, so that anybody finds the same again."""
    if found.step is None:
        raise ValueError("Where nothing follows nothing is to be shown.")
    share = accuracy.precision(tally)
    return Evidence(
        since=since,
        until=until,
        counted={name: many for name in COUNTED if (many := getattr(tally, name))},
        judged=share.whole,
        right=share.part,
        lower=round(share.lower, 3),
        upper=round(share.upper, 3),
        minimum=MINIMUM,
        below=found.step.below,
        percent=found.percent,
        platforms=platforms,
    )


def to_json(found: Evidence) -> bytes:
    """The evidence as its event commits to it."""
    return msgspec.json.encode(found)


def from_json(raw: bytes | str) -> Evidence:
    """What was committed to."""
    return msgspec.json.decode(raw, type=Evidence)


def quota_json(quota: Quota, percent: int) -> bytes:
    """The quota that holds from now on, as its event commits to it."""
    told: dict[str, Any] = {"burst": quota.burst, "per_minute": quota.per_minute, "percent": percent}
    return msgspec.json.encode(told)


def explained(share: Share) -> str:
    """What a share says, as a sentence."""
    if share.value is None:
        return "No decided notice says anything yet."
    if share.whole < MINIMUM:
        return (
            f"{share.part} of {share.whole} decided notices were right. That is too few to say more: the true share "
            f"may be anything from {share.lower:.0%} to {share.upper:.0%}, and nothing follows below {MINIMUM}."
        )
    return (
        f"{share.part} of {share.whole} decided notices were right, {share.value:.0%}; with 95 % certainty the true "
        f"share lies between {share.lower:.0%} and {share.upper:.0%}."
    )


def table() -> str:
    """STEPS as a Markdown table; ends with a newline."""
    lines = ["| when even the upper bound is below | of the quota is left | besides |", "|---|---|---|"]
    for step in reversed(STEPS):
        besides = "suspension is proposed to whoever granted it" if step.proposes else "–"
        lines.append(f"| {step.below:.0%} | {step.percent} % | {besides} |")
    return "\n".join(lines) + "\n"
