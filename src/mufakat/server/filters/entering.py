"""How entries come into a bank, by whichever way: judged, held against what is there, and written in one event.

The same value twice is the same entry, whatever it is called, so that an import that was cut off is simply done again.
What was declined or retracted does not come back by itself: neither by the next import of the same list, nor by hand
under the same name. Everything begins in shadow (I-17).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import F

from mufakat.proof import canonical
from mufakat.rules.errors import BadScreeningError
from mufakat.rules.events import EventType
from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.filtering import EntryState, Origin
from mufakat.screening.entries import MAX_ENTRIES
from mufakat.screening.expiry import moment as moment_of
from mufakat.server.filters import telling
from mufakat.server.filters.models import Bank, Entry
from mufakat.server.journal import operations as journal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from mufakat.screening.bank import Entry as Told
    from mufakat.server.journal.operations import Recorded
    from mufakat.server.journal.work import Moment

STANDING = frozenset({EntryState.SHADOW, EntryState.LIVE})
"""The states of an entry that may still find something."""
ROWS = 500
"""Entries that one statement writes."""

OVER = "It was declined or retracted here. If it is to come in again, put it in by hand under another id."
FULL = f"A bank holds at most {MAX_ENTRIES:,} entries."


class Known(NamedTuple):
    """An entry that is there: its name, its digest (None once it is erased), and how it stands."""

    name: str
    digest: bytes | None
    state: EntryState


class Sorted(NamedTuple):
    """Entries against a bank: the new ones, by their place; the names of those that stand already, or are over.

    `other`: at this place somebody took the name of an entry that says something else.
    """

    fresh: dict[int, Told]
    standing: list[str]
    over: list[int]
    other: list[int]


class Whence(NamedTuple):
    """Who puts entries in: a person by hand or by a file, or the decision on a notice, with the person who made it."""

    origin: Origin
    person: int
    actor: str | None  # The handle of the party, where a person of it acts; None: the house, after a decision.
    notice: str = ""


def digest(kind: str, value: str) -> bytes:
    """By what the same value is known again."""
    return hashlib.sha256(f"{kind}:{value}".encode()).digest()


def sort(bank: Bank, entries: Sequence[Told], *, again: bool) -> Sorted:
    """What is new, and what is there. Two queries; in the writer what they find stays true until the commit.

    `again`: what is over may come in once more under another name, as a person asks for it who looked at it.
    """
    digests = [digest(bank.kind, one.value) for one in entries]
    by_name = {one.name: one for one in _known(bank, name__in=[one.id for one in entries])}
    by_value = _by_value(_known(bank, digest__in=digests))
    found = Sorted({}, [], [], [])
    for place, (one, said) in enumerate(zip(entries, digests, strict=True)):
        named, same = by_name.get(one.id), by_value.get(said)
        if named is not None and named.digest != said:
            found.other.append(place)
        elif same is not None and same.state in STANDING:
            found.standing.append(same.name)
        elif same is not None and (named is not None or not again):
            found.over.append(place)
        else:
            found.fresh[place] = one
            # Whatever of the same portion says it once more is this one.
            by_name[one.id] = by_value[said] = Known(one.id, said, EntryState.SHADOW)
    return found


def write(bank: Bank, entries: Sequence[Told], whence: Whence, moment: Moment) -> Recorded:
    """Put in what is new, in one event. Raises BadScreeningError where the bank is full."""
    if bank.held + len(entries) > MAX_ENTRIES:
        raise BadScreeningError([Fault("", FaultCode.TOO_MANY, FULL)])
    # (1) The event commits to what came in, and by which way.
    happening = telling.happening(
        EventType.ENTRIES_ADDED,
        bank.id,
        platform=bank.platform_id,
        actor=whence.actor,
        committed={
            "entries": listed(
                ((one.id, mark(digest(bank.kind, one.value), whence.origin)) for one in entries), EntryState.SHADOW
            ),
            "origin": whence.origin.value.encode(),
        },
        ref=(bank.event, *filter(None, [whence.notice])),
    )
    recorded = journal.append([happening], moment)[0]
    # (2) The rows.
    Entry.objects.bulk_create(
        (_row(bank, one, whence, event=recorded.id, at=moment.at) for one in entries), batch_size=ROWS
    )
    # (3) Whoever keeps the bank ready takes it anew: what is in shadow is told, too.
    changed(bank, held=len(entries))
    return recorded


def changed(bank: Bank, *, held: int = 0) -> None:
    """What the bank finds is not what it was."""
    Bank.objects.filter(pk=bank.pk).update(changes=F("changes") + 1, held=F("held") + held)
    bank.refresh_from_db(fields=["changes", "held"])


def listed(entries: Iterable[tuple[str, bytes]], state: EntryState) -> bytes:
    """What an event commits to as `entries`: names with the digests of their values, and how they stand (RFC 8785)."""
    return canonical.encode({"entries": [[name, mark.hex()] for name, mark in sorted(entries)], "state": state.value})


def mark(digest: bytes | memoryview | None, origin: Origin) -> bytes:
    """What an event says of a value; nothing of what a notice points at: by its digest it could be guessed again."""
    return b"" if digest is None or origin is Origin.NOTICE else bytes(digest)


def _known(bank: Bank, **wanted: list[str] | list[bytes]) -> list[Known]:
    rows = Entry.objects.filter(bank=bank, **wanted).order_by("id").values_list("name", "digest", "state")
    return [Known(name, None if mark is None else bytes(mark), EntryState(state)) for name, mark, state in rows]


def _by_value(known: Iterable[Known]) -> dict[bytes, Known]:
    """By what they say: the one that stands, and where none does the last one that did."""
    found: dict[bytes, Known] = {}
    for one in known:
        if one.digest is not None and (one.digest not in found or found[one.digest].state not in STANDING):
            found[one.digest] = one
    return found


def _row(bank: Bank, one: Told, whence: Whence, *, event: str, at: datetime) -> Entry:
    return Entry(
        bank=bank,
        name=one.id,
        value=one.value,
        digest=digest(bank.kind, one.value),
        source=one.source,
        category=one.category,
        ground=one.ground,
        author=one.author,
        origin=whence.origin.value,
        notice=whence.notice,
        review_at=_moment(one.review_at),
        expires_at=_moment(one.expires_at),
        state=EntryState.SHADOW.value,
        added_by_id=whence.person,
        added_at=at,
        added_event=event,
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else moment_of(text)
