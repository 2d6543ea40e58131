"""Is a name closed at a resolver? What its answers say, and when it is asked again. Pure: no socket, no clock.

Four questions are put for every name: A, AAAA, A with DNSSEC's DO bit, and A over TCP. A name that is closed by one of
these ways is closed: people's programs ask in all of them. A resolver that filters is known by its canary, a name that
stands on every list and nowhere else: how it answers that name is how it closes. A second name beside the canary, which
stands on no list, shows that it does not answer so to everything.

What tells a closed name: the SOA of a policy zone (BIND adds it to the additional section, where no other answer has
one), an Extended DNS Error that says so, the canary's own page, and "no such name" without any SOA (Unbound) of a
resolver that filters. A plain "no such name" is believed once a resolver that filters nothing says the same; and an
address at which nobody is closes a name, unless its owner parked it there: then that resolver gives such a one too.

Source: RPZ (draft-vixie-dnsop-dns-rpz); RFC 2308 (a negative answer names its zone); RFC 8914 (Extended DNS Errors).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple, TypeVar

from msgspec import Meta, Struct

from mufakat.rules.egress import parse_address, why_not_public
from mufakat.rules.errors import RefusedError
from mufakat.rules.restriction import Sighting

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from mufakat.rules.egress import Network

PORT: Final = 53
TARGET: Final = re.compile(r"(?P<address>[0-9A-Fa-f:.]{2,45})(?:#(?P<port>[1-9][0-9]{0,4}))?")
REFUSING: Final = frozenset({15, 16, 17, 18})
"""Extended DNS Errors of a resolver that closes: Blocked, Censored, Filtered, Prohibited (RFC 8914, section 4)."""
MOST_ADDRESSES: Final = 64  # Of an answer; more are read from nobody.

FIRST: Final = timedelta(seconds=1)
LAST: Final = timedelta(minutes=5)
FACTOR: Final = 1.5
HOURLY: Final = timedelta(hours=1)
PRESSING: Final = timedelta(hours=24)
"""For so long after a change a name that does not answer as it should is asked often."""
AFTERWARDS: Final = timedelta(hours=24)
"""For so long an opened name is still asked, in case it is closed again."""


class Way(StrEnum):
    """How a name is asked for."""

    A = "a"
    AAAA = "aaaa"
    SIGNED = "do"  # A, with DNSSEC's DO bit: some resolvers leave signed names as they are.
    TCP = "tcp"


class Reading(StrEnum):
    """What one answer says."""

    CLOSED = "closed"
    OPEN = "open"
    NOWHERE = "nowhere"  # It leads to where nobody is: lists of hosts close so, and owners park names so.
    EMPTY = "empty"  # The name is there, with nothing of this kind.
    ABSENT = "absent"  # There is no such name, it says, as any resolver would.
    REFUSED = "refused"  # It does not want to say.
    SILENT = "silent"


THERE: Final = frozenset({Reading.OPEN, Reading.NOWHERE})
"""What only a resolver says that knows the name."""
UNSAID: Final = frozenset({Reading.ABSENT, Reading.REFUSED})
"""What may be the name's own state, or a door that was closed by other means than the list."""


class Answer(NamedTuple):
    """What a resolver answered: names in lower case without their last dot, addresses in their usual form.

    `zones` are the owners of SOA records where a negative answer has them, `added` those in the additional section.
    """

    rcode: str
    addresses: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()  # Of CNAME records.
    zones: frozenset[str] = frozenset()
    added: frozenset[str] = frozenset()
    errors: frozenset[int] = frozenset()  # Extended DNS Errors.


class Mark(NamedTuple):
    """How a resolver closes, as its canary showed it: the page it leads to, and whether a bare "no such name" counts.

    One that filters is believed to close a name of which it says that there is none without naming the zone that says
    so: Unbound's policies answer like this, and hardly anybody else.
    """

    pages: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    bare: bool = False


NO_MARK: Final = Mark()


T = TypeVar("T")


class ResolverIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A resolver as its operator names it."""

    address: Annotated[str, Meta(min_length=2, max_length=45)]
    port: Annotated[int, Meta(ge=1, le=65_535)] = PORT


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom the house asks: in `networks` every address and port; `reference` is a resolver that filters nothing."""

    networks: tuple[Network, ...] = ()
    reference: tuple[str, int] | None = None


class BadResolverError(RefusedError):
    """An address that is not asked; the sentence says why."""


def require_askable(address: str, port: int, *, networks: Sequence[Network] = ()) -> str:
    """The address in its usual form, or BadResolverError.

    Who names a resolver makes this house send questions to it: only a public address, and only the port of the DNS.
    In `networks` (the operator's own, and tests) every address and port is allowed.
    """
    found = parse_address(address.strip())
    if found is None:
        raise BadResolverError("A resolver is named by its IP address, such as 203.0.113.53.")
    if not 0 < port < 65_536:
        raise BadResolverError("A port is a number from 1 to 65535.")
    if any(found in network for network in networks if network.version == found.version):
        return str(found)
    if why := why_not_public(found):
        raise BadResolverError(f"Nobody is asked there: this address is not public ({why}).")
    if port != PORT:
        raise BadResolverError(f"A resolver is asked at port {PORT}.")
    return str(found)


def read_target(text: str) -> tuple[str, int]:
    """A resolver as people write it, `9.9.9.9` or `127.0.0.1#5353`: address and port. Raises BadResolverError."""
    found = TARGET.fullmatch(text)
    address = parse_address(found["address"]) if found is not None else None
    port = int(found["port"] or PORT) if found is not None else 0
    if address is None or not 0 < port < 65_536:
        raise BadResolverError("A resolver is an address such as 9.9.9.9 or 127.0.0.1#5353.")
    return str(address), port


def mark_of(canary: Answer | None, beside: Answer | None, *, name: str) -> Mark | None:
    """How this resolver closes, by its answers to the canary `name` and to the name beside it; None: it does not."""
    if canary is None:
        return None
    has_page = canary.rcode == "NOERROR" and bool(canary.addresses or canary.targets)
    is_bare = canary.rcode == "NXDOMAIN" and not canary.zones
    if not has_page and not is_bare and not is_marked(canary, name=name):
        return None
    found = Mark(canary.addresses, canary.targets, bare=True)
    # Whoever answers so to everything filters nothing.
    other = read(beside, name=f"beside.{name}", mark=found)
    return None if other in {Reading.CLOSED, Reading.NOWHERE} else found


def is_marked(answer: Answer, *, name: str) -> bool:
    """Whether the answer itself says that it is a policy's."""
    if answer.errors & REFUSING or answer.added:
        return True
    chain = {name, *answer.targets}
    return any(not _is_within(chain, zone) for zone in answer.zones)


def _is_within(names: Collection[str], zone: str) -> bool:
    return not zone or any(name == zone or name.endswith(f".{zone}") for name in names)


def read(answer: Answer | None, *, name: str, mark: Mark = NO_MARK) -> Reading:
    """What one answer says of this name, at a resolver that closes so."""
    if answer is None:
        return Reading.SILENT
    if is_marked(answer, name=name) or answer.targets & mark.targets:
        return Reading.CLOSED
    if answer.rcode == "NOERROR":
        return _led(answer.addresses, mark.pages) if answer.addresses else Reading.EMPTY
    if answer.rcode == "NXDOMAIN":
        return Reading.CLOSED if mark.bare and not answer.zones else Reading.ABSENT
    return Reading.REFUSED if answer.rcode == "REFUSED" else Reading.SILENT


def _led(addresses: frozenset[str], pages: frozenset[str]) -> Reading:
    """Where these addresses lead: to the pages of the resolver, nowhere, or to somebody."""
    others = addresses - pages
    if not others:
        return Reading.CLOSED
    return Reading.NOWHERE if all(map(is_nowhere, others)) else Reading.OPEN


def is_nowhere(address: str) -> bool:
    """Whether this is an address at which nobody is: what some lists of hosts put in place of a name's own."""
    found = ipaddress.ip_address(address)
    return found.is_unspecified or found.is_loopback


def judge(readings: Mapping[Way, Reading], reference: Reading | None = None) -> Sighting:
    """Closed, where it is by any way; open, where somebody is reached; else what a resolver that filters nothing says.

    `reference` is that resolver's own answer: where it knows the name, "no such name" and a refusal are closed doors,
    and where it says the same there is nothing that could be opened. An address at which nobody is counts as closed
    without it. Where it was asked and did not say, nobody knows: an opened name is not closed because it is down.
    """
    found = set(readings.values())
    if Reading.CLOSED in found or (found & UNSAID and reference in THERE):
        return Sighting.CLOSED
    if Reading.NOWHERE in found and reference is not Reading.NOWHERE:
        return Sighting.SILENT if reference in {Reading.SILENT, Reading.REFUSED} else Sighting.CLOSED
    if found & THERE:
        return Sighting.OPEN
    negative = {readings.get(way, Reading.SILENT) for way in (Way.A, Way.AAAA)} & {Reading.ABSENT, Reading.EMPTY}
    if negative and reference in {Reading.ABSENT, Reading.EMPTY}:
        return Sighting.OPEN
    return Sighting.SILENT


def needs_reference(readings: Mapping[Way, Reading]) -> bool:
    """Whether these answers alone do not say it."""
    found = set(readings.values())
    return Reading.CLOSED not in found and (
        bool(found & {*UNSAID, Reading.NOWHERE}) or (Reading.EMPTY in found and Reading.OPEN not in found)
    )


def way_of_reference(readings: Mapping[Way, Reading]) -> Way:
    """How the reference is asked: by the way that leads nowhere, since a name may be parked by one alone."""
    nowhere = {way for way, one in readings.items() if one is Reading.NOWHERE}
    return Way.AAAA if nowhere == {Way.AAAA} else Way.A


def in_words(readings: Mapping[Way, Reading]) -> str:
    """The ways with what each said, in one line: `a=open aaaa=empty do=open tcp=open`."""
    return " ".join(f"{way.value}={readings[way].value}" for way in Way if way in readings)


def next_ask(*, since: datetime, tries: int, at: datetime, settled: bool) -> datetime:
    """When a resolver is asked again: soon after a change, then ever more seldom, then hourly.

    `since` is the change, `tries` how often it was asked since; `settled` where all answers are as they should be.
    """
    if settled or at - since > PRESSING:
        return at + HOURLY
    return at + min(FIRST * FACTOR ** min(tries, 20), LAST)


MOST_NAMES: Final = 500
MOST_SIGHTS: Final = 50_000
LEAST_NAMES: Final = 10


def sample(names: Sequence[T], *, resolvers: int) -> Sequence[T]:
    """Those of a long list that are asked, spread over all of it and always the same; a list is a zone as a whole."""
    most = max(LEAST_NAMES, min(MOST_NAMES, MOST_SIGHTS // max(resolvers, 1)))
    if len(names) <= most:
        return names
    return [names[place * len(names) // most] for place in range(most)]


class Opened(NamedTuple):
    """When the first of some names was open, half of them, and all; None where that did not happen yet."""

    first: datetime | None
    half: datetime | None
    all: datetime | None


def opened(since: Sequence[datetime | None]) -> Opened:
    """By when each name was open; None stands for one that is not."""
    times = sorted(one for one in since if one is not None)
    half = (len(since) + 1) // 2
    return Opened(
        times[0] if times else None,
        times[half - 1] if times and len(times) >= half else None,
        times[-1] if times and len(times) == len(since) else None,
    )


def together(states: Collection[Sighting]) -> Sighting:
    """What several resolvers, or several names, say together: closed where one is, open where all are."""
    if Sighting.CLOSED in states:
        return Sighting.CLOSED
    return Sighting.OPEN if states and all(one is Sighting.OPEN for one in states) else Sighting.SILENT
