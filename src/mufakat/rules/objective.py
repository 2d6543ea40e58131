"""The governance of filtering: what a party aims at, how it is measured, what its reviews say and decide. Pure.

The fourth point of a standard operating procedure asks for process, organisation, technology and people. Each of the
four is a set of objectives: one figure, what it is to reach at least, who owns it, and how often people look at it. The
figures are the program's own where it counts, and what a review writes down where only people can know it. Each is a
share, so many of so many, so that a goal of a large party and one of a small party are read alike.

No figure knows what was decided: in time or not, upheld or not, is all that counts (I-05). What a party's own notices
were worth is measured of whoever asks, never of whoever decides.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final

from msgspec import Meta, Struct

from mufakat.rules.accuracy import Share
from mufakat.rules.agreement import Title
from mufakat.rules.notice import Line
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import kinds_by_mandate

MAX_BYTES: Final = 256 * 1024
"""Bytes of an objective or a review as it is sent."""
MAX_MINUTES: Final = 20_000
MAX_WORDS: Final = 2_000
"""Characters of minutes, and of a reason or a note."""
WINDOW: Final = 3
"""Months that a figure is read over, the running one included: few notices say little."""
TREND: Final = 12
"""Months that a trend shows."""


class Area(StrEnum):
    """What the procedure asks about."""

    PROCESS = "process"
    ORGANISATION = "organisation"
    TECHNOLOGY = "technology"
    PEOPLE = "people"


class Figure(StrEnum):
    """What is measured: so many of so many."""

    ANSWERED_IN_TIME = "answered_in_time"  # Of notices that had to be answered.
    ACKNOWLEDGED_IN_TIME = "acknowledged_in_time"  # Of notices that had to be taken on.
    DECISIONS_UPHELD = "decisions_upheld"  # Of appeals that were resolved, those whose decision stood.
    NOTICES_HELD = "notices_held"  # Of the party's own notices that say anything, those that were right.
    DRILLS_ANSWERED = "drills_answered"  # Of test messages to its contacts.
    SHADOW_RESULTS = "shadow_results"  # Of what a policy would have found, what people found too.
    REVIEWERS_TRAINED = "reviewers_trained"  # Of the people who look at content; a review writes it down.
    EXPOSURE_KEPT = "exposure_kept"  # Of the same, those who saw harmful content within their limit of hours.


class Source(StrEnum):
    """Where a figure comes from."""

    COUNTED = "counted"  # By the program itself.
    RECORDED = "recorded"  # By people, in a review.
    NOT_YET = "not_yet"  # No part of the program sees it yet; it is never counted as reached or missed.


class Told(Struct, frozen=True):
    """What there is to know of a figure: its area, its source, and whether only parties that ask have it."""

    area: Area
    source: Source
    asking: bool = False


FIGURES: Mapping[Figure, Told] = MappingProxyType(
    {
        Figure.ANSWERED_IN_TIME: Told(Area.PROCESS, Source.COUNTED),
        Figure.ACKNOWLEDGED_IN_TIME: Told(Area.PROCESS, Source.COUNTED),
        Figure.DECISIONS_UPHELD: Told(Area.PROCESS, Source.COUNTED),
        Figure.NOTICES_HELD: Told(Area.PROCESS, Source.COUNTED, asking=True),
        Figure.DRILLS_ANSWERED: Told(Area.ORGANISATION, Source.COUNTED),
        Figure.SHADOW_RESULTS: Told(Area.TECHNOLOGY, Source.NOT_YET),
        Figure.REVIEWERS_TRAINED: Told(Area.PEOPLE, Source.RECORDED),
        Figure.EXPOSURE_KEPT: Told(Area.PEOPLE, Source.RECORDED),
    }
)
"""Every figure once."""

RECORDED: Final = frozenset(figure for figure, told in FIGURES.items() if told.source is Source.RECORDED)


class Reached(StrEnum):
    """How an objective stands."""

    REACHED = "reached"
    UNSURE = "unsure"  # Below, and so few were counted that chance alone may be why.
    MISSED = "missed"
    NO_FIGURES = "no_figures"  # Nothing was counted in these months.
    NOT_MEASURED = "not_measured"  # No part of the program sees it yet.


Seat = Annotated[
    str,
    Meta(
        pattern=r"^[a-z]{1,20}(-([2-9]|[1-9][0-9]))?$(?!\n)",
        max_length=24,
        description="a seat of your party such as reviewer or reviewer-2",
    ),
]
Day = Annotated[
    str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)", max_length=10, description="a day such as 2017-09-01")
]
Percent = Annotated[int, Meta(ge=1, le=100)]
Days = Annotated[int, Meta(ge=1, le=366)]
Reference = Annotated[
    str, Meta(min_length=1, max_length=30, description="an id such as obj_01m89vygyhe4mtytf7q822wp85")
]
Words = Annotated[str, Meta(min_length=1, max_length=MAX_WORDS)]


class ObjectiveIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a party aims at: the figure, what it is to reach at least in percent, who owns it, how often it is reviewed.

    `agreement` is the agreement whose point asks for it. `review_on` is the first review; null: `every_days` from now.
    """

    figure: Figure
    title: Title
    at_least: Percent
    owner: Seat
    every_days: Days = 90
    review_on: Day | None = None
    evidence: Annotated[tuple[Line, ...], Meta(max_length=10)] = ()
    agreement: Reference | None = None


class RecordedIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What only people know: so many of so many, for a figure whose source is a review."""

    figure: Figure
    part: Annotated[int, Meta(ge=0, le=1_000_000)]
    whole: Annotated[int, Meta(ge=1, le=1_000_000)]


class FollowupIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What a review decided: what is to be done, by whom, until when."""

    text: Words
    owner: Seat
    due_on: Day


class ReviewIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A review that was held: who sat in it, its minutes, what it wrote down and decided.

    `objectives` are those that were looked at; null: all of the party. Name roles in the minutes, not people.
    """

    minutes: Annotated[str, Meta(min_length=1, max_length=MAX_MINUTES)]
    present: Annotated[tuple[Seat, ...], Meta(min_length=1, max_length=30)]
    objectives: Annotated[tuple[Reference, ...], Meta(max_length=30)] | None = None
    recorded: Annotated[tuple[RecordedIn, ...], Meta(max_length=10)] = ()
    followups: Annotated[tuple[FollowupIn, ...], Meta(max_length=20)] = ()


class ObjectiveEndIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Why an objective ends."""

    reason: Words


class DoneIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What was done about a follow-up."""

    note: Words


class YearIn(Struct, frozen=True, forbid_unknown_fields=True):
    """The year whose report is published."""

    year: Annotated[int, Meta(ge=2000, le=2999)]


class Objective(Struct, frozen=True, kw_only=True):
    """An objective as it was set: sound, with a day for its first review."""

    figure: Figure
    title: Title
    at_least: int
    owner: str
    every_days: int
    review_on: date
    evidence: tuple[str, ...] = ()
    agreement: str | None = None


class Followup(Struct, frozen=True):
    """What a review decided, sound."""

    text: str
    owner: str
    due_on: date


class Review(Struct, frozen=True, kw_only=True):
    """A review, sound."""

    minutes: str
    present: tuple[str, ...]
    objectives: tuple[str, ...] | None
    recorded: tuple[RecordedIn, ...]
    followups: tuple[Followup, ...]


def is_open_to(figure: Figure, kind: PartyKind) -> bool:
    """Whether a party of this kind can aim at it: what notices were worth is measured of those that ask alone."""
    return not FIGURES[figure].asking or bool(kinds_by_mandate(kind))


def judged(figure: Figure, share: Share, *, at_least: int) -> Reached:
    """How an objective stands by what was counted. A goal is compared with the count itself, in whole numbers."""
    if FIGURES[figure].source is Source.NOT_YET:
        return Reached.NOT_MEASURED
    if share.whole == 0:
        return Reached.NO_FIGURES
    if 100 * share.part >= at_least * share.whole:
        return Reached.REACHED
    return Reached.UNSURE if 100 * share.upper >= at_least else Reached.MISSED


def next_review(held: date, *, every_days: int) -> date:
    """The day of the review after one on this day."""
    return held + timedelta(days=every_days)


def months(last: date, *, count: int = TREND) -> tuple[date, ...]:
    """The first days of so many months, the oldest first; the last is that of `last`."""
    found = []
    year, month = last.year, last.month
    for _ in range(count):
        found.append(date(year, month, 1))
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return tuple(reversed(found))


def after(month: date) -> date:
    """The first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
