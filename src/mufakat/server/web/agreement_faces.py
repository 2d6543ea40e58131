"""What a page shows of an agreement: plain values and words, so that a template only lays them out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import get_language

from mufakat.rules.agreement import OPEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mufakat.server.web.agreement_terms import ChangeFace, FrameFace, TermsFace, Who
    from mufakat.server.web.faces import Next
    from mufakat.server.web.words import Coded


@dataclass(frozen=True, slots=True)
class SignatureFace:
    """Who signed a proposal for a side, and whether with a key of the party."""

    who: Who
    role: Coded
    at: datetime
    event: str
    key: str
    note: str


@dataclass(frozen=True, slots=True)
class ProposalFace:
    """What was put on the table. ``changes`` is None where there is nothing to compare it with."""

    number: int
    who: Who
    role: Coded
    at: datetime
    note: str
    sha256: str
    event: str
    terms: TermsFace
    changes: Sequence[ChangeFace] | None
    signatures: Sequence[SignatureFace]


@dataclass(frozen=True, slots=True)
class ShownFace:
    """Evidence for a point, or the other side's word that it is kept."""

    who: Who
    role: Coded
    at: datetime
    confirms: bool
    note: str
    files: Sequence[Mapping[str, str]]
    event: str


@dataclass(frozen=True, slots=True)
class ObligationFace:
    """How an obligation stands."""

    kind: Coded
    state: Coded
    since: datetime
    due_at: datetime | None
    party: str


@dataclass(frozen=True, slots=True)
class PointFace:
    """A version of a point with its thread; ``proposals`` oldest first, the last one is what counts."""

    name: Coded
    version: int
    state: Coded
    since: datetime
    from_at: datetime | None
    proposals: Sequence[ProposalFace]
    shown: Sequence[ShownFace]

    @property
    def newest(self) -> ProposalFace:
        """The proposal on the table, or the one that was agreed."""
        return self.proposals[-1]

    @property
    def terms(self) -> TermsFace:
        """What it says."""
        return self.newest.terms


@dataclass(frozen=True, slots=True)
class Topic:
    """A point with all its versions: the newest, the one in force, and what this seat may do about it now."""

    name: Coded
    newest: PointFace
    in_force: PointFace | None
    older: Sequence[PointFace]
    turn: Next
    acts: frozenset[str]
    obligations: Sequence[ObligationFace]
    shows: str  # "evidence" or "confirm", empty where this seat shows nothing.

    @property
    def current(self) -> PointFace:
        """What a reader reads first: what is on the table, else what is in force, else what became of it last."""
        if self.newest.state.code in _OPEN or self.in_force is None:
            return self.newest
        return self.in_force


_OPEN = frozenset(state.value for state in OPEN)


@dataclass(frozen=True, slots=True)
class VersionFace:
    """What was in force from a time on, and what changed with it: point → its version before (0: none) and now."""

    number: int
    from_at: datetime
    until: datetime | None
    profile: str
    changed: Sequence[tuple[Coded, int, int]]
    event: str


@dataclass(frozen=True, slots=True)
class ReopeningFace:
    """Whether what is asked for before something is opened is there."""

    holds: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class AgreementFace:
    """An agreement, laid out for one of its sides."""

    id: str
    title: str
    title_id: str
    title_en: str
    state: Coded
    opened_at: datetime
    ended_at: datetime | None
    sides: Sequence[Who]
    profile: str
    topics: Sequence[Topic]
    versions: Sequence[VersionFace]
    frame: FrameFace | None
    reopening: ReopeningFace | None

    @property
    def profile_name(self) -> str:
        """The profile without the digits of its text."""
        return self.profile.partition("@")[0]

    @property
    def other_title(self) -> str:
        """The title in the language that the reader does not read the page in."""
        return in_ours(self.title_en, self.title_id)

    @property
    def other_tongue(self) -> str:
        """Which language that is."""
        return in_ours("en", "id")

    @property
    def waiting(self) -> Sequence[Topic]:
        """The points that wait for the viewer's party."""
        return [topic for topic in self.topics if topic.turn.ours]

    @property
    def settled(self) -> int:
        """How many points are agreed or in force."""
        return sum(topic.in_force is not None or topic.newest.state.code == "agreed" for topic in self.topics)

    def topic(self, name: str) -> Topic | None:
        """The point of this name."""
        return next((topic for topic in self.topics if topic.name.code == name), None)


def in_ours(indonesian: str, english: str) -> str:
    """Of a text in both languages the reader's."""
    return indonesian if (get_language() or "").startswith("id") else english
