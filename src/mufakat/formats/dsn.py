"""What a mail server says about a mail of ours: delivery status notifications (RFC 3464, RFC 3463), and free words.

Pure and total. What a report says is believed only as far as the address proves to which letter it belongs; that is
asked elsewhere (the MAC of the bounce address).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum

from mufakat.formats import mail, mail_text

MAX_SEARCHED = 64 * 1024  # Characters of free words.

_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_CODE = re.compile(r"(?<![\d.:/-])([45])([0-7]\d)(?=[ -](?:#?\d\.\d|[A-Za-z<\"]))")
_FULL = re.compile(
    r"(?:mailbox|inbox|user|quota|account|kotak (?:surat|masuk))[^\n]{0,40}(?:full|over ?quota|exceeded|penuh)"
    r"|over[ -]?quota|quota exceeded"
    r"|not enough (?:disk )?space|insufficient (?:system )?storage|storage (?:space )?exceeded",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"user (?:is )?unknown|unknown user|no such (?:user|recipient|mailbox|address)|does ?n[o']t exist|unknown recipient"
    r"|recipient (?:address )?(?:not found|rejected)|address (?:not found|unknown)|mailbox (?:unavailable|not found)"
    r"|invalid (?:recipient|mailbox)|no mailbox here|unrouteable address|account (?:that you tried|has been disabled)"
    r"|alamat (?:tidak ditemukan|email tidak)",
    re.IGNORECASE,
)
_LATER = re.compile(
    r"will (?:be )?(?:retr|keep trying|try again)|still (?:being )?(?:trying|retried)|delivery (?:is |has been )?"
    r"delayed|temporar(?:y|ily)|warning: message (?:still )?(?:undelivered|delayed)|greylist|do not need to resend"
    r"|not yet been delivered",
    re.IGNORECASE,
)


class Says(StrEnum):
    """What became of the mail, by the report."""

    DELIVERED = "delivered"  # It lies in the mailbox.
    RELAYED = "relayed"  # It went on to a server that makes no reports.
    DELAYED = "delayed"
    FULL = "full"  # Nobody empties this mailbox.
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Report:
    """A report: what it says, the enhanced status code ("5.1.1"; "" where none is said), and whether RFC 3464 made it.

    `recipient` is the address that it names, "" where it names none.
    """

    says: Says
    status: str
    recipient: str
    formal: bool

    @property
    def is_lasting(self) -> bool:
        """Whether trying again helps nothing: the server said so for good."""
        return self.says in {Says.FAILED, Says.FULL} and not self.status.startswith("4")


_ACTIONS = {
    "failed": Says.FAILED,
    "delayed": Says.DELAYED,
    "delivered": Says.DELIVERED,
    "relayed": Says.RELAYED,
    "expanded": Says.RELAYED,
}
_WORST = (Says.FAILED, Says.FULL, Says.DELAYED, Says.RELAYED, Says.DELIVERED)


def read_report(raw: bytes, *, sender: str | None = None) -> Report | None:
    """What the report says of its worst recipient; None where the mail is no report: an answer of absence, a letter.

    Free words count only where nobody sent them: `sender` is the envelope's, as for `mail.read_mail`. A person who
    answers a letter may write of anything that failed.
    """
    message = mail.parsed(raw[: mail.MAX_MAIL], set())
    blocks = list(_blocks(message))
    found = [one for one in map(_of_block, blocks) if one is not None]
    if found:
        return min(found, key=lambda one: _WORST.index(one.says))
    read = mail.read_mail(raw, sender=sender)
    if read.automatic is not mail.Automatic.BOUNCE:
        return None
    return by_words(f"{read.subject}\n{read.text}"[:MAX_SEARCHED])


def by_words(text: str) -> Report | None:
    """What common mail servers mean where they write for people; None where nothing says that anything went wrong."""
    text = text[:MAX_SEARCHED]
    enhanced, code = _STATUS.search(text), _CODE.search(text)
    status = enhanced[0] if enhanced else ""
    first = status[:1] or (code[1] if code else "")
    if _is_full(status) or _FULL.search(text):
        return Report(Says.FULL, status or ("5.2.2" if first != "4" else "4.2.2"), "", formal=False)
    if first == "5" or _UNKNOWN.search(text):
        return Report(Says.FAILED, status or ("5.1.1" if _UNKNOWN.search(text) else "5.0.0"), "", formal=False)
    if first == "4" or _LATER.search(text):
        return Report(Says.DELAYED, status or "4.0.0", "", formal=False)
    if re.search(
        r"undeliver|returned mail|delivery (?:status|fail)|failure notice|tidak terkirim|gagal", text, re.IGNORECASE
    ):
        return Report(Says.FAILED, "5.0.0", "", formal=False)
    return None


def _blocks(message: Message) -> list[Message]:
    """The groups of fields of a delivery status, the one about the whole message too."""
    for number, part in enumerate(message.walk()):
        if number > mail.MAX_PARTS:
            break
        if part.get_content_type() in {"message/delivery-status", "message/global-delivery-status"}:
            inner = part.get_payload() if part.is_multipart() else None
            return [one for one in inner if isinstance(one, Message)][:50] if isinstance(inner, list) else []
    return []


def _of_block(block: Message) -> Report | None:
    action = _ACTIONS.get(mail_text.header(block, "Action").split("(")[0].strip().lower())
    if action is None:
        return None
    found = _STATUS.search(mail_text.header(block, "Status"))
    diagnosis = mail_text.header(block, "Diagnostic-Code")
    # Some servers say 5.0.0 in the field that is for this, and what it really was in their words.
    exact = _STATUS.search(diagnosis)
    status = found[0] if found else ""
    if exact and (not status or status.endswith(".0.0")) and (not status or exact[1] == status[0]):
        status = exact[0]
    if action is Says.FAILED and (_is_full(status) or _FULL.search(diagnosis)):
        action = Says.FULL
    named = mail_text.header(block, "Final-Recipient") or mail_text.header(block, "Original-Recipient")
    return Report(action, status, mail_text.address_of(named.partition(";")[2]), formal=True)


def _is_full(status: str) -> bool:
    return status in {"4.2.2", "5.2.2", "4.3.1", "5.3.1"}
