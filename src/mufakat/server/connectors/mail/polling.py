"""The second way in: a mailbox is read by IMAP (RFC 9051), from where it was left.

Nothing in the mailbox is changed; how far it was read is written down together with nothing else, after the mails are
durable, so that a process that dies in between reads some of them again, and finds them known.
"""

from __future__ import annotations

import imaplib
import logging
import re
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError

from mufakat.formats import mail
from mufakat.server.connectors.mail import bounces, configuration, intake
from mufakat.server.connectors.mail.addresses import Address, Kind, read
from mufakat.server.connectors.mail.models import Polled, Source
from mufakat.server.journal import door
from mufakat.server.journal.errors import WriteError
from mufakat.server.journal.parts import Swept

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from datetime import datetime

    from mufakat.formats.mail import Mail
    from mufakat.server.connectors.mail.configuration import Relay
    from mufakat.server.journal.work import Deed, Moment

PORTION = 50
TIMEOUT = 30.0
_NUMBER = re.compile(rb"\d+")
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,12})")

log = logging.getLogger(__name__)


class MailboxError(RuntimeError):
    """The mailbox cannot be read; the sentence says at which step."""


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Take the next mails of the configured mailbox, where there is one."""
    told = configuration.configured().mailbox
    if told is None:
        return Swept(0, more=False)
    box = _opened(told)
    try:
        return _read_on(box, told, at=at, stop=stop)
    except (imaplib.IMAP4.error, OSError) as error:
        raise MailboxError(f"the mailbox broke off ({type(error).__name__})") from None
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            box.logout()


def _opened(told: Relay) -> imaplib.IMAP4:
    box: imaplib.IMAP4 | None = None
    try:
        box = _connected(told)
        box.login(told.user, told.password)
        folder = '"' + told.folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
        status, _ = box.select(folder, readonly=True)
        _require(status == "OK", "the mailbox has no such folder")
    except BaseException as error:
        if box is not None:
            box.shutdown()
        if isinstance(error, imaplib.IMAP4.error | OSError):
            raise MailboxError(f"the mailbox cannot be opened ({type(error).__name__})") from None
        raise
    return box


def _require(holds: bool, says: str) -> None:  # noqa: FBT001 - an assertion with words.
    if not holds:
        raise MailboxError(says)


def _connected(told: Relay) -> imaplib.IMAP4:
    if told.tls:
        return imaplib.IMAP4_SSL(told.host, told.port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT)
    box = imaplib.IMAP4(told.host, told.port, timeout=TIMEOUT)
    try:
        if "STARTTLS" in box.capabilities:
            box.starttls(ssl.create_default_context())
        else:
            ours = told.host in {"127.0.0.1", "::1", "localhost"}
            _require(ours, "the mailbox offers no TLS, and a password never goes in the clear")
    except BaseException:
        box.shutdown()
        raise
    return box


def _read_on(box: imaplib.IMAP4, told: Relay, *, at: datetime, stop: threading.Event | None) -> Swept:
    name = f"{told.user}@{told.host}:{told.port}/{told.folder}"[:255]
    said = _NUMBER.search(_first(box.response("UIDVALIDITY")[1]))
    validity = int(said[0]) if said else 0
    place = Polled.objects.filter(mailbox=name).first()
    # Under another validity the numbers mean other mails: all are read anew, and those that are known are known.
    last = place.uid if place is not None and place.validity == validity else 0
    status, found = box.uid("SEARCH", f"UID {last + 1}:*")
    if status != "OK":
        raise MailboxError("the mailbox cannot be searched")
    # "n:*" also names the last mail where all are older.
    numbers = sorted(number for number in map(int, _NUMBER.findall(_first(found))) if number > last)
    done = 0
    for number in numbers[:PORTION]:
        if stop is not None and stop.is_set():
            break
        raw = _fetched(box, number)
        if raw is not None and _is_taken(raw, number):
            done += 1
        door.commit(_noted(name, validity, number, at))
    return Swept(done, more=len(numbers) > PORTION)


def _noted(name: str, validity: int, uid: int, at: datetime) -> Callable[[Moment], None]:
    def run(moment: Moment) -> None:
        del moment
        Polled.objects.update_or_create(mailbox=name, defaults={"validity": validity, "uid": uid, "at": at})

    return run


def _is_taken(raw: bytes, number: int) -> bool:
    """Take one mail. One that breaks us stays where it is, and never stands before those behind it."""
    try:
        door.writer().commit(deed_of(raw))
    except (WriteError, OperationalError, InterfaceError):
        raise  # The disk or the database, not the mail: it is tried again.
    except Exception:  # Whatever a stranger's mail breaks in us.
        log.exception("mail passed over", extra={"uid": number})
        return False
    return True


def _fetched(box: imaplib.IMAP4, number: int) -> bytes | None:
    """The bytes of a mail; None for one that is gone, and for one that is larger than any we take: it is left there.

    What the server could not say is asked again, for whatever is passed here is passed for ever.
    """
    told = _answer(box, number, "(RFC822.SIZE)")
    if not told:
        return None  # Somebody removed it meanwhile.
    # Servers also say what nobody asked for, such as flags that changed.
    sizes = [found for part in told if (found := _SIZE.search(part[0] if isinstance(part, tuple) else part))]
    if not sizes:
        raise MailboxError("the mailbox does not say how large a mail is")
    size = int(sizes[0][1])
    if size > mail.MAX_MAIL:
        log.warning("mail too large", extra={"uid": number, "size": size})
        return None
    told = _answer(box, number, "(BODY.PEEK[])")
    raw = next((part[1] for part in told if isinstance(part, tuple)), None)
    if raw is None and told:
        raise MailboxError("the mailbox does not give a mail")
    return raw


def _answer(box: imaplib.IMAP4, number: int, what: str) -> list[bytes | tuple[bytes, bytes]]:
    status, told = box.uid("FETCH", str(number), what)
    _require(status == "OK", "the mailbox does not give a mail")
    return [part for part in told or () if part is not None]


def _first(found: list[bytes | None] | list[object] | None) -> bytes:
    one = found[0] if found else b""
    if isinstance(one, tuple):
        one = one[0]
    return one if isinstance(one, bytes) else b""


def deed_of(raw: bytes) -> Deed:
    """What is done with a mail from a mailbox: whom it is for its own fields say, as nobody else does here."""
    found = mail.read_mail(raw)
    to = _addressee(found)
    sender = "" if found.automatic is mail.Automatic.BOUNCE else found.author
    if to.kind is Kind.BOUNCE:
        return bounces.deed(raw, letter=to.subject)
    return intake.deed(raw, sender=sender, to=to, source=Source.IMAP)


def _addressee(found: Mail) -> Address:
    for one in found.to:
        to = read(one)
        if to is not None:
            return to
    return Address(Kind.NOTICES, "")
