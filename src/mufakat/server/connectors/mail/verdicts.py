"""What DKIM says of a mail (RFC 6376): asked after it was taken, kept with the key as the DNS gave it.

"Pass" names a domain, no more: whoever sits in somebody's mailbox passes. A signature that covers a part of the body
(``l=``), or not the author, or with a short key, is none; with two From fields nobody can say whom it speaks for. Where
the DNS is silent the verdict is "unknown", and never "pass".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from mufakat.formats import mail
from mufakat.formats.mail import Oddity
from mufakat.server.connectors.mail import configuration
from mufakat.server.connectors.mail.models import Intake, Verdict
from mufakat.server.journal import door
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

    from mufakat.server.journal.work import Moment

PORTION = 20
LOOKUP = 5.0  # Seconds for one question to the DNS.
SIGNATURES = 5  # Of one mail that are looked at.
AGAIN = timedelta(minutes=10)
GIVEN_UP = timedelta(days=1)  # A key that the DNS has not given for a day: "unknown" stays.
LEAST_BITS = 1024

_TAG = re.compile(rb"(?:^|;)\s*([a-z]+)\s*=\s*([^;]*)", re.IGNORECASE)


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
    signatures = list(_signatures(raw))
    if not signatures:
        return Found(Verdict.NONE, "nobody signed it")
    if mail.read_mail(raw).oddities & {Oddity.TWO_FROM, Oddity.NO_FROM}:
        return Found(Verdict.FAIL, "its From names nobody, or several")
    found = [_one(raw, number, tags, ask) for number, tags in enumerate(signatures)]
    best = {Verdict.PASS: 0, Verdict.UNKNOWN: 1, Verdict.FAIL: 2}
    return min(found, key=lambda one: best[one.verdict])


def _one(raw: bytes, number: int, tags: dict[str, str], ask: Callable[[str], bytes | None]) -> Found:
    domain, selector = tags.get("d", "").lower()[:255], tags.get("s", "")[:255]
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
        good = bool(dkim.DKIM(raw, minkey=LEAST_BITS).verify(idx=number, dnsfunc=record))
        why = "" if good else "the signature does not fit the mail"
    except Exception as error:  # noqa: BLE001 - a stranger's mail and a stranger's key; the library raises many kinds.
        good, why = False, f"the signature cannot be checked ({type(error).__name__})"
    if silent:
        return Found(Verdict.UNKNOWN, "the DNS did not answer", domain, selector)
    key = asked[-1].decode("utf-8", "replace")[:4_096] if asked else ""
    if good and domain and key:
        return Found(Verdict.PASS, "", domain, selector, key)
    return Found(Verdict.FAIL, why or "there is no key", domain, selector, key)


def _signatures(raw: bytes) -> Iterator[dict[str, str]]:
    """The tags of each signature, in the order in which the library counts them."""
    message = mail.parsed(raw, set())
    for value in (message.get_all("DKIM-Signature") or ())[:SIGNATURES]:
        text = str(value).encode("utf-8", "surrogateescape")
        tags = {name.decode().lower(): content for name, content in _TAG.findall(text)}
        yield {name: "".join(content.decode("utf-8", "replace").split()) for name, content in tags.items()}


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
    portion = list(waiting.only("id", "raw", "received_at")[:PORTION])
    for row in portion:
        if stop is not None and stop.is_set():
            break
        found = judge(bytes(row.raw), ask) if row.raw is not None else Found(Verdict.UNKNOWN, "it was erased")
        door.commit(_noted(row, found, at=at))
    return Swept(len(portion), more=len(portion) == PORTION)


def _noted(row: Intake, found: Found, *, at: datetime) -> Callable[[Moment], None]:
    def run(moment: Moment) -> None:
        mine = Intake.objects.filter(pk=row.pk, verdict=Verdict.PENDING.value)
        if found.verdict is Verdict.UNKNOWN and row.raw is not None and at - row.received_at < GIVEN_UP:
            mine.update(verdict_due_at=at + AGAIN, verdict_why=found.why)
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
