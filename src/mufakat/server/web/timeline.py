"""What happened to a notice, in its order: the events, and beside them that it was fetched, which is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules.passages import Passage
from mufakat.server.notices import talk
from mufakat.server.web import faces, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from django.utils.functional import Promise

    from mufakat.server.journal.models import Event
    from mufakat.server.notices.queries import Notice
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.faces import EventFace
    from mufakat.server.web.words import Coded


@dataclass(frozen=True, slots=True)
class Time:
    """One of the four times: what it is worth, and when it came, if it did."""

    passage: Coded
    worth: Promise
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline; without a face it is a note and no event.

    `ours` says that the viewer's own party did it, `who` which of its people, whom the other side is not shown (I-18).
    `seat` is whose hands it came into, empty for nobody's; None where it is no handing over. `about` is the rung of a
    ladder, or the clock, where it happened by itself, or the measure that moved.
    """

    type: Coded
    at: datetime
    actor: str
    ours: bool
    said: str = ""
    who: str = ""
    seat: str | None = None
    face: EventFace | None = None
    about: Coded | None = None


def times_of(notice: Notice) -> Sequence[Time]:
    """The four, in their order."""
    return [
        Time(
            words.coded(words.PASSAGES, passage), words.WITNESSES[passage], getattr(notice, f"{passage.value}_at", None)
        )
        for passage in Passage
    ]


def entries_of(
    notice: Notice, events: Sequence[Event], *, viewer: Caller, measures: Mapping[str, Coded] | None = None
) -> Sequence[Entry]:
    """The events that the viewer may see, and when the recipient fetched it. The notice comes with both parties."""
    names = {party.handle: party.name for party in (notice.sender, notice.recipient)}
    people = talk.writers(viewer, notice)
    found = [_entry(faces.event_face(event, names), event, people, viewer, measures or {}) for event in events]
    if notice.fetched_at is not None:
        fetched = words.coded(words.PASSAGES, Passage.FETCHED)
        ours = notice.recipient_id == viewer.party_id
        found.append(Entry(fetched, notice.fetched_at, notice.recipient.name, ours))
        found.sort(key=lambda one: one.at)  # What happened in one millisecond keeps its order.
    return found


def _entry(
    face: EventFace, event: Event, people: dict[str, str], viewer: Caller, measures: Mapping[str, Coded]
) -> Entry:
    opened = {each.field.code: each.value for each in face.openings}
    about = None
    if rung := opened.get("step"):
        about = words.coded(words.RUNGS, rung)
    elif clock := opened.get("clock"):
        about = words.clock(clock)
    elif measure := opened.get("measure"):
        about = measures.get(measure)
    who = people.get(event.id, "")
    ours = event.sender == viewer.handle
    return Entry(face.type, face.at, face.actor, ours, face.said, who, opened.get("seat"), face, about)
