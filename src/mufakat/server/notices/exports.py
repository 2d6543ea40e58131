"""Notices as a file: page by page out of the database, one at a time through a writer, in constant memory.

What was erased is left out and counted. What a format has no place for is said in the report, which is the same export
with words in place of bytes.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from mufakat import formats
from mufakat.formats import Bad, Chunk, Contact, Envelope, Outgoing
from mufakat.rules.fault import Faults
from mufakat.server.notices import queries
from mufakat.server.notices.queries import Notice
from mufakat.server.notices.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from mufakat.formats import Format, Loss
    from mufakat.rules.fault import Fault
    from mufakat.server.notices.queries import Wanted
    from mufakat.server.parties.queries import Caller

IDS = 250  # Ids that are looked up at once, a walk along the indexes.
PAGE = 25  # Notices that are in memory at once; each has at most 2 MiB.
BLOCK = 64 * 1024  # Bytes that are handed on at once.
slots = Slots(at_once=2, of_one_party=1, patience=0.5)  # Each holds one of the few threads that serve pages.
MEDIA_TYPES = {
    formats.Format.CSV: "text/csv; charset=utf-8",
    formats.Format.EML: "application/mbox",
    formats.Format.JSON: "application/json",
    formats.Format.NDJSON: "application/x-ndjson",
    formats.Format.XARF: "application/x-ndjson",
}


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


def kept(viewer: Caller, wanted: Wanted) -> Iterator[Kept]:
    """These notices, newest first: their ids a long page at a time, what they hold a few at a time."""
    while ids := queries.newest(viewer, wanted, size=IDS):
        for start in range(0, len(ids), PAGE):
            yield from _whole(ids[start : start + PAGE])
        if len(ids) < IDS:
            return
        wanted = replace(wanted, after=ids[-1])


def _whole(ids: Sequence[str]) -> Iterator[Kept]:
    columns = ("id", "received_at", "sender_id", "sender__name", "payload__raw")
    for pk, at, sender, name, raw in Notice.objects.filter(pk__in=ids).order_by("-id").values_list(*columns):
        yield Kept(pk, at, sender, name, None if raw is None else bytes(raw))


class Export:
    """One export: its file, or its report. Either may be made once."""

    def __init__(self, viewer: Caller, wanted: Wanted, form: Format, address: Address | None) -> None:
        queries.seen_by(viewer)  # Refused here, before a byte has left.
        self._viewer = viewer
        self._wanted = wanted
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
        for one in kept(self._viewer, self._wanted):
            self.counts.newest = self.counts.newest or one.id
            if one.body is None:
                self.counts.erased += 1
                erased.append(Told(one.id, erased=True))
                continue
            self._at_hand = one.id
            yield Outgoing(one.body, self._envelope(one))

    def _envelope(self, one: Kept) -> Envelope | None:
        """Who reports and who sends. Where another party is to be reached is not ours to say."""
        if self._address is None or one.sender_id != self._viewer.party_id:
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
