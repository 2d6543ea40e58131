"""The shape of a profile: its types, with the limits that the careful reader and the JSON Schema obey.

What one member cannot know of another (names that must exist, circles, two of one name) is in `profile_checks`.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta, Struct

from mufakat.rules.durations import parse_elapsed, parse_period, parse_working
from mufakat.rules.notice import Category, Line, NoticeKind, Urgency

_END = r"$(?!\n)"

Name = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*" + _END, max_length=64, description="a name such as id-2017")
]
EventName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z_]+\.[a-z_]+" + _END, max_length=64, description="the type of an event, such as notice.received"
    ),
]
ClockName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*" + _END,
        max_length=36,  # A row keeps 40: a repeated clock adds `#` and its turn.
        description="a name of at most 36 characters, such as acknowledge_within",
    ),
]
Day = Annotated[
    str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}" + _END, description="a day such as 2026-03-20 (ISO 8601)")
]
Hours = Annotated[
    str,
    Meta(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)" + _END,
        description="hours of a day such as 08:00-16:00",
    ),
]
Places = Annotated[
    str,
    Meta(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?" + _END, description="a country, or a part of one (ISO 3166: ID, DE-BY)"),
]


class Certainty(StrEnum):
    """How well a part of a profile is known."""

    PRIMARY_READ = "primary-read"  # We read the legal text itself.
    SECONDARY_READ = "secondary-read"  # We read it quoted or retold by somebody else.
    PRESS_READ = "press-read"  # We read it in the press.
    GIVEN = "given"  # It stood in the material this project began with.
    MEMORY = "memory"  # Believed, not looked up.
    OURS = "ours"  # Our choice; no source says so.


class Confidence(StrEnum):
    """How far the profile as a whole can be trusted to tell what was in force."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Actor(StrEnum):
    """Who has to act before a clock is due."""

    RECIPIENT = "recipient"
    SENDER = "sender"
    OPERATOR = "operator"
    AFFECTED = "affected"  # Whoever the decision is about, or who sent the notice.
    BODY = "body"  # A body outside, such as one that settles disputes.


class Weekday(StrEnum):
    """A day of the week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class Act(StrEnum):
    """What a step of a ladder does. None of them touches content: the last ones ask people to."""

    REMIND = "remind"  # The first contact is written to again.
    SECOND_CONTACT = "second_contact"  # The next contact is written to.
    SENIOR_CONTACT = "senior_contact"  # The senior contact is written to.
    PHONE_TASK = "phone_task"  # The sender's desk gets the task to call.
    UNREACHABLE = "unreachable"  # Both sides see that nobody was reached.
    PROPOSE = "propose"  # What `proposes` names is put to people, who decide.


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """Where something was read."""

    id: Name
    kind: Certainty
    ref: Line


def check_zone(name: str) -> None:
    """ValueError, with a sentence, where there is no zone of this name."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError("A zone is given by its IANA name, such as Asia/Jakarta.") from None


_CHECKS: Mapping[str, Callable[[str], object]] = {
    "elapsed": parse_elapsed,
    "repeat": parse_elapsed,
    "undue_delay": parse_elapsed,
    "working": parse_working,
    "period": parse_period,
    "calendar_day": check_zone,
    "zone": check_zone,
}


class Duration(Struct, frozen=True, forbid_unknown_fields=True):
    """How long: exactly one of seven forms.

    `elapsed` passes evenly (PT24H). `calendar_day` runs to the end of that day in a zone. `working` counts the hours
    (PT8H) or days (P5D) of `calendar`. `repeat` comes due several `times`. `undue_delay` is a target that we set where
    the law names no number: it is shown as a target, never as the law's. `period` is of months or years (P6M) and
    runs to the end of its last day in `zone`. `at_once` is due the moment it starts.
    """

    elapsed: str | None = None
    calendar_day: str | None = None
    working: str | None = None
    calendar: Name | None = None
    repeat: str | None = None
    times: Annotated[int, Meta(ge=2, le=100)] | None = None
    undue_delay: str | None = None
    period: str | None = None
    zone: str | None = None
    at_once: bool | None = None

    def __post_init__(self) -> None:
        forms = (self.elapsed, self.calendar_day, self.working, self.repeat, self.undue_delay, self.period)
        if sum(form is not None for form in (*forms, self.at_once)) != 1:
            raise ValueError(
                "A duration is exactly one of elapsed, calendar_day, working, repeat, undue_delay, period and at_once."
            )
        pairs = {"working": "calendar", "repeat": "times", "period": "zone"}
        for one, other in pairs.items():
            if (getattr(self, one) is None) != (getattr(self, other) is None):
                raise ValueError(f"{one} and {other} go together, and with nothing else.")
        if self.at_once is False:
            raise ValueError("at_once is true or left out.")
        for name, check in _CHECKS.items():
            if (text := getattr(self, name)) is not None:
                check(text)

    @property
    def is_target(self) -> bool:
        """Whether this is a target of ours (`undue_delay`) and no term that somebody set."""
        return self.undue_delay is not None


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
    and need not: its end is no breach. `extendable_by` is how much longer it may become, once.
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


WARNING_LETTER = "warning_letter"
"""What a step proposes that puts a numbered letter to people."""

LetterCode = Annotated[
    str,
    Meta(
        pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*" + _END, max_length=24, description="the code of a letter, such as ST1"
    ),
]


class Letter(Struct, frozen=True, forbid_unknown_fields=True):
    """A step as a numbered letter: the `code` that people know it by, which of the letters it is, what it carries."""

    code: LetterCode
    number: Annotated[int, Meta(ge=1, le=20)]
    carries: Name | None = None


class LadderStep(Struct, frozen=True, forbid_unknown_fields=True):
    """One step: what is done, and how long `after` what: the clock's start, its due time, or an earlier step.

    `letter` is there where the step puts a numbered letter to people. With `weighs_reasons` it is taken only by who
    says how the reasons of the other side were weighed.
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
    """The rules of one country and time."""

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

    def clock(self, name: str) -> ClockRule | None:
        """The rule that a clock of this name runs by; a turn of a repeated clock (`letters#2`) runs by `letters`."""
        plain = name.partition("#")[0]
        return next((rule for rule in self.clocks if rule.name == plain), None)

    def ladder_of(self, clock: str) -> Ladder | None:
        """The ladder that is climbed while this clock runs."""
        return next((ladder for ladder in self.ladders if ladder.clock == clock), None)
