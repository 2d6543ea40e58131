"""Hand a letter to the mail server that sends for us, and say what it said: by SMTP, with TLS where it is offered."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.formats import dsn
from mufakat.rules.letters import Sign

if TYPE_CHECKING:
    from mufakat.server.connectors.mail.configuration import Relay

TIMEOUT = 20.0  # Seconds for each step.


@dataclass(frozen=True, slots=True)
class Said:
    """What became of handing it over; ``status`` is the enhanced one where one was said, ``code`` the plain one."""

    sign: Sign
    status: str
    code: int | None
    detail: str


def hand_over(relay: Relay, raw: bytes, *, sender: str, to: str) -> Said:
    """Give the letter to the server. Never raises for what a server does or a network is."""
    try:
        return _sent(relay, raw, sender=sender, to=to)
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        return _refused(code, words)
    except smtplib.SMTPResponseException as error:
        # That we may not use the server is no word about the recipient: an operator has to look, the letter waits.
        ours = isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPHeloError)
        return _refused(error.smtp_code, error.smtp_error, ours=ours)
    except (OSError, smtplib.SMTPException) as error:
        return Said(Sign.DELAYED, "", None, f"the mail server cannot be reached ({type(error).__name__})")


def _sent(relay: Relay, raw: bytes, *, sender: str, to: str) -> Said:
    context = ssl.create_default_context()
    made = (
        smtplib.SMTP_SSL(relay.host, relay.port, timeout=TIMEOUT, context=context)
        if relay.tls
        else smtplib.SMTP(relay.host, relay.port, timeout=TIMEOUT)
    )
    with made as server:
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
        return Said(Sign.HANDED, "", 250, "taken over by the mail server")


def _refused(code: int, words: bytes | str, *, ours: bool = False) -> Said:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    report = dsn.by_words(f"{code} {text[:1_000]}")
    status = report.status if report else ""
    if code < 500 or ours:
        full = report is not None and report.says is dsn.Says.FULL
        return Said(Sign.FULL if full else Sign.DELAYED, status, code, f"not now ({code} {status})".replace(" )", ")"))
    if report is not None and report.says is dsn.Says.FULL:
        return Said(Sign.FULL, status, code, f"the mailbox is full ({code} {status})")
    return Said(Sign.FAILED, status, code, f"refused ({code} {status})".replace(" )", ")"))
