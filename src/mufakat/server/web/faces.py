"""What a page shows of a notice: plain values and words, so that a template only lays them out."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec

from mufakat.proof import leaf
from mufakat.rules import clock, lifecycle
from mufakat.rules.errors import NotFoundError
from mufakat.rules.lifecycle import NoticeState, Turn
from mufakat.rules.notice import Draft
from mufakat.server.agreements import profiles
from mufakat.server.journal import queries as journal
from mufakat.server.notices import queries
from mufakat.server.notices.exhibits import HELD
from mufakat.server.web import inert, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from django.utils.functional import Promise

    from mufakat.rules.profile import ClockRule
    from mufakat.server.journal.models import Event
    from mufakat.server.notices.exhibits import ExhibitOut
    from mufakat.server.notices.queries import Clock, Notice, Pointer, Whole
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.words import Coded


C = TypeVar("C", bound=str)


@dataclass(frozen=True, slots=True)
class Next:
    """Whose turn it is, in words; ``ours`` when it is the viewer's party."""

    ours: bool
    says: str


@dataclass(frozen=True, slots=True)
class ClockFace:
    """A clock: what is owed, until when, how it stands, and how well the rule is known."""

    name: Coded
    due_at: datetime
    ended_at: datetime | None
    state: Coded
    certainty: Coded | None
    note: str
    paused_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A notice in a list."""

    id: str
    sent: bool
    counterpart: str
    kind: Coded
    category: Coded
    urgency: Coded
    state: Coded
    next: Next
    due: ClockFace | None
    received_at: datetime
    hands: str | None
    acknowledges: bool
    unreachable: bool = False

    @property
    def short(self) -> str:
        """The end of the id, which differs from one notice to the next."""
        return self.id[-8:]

    @classmethod
    def of(cls, whole: Whole, *, viewer: Caller, at: datetime, acknowledges: bool = False) -> Row:
        """The notice must come with both parties; `acknowledges` says that the seat may do so at all."""
        notice, clocks = whole.notice, whole.clocks
        sent = notice.sender_id == viewer.party_id
        running = [one for one in clocks if one.ended_at is None and one.paused_at is None]
        soonest = min(running, key=lambda one: one.due_at, default=None)
        return cls(
            notice.id,
            sent,
            notice.recipient.name if sent else notice.sender.name,
            words.coded(words.KINDS, notice.kind),
            words.coded(words.CATEGORIES, notice.category),
            words.coded(words.URGENCIES, notice.urgency),
            words.coded(words.STATES, notice.state),
            next_of(notice, viewer),
            clock_face(soonest, rule_of(notice, soonest.name), at=at) if soonest else None,
            notice.received_at,
            whole.hands,
            acknowledges and notice.state == NoticeState.RECEIVED and queries.to_acknowledge(viewer, notice),
            notice.unreachable_since is not None,
        )


@dataclass(frozen=True, slots=True)
class LinkFace:
    """One thing that a notice points at: nothing on the page can be followed."""

    kind: Coded
    shown: str | None
    typed: str | None


@dataclass(frozen=True, slots=True)
class FileFace:
    """One file that a notice names; only one that is held can be downloaded."""

    position: int
    state: Coded
    name: str | None
    media_type: str | None
    size: int | None
    sha256: str | None
    held: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """One field that a leaf commits to, and what opens it while that is not erased."""

    field: Coded
    value: str | None
    salt: str | None


@dataclass(frozen=True, slots=True)
class EventFace:
    """One event of the timeline."""

    id: str
    type: Coded
    at: datetime
    actor: str
    leaf_hash: str
    leaf: str
    openings: Sequence[Opening]
    receipt: str
    said: str
    signers: Sequence[str] = ()  # Labels of the keys that signed it: verified before there was a leaf.


def next_of(notice: Notice, viewer: Caller) -> Next:
    """Whose turn it is, seen from the viewer's party."""
    state = NoticeState(notice.state)
    turn = lifecycle.turn(state)
    if turn not in {Turn.RECIPIENT, Turn.SENDER}:
        return Next(ours=False, says=str(words.NOBODY_NEXT[state]))
    party = notice.recipient if turn is Turn.RECIPIENT else notice.sender
    if party.id == viewer.party_id:
        return Next(ours=True, says=str(words.OURS_NEXT[state]))
    return Next(ours=False, says=str(words.THEIRS_NEXT[state]) % {"party": party.name})


def rule_of(notice: Notice, name: str) -> ClockRule | None:
    """The rule that the clock runs by, in the profile under which the notice was taken."""
    try:
        return profiles.load(notice.profile).clock(name)
    except NotFoundError:
        return None


def clock_face(running: Clock, rule: ClockRule | None, *, at: datetime) -> ClockFace:
    """The clock as it stands now."""
    state = clock.state_at(
        running.due_at,
        running.ended_at,
        at=at,
        void=running.void,
        paused=running.paused_at is not None,
        target=rule is not None and rule.duration.is_target,
        right=rule is not None and rule.right,
    )
    return ClockFace(
        words.clock(running.name),
        running.due_at,
        running.ended_at,
        words.coded(words.CLOCK_STATES, state),
        words.coded(words.CERTAINTIES, rule.certainty) if rule else None,
        (rule.note or "") if rule else "",
        running.paused_at,
    )


def draft_of(body: bytes | None) -> Draft | None:
    """The notice as it was sent; None once it is erased."""
    return msgspec.json.decode(body, type=Draft) if body is not None else None


def link_faces(pointers: Sequence[Pointer]) -> Sequence[LinkFace]:
    """What the notice points at; an erased pointer keeps its kind."""
    return [
        LinkFace(
            words.coded(words.LINKS, each.kind),
            inert.defanged(each.canonical) if each.canonical is not None else None,
            inert.defanged(each.input) if each.input is not None and each.input != each.canonical else None,
        )
        for each in pointers
    ]


def file_faces(found: Sequence[ExhibitOut]) -> Sequence[FileFace]:
    """The files of a notice, in their order."""
    return [
        FileFace(
            each.position,
            words.coded(words.EXHIBITS, each.state),
            each.name,
            each.media_type,
            each.size,
            each.sha256,
            held=each.state == HELD,
        )
        for each in found
    ]


BINARY = frozenset({"payload", "received"})  # What is committed to as a digest.


def event_face(event: Event, names: Mapping[str, str]) -> EventFace:
    """An event of the timeline. What somebody said with it (a note, a reason) stands in the open."""
    openings = [
        Opening(
            words.coded(words.FIELDS, each.field),
            readable(bytes(each.value), binary=each.field in BINARY) if each.value is not None else None,
            base64.b64encode(bytes(each.salt)).decode() if each.salt is not None else None,
        )
        for each in event.openings.all()
    ]
    said = next((each.value or "" for each in openings if each.field.code in {"note", "reason", "text"}), "")
    return EventFace(
        event.id,
        words.coded(words.EVENTS, event.type),
        event.at,
        names.get(event.sender, event.sender),
        base64.b64encode(bytes(event.leaf_hash)).decode(),
        bytes(event.leaf).decode(),
        openings,
        journal.custody(event),
        said,
        [one.k for one in leaf.decode(bytes(event.leaf)).sig],
    )


def readable(value: bytes, *, binary: bool) -> str:
    """A committed value for people: a digest as its digits, a text as text that cannot deceive."""
    return value.hex() if binary else inert.visible(value.decode("utf-8", "replace"))


def codes(table: Mapping[C, Promise], found: Sequence[str] | None) -> Sequence[Coded]:
    """Codes with their words."""
    return [words.coded(table, code) for code in found or ()]
