"""From a hit to what its pages show: what was said with the place marked, by which entries, and what may be done now.

What was said is foreign text: it is cut into pieces here, and every piece is escaped by the template. Of child sexual
abuse nothing of it was ever kept (I-15).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mufakat.rules.events import EventType
from mufakat.rules.filtering import HitState
from mufakat.rules.notice import Category
from mufakat.rules.permissions import Deed
from mufakat.server.filters import faces, hits
from mufakat.server.web import screening_words, seat, words
from mufakat.server.web.words import coded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from mufakat.server.filters.hits import Whole
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.words import Coded

AROUND = 300  # Characters that are shown before and behind a place, where the text is too long to be shown whole.
WHOLE = 4_000
PLACES = 50  # Places that a page marks.


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text; `found` is what was found there, else empty."""

    text: str
    found: str = ""


@dataclass(frozen=True, slots=True)
class RowFace:
    """A hit in a list. What was said is left out."""

    id: str
    state: Coded
    action: Coded
    category: Coded
    policy: str
    policy_id: str
    rule: str
    at: datetime
    due_at: datetime | None
    name: str
    erased: bool

    @property
    def short(self) -> str:
        """The end of the id."""
        return self.id[-8:]


@dataclass(frozen=True, slots=True)
class BasisFace:
    """An entry that it rests on, and where it stands in the text."""

    bank: str
    entry: str
    category: str
    ground: str
    places: Sequence[str]


@dataclass(frozen=True, slots=True)
class StepFace:
    """What happened to it, when, and what was said with it."""

    type: Coded
    at: datetime
    said: str


@dataclass(frozen=True, slots=True)
class Face:
    """A hit, whole."""

    row: RowFace
    next: Any
    sensitive: bool
    item: Mapping[str, Any]
    kind: Coded | None
    pieces: Sequence[Piece]
    cut: bool
    basis: Sequence[BasisFace]
    reason: Any
    steps: Sequence[StepFace]
    decided_by: str
    decided_at: datetime | None
    restored_at: datetime | None
    erased_at: datetime | None
    notice: str
    decision: str
    releases: bool
    blocks: bool

    @property
    def id(self) -> str:
        """Its number."""
        return self.row.id


def row_of(whole: Whole) -> RowFace:
    """A line of a list."""
    row = whole.row
    told = hits.plain(whole.first, "item") or {}
    return RowFace(
        row.id,
        coded(screening_words.HIT_STATES, row.state),
        coded(screening_words.ACTIONS, row.action),
        coded(words.CATEGORIES, row.category),
        f"{row.policy.name}/{row.policy.version}",
        row.policy_id,
        row.rule,
        row.at,
        row.due_at,
        told.get("item") or told.get("locator") or "",
        row.erased_at is not None,
    )


def face_of(whole: Whole, viewer: Caller) -> Face:
    """All of it."""
    row = whole.row
    told: Mapping[str, Any] = hits.plain(whole.first, "item") or {}
    matches = (hits.plain(whole.first, "verdict") or {}).get("matches") or []
    text = told.get("text") or ""
    decides = row.state == HitState.HELD and seat.may(viewer, Deed.DECIDE_HIT)
    return Face(
        row=row_of(whole),
        next=screening_words.HIT_NEXT[HitState(row.state)],
        sensitive=row.category == Category.CHILD_SEXUAL_ABUSE,
        item=told,
        kind=coded(screening_words.ITEM_KINDS, told["kind"]) if told.get("kind") else None,
        pieces=list(pieces(text, matches)),
        cut=len(text) > WHOLE,
        basis=_basis(whole, matches),
        reason=hits.rule_of(row).reason,
        steps=[_step(one) for one in whole.events],
        decided_by=faces.seat(row.decided_by) if row.decided_by is not None else "",
        decided_at=row.decided_at,
        restored_at=row.restored_at,
        erased_at=row.erased_at,
        notice=row.notice,
        decision=row.decision,
        releases=decides,
        blocks=decides and bool(told.get("locator")),
    )


def pieces(text: str, matches: Sequence[Mapping[str, Any]]) -> Iterator[Piece]:
    """The text with its places marked; of a long one what stands around them. Places that overlap are one."""
    marked: list[list[Any]] = []
    spans = sorted((*one["span"], f"{one['bank']} {one['entry']}") for one in matches if one.get("span"))
    for start, end, found in spans[:PLACES]:
        if marked and start < marked[-1][1]:
            marked[-1][1] = max(end, marked[-1][1])
            marked[-1][2] += f", {found}"
        else:
            marked.append([start, end, found])
    shown = 0
    whole = len(text) <= WHOLE
    if not whole and not marked:
        yield Piece(text[:WHOLE])
        return
    for number, (start, end, found) in enumerate(marked):
        before = text[shown:start]
        if not whole:
            before = _cut(before, first=number == 0)
        yield Piece(before)
        yield Piece(text[start:end], found)
        shown = end
    rest = text[shown:]
    yield Piece(rest if whole or len(rest) <= AROUND else f"{rest[:AROUND]} …")


def _cut(text: str, *, first: bool) -> str:
    """What stands between two places, or before the first one, shortened in its middle."""
    if first:
        return text if len(text) <= AROUND else f"… {text[-AROUND:]}"
    return text if len(text) <= 2 * AROUND else f"{text[:AROUND]} … {text[-AROUND:]}"


def _basis(whole: Whole, matches: Sequence[Mapping[str, Any]]) -> list[BasisFace]:
    places: dict[tuple[str, str], list[str]] = {}
    for one in matches:
        found = places.setdefault((one["bank"], one["entry"]), [])
        if one.get("span"):
            found.append(f"{one['span'][0]}–{one['span'][1]}")
    return [
        BasisFace(one.bank, one.entry, one.category, one.ground, places.get((one.bank, one.entry), []))
        for one in whole.basis
    ]


def _step(event: Any) -> StepFace:
    note = hits.opened(event, "note") if event.type != EventType.FILTER_HIT else None
    return StepFace(coded(words.EVENTS, event.type), event.at, note.decode() if note else "")
