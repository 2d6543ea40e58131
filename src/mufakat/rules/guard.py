"""The guard against over-blocking: what speaks against closing the names of an order. Pure.

It looks twice: before anybody approves, and again before the names go on the lists, because what is known may have
changed in between. A finding is either *impossible*, and then nobody closes the name here, or *weighty*, and then each
approver says why it is to be closed all the same. The guard never says that an order is right.

What is known of names beside the order comes in as `Known`; the tables that the guard brings along are `guard_tables`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from mufakat.locator import hosts
from mufakat.locator.kinds import Kind, Surface, surface_of
from mufakat.rules import guard_tables, look_alikes, network_names
from mufakat.rules.guard_tables import Guarded, Shared
from mufakat.rules.network_names import MAX_NAME, NameReason, Refusal
from mufakat.rules.restriction import MAX_NAMES, Match

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from mufakat.rules.restriction import RestrictionIn

MANY: Final = 1_000
"""Names of one order beyond which its approvers say why it has to be as many."""

RECENTLY: Final = timedelta(days=180)
"""How long after a name was opened again its closing anew is weighed."""

TELEGRAM: Final = "telegram"
TELEGRAM_DOMAINS: Final = frozenset({"t.me", "telegram.dog", "telegram.me", "telegram.org"})


class Verdict(StrEnum):
    """How much a finding weighs."""

    IMPOSSIBLE = "impossible"  # Nobody closes this here.
    WEIGHTY = "weighty"  # Each approver says why it is to be closed all the same.


class Code(StrEnum):
    """What the guard finds; for machines, and stays."""

    NOT_A_NAME = "not_a_name"  # The sentence says why; `network_names` has them all.
    TOO_MANY = "too_many"
    DOES_NOT_FIT = "does_not_fit"
    PROTECTED = "protected"
    PROTECTED_BELOW = "protected_below"  # A subtree, and a protected name is in it.
    OFFICIAL = "official"  # Below an ending of public authorities.
    SHARED = "shared"  # A host, a CDN or a platform that many strangers share.
    SHARED_BELOW = "shared_below"  # A subtree in which strangers have names of their own.
    TOO_WIDE = "too_wide"  # One channel or page is named, and a whole service would go.
    WHOLE_DOMAIN = "whole_domain"
    CONTACT = "contact"  # Letters to a party of this house go there.
    LOOK_ALIKE = "look_alike"
    REOPENED = "reopened"  # Closed before, and opened again not long ago.
    MANY = "many"


@dataclass(frozen=True, slots=True)
class Pointed:
    """What a notice of the order points at: the thing in its canonical form, its kind, and the host it is at."""

    canonical: str
    kind: Kind
    host: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the order; every name in A-labels.

    protected  by name, why; beside the shipped table. What is below such a name is protected with it.
    reopened   by name, when it was opened again the last time.
    pointed    what the notices of the order point at.
    contacts   hosts to which letters of this house to its parties go.
    longest    characters of the longest name that fits into the zones of the order's operators, with `*.` before it.
    """

    protected: Mapping[str, Guarded] = field(default_factory=dict)
    reopened: Mapping[str, datetime] = field(default_factory=dict)
    pointed: tuple[Pointed, ...] = ()
    contacts: frozenset[str] = frozenset()
    longest: int = MAX_NAME


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that speaks against closing a name as the order wrote it; an empty name is the order as a whole.

    `place` is the name's in the order, from 0; `reason` says why a text is no name.
    """

    name: str
    code: Code
    verdict: Verdict
    detail: str
    place: int | None = None
    reason: NameReason | None = None


WHY: Mapping[Guarded, str] = {
    Guarded.OWN: "This is a name of this house: what was closed, and how to object, is read there.",
    Guarded.HOUSE: "This house protects this name: it is never closed here.",
    Guarded.GOVERNMENT: "This is a protected name of the state: it is never closed here.",
    Guarded.EMERGENCY: "People are warned and rescued through this name: it is never closed here.",
    Guarded.HEALTH: "The health of people depends on this name: it is never closed here.",
    Guarded.BANK: "Payments of a whole country depend on this name: it is never closed here.",
    Guarded.TIME: "Clocks everywhere are set by this name: it is never closed here.",
    Guarded.CERTIFICATES: "Certificates everywhere are checked through this name: it is never closed here.",
    Guarded.DNS: "The DNS itself depends on this name: it is never closed here.",
}
HOW: Mapping[Shared, str] = {
    Shared.CDN: "This is an edge of a delivery network, which may serve many sites that nobody means.",
    Shared.HOSTING: "Many strangers have their sites with this host.",
    Shared.PLATFORM: "Many strangers publish under this name: all of them would be closed with whoever is meant.",
}


def look(order: RestrictionIn, *, known: Known, at: datetime) -> tuple[Finding, ...]:
    """Everything that speaks against the order: first what is about all of it, then name by name in its order.

    Never raises. A name that is none is impossible, with the sentence of `network_names`; it is looked at no further.
    """
    return tuple(_Guard(order, known, at).findings())


class _Guard:
    """One look at one order: what is asked of each name is gathered once."""

    def __init__(self, order: RestrictionIn, known: Known, at: datetime) -> None:
        self.order = order
        self.known = known
        self.subtree = order.match is Match.SUBTREE
        self.protected = {**guard_tables.protected(), **known.protected}
        self.reopened = {name for name, when in known.reopened.items() if at - RECENTLY <= when}
        self.hosts = {one.canonical.rstrip("/").rpartition("/")[2] for one in known.pointed if _is_a_whole_host(one)}
        self.narrow = _by_service(one for one in known.pointed if not _is_a_whole_host(one))
        pointed = {one.host for one in known.pointed if one.host}
        self.familiar = {*self.protected, *self.reopened, *pointed}
        self.looks = {look_alikes.look_of(name): name for name in sorted(self.familiar)}
        if self.subtree:
            self.above_protected = _above_each(self.protected)
            self.above_reopened = _above_each(self.reopened)
            self.above_contacts = _above_each(known.contacts)

    def findings(self) -> Iterator[Finding]:
        """Of the whole order, then of each name."""
        names = self.order.names
        if len(names) > MAX_NAMES:
            detail = f"An order holds {MAX_NAMES:,} names at most."
            yield Finding("", Code.TOO_MANY, Verdict.IMPOSSIBLE, detail)
            return
        if len(names) > MANY:
            yield Finding("", Code.MANY, Verdict.WEIGHTY, f"These are more than {MANY:,} names at once.")
        for place, (text, name) in enumerate(zip(names, network_names.read_all(names), strict=True)):
            if isinstance(name, Refusal):
                yield Finding(text, Code.NOT_A_NAME, Verdict.IMPOSSIBLE, name.detail, place, name.reason)
            else:
                yield from (Finding(text, *found, place) for found in self._of(name))

    def _of(self, name: str) -> Iterator[tuple[Code, Verdict, str]]:
        upwards = (name, *network_names.above(name))
        yield from self._fits(name)
        yield from self._protected(name, upwards)
        yield from self._shared(name, upwards)
        yield from self._wide(name)
        yield from self._before(name)
        yield from self._alike(upwards)

    def _fits(self, name: str) -> Iterator[tuple[Code, Verdict, str]]:
        if len(name) > self.known.longest:
            detail = f"The lists of these operators hold names of up to {self.known.longest} characters."
            yield Code.DOES_NOT_FIT, Verdict.IMPOSSIBLE, detail

    def _protected(self, name: str, upwards: tuple[str, ...]) -> Iterator[tuple[Code, Verdict, str]]:
        why = next((self.protected[one] for one in upwards if one in self.protected), None)
        if why:
            yield Code.PROTECTED, Verdict.IMPOSSIBLE, WHY[why]
        elif guard_tables.is_official(name):
            yield Code.OFFICIAL, Verdict.WEIGHTY, "This is a name of a public authority."
        if self.subtree and name in self.above_protected:
            detail = f"Below this name is {self.above_protected[name]}, which is protected: name what is meant exactly."
            yield Code.PROTECTED_BELOW, Verdict.IMPOSSIBLE, detail
        if name in self.known.contacts or (self.subtree and name in self.above_contacts):
            detail = "Letters of this house to one of its parties go to this name: it could no longer be told."
            yield Code.CONTACT, Verdict.WEIGHTY, detail

    def _shared(self, name: str, upwards: tuple[str, ...]) -> Iterator[tuple[Code, Verdict, str]]:
        found = _shared_by(upwards)
        if found:
            whole = self.subtree and found is not Shared.PLATFORM and name in guard_tables.shared()
            yield Code.SHARED, Verdict.IMPOSSIBLE if whole else Verdict.WEIGHTY, HOW[found]
        if not self.subtree:
            return
        if name in hosts.above_suffixes():
            detail = "Below this name strangers have got names of their own: name what is meant exactly."
            yield Code.SHARED_BELOW, Verdict.IMPOSSIBLE, detail
        elif hosts.registrable_of(name) == name:
            detail = "Everything below a registered name would go: mail, interfaces and whatever comes later."
            yield Code.WHOLE_DOMAIN, Verdict.WEIGHTY, detail

    def _wide(self, name: str) -> Iterator[tuple[Code, Verdict, str]]:
        things = self.narrow.get(_service_of(name), frozenset())
        if not things or name in self.hosts:
            return
        alone = len(things) == 1 and _shared_by((name, *network_names.above(name))) is not None
        what = "one channel or page" if len(things) == 1 else f"{len(things):,} channels or pages"
        detail = f"The notices of the order name {what} of this service, and all of it would go."
        yield Code.TOO_WIDE, Verdict.IMPOSSIBLE if alone else Verdict.WEIGHTY, detail

    def _before(self, name: str) -> Iterator[tuple[Code, Verdict, str]]:
        if name in self.reopened or (self.subtree and name in self.above_reopened):
            detail = f"This was closed before, and opened again in the last {RECENTLY.days} days."
            yield Code.REOPENED, Verdict.WEIGHTY, detail

    def _alike(self, upwards: tuple[str, ...]) -> Iterator[tuple[Code, Verdict, str]]:
        if not self.familiar.isdisjoint(upwards):
            return
        twin = next((self.looks[look] for look in map(look_alikes.look_of, upwards) if look in self.looks), None)
        if twin:
            known = "protected" if twin in self.protected else "known from before"
            detail = f"This reads like {twin}, which is {known}, and is another name: say which one is meant."
            yield Code.LOOK_ALIKE, Verdict.WEIGHTY, detail
        elif look_alikes.deceives(upwards[0]):
            detail = "This reads like plain letters and is written with others: say which name is meant."
            yield Code.LOOK_ALIKE, Verdict.WEIGHTY, detail


def _is_a_whole_host(one: Pointed) -> bool:
    """Whether the notice points at a host as such, or at the first page of one."""
    return surface_of(one.kind) is Surface.HOST or (
        one.kind is Kind.URL and one.host is not None and one.canonical.partition("://")[2] == f"{one.host}/"
    )


def _by_service(things: Iterable[Pointed]) -> Mapping[str, frozenset[str]]:
    """By the service that they are at, the things that are less than a host."""
    found: dict[str, set[str]] = {}
    for one in things:
        if one.host or one.canonical.startswith("tg:"):
            found.setdefault(_service_of(one.host) if one.host else TELEGRAM, set()).add(one.canonical)
    return {service: frozenset(things) for service, things in found.items()}


def _service_of(name: str) -> str:
    """What a name belongs to: the names of one registrable domain, and Telegram's several ones, are one service."""
    domain = hosts.registrable_of(name) or name
    return TELEGRAM if domain in TELEGRAM_DOMAINS else domain


def _shared_by(upwards: tuple[str, ...]) -> Shared | None:
    """How strangers share a name. Below a host's own name each one is its customer's."""
    table = guard_tables.shared()
    for place, one in enumerate(upwards):
        found = table.get(one)
        if found and (place == 0 or found is not Shared.HOSTING):
            return found
    return None


def _above_each(names: Iterable[str]) -> Mapping[str, str]:
    """By each name that is above one of them, one that is below it."""
    return {above: name for name in sorted(names) for above in network_names.above(name)}
