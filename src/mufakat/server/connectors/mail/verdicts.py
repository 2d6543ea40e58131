"""What DKIM says of a mail (RFC 6376): asked after it was taken, kept with the key as the DNS gave it.

"Pass" names a domain, no more: whoever sits in somebody's mailbox passes. A signature that covers a part of the body
(``l=``), or not the author, or with a short key, is none; with two From fields nobody can say whom it speaks for. Where
the DNS is silent the verdict is "unknown", and never "pass".

Two programs read a mail here, ours and the library's. What one of them could read otherwise passes nothing: a pass
stands on what the library itself read, where it is what we read.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError

from mufakat.formats import mail, mail_text
from mufakat.formats.mail import Oddity
from mufakat.server.connectors.mail import configuration
from mufakat.server.connectors.mail.models import Intake, Verdict
from mufakat.server.journal import door
from mufakat.server.journal.errors import WriteError
from mufakat.server.journal.parts import Swept

try:
    import dkim
    import dns.exception
    import dns.resolver
except ImportError:  # The server works without mail.
    raise ImportError("dkimpy or dnspython is missing; mail needs: pip install 'mufakat[mail]'") from None

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from email.message import Message

    from mufakat.server.journal.work import Moment

log = logging.getLogger(__name__)

PORTION = 20
LOOKUP = 5.0  # Seconds for one question to the DNS.
SIGNATURES = 2  # Of one mail that are looked at, each with one question.
AGAIN = timedelta(minutes=10)  # At least; where the DNS stays silent the wait doubles.
GIVEN_UP = timedelta(days=1)  # A key that the DNS has not given for a day: "unknown" stays.
LEAST_BITS = 1024
MAX_STEPS = 50_000_000  # Of the library over blanks: a part of a second.

_TAG = re.compile(rb"(?:^|;)\s*([a-z]+)\s*=\s*([^;]*)", re.IGNORECASE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
# A lone CR ends a line for the one reader and not for the other; a line of mailbox files ends a field or does not.
_TWO_READINGS = re.compile(rb"\r(?!\n)|\nFrom ")
_BLANKS = re.compile(rb"[\t ]{32,}")


class SilentError(RuntimeError):
    """The DNS gave no answer: nobody can say."""


@dataclass(frozen=True, slots=True)
class Found:
    """A verdict, why, and on which key it stands."""

    verdict: Verdict
    why: str
    domain: str = ""
    selector: str = ""
    key: str = ""


def judge(raw: bytes, ask: Callable[[str], bytes | None]) -> Found:
    """The best verdict over the signatures of a mail; `ask` gives the TXT record of a name, or raises SilentError."""
    oddities: set[Oddity] = set()
    signatures = list(_signatures(mail.parsed(raw, oddities)))
    if not signatures:
        return Found(Verdict.NONE, "nobody signed it")
    head = raw[: mail.MAX_HEADERS] if (end := _HEAD_END.search(raw)) is None else raw[: end.start()]
    if Oddity.TOO_LONG in oddities or _TWO_READINGS.search(head):
        return Found(Verdict.FAIL, "its header fields can be read in two ways")
    # The library takes blanks away in time that grows with the square of their number, and nobody else runs meanwhile.
    if sum((run.end() - run.start()) ** 2 for run in _BLANKS.finditer(raw)) > MAX_STEPS:
        return Found(Verdict.FAIL, "it has too many blanks to be checked")
    if mail.read_mail(raw).oddities & {Oddity.TWO_FROM, Oddity.NO_FROM}:
        return Found(Verdict.FAIL, "its From names nobody, or several")
    if any(len(value) > mail_text.MAX_FIELD for value in signatures):
        return Found(Verdict.FAIL, "a signature is longer than any")
    found = [_one(raw, number, value, ask) for number, value in enumerate(signatures)]
    best = {Verdict.PASS: 0, Verdict.UNKNOWN: 1, Verdict.FAIL: 2}
    return min(found, key=lambda one: best[one.verdict])


def _one(raw: bytes, number: int, value: str, ask: Callable[[str], bytes | None]) -> Found:
    tags = _tags(value)
    domain, selector = (mail_text.clean(tags.get(name, ""))[:255] for name in "ds")
    domain = domain.lower()
    if "l" in tags:
        return Found(Verdict.FAIL, "it signs a part of the body only (l=)", domain, selector)
    if "from" not in {name.strip().lower() for name in tags.get("h", "").split(":")}:
        return Found(Verdict.FAIL, "it does not sign the From field", domain, selector)
    asked: list[bytes] = []
    silent: list[bool] = []

    def record(name: bytes, timeout: float = LOOKUP) -> bytes | None:
        del timeout
        try:
            key = ask(name.decode("ascii", "replace").rstrip("."))
        except SilentError:
            silent.append(True)
            return None
        if key is not None:
            asked.append(key)
        return key

    try:
        checker = dkim.DKIM(raw, minkey=LEAST_BITS)
        good = bool(checker.verify(idx=number, dnsfunc=record))
        why = "" if good else "the signature does not fit the mail"
        if good and not _is_read_alike(checker, domain, selector):
            good, why = False, "two readers of its signature disagree"
    except Exception as error:  # noqa: BLE001 - a stranger's mail and a stranger's key; the library raises many kinds.
        good, why = False, f"the signature cannot be checked ({type(error).__name__})"
    if silent:
        return Found(Verdict.UNKNOWN, "the DNS did not answer", domain, selector)
    key = mail_text.clean(asked[-1].decode("utf-8", "replace"))[:4_096] if asked else ""
    if good and domain and key:
        return Found(Verdict.PASS, "", domain, selector, key)
    return Found(Verdict.FAIL, why or "there is no key", domain, selector, key)


def _is_read_alike(checker: dkim.DKIM, domain: str, selector: str) -> bool:
    """Whether the signature that fits is the one that we read, whole, and over the author."""
    told = checker.signature_fields
    read = [told.get(name, b"").decode("utf-8", "replace") for name in (b"d", b"s")]
    return [read[0].lower(), read[1]] == [domain, selector] and b"l" not in told and b"from" in checker.include_headers


def _signatures(message: Message) -> Iterator[str]:
    """The fields of the signatures, in the order in which the library counts them."""
    for value in (message.get_all("DKIM-Signature") or ())[:SIGNATURES]:
        yield str(value)


def _tags(value: str) -> dict[str, str]:
    text = value.encode("utf-8", "surrogateescape")
    tags = {name.decode().lower(): content for name, content in _TAG.findall(text)}
    return {name: "".join(content.decode("utf-8", "replace").split()) for name, content in tags.items()}


def asked_of_dns(name: str) -> bytes | None:
    """The TXT record of a name from the DNS; None where it says that there is none."""
    told = configuration.configured().resolver
    resolver = dns.resolver.Resolver(configure=not told)
    if told:
        host, _, port = told.partition("#")
        resolver.nameservers, resolver.port = [host], int(port or 53)
    try:
        answer = resolver.resolve(name, "TXT", lifetime=LOOKUP, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return None
    except (dns.exception.DNSException, OSError, ValueError, UnicodeError):
        raise SilentError from None
    return b"".join(next(iter(answer)).strings)


def sweep(
    *,
    at: datetime,
    stop: threading.Event | None = None,
    ask: Callable[[str], bytes | None] = asked_of_dns,
) -> Swept:
    """Judge the mails that wait for it."""
    waiting = Intake.objects.filter(verdict=Verdict.PENDING.value, verdict_due_at__lte=at).order_by("verdict_due_at")
    portion = list(waiting.values_list("pk", flat=True)[:PORTION])
    for pk in portion:
        if stop is not None and stop.is_set():
            break
        # One after the other: each may have ten mebibytes.
        row = Intake.objects.only("id", "raw", "received_at").filter(pk=pk).first()
        if row is not None:
            _judge_row(row, ask, at=at)
    return Swept(len(portion), more=len(portion) == PORTION)


def _judge_row(row: Intake, ask: Callable[[str], bytes | None], *, at: datetime) -> None:
    try:
        found = judge(bytes(row.raw), ask) if row.raw is not None else Found(Verdict.UNKNOWN, "it was erased")
        door.commit(_noted(row, found, at=at))
    except (WriteError, OperationalError, InterfaceError):
        raise  # The disk or the database, not the mail: it is tried again.
    except Exception:  # Whatever a stranger's mail breaks in us: it must not stand before all others.
        log.exception("mail not judged", extra={"mail": row.pk})
        door.commit(_noted(row, Found(Verdict.FAIL, "its signature cannot be written down"), at=at))


def _noted(row: Intake, found: Found, *, at: datetime) -> Callable[[Moment], None]:
    def run(moment: Moment) -> None:
        mine = Intake.objects.filter(pk=row.pk, verdict=Verdict.PENDING.value)
        if found.verdict is Verdict.UNKNOWN and row.raw is not None and at - row.received_at < GIVEN_UP:
            mine.update(verdict_due_at=at + max(AGAIN, at - row.received_at), verdict_why=found.why)
            return
        mine.update(
            verdict=found.verdict.value,
            verdict_at=moment.at,
            verdict_due_at=None,
            verdict_why=found.why[:200],
            dkim_domain=found.domain,
            dkim_selector=found.selector,
            dkim_key=found.key,
        )

    return run
