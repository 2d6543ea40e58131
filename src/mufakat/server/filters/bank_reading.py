"""What is said about banks: opening one, putting entries in, reviewing and retracting them. Every fault at once."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from msgspec import Meta, Struct, inspect

from mufakat.rules import admissibility
from mufakat.rules.errors import BadScreeningError
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.reading import UNREAD, parse_json, read
from mufakat.screening.bank import BankKind  # noqa: TC001 - as above.
from mufakat.screening.policy import Name  # noqa: TC001 - as above.

MOST = 1_000
"""Entries of one deed, and of one event."""
NOTE = 2_000
"""Characters of a note, and of a reason."""

EntryName = Annotated[str, Meta(min_length=1, max_length=64)]
Names = Annotated[tuple[EntryName, ...], Meta(min_length=1, max_length=MOST)]


class BankIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A bank to be opened: its name, what its entries are, whether it allows rather than accuses."""

    name: Name
    kind: BankKind
    allow: bool = False


class BankEntryIn(Struct, frozen=True, forbid_unknown_fields=True):
    """An entry as a line of a bank's file says it. `shadow` is taken and changes nothing: every entry begins so."""

    value: Annotated[str, Meta(min_length=1, max_length=4_096)]
    source: Annotated[str, Meta(min_length=1, max_length=200)]
    category: Annotated[str, Meta(min_length=1, max_length=64)]
    ground: Annotated[str, Meta(min_length=1, max_length=500)]
    id: EntryName | None = None
    author: Annotated[str, Meta(max_length=200)] = ""
    review_at: str | None = None
    expires_at: str | None = None
    shadow: bool = True


class EntriesIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Entries to be put in, each looked at before any is taken."""

    entries: Annotated[tuple[BankEntryIn, ...], Meta(min_length=1, max_length=MOST)]


class BankReviewIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What a second person says to entries in shadow: that they act from now on, or never."""

    entries: Names
    accept: bool
    note: Annotated[str, Meta(max_length=NOTE)] = ""


class RetractionIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Entries that are to act no more, and why."""

    entries: Names
    reason: Annotated[str, Meta(min_length=1, max_length=NOTE)]


T = TypeVar("T", bound=Struct)


def read_bank(raw: bytes) -> BankIn:
    """A bank to be opened. Raises BadScreeningError."""
    return _read(raw, BankIn)


def read_entries(raw: bytes) -> EntriesIn:
    """Entries to be put in; what they say themselves is judged where they enter. Raises BadScreeningError."""
    return _read(raw, EntriesIn)


def read_review(raw: bytes) -> BankReviewIn:
    """A review. Declining needs no reason: nothing was done by an entry in shadow. Raises BadScreeningError."""
    return _read(raw, BankReviewIn, words="note")


def read_retraction(raw: bytes) -> RetractionIn:
    """A retraction with its reason. Raises BadScreeningError."""
    return _read(raw, RetractionIn, words="reason")


def _read(raw: bytes, form: type[T], *, words: str | None = None) -> T:
    faults = Faults()
    document = parse_json(raw, faults)
    found: Any = UNREAD if document is UNREAD else read(document, inspect.type_info(form), "", faults)
    if found is not UNREAD:
        if words is not None and getattr(found, words):
            admissibility.judge_text(getattr(found, words), f"/{words}", faults, refused=admissibility.CONTROL)
        _judge_names(getattr(found, "entries", None), faults)
    if faults.found:
        raise BadScreeningError(faults.found)
    made: T = found
    return made


def _judge_names(names: Any, faults: Faults) -> None:
    """A name that stands twice would be reviewed twice."""
    seen: set[str] = set()
    for place, name in enumerate(names or ()):
        if not isinstance(name, str):
            continue
        if name in seen:
            faults.add(f"/entries/{place}", FaultCode.REPEATED_ITEM, "This name stands here before.")
        seen.add(name)
