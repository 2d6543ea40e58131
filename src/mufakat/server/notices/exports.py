"""Notices as a file: page by page out of the database, one at a time through a writer, in constant memory.

What was erased is left out and counted. What a format has no place for is said in the report, which is the same export
with words in place of bytes.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from heapq import merge
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from mufakat import formats
from mufakat.formats import Bad, Chunk, Contact, Envelope, Outgoing
from mufakat.rules.fault import Faults
from mufakat.server.journal.ids import base32
from mufakat.server.notices import queries
from mufakat.server.notices.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.formats import Format, Loss
    from mufakat.rules.fault import Fault
    from mufakat.rules.lifecycle import NoticeState
    from mufakat.server.notices.queries import Notice
    from mufakat.server.parties.queries import Caller

PAGE = 25  # Notices that are in memory at once; each has at most 2 MiB.
BLOCK = 64 * 1024  # Bytes that are handed on at once.
slots = Slots(at_once=2, of_one_party=1)  # Each holds one of the few threads that serve pages.
MEDIA_TYPES = {
    formats.Format.CSV: "text/csv; charset=utf-8",
    formats.Format.JSON: "application/json",
    formats.Format.NDJSON: "application/x-ndjson",
    formats.Format.XARF: "application/x-ndjson",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which notices: by state, by recipient, older than `after`, not newer than `upto`, received `since`."""

    state: NoticeState | None = None
    to: str | None = None
    after: str | None = None
    upto: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where the exporting party can be reached, as XARF asks: an e-mail address and a domain."""

    contact: str
    domain: str


class Kept(NamedTuple):
    """A notice with what its file needs; without a body where that was erased."""

    id: str
    received_at: datetime
    sender_id: str
    sender: str
    body: bytes | None


class Told(NamedTuple):
    """What is said of one notice: that it is erased, why it could not be written, or what was lost of it."""

    id: str
    erased: bool = False
    errors: tuple[Fault, ...] = ()
    losses: tuple[Loss, ...] = ()


@dataclass(slots=True)
class Counts:
    """What became of the notices, how long the file is, and the newest: with it as `upto` an export can be repeated."""

    written: int = 0
    erased: int = 0
    refused: int = 0
    losses: int = 0
    bytes: int = 0
    newest: str | None = None


def among(found: QuerySet[Notice], wanted: Wanted) -> QuerySet[Notice]:
    """The wanted ones of these notices."""
    if wanted.state is not None:
        found = found.filter(state=wanted.state.value)
    if wanted.to is not None:
        found = found.filter(recipient__handle=wanted.to)
    if wanted.upto is not None:
        found = found.filter(id__lte=wanted.upto)
    if wanted.since is not None:
        # Ids begin with the time of their commit, and the list is read along them.
        millisecond = max(0, int(wanted.since.timestamp() * 1000))
        found = found.filter(id__gte=f"ntc_{base32(millisecond << 80)}")
    return found


def kept(found: QuerySet[Notice], party: str, after: str | None) -> Iterator[Kept]:
    """These notices, newest first, in as many queries as there are pages.

    What the party sent and what it received are read apart, each along its index, and put together here: for both at
    once the database would sort a million rows for every page.
    """
    sent = _paged(found.filter(sender_id=party), after)
    received = _paged(found.filter(recipient_id=party).exclude(sender_id=party), after)
    return merge(sent, received, key=lambda one: one.id, reverse=True)


def _paged(found: QuerySet[Notice], after: str | None) -> Iterator[Kept]:
    found = found.order_by("-id")
    while True:
        page = found.filter(id__lt=after) if after is not None else found
        rows = [
            Kept(pk, at, sender, name, None if raw is None else bytes(raw))
            for pk, at, sender, name, raw in page.values_list(
                "id", "received_at", "sender_id", "sender__name", "payload__raw"
            )[:PAGE]
        ]
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1].id


class Export:
    """One export: its file, or its report. Either may be made once."""

    def __init__(self, viewer: Caller, wanted: Wanted, form: Format, address: Address | None) -> None:
        self._found = among(queries.seen_by(viewer), wanted)  # Refused here, before a byte has left.
        self._after = wanted.after
        self._party = viewer.party_id
        self._form = form
        self._address = address
        self._at_hand = ""
        self.counts = Counts()

    def file(self) -> Iterator[bytes]:
        """The bytes of the file."""
        block = bytearray()
        for result in self._results():
            if isinstance(result, Chunk):
                block += result.data
            if len(block) >= BLOCK:
                yield bytes(block)
                block.clear()
        yield bytes(block)

    def report(self) -> Iterator[Told]:
        """What is to be said of the notices, of each at most once; nothing of those that went out whole."""
        for result in self._results():
            if isinstance(result, Told):
                yield result
            elif isinstance(result, Bad):
                yield Told(self._at_hand, errors=result.faults)
            elif result.losses:
                yield Told(self._at_hand, losses=result.losses)

    def _results(self) -> Iterator[Chunk | Bad | Told]:
        erased: list[Told] = []
        for result in formats.writer(self._form)(self._outgoing(erased)):
            yield from erased
            erased.clear()
            if isinstance(result, Bad):
                self.counts.refused += 1
            else:
                self.counts.written += result.number > 0
                self.counts.losses += len(result.losses)
                self.counts.bytes += len(result.data)
            yield result
        yield from erased

    def _outgoing(self, erased: list[Told]) -> Iterator[Outgoing]:
        for one in kept(self._found, self._party, self._after):
            self.counts.newest = self.counts.newest or one.id
            if one.body is None:
                self.counts.erased += 1
                erased.append(Told(one.id, erased=True))
                continue
            self._at_hand = one.id
            yield Outgoing(one.body, self._envelope(one))

    def _envelope(self, one: Kept) -> Envelope | None:
        """Who reports and who sends. Where another party is to be reached is not ours to say."""
        if self._address is None or one.sender_id != self._party:
            return None
        ours = Contact(one.sender, self._address.contact, self._address.domain)
        return Envelope(one.received_at, ours, ours)


class Work:
    """An export at work: its bytes. Closing it frees the slot, once."""

    def __init__(self, by: Caller, parts: Iterator[bytes]) -> None:
        self._held = ExitStack()
        self._held.enter_context(slots.one(by.party_id))
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        return self._parts

    def close(self) -> None:
        self._held.close()


def faults_of(address: Address, *, at: datetime) -> Iterable[Fault]:
    """What is wrong with an address: tried on a made-up notice."""
    ours = Contact("Example", address.contact, address.domain)
    sample = {
        "to": "example",
        "kind": "user_report",
        "category": "other",
        "locators": ["https://example.com/"],
        "explanation": "A made-up placeholder.",
        "language": "en",
        "terms_ground": {"document": "Example", "clause": "1"},
    }
    outgoing = Outgoing(msgspec.json.encode(sample), Envelope(at, ours, ours))
    faults = Faults()
    for result in formats.writer(formats.Format.XARF)([outgoing]):
        for fault in result.faults if isinstance(result, Bad) else ():
            faults.add(fault.pointer, fault.code, fault.detail)
    return faults.found


def lines(export: Export) -> Iterator[dict[str, Any]]:
    """The report as plain values; the last line counts."""
    for told in export.report():
        line: dict[str, Any] = {"id": told.id}
        if told.erased:
            line["erased"] = True
        for name, found in (("errors", told.errors), ("losses", told.losses)):
            if found:
                line[name] = [{"pointer": one.pointer, "detail": one.detail} for one in found]
        yield line
    counts = export.counts
    yield {
        "end": "done",
        "written": counts.written,
        "erased": counts.erased,
        "refused": counts.refused,
        "losses": counts.losses,
        "bytes": counts.bytes,
        "newest": counts.newest,
    }
