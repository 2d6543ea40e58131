"""What two proposals for a point differ in: its text word by word, everything else member by member. Pure.

Whoever signs must see at a glance what is new. So nothing is left out and nothing is made up: the kept and removed
pieces of a text, one after the other, are the older text to the letter, and the kept and added ones are the newer.
Pieces are plain text; who shows them escapes them.
"""

import difflib
import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import groupby
from typing import Final

import msgspec
from msgspec import Struct

from mufakat.rules.agreement import Frame, PointTerms
from mufakat.rules.notice import LegalGround
from mufakat.rules.obligation import ObligationTerms

WORD: Final = re.compile(r"(?:\w+|[^\w\s])\s*|\s+")
MAX_WORDS: Final = 1_500
"""Above it a text is replaced as a whole: 4,000 characters of prose are some 700 words, and thousands of single signs,
which somebody can write to keep this busy, would cost seconds with each look at the page."""


class Kind(StrEnum):
    """What became of a piece."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


class Piece(Struct, frozen=True):
    """A run of text that one proposal shares with the other, or has alone."""

    kind: Kind
    text: str


class Member(StrEnum):
    """What of a proposal can differ, in the order in which a page shows it."""

    OWNER = "owner"
    TEXT_ID = "text_id"
    TEXT_EN = "text_en"
    EVIDENCE = "evidence"
    DUE_AT = "due_at"
    FROM_AT = "from_at"
    OBLIGATIONS = "obligations"
    PROFILE = "profile"
    ENDS_AT = "ends_at"
    CATEGORIES = "categories"
    AUTOMATIC = "automatic"
    GROUNDS = "grounds"
    ALL_OF = "all_of"
    ANY_OF = "any_of"


TEXTS: Final = frozenset({Member.TEXT_ID, Member.TEXT_EN})


class Change(Struct, frozen=True):
    """A member that differs. A text comes as one run of pieces, anything else as its lines, each a piece."""

    member: Member
    pieces: tuple[Piece, ...]


@functools.lru_cache(maxsize=512)  # What was proposed never changes, and a page shows the same pairs again and again.
def of_text(old: str, new: str) -> tuple[Piece, ...]:
    """The two texts as one run of pieces, word by word."""
    before, after = WORD.findall(old), WORD.findall(new)
    head = _alike(before, after)
    tail = _alike(before[head:][::-1], after[head:][::-1])
    middle = _middle(before[head : len(before) - tail], after[head : len(after) - tail])
    return _joined([(Kind.KEPT, before[:head]), *middle, (Kind.KEPT, before[len(before) - tail :])])


def of_terms(old: PointTerms, new: PointTerms) -> tuple[Change, ...]:
    """Every member in which two proposals differ; none where they say the same."""
    texts = {Member.TEXT_ID: (old.text.id, new.text.id), Member.TEXT_EN: (old.text.en, new.text.en)}
    before, after = lines_of(old), lines_of(new)
    found = []
    for member in Member:
        if member in texts:
            one, other = texts[member]
            pieces = of_text(one, other) if one != other else ()
        else:
            pieces = _lines(before[member], after[member]) if before[member] != after[member] else ()
        if pieces:
            found.append(Change(member, pieces))
    return tuple(found)


def lines_of(terms: PointTerms) -> dict[Member, tuple[str, ...]]:
    """What a proposal says beside its text, member by member, each as lines of codes and values."""
    frame, condition = terms.frame, terms.frame.reopening if terms.frame is not None else None
    return {
        Member.OWNER: (terms.owner,),
        Member.EVIDENCE: terms.evidence,
        Member.DUE_AT: _one(terms.due_at),
        Member.FROM_AT: _one(terms.from_at),
        Member.OBLIGATIONS: tuple(obligation_line(one) for one in terms.obligations),
        Member.PROFILE: _one(frame.profile if frame else None),
        Member.ENDS_AT: _one(frame.ends_at if frame else None),
        Member.CATEGORIES: _named(frame),
        Member.AUTOMATIC: tuple(one.value for one in frame.automatic) if frame else (),
        Member.GROUNDS: tuple(ground_line(one) for one in frame.grounds) if frame else (),
        Member.ALL_OF: condition.all_of if condition else (),
        Member.ANY_OF: condition.any_of if condition else (),
    }


def obligation_line(terms: ObligationTerms) -> str:
    """An obligation in codes: its kind, and what is set for it (`answered_in_time at_least=95 over_days=90`)."""
    told = {name: value for name, value in msgspec.structs.asdict(terms).items() if name != "kind"}
    return " ".join([terms.kind.value, *(f"{name}={value}" for name, value in told.items() if value is not None)])


def ground_line(ground: LegalGround) -> str:
    """A ground in one line: `id | UU 11/2008 | Pasal 40 ayat (2a)`."""
    return f"{ground.system} | {ground.instrument} | {ground.provision}"


def _one(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


def _named(frame: Frame | None) -> tuple[str, ...]:
    return tuple(one.value for one in frame.categories or ()) if frame else ()


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words they begin with alike."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _middle(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[Kind, Sequence[str]]]:
    """What is between the ends that are alike."""
    if max(len(before), len(after)) > MAX_WORDS:
        yield from ((Kind.REMOVED, before), (Kind.ADDED, after))
        return
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            yield Kind.KEPT, before[i1:i2]
        else:
            yield from ((Kind.REMOVED, before[i1:i2]), (Kind.ADDED, after[j1:j2]))


def _joined(runs: Iterable[tuple[Kind, Sequence[str]]]) -> tuple[Piece, ...]:
    """Runs of words as pieces of text; neighbours of one kind are one piece, empty ones none."""
    full = [(kind, words) for kind, words in runs if words]
    return tuple(
        Piece(kind, "".join(word for _, words in group for word in words))
        for kind, group in groupby(full, key=lambda run: run[0])
    )


def _lines(old: Sequence[str], new: Sequence[str]) -> tuple[Piece, ...]:
    """The lines of both, those of the older that are gone beside what came in their place."""
    found = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [Piece(Kind.KEPT, line) for line in old[i1:i2]]
        else:
            found += [Piece(Kind.REMOVED, line) for line in old[i1:i2]]
            found += [Piece(Kind.ADDED, line) for line in new[j1:j2]]
    return tuple(found)
