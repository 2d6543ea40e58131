"""The shape of a profile: its types, with the limits that the careful reader and the JSON Schema obey.

What one member cannot know of another (names that must exist, circles, two of one name) is in `profile_checks`.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from mufakat.rules.agreement import MAX_POINTS
from mufakat.rules.condition import Condition
from mufakat.rules.notice import Category, Line, MeasureName, NoticeKind, Urgency
from mufakat.rules.profile_powers import (
    AlsoCalled,
    KindRule,
    MeasureRule,
    PointRule,
    PublicityRule,
    RemedyRule,
    Restriction,
)
from mufakat.rules.profile_words import (
    END,
    Act,
    Actor,
    Certainty,
    ClockName,
    Confidence,
    Day,
    Duration,
    EventName,
    Hours,
    Name,
    Places,
    Source,
    Weekday,
    check_zone,
)

__all__ = [
    "WARNING_LETTER",
    "Act",
    "Actor",
    "Calendar",
    "CategoryRule",
    "Certainty",
    "ClockName",
    "ClockRule",
    "Confidence",
    "Day",
    "Duration",
    "EventName",
    "Hours",
    "Ladder",
    "LadderStep",
    "Letter",
    "LetterCode",
    "Name",
    "Places",
    "Profile",
    "Publication",
    "Source",
    "Weekday",
    "check_zone",
]


class Calendar(Struct, frozen=True, forbid_unknown_fields=True):
    """When work is done: in a zone, on days of the week, at hours of the day, not on holidays.

    `holidays` names the place whose public holidays are taken (the package `holidays`); `closed` and `open` are days
    that differ from all that. Hours are of the wall in `zone`.
    """

    name: Name
    zone: str
    days: Annotated[tuple[Weekday, ...], Meta(min_length=1, max_length=7)]
    hours: Annotated[tuple[Hours, ...], Meta(min_length=1, max_length=6)]
    holidays: Places | None = None
    closed: Annotated[tuple[Day, ...], Meta(max_length=400)] = ()
    open: Annotated[tuple[Day, ...], Meta(max_length=400)] = ()
    sources: tuple[Name, ...] = ()
    note: Line | None = None


class ClockRule(Struct, frozen=True, forbid_unknown_fields=True):
    """A clock: which event starts it, which stops it, how long it runs, who has to act; where it comes from.

    `kinds`, `categories` and `urgencies` narrow it to some notices; null means all. While an event of `pauses` was
    the last one, and none of `resumes` came after it, the clock rests. `right` marks a time in which somebody may act
    and need not: its end is no breach. `extendable_by` is how much longer it may become, once. `also_stops` are events
    that stop it as `stops` does, where one deed has several outcomes.
    """

    name: ClockName
    starts: EventName
    stops: EventName
    duration: Duration
    actor: Actor
    certainty: Certainty
    sources: tuple[Name, ...]
    note: Line | None = None
    kinds: tuple[NoticeKind, ...] | None = None
    categories: tuple[Category, ...] | None = None
    urgencies: tuple[Urgency, ...] | None = None
    article: Line | None = None
    pauses: tuple[EventName, ...] = ()
    resumes: tuple[EventName, ...] = ()
    right: bool = False
    extendable_by: Duration | None = None
    also_stops: Annotated[tuple[EventName, ...], Meta(max_length=10)] = ()

    def is_stopped_by(self, event: str) -> bool:
        """Whether an event of this type stops it."""
        return event == self.stops or event in self.also_stops


WARNING_LETTER = "warning_letter"
"""What a step proposes that puts a numbered letter to people."""

LetterCode = Annotated[
    str,
    Meta(pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*" + END, max_length=24, description="the code of a letter, such as ST1"),
]


class Letter(Struct, frozen=True, forbid_unknown_fields=True):
    """A step as a numbered letter: the `code` that people know it by, which of the letters it is, what it carries."""

    code: LetterCode
    number: Annotated[int, Meta(ge=1, le=20)]
    carries: Name | None = None


class LadderStep(Struct, frozen=True, forbid_unknown_fields=True):
    """One step: what is done, and how long `after` what: the clock's start, its due time, or an earlier step.

    `letter` is there where the step puts a numbered letter to people. With `weighs_reasons` it is taken only by who
    says how the reasons of the other side were weighed. `called` is what people call it.
    """

    name: Name
    act: Act
    after: Duration
    counted_from: Name = msgspec.field(name="from", default="start")
    proposes: Name | None = None
    certainty: Certainty = Certainty.OURS
    sources: tuple[Name, ...] = ()
    article: Line | None = None
    note: Line | None = None
    letter: Letter | None = None
    weighs_reasons: bool = False
    called: Line | None = None


class Ladder(Struct, frozen=True, forbid_unknown_fields=True):
    """The steps that are taken one after the other while `clock` has not ended; it ends as the clock does.

    However many letters the steps name, no more than `at_most_letters` are sent on one notice.
    """

    name: Name
    clock: ClockName
    steps: Annotated[tuple[LadderStep, ...], Meta(min_length=1, max_length=20)]
    at_most_letters: Annotated[int, Meta(ge=1, le=20)] | None = None


class CategoryRule(Struct, frozen=True, forbid_unknown_fields=True):
    """A category that orders and restrictions may name (I-17), the sources' word, and if it is urgent (null: open)."""

    code: Category
    called: Name
    urgent: bool | None
    sources: tuple[Name, ...]
    article: Line | None = None
    certainty: Certainty | None = None


class Publication(Struct, frozen=True, forbid_unknown_fields=True):
    """How much later the register shows what a notice, decision or appeal is about; that there is one it shows at once.

    A profile without it publishes at once.
    """

    delay: Duration
    certainty: Certainty
    sources: tuple[Name, ...] = ()
    article: Line | None = None
    note: Line | None = None


class Profile(Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of one country and time.

    `kinds`, `measures`: where some are listed, no others are taken. `points` and `reopening` are what an agreement
    under this profile begins with. `based_on` is the profile that an overlay was laid over.
    """

    name: Name
    title: Line
    certainty: Confidence
    note: Annotated[str, Meta(min_length=1, max_length=2000)]
    sources: Annotated[tuple[Source, ...], Meta(max_length=200)]
    categories: Annotated[tuple[CategoryRule, ...], Meta(max_length=50)]
    clocks: Annotated[tuple[ClockRule, ...], Meta(max_length=200)]
    calendars: Annotated[tuple[Calendar, ...], Meta(max_length=8)] = ()
    ladders: Annotated[tuple[Ladder, ...], Meta(max_length=20)] = ()
    publication: Publication | None = None
    based_on: Name | None = None
    also_called: Annotated[tuple[AlsoCalled, ...], Meta(max_length=100)] = ()
    kinds: Annotated[tuple[KindRule, ...], Meta(max_length=len(NoticeKind))] = ()
    measures: Annotated[tuple[MeasureRule, ...], Meta(max_length=len(MeasureName))] = ()
    remedies: Annotated[tuple[RemedyRule, ...], Meta(max_length=40)] = ()
    publicity: Annotated[tuple[PublicityRule, ...], Meta(max_length=20)] = ()
    restriction: Restriction | None = None
    points: Annotated[tuple[PointRule, ...], Meta(max_length=MAX_POINTS)] = ()
    reopening: Condition | None = None

    def clock(self, name: str) -> ClockRule | None:
        """The rule that a clock of this name runs by; a turn of a repeated clock (`letters#2`) runs by `letters`."""
        plain = name.partition("#")[0]
        return next((rule for rule in self.clocks if rule.name == plain), None)

    def ladder_of(self, clock: str) -> Ladder | None:
        """The ladder that is climbed while this clock runs."""
        return next((ladder for ladder in self.ladders if ladder.clock == clock), None)

    def kind(self, kind: NoticeKind) -> KindRule | None:
        """What this profile says of a kind of notice."""
        return next((rule for rule in self.kinds if rule.kind is kind), None)

    def allows(self, measure: MeasureName) -> bool:
        """Whether a measure may be taken under this profile."""
        return not self.measures or any(rule.measure is measure for rule in self.measures)

    def certainty_of(self, clock: str) -> Certainty | None:
        """How certain the term of a clock is; None where this profile has no such clock."""
        rule = self.clock(clock)
        return rule.certainty if rule is not None else None
