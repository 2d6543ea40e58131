"""What has become of a notice on its way to somebody's eyes: four things with a time each, none of which is another.

A carrier's success says nothing of a person, a person's look says nothing of a carrier, and a program that opens every
link says nothing at all. So each has its own witness, and each is set once: by the first that counts.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

from mufakat.rules.events import EventType


class Passage(StrEnum):
    """The four."""

    FETCHED = "fetched"  # A signed-in person or an enrolled system of the recipient read it by GET. Noted, no more.
    DELIVERED = "delivered"  # A carrier got the recipient's own answer: a 2xx of its address, or a positive DSN.
    SEEN = "seen"  # A person or an enrolled system of the recipient said so, by POST.
    ACKNOWLEDGED = "acknowledged"  # The recipient has taken it on, by POST: its turn to decide.


class Line(Struct, frozen=True):
    """What one of the four is worth: who attests it, which events set it, and what it never means."""

    witness: str
    set_by: tuple[EventType, ...]
    is_not: str


PASSAGES: Mapping[Passage, Line] = MappingProxyType(
    {
        Passage.FETCHED: Line(
            "this server: the recipient's session or token read it by GET",
            (),
            "a sign that anybody read it; no event, no state, no clock changes",
        ),
        Passage.DELIVERED: Line(
            "the recipient's own machine: a 2xx to a webhook, or a positive DSN to a mail",
            (EventType.NOTICE_DELIVERED,),
            "a sign that a person saw it, or that it was fetched",
        ),
        Passage.SEEN: Line(
            "a person or an enrolled system of the recipient, by POST",
            (EventType.NOTICE_SEEN, EventType.NOTICE_ACKNOWLEDGED),
            "a promise to act; no state changes and no clock stops",
        ),
        Passage.ACKNOWLEDGED: Line(
            "a person or an enrolled system of the recipient, by POST",
            (EventType.NOTICE_ACKNOWLEDGED,),
            "a sign that a carrier delivered it: it may have been read on the desk alone",
        ),
    }
)
"""The table. Acknowledging says that it was seen; nothing else follows from anything else."""


class Times(Struct, frozen=True):
    """When each happened first; None where it has not. Moments are aware."""

    fetched: datetime | None = None
    delivered: datetime | None = None
    seen: datetime | None = None
    acknowledged: datetime | None = None


def after(times: Times, event: EventType, *, at: datetime) -> Times:
    """The times once `event` happened at `at`: what it sets and was not set before. Doing it twice changes nothing."""
    if at.tzinfo is None:
        raise ValueError("A moment without a zone is no moment.")
    found = {passage: getattr(times, passage.value) for passage in Passage}
    for passage, line in PASSAGES.items():
        if event in line.set_by and found[passage] is None:
            found[passage] = at
    return Times(*(found[passage] for passage in Passage))


def are_sane(times: Times, *, received_at: datetime) -> bool:
    """Whether such times can be: none before the notice itself, and what is acknowledged was seen by then."""
    told = [getattr(times, passage.value) for passage in Passage]
    if any(one is not None and one < received_at for one in told):
        return False
    return times.acknowledged is None or (times.seen is not None and times.seen <= times.acknowledged)


def table() -> str:
    """PASSAGES as a Markdown table, one passage a row; ends with a newline."""
    lines = ["| time | who attests it | set by the event | it is not |", "|---|---|---|---|"]
    for passage, line in PASSAGES.items():
        events = ", ".join(f"`{event.value}`" for event in line.set_by) or "none"
        lines.append(f"| `{passage.value}_at` | {line.witness} | {events} | {line.is_not} |")
    return "\n".join(lines) + "\n"
