"""The words that a profile is written in: names, days, how certain a line is, how long something runs.

What is made of them is in `profile_shape` (clocks, ladders) and `profile_powers` (who may do what).
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct

from mufakat.rules.durations import parse_elapsed, parse_period, parse_working
from mufakat.rules.notice import Line

END = r"$(?!\n)"

Name = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*" + END, max_length=64, description="a name such as id-2017")
]
EventName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z_]+\.[a-z_]+" + END, max_length=64, description="the type of an event, such as notice.received"
    ),
]
ClockName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*" + END,
        max_length=36,  # A row keeps 40: a repeated clock adds `#` and its turn.
        description="a name of at most 36 characters, such as acknowledge_within",
    ),
]
Day = Annotated[
    str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}" + END, description="a day such as 2026-03-20 (ISO 8601)")
]
Hours = Annotated[
    str,
    Meta(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)" + END,
        description="hours of a day such as 08:00-16:00",
    ),
]
Places = Annotated[
    str,
    Meta(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?" + END, description="a country, or a part of one (ISO 3166: ID, DE-BY)"),
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
