"""What goes through a format: items that were read, notices to be written, and what is said of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

from mufakat.rules.notice import MAX_BYTES

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.rules.fault import Fault

MAX_RECORD = MAX_BYTES
"""Bytes of one line, row or record of any format; the same 2 MiB that a notice may have."""


class Format(StrEnum):
    """The formats of files that notices come and go in."""

    JSON = "json"  # One notice, or an array of notices.
    NDJSON = "ndjson"  # One notice a line.
    CSV = "csv"  # One notice a row, under a header.
    EML = "eml"  # One mail, or several as in a mailbox file.
    XARF = "xarf"  # XARF v4: one report, an array of reports, or one report a line.


class Encoding(StrEnum):
    """How the text of a csv file is written, where the caller says it; UTF-16 says it itself, by its mark."""

    UTF_8 = "utf-8"
    WINDOWS_1252 = "windows-1252"


@dataclass(frozen=True, slots=True)
class Item:
    """One notice that was read.

    number   1-based: the line (ndjson), the first line of the row (csv), or the record (json, xarf).
    body     the notice as the API takes it: one JSON object, UTF-8. Whether it can be taken `rules.admissibility` says.
    remarks  what the sender should know although nothing is refused; a pointer leads into the record that was read.
    files    evidence too large for the inside of a notice: upload it first (PUT /api/v1/evidence/{sha256}).
    """

    number: int
    body: bytes
    remarks: tuple[Fault, ...] = ()
    files: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Bad:
    """One line, row or record that is no notice, and why; the others are not touched by it."""

    number: int
    faults: tuple[Fault, ...]


class Readable(Protocol):
    """A binary file object, as far as it is used here."""

    def read(self, size: int, /) -> bytes | None:
        """At most `size` bytes; nothing at the end."""


Stream = Readable | Iterable[bytes]
"""What is read: a binary file object, or its bytes in pieces of any size, lines for instance."""


@dataclass(frozen=True, slots=True)
class Contact:
    """An organisation as XARF names it: at most 200 characters, an e-mail address, a domain."""

    org: str
    contact: str
    domain: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """What XARF asks for and a notice does not say: when it was received (aware), who reports, and who sends."""

    at: datetime
    reporter: Contact
    sender: Contact


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A notice to be written: its body, for XARF the envelope, and the uploaded files by SHA-256 in hexadecimal."""

    body: bytes
    envelope: Envelope | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)


class Loss(NamedTuple):
    """What the format has no place for: the member of the notice (RFC 6901), and where it stands instead, if at all."""

    pointer: str
    detail: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes of a file that is written; `number` is the 1-based notice in it, or 0 for what only frames the others."""

    number: int
    data: bytes
    losses: tuple[Loss, ...] = ()


class Reader(Protocol):
    """Reads one format, in constant memory."""

    def __call__(
        self, stream: Stream, *, defaults: Mapping[str, object] = ..., encoding: Encoding | None = None
    ) -> Iterator[Item | Bad]:
        """Give one result for each line, row or record; `defaults` fill members that are absent or null."""


class Writer(Protocol):
    """Writes one format, in constant memory."""

    def __call__(self, notices: Iterable[Outgoing]) -> Iterator[Chunk | Bad]:
        """Give the bytes of the file in order, and a Bad for what is no notice or cannot be written."""
