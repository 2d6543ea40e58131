"""Hand a letter to the mail server that sends for us, and say what it said: by SMTP, with TLS where it is offered.

One end holds for the whole: whoever asked gives up by then, and a letter that were taken later would leave twice.
"""

from __future__ import annotations

import smtplib
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mufakat.formats import dsn
from mufakat.rules.letters import Sign

if TYPE_CHECKING:
    from mufakat.server.connectors.mail.configuration import Relay

STEP = 10.0  # Seconds for each step.
TAKING = 25.0  # Seconds that are left at least for the server to take the letter over, once it has all of it.
TOTAL = 40.0  # Seconds for everything.
STORAGE = frozenset({"4.3.1", "5.3.1"})  # The system is full, not a mailbox (RFC 3463).


@dataclass(frozen=True, slots=True)
class Said:
    """What became of handing it over; ``status`` is the enhanced one where one was said, ``code`` the plain one."""

    sign: Sign
    status: str
    code: int | None
    detail: str


class Bounded(smtplib.SMTP):
    """A session in which no step, and not all of them together, waits longer than it may."""

    def __init__(self, host: str, port: int, *, ends: float, **options: Any) -> None:
        self._ends = ends - TAKING
        self._step = STEP
        super().__init__(host, port, timeout=STEP, **options)

    def getreply(self) -> tuple[int, bytes]:
        left = self._ends - time.monotonic()
        if left <= 0:
            self.close()
            raise smtplib.SMTPServerDisconnected("the mail server took too long")
        if self.sock is not None:
            self.sock.settimeout(min(self._step, left))
        return super().getreply()

    def data(self, msg: Any) -> tuple[int, bytes]:
        # From here on the letter may be taken: what was kept back is for this.
        self._ends += TAKING
        self._step = TOTAL
        return super().data(msg)


class BoundedTLS(Bounded, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


def hand_over(relay: Relay, raw: bytes, *, sender: str, to: str, ends: float | None = None) -> Said:
    """Give the letter to the server, until `ends` (time.monotonic()). Never raises for what a server or a network does.

    What is said of the letter or its recipient is about them. Everything else is between the server and us: an operator
    has to look, and the letter waits.
    """
    try:
        return _sent(relay, raw, sender=sender, to=to, ends=time.monotonic() + TOTAL if ends is None else ends)
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        return _refused(code, words)
    except smtplib.SMTPDataError as error:
        return _refused(error.smtp_code, error.smtp_error)
    except smtplib.SMTPResponseException as error:
        return Said(Sign.DELAYED, "", error.smtp_code, f"our mail server refuses us ({error.smtp_code})")
    except (OSError, smtplib.SMTPException) as error:
        return Said(Sign.DELAYED, "", None, f"the mail server cannot be reached ({type(error).__name__})")


def _sent(relay: Relay, raw: bytes, *, sender: str, to: str, ends: float) -> Said:
    context = ssl.create_default_context()
    server = (
        BoundedTLS(relay.host, relay.port, context=context, ends=ends)
        if relay.tls
        else Bounded(relay.host, relay.port, ends=ends)
    )
    try:
        server.ehlo_or_helo_if_needed()
        if not relay.tls and server.has_extn("starttls"):
            if not relay.user:
                # Against whoever only listens: without a password there is nothing that a false server could take.
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            server.starttls(context=context)
            server.ehlo()
        elif relay.user and not relay.tls and relay.host not in {"127.0.0.1", "::1", "localhost"}:
            return Said(Sign.DELAYED, "", None, "the mail server offers no TLS, and a password never goes in the clear")
        if relay.user:
            server.login(relay.user, relay.password)
        # Asked for reports, a server says also that it arrived (RFC 3461).
        options = ["NOTIFY=SUCCESS,FAILURE,DELAY"] if server.has_extn("dsn") else []
        wanted = ["RET=HDRS"] if server.has_extn("dsn") else []
        server.sendmail(sender, [to], raw, mail_options=wanted, rcpt_options=options)
        # It has the letter, whatever it says to our leaving.
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        return Said(Sign.HANDED, "", 250, "taken over by the mail server")
    finally:
        server.close()


def _refused(code: int, words: bytes | str) -> Said:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    report = dsn.by_words(f"{code} {text[:1_000]}")
    status = report.status if report else ""
    full = report is not None and report.says is dsn.Says.FULL
    if code < 500:
        # "Not enough room" may be on the disk of our own server, and says nothing about the mailbox then.
        full = full and status not in STORAGE and "system storage" not in text.lower()
        return Said(Sign.FULL if full else Sign.DELAYED, status, code, f"not now ({code} {status})".replace(" )", ")"))
    if full:
        return Said(Sign.FULL, status, code, f"the mailbox is full ({code} {status})")
    return Said(Sign.FAILED, status, code, f"refused ({code} {status})".replace(" )", ")"))
