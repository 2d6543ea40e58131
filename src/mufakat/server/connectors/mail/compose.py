"""Write a letter: plain text in both languages, one thread a case, the receipt as a file, signed for our domain."""

from __future__ import annotations

from datetime import UTC
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings

from mufakat.server.connectors.mail import addresses, configuration, words
from mufakat.server.connectors.mail.addresses import Kind
from mufakat.server.connectors.mail.configuration import NoMailError
from mufakat.server.journal import ids

try:
    import dkim
except ImportError:  # The server works without mail.
    raise ImportError("dkimpy is missing; mail needs: pip install 'mufakat[mail]'") from None

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.server.connectors.carriers import Parcel
    from mufakat.server.notices.heads import Head

SIGNED = (b"from", b"to", b"subject", b"date", b"message-id", b"in-reply-to", b"references", b"reply-to")
PAGES = {"ntc": "/desk/notices/{}", "mai": "/desk/intake/{}", "ctc": "/desk/contacts/"}


def letter(parcel: Parcel, *, head: Head | None, receipt: str, code: str = "") -> bytes:
    """The letter of a parcel, as bytes with CR LF, signed where a key is configured."""
    says = words.letter_for(parcel.type)
    facts = [f"Perkara / Case: {parcel.case}", f"Peristiwa / Event: {parcel.type}"]
    if head is not None:
        facts.append(f"Kategori / Category: {words.CATEGORIES.get(head.category, head.category)}")
        if head.due_at is not None:
            facts.append(f"Tenggat / Due: {_time(head.due_at)}")
    facts.append(f"Halaman / Page: {answer_page(code) if code else page(parcel.case)}")
    text = "\n\n".join([says.id, says.en, "\n".join(facts), words.FOOT])
    answer = addresses.made(Kind.THREAD, parcel.case) if ids.is_id(parcel.case, "ntc") else ""
    made = _message(parcel.address, f"[Mufakat] {parcel.case}", text, own=parcel.delivery, at=parcel.at, answer=answer)
    _thread(made, parcel.case)
    return signed(_with_receipt(made, receipt, parcel.case))


def receipt_for(intake: str, *, address: str, message_id: str, receipt: str, at: datetime) -> bytes:
    """The answer to a mail that was taken: its receipt, in the thread of that mail."""
    text = "\n\n".join([words.RECEIPT.id, words.RECEIPT.en, f"Surel / Mail: {intake}", words.FOOT])
    made = _message(address, f"[Mufakat] {intake}", text, own=intake, at=at, answer="")
    if message_id and message_id.isascii() and message_id.isprintable() and " " not in message_id:
        made["In-Reply-To"] = f"<{message_id}>"
        made["References"] = f"<{message_id}>"
    made.replace_header("Auto-Submitted", "auto-replied")
    return signed(_with_receipt(made, receipt, intake))


def page(case: str) -> str:
    """Where the case is read: behind the sign-in, where looking changes nothing, whoever follows the link."""
    path = PAGES.get(case.partition("_")[0], "/desk/")
    return configuration.configured().pages + path.format(case)


def answer_page(code: str) -> str:
    """Where a drill is answered by a button, without a seat; whoever only follows the link changes nothing."""
    return f"{configuration.configured().pages}/drill/{code}"


def signed(raw: bytes) -> bytes:
    """The letter with a signature of our domain (RFC 6376) in front of it."""
    told = configuration.configured()
    if told.dkim_key is None:
        return raw
    try:
        key = told.dkim_key.read_bytes()
        header: bytes = dkim.sign(
            raw, told.dkim_selector.encode(), told.domain.encode(), key, include_headers=_signed_of(raw)
        )
    except (OSError, dkim.DKIMException) as error:
        raise NoMailError(f"MUFAKAT_DKIM_KEY_FILE cannot be used: {type(error).__name__}") from None
    return header + raw


def _signed_of(raw: bytes) -> list[bytes]:
    """What is signed; From once more than it is there, so that nobody can put a second one in front of it."""
    head = raw.partition(b"\r\n\r\n")[0].lower()
    there = [name for name in SIGNED if head.startswith(name + b":") or b"\r\n" + name + b":" in head]
    return [*there, b"from"]


def _message(to: str, subject: str, text: str, *, own: str, at: datetime, answer: str) -> EmailMessage:  # noqa: PLR0913 - a letter's fields.
    told = configuration.configured()
    made = EmailMessage(policy=SMTP.clone(cte_type="7bit", max_line_length=240))  # No address is folded.
    made["Date"] = format_datetime(at.astimezone(UTC))
    made["From"] = f"Mufakat <{told.author}>"
    made["To"] = to
    made["Subject"] = subject
    made["Message-ID"] = f"<{own}@{told.domain}>"
    if answer:
        made["Reply-To"] = answer
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    made.set_content(text, charset="utf-8", cte="quoted-printable")
    return made


def _thread(made: EmailMessage, case: str) -> None:
    """All letters of a case answer the same first one, which was never sent: so their order makes no difference."""
    root = f"<{case}@{configuration.configured().domain}>"
    made["In-Reply-To"] = root
    made["References"] = root


def _with_receipt(made: EmailMessage, receipt: str, case: str) -> bytes:
    if receipt:
        # As bytes: as a text its lines would end otherwise, and no signature would fit any more.
        made.add_attachment(
            receipt.encode(),
            maintype="text",
            subtype="plain",
            cte="base64",
            params={"charset": "utf-8"},
            filename=f"{case}.receipt.txt",
        )
    return made.as_bytes()


def _time(at: datetime) -> str:
    zone = ZoneInfo(settings.TIME_ZONE)
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M} {settings.TIME_ZONE} ({at.astimezone(UTC):%Y-%m-%d %H:%M} UTC)"
