"""One mail as it came, read into plain values (RFC 5322, RFC 2045, RFC 3834): what it says, never that it is true.

`read_mail` takes any bytes and never raises. What would cost much for little is not done: a mail with more structure
than people write is read as headers and one text.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.policy import compat32
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from mufakat.formats import mail_text

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_MAIL = 10 * 1024 * 1024
"""Bytes of a mail that is taken."""
MAX_HEADERS = 256 * 1024
"""Bytes of all header fields together."""
MAX_FIELDS = 500
MAX_LINES = 300_000  # Ten mebibytes of base64 are half as many.
MAX_STRUCTURE = 20  # Mentions of a boundary or of a mail inside: the parser asks each for every line.
MAX_PARTS = 100
MAX_PARAMS = 2_000
"""Characters of a field whose parameters are read; the standard library's time grows with the square of them."""

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STRUCTURE = re.compile(
    rb"boundary\s{0,8}=|message/(?:rfc822|partial|external-body|delivery-status|global)", re.IGNORECASE
)
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,250})>")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_AWAY = re.compile(
    r"\s*(?:(?:re|aw|balas):\s*)?(?:auto(?:matic)?[ -]?(?:reply|response|antwort)|out of (?:the )?office|autoreply"
    r"|balasan otomatis|jawaban otomatis|sedang (?:cuti|di luar kantor)|abwesen|vacation reply)",
    re.IGNORECASE,
)
_MACHINES = frozenset({"mailer-daemon", "postmaster", "no-reply", "noreply", "donotreply", "do-not-reply", "bounce"})


class _Bounded(Message):
    """A message whose parameters (charset, boundary, names of files) are read in bounded time, and never raise."""

    def _get_params_preserve(self, failobj: Any, header: str) -> Any:
        value = self.get(header)
        if value is None:
            return failobj
        if len(str(value)) > MAX_PARAMS:
            return []
        try:
            return super()._get_params_preserve(failobj, header)  # type: ignore[misc]
        except (ValueError, LookupError, TypeError, AttributeError):
            return []


class Automatic(StrEnum):
    """Why a mail counts as sent by a machine: it acknowledges nothing, and gets no answer (RFC 3834, section 2)."""

    BOUNCE = "bounce"  # From nobody, or the report of a mail server.
    REPLY = "reply"  # An answer that no person wrote: absence, receipt.
    LIST = "list"  # Through a list or in bulk.
    GENERATED = "generated"  # Somebody's program.


class Oddity(StrEnum):
    """What is wrong with a mail; it is read all the same."""

    TWO_FROM = "two_from"  # Several From fields, or several addresses in one: nobody can say who wrote.
    NO_FROM = "no_from"
    TOO_DEEP = "too_deep"  # More structure than people write; not taken apart.
    TOO_LONG = "too_long"  # Headers or text were cut.


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a mail: its name and media type as they are said, and what it is by its digest."""

    name: str
    media_type: str
    sha256: str
    size: int
    content: bytes = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail in plain values. Ids stand without their angle brackets; "" is what is not there.

    fingerprint  SHA-256 over Message-ID, author, addressees, subject, date and body: the same mail by another way, with
                 other trace fields, has the same; another mail under the same Message-ID has not.
    """

    message_id: str
    author: str
    to: tuple[str, ...]
    subject: str
    date: str
    language: str
    text: str
    links: tuple[str, ...]
    attachments: tuple[Attachment, ...]
    references: tuple[str, ...]
    automatic: Automatic | None
    oddities: frozenset[Oddity]
    fingerprint: bytes = field(repr=False)

    @property
    def domain(self) -> str:
        """The domain of the author's address."""
        return self.author.rpartition("@")[2]


def read_mail(raw: bytes, *, sender: str | None = None) -> Mail:
    """Read a mail; `sender` is the envelope's, "" for the null sender, None where there is no envelope."""
    raw = raw[:MAX_MAIL]
    oddities: set[Oddity] = set()
    message = parsed(raw, oddities)
    authors = message.get_all("From") or []
    author = mail_text.address_of(str(authors[0])) if len(authors) == 1 else ""
    if not authors:
        oddities.add(Oddity.NO_FROM)
    elif len(authors) > 1 or (not author and str(authors[0]).count("@") > 1):
        oddities.add(Oddity.TWO_FROM)
    texts, attachments = _contents(message)
    text = "\n\n".join(texts)
    if len(text) > mail_text.MAX_TEXT:
        text = text[: mail_text.MAX_TEXT]
        oddities.add(Oddity.TOO_LONG)
    language = mail_text.header(message, "Content-Language").partition(",")[0].strip()
    subject = mail_text.header(message, "Subject")
    return Mail(
        message_id=_id_of(message),
        author=author,
        to=mail_text.addresses_of(message, "To") + mail_text.addresses_of(message, "Cc"),
        subject=subject[:998],
        date=mail_text.header(message, "Date")[:100],
        language=language[:35] if _LANGUAGE.fullmatch(language[:35]) else "",
        text=text,
        links=mail_text.links_of(f"{subject}\n{text}"),
        attachments=tuple(attachments),
        references=_references(message),
        automatic=automatic_of(message, author=author, sender=sender),
        oddities=frozenset(oddities),
        fingerprint=_fingerprint(message, raw),
    )


def parsed(raw: bytes, oddities: set[Oddity]) -> Message:
    """The message of the standard library's parser, or only its headers where the rest would cost too much."""
    end = _HEAD_END.search(raw, 0, MAX_HEADERS)
    head = raw[: end.start()] if end else raw[:MAX_HEADERS]
    if (end is None and len(raw) > MAX_HEADERS) or head.count(b"\n") > 4 * MAX_FIELDS:
        oddities.add(Oddity.TOO_LONG)
        lines = head.split(b"\n")[:MAX_FIELDS]
        raw = b"\n".join(lines) + b"\n\n" + (raw[end.end() :] if end else b"")
    if len(_STRUCTURE.findall(raw)) > MAX_STRUCTURE or raw.count(b"\n") > MAX_LINES:
        oddities.add(Oddity.TOO_DEEP)
        return BytesHeaderParser(_Bounded, policy=compat32).parsebytes(raw)
    try:
        return BytesParser(_Bounded, policy=compat32).parsebytes(raw)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError):
        oddities.add(Oddity.TOO_DEEP)
    try:
        return BytesHeaderParser(_Bounded, policy=compat32).parsebytes(raw)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError):
        return _Bounded(policy=compat32)


def automatic_of(message: Message, *, author: str, sender: str | None) -> Automatic | None:
    """Whether a machine sent it, and why that is thought."""
    said = mail_text.header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    precedence = mail_text.header(message, "Precedence").lower()
    local = author.partition("@")[0].lower()
    is_report = message.get_content_type() == "multipart/report"
    # In this order: an answer of absence also comes from nobody, and a list also says that it is no person.
    if _is_answer(message, said=said, precedence=precedence):
        return Automatic.REPLY
    returned = mail_text.header(message, "Return-Path")
    if is_report or sender == "" or (sender is None and returned == "<>") or local == "mailer-daemon":
        return Automatic.BOUNCE
    if any(name in message for name in ("List-Id", "List-Unsubscribe", "List-Post")) or precedence in {"list", "bulk"}:
        return Automatic.LIST
    generated = precedence == "junk" or (said and said != "no") or local in _MACHINES
    return Automatic.GENERATED if generated else None


def _is_answer(message: Message, *, said: str, precedence: str) -> bool:
    report = str(message.get_param("report-type") or "").lower()
    if message.get_content_type() == "multipart/report":
        return report == "disposition-notification"  # That somebody's program opened it.
    names = ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "X-AutoReply-From", "X-Mail-Autoreply")
    if said in {"auto-replied", "auto-notified"} or precedence == "auto_reply" or any(one in message for one in names):
        return True
    return _AWAY.match(mail_text.header(message, "Subject")) is not None


def _id_of(message: Message) -> str:
    found = _MESSAGE_ID.search(str(message.get("Message-ID") or "")[: mail_text.MAX_FIELD])
    return mail_text.clean(found[1]) if found else ""


def _references(message: Message) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in ("In-Reply-To", "References"):
        for one in _MESSAGE_ID.findall(str(message.get(name) or "")[: mail_text.MAX_FIELD]):
            found.setdefault(mail_text.clean(one))
    return tuple(found)[:50]


def _fingerprint(message: Message, raw: bytes) -> bytes:
    made = hashlib.sha256()
    for name in ("Message-ID", "From", "To", "Subject", "Date"):
        value = "\n".join(map(str, message.get_all(name) or ())).encode("utf-8", "surrogateescape")
        made.update(len(value).to_bytes(4, "big") + value)
    end = _HEAD_END.search(raw)
    made.update(raw[end.end() :].replace(b"\r\n", b"\n").rstrip(b"\n") if end else b"")
    return made.digest()


def _contents(message: Message) -> tuple[list[str], list[Attachment]]:
    texts: list[str] = []
    attachments: list[Attachment] = []
    for number, part in enumerate(_leaves(message)):
        if number >= MAX_PARTS:
            break
        kind = part.get_content_type()
        name = _name_of(part)
        is_file = bool(name) or part.get_content_disposition() == "attachment"
        if kind in {"text/plain", "text/html"} and not is_file:
            text = mail_text.text_of(content_of(part), _charset_of(part))
            # Whoever writes both ways writes the same twice; what is read is the plain one.
            if kind == "text/plain":
                texts.append(mail_text.clean(text.replace("\r\n", "\n")))
            elif not any(one.strip() for one in texts):
                texts.append(mail_text.clean(mail_text.from_html(text)))
        elif is_file or not kind.startswith(("text/", "multipart/")):
            content = content_of(part)
            kind = kind if _MEDIA_TYPE.fullmatch(kind) else "application/octet-stream"
            digest = hashlib.sha256(content).hexdigest()
            attachments.append(Attachment(name or "file", kind, digest, len(content), content))
    return texts, attachments


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something themselves; a mail inside of a mail is one."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        # Asked of what holds parts alone: of a text it would be decoded in whatever charset a stranger names.
        inner = part.get_payload() if part.is_multipart() else None
        if isinstance(inner, list) and part.get_content_maintype() == "multipart":
            waiting.extend(one for one in reversed(inner) if isinstance(one, Message))
        else:
            yield part


def content_of(part: Message) -> bytes:
    """The bytes of a part, decoded; what cannot be is given as it stands."""
    try:
        if part.is_multipart():
            inner = part.get_payload()
            return b"\n".join(one.as_bytes() for one in inner if isinstance(one, Message))
        found = part.get_payload(decode=True)
        return found if isinstance(found, bytes) else b""
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return b""


def _charset_of(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def _name_of(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except (ValueError, LookupError, TypeError, AttributeError):
        return "file"
    return " ".join(mail_text.decoded(name).split())[:255]
