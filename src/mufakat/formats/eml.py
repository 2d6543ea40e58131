"""Mails as notices, and notices as mails: what a mail can carry, never with whose authority.

A mail gives the links, the words, the files and its own id; to whom the notice goes, of what kind it is and on which
ground it stands, `defaults` say, because whoever sends the file answers for that. Who wrote the mail makes no
difference. A mail that was written here carries its notice as a file and gives back exactly that.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.formats import mail
from mufakat.formats.items import Bad, Chunk, Encoding, Item, Outgoing, Stream
from mufakat.formats.json_files import NO_DEFAULTS
from mufakat.formats.members import bounded, draft_of, filled, item_of, too_large
from mufakat.formats.streams import pieces_of
from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.notice import MAX_EVIDENCE, MAX_EXPLANATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mufakat.formats.mail import Attachment, Mail

CARRIED = "application/vnd.mufakat.notice+json"
"""The media type of the file in which a mail of ours carries its notice."""

_FROM = b"From "
_FIELD = re.compile(rb"\A(?:From [^\n]*\n)?[!-9;-~]+[ \t]*:")
_TOO_LARGE = too_large(f"A mail has at most {mail.MAX_MAIL} bytes here; send its files as evidence instead.")
_EMPTY = Fault("", FaultCode.EMPTY, "There is nothing in this file.")
_NO_MAIL = Fault("", FaultCode.BAD_FORM, "This is no mail: it begins with no header field such as From or Subject.")
_NOT_CSV = Fault("", FaultCode.BAD_FORM, "A mail says itself how it is written; only csv files are told.")


def read_eml(
    stream: Stream, *, defaults: Mapping[str, object] = NO_DEFAULTS, encoding: Encoding | None = None
) -> Iterator[Item | Bad]:
    """Read one mail, or the mails of a mailbox file one behind the other; numbered by mail."""
    if encoding is Encoding.WINDOWS_1252:
        yield Bad(1, (_NOT_CSV,))
        return
    number = 0
    for number, raw in enumerate(_mails(pieces_of(stream)), start=1):
        if raw is None:
            yield Bad(number, (_TOO_LARGE,))
        elif not _FIELD.match(raw.lstrip(b"\r\n")):
            yield Bad(number, (_NO_MAIL,))
        else:
            yield _item(number, mail.read_mail(_headed(raw)), defaults)
    if not number:
        yield Bad(1, (_EMPTY,))


def members_of(found: Mail) -> tuple[dict[str, Any], tuple[Fault, ...]]:
    """The members of a notice that a mail says by itself, and what of it does not fit."""
    remarks: list[Fault] = []
    says = "\n\n".join(one for one in (found.subject.strip(), found.text.strip()) if one)
    if len(says) > MAX_EXPLANATION:
        remarks.append(Fault("/text", FaultCode.TOO_LONG, f"Only the first {MAX_EXPLANATION} characters were taken."))
    files = {one.sha256: one for one in found.attachments if one.size}
    if len(files) > MAX_EVIDENCE:
        remarks.append(Fault("/attachments", FaultCode.TOO_MANY, f"Only the first {MAX_EVIDENCE} files were taken."))
    members: dict[str, Any] = {
        "locators": list(found.links),
        "explanation": says[:MAX_EXPLANATION],
        "language": found.language,
        "evidence": [
            {"name": one.name, "media_type": one.media_type, "sha256": one.sha256}
            for one in list(files.values())[:MAX_EVIDENCE]
        ],
        "external_refs": [{"scheme": "message-id", "id": found.message_id}] if found.message_id else [],
    }
    return {name: value for name, value in members.items() if value}, tuple(remarks)


def _item(number: int, found: Mail, defaults: Mapping[str, object]) -> Item | Bad:
    carried = [one for one in found.attachments if one.media_type == CARRIED]
    if len(carried) == 1:
        return item_of(number, carried[0].content, defaults)
    members, remarks = members_of(found)
    files: dict[str, Attachment] = {one.sha256: one for one in found.attachments}
    named = [files[one["sha256"]].content for one in members.get("evidence", ())]
    body = msgspec.json.encode(filled(members, defaults))
    return bounded(Item(number, body, remarks, tuple(named)))


def _headed(raw: bytes) -> bytes:
    """The mail without the line that a mailbox file puts before it."""
    raw = raw.lstrip(b"\r\n")
    return raw.partition(b"\n")[2] if raw.startswith(_FROM) else raw


def _mails(pieces: Iterable[bytes]) -> Iterator[bytes | None]:
    """The mails of a mailbox file; None for one that is too large, of which nothing is kept."""
    held, size, blank, begun = bytearray(), 0, True, False
    for line in _lines(pieces):
        if blank and line.startswith(_FROM) and begun:
            yield bytes(held) if size <= mail.MAX_MAIL else None
            held.clear()
            size = 0
        # The end of a long line says nothing about the line behind it.
        blank = line in {b"\n", b"\r\n"} or (blank and not begun)
        begun = begun or bool(line.strip())
        size += len(line)
        if size > mail.MAX_MAIL:
            held.clear()
        else:
            held += line
    if begun:
        yield bytes(held) if size <= mail.MAX_MAIL else None


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Lines with their ends; one that is longer than any mail is given in parts, of which none but the first counts."""
    held = bytearray()
    for piece in pieces:
        *ended, rest = piece.split(b"\n")
        for part in ended:
            yield bytes(held) + part + b"\n"
            held.clear()
        held += rest
        if len(held) > mail.MAX_MAIL:
            yield bytes(held)
            held.clear()
            held += b">"  # What follows is the middle of a line.
    if held:
        yield bytes(held)


def write_eml(notices: Iterable[Outgoing]) -> Iterator[Chunk | Bad]:
    """Write a mail for each notice, more than one as a mailbox file; each carries its notice as a file, to the byte."""
    before = b""
    for number, outgoing in enumerate(notices, start=1):
        draft = draft_of(outgoing.body)
        if isinstance(draft, tuple):
            yield Bad(number, draft)
            continue
        lines = [draft.explanation, "", *draft.locators]
        yield Chunk(number, before + _written("\n".join(lines), draft.category.value, outgoing.body))
        before = b"\nFrom notices Thu Jan  1 00:00:00 1970\n"


def _written(text: str, category: str, body: bytes) -> bytes:
    mark = "=_mufakat"  # No line of base64 holds this.
    head = [
        "From: notices@mufakat.invalid",
        f"Subject: Notice: {category}",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{mark}"',
        "",
        f"--{mark}",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: base64",
        "",
        base64.encodebytes(text.encode()).decode(),
        f"--{mark}",
        f'Content-Type: {CARRIED}; name="notice.json"',
        'Content-Disposition: attachment; filename="notice.json"',
        "Content-Transfer-Encoding: base64",
        "",
        base64.encodebytes(body).decode(),
        f"--{mark}--",
        "",
    ]
    return "\n".join(head).encode()
