"""The guard against over-blocking, with what this house knows: before anybody approves, and again before publishing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q

from mufakat.locator import hosts, kinds
from mufakat.locator.results import Locator
from mufakat.rules import guard, network_names, restriction_reading as reading
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.guard import RECENTLY, Code, Known, Pointed, Verdict
from mufakat.rules.guard_tables import Guarded
from mufakat.rules.network_names import MAX_NAME
from mufakat.rules.restriction import RestrictionState
from mufakat.server.journal import ids
from mufakat.server.notices import queries as notices
from mufakat.server.parties import contacts, queries as parties
from mufakat.server.restrictions import protecting, zoning
from mufakat.server.restrictions.models import ClosedName, Restriction

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.rules.fault import Fault
    from mufakat.rules.guard import Finding
    from mufakat.rules.restriction import RestrictionIn

ASKED = 500
"""Names in one question to the database."""

NEWEST = 10_000
"""Reopened names, newest first, among which look-alikes and what is below a subtree are sought: nobody mistakes a name
for one that was opened before ten thousand others, and an order must not wait for a million."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the guard says: `faults` make the order impossible; `warnings` ask each approver for reasons."""

    faults: tuple[Fault, ...]
    warnings: tuple[Finding, ...]

    @property
    def weighty(self) -> bool:
        """Whether each approval says why."""
        return bool(self.warnings)


def judge(order: RestrictionIn, *, at: datetime, authority: str | None = None) -> Judged:
    """Judge an order with what is known now. Reads rows, in a number of queries that does not depend on them.

    `authority` is the id of the party that orders: of the order's notices those count that it sent, and where it is
    not named all of them do.
    """
    found = guard.look(order, known=known_of(order, at=at, authority=authority), at=at)
    faults = Faults()
    for one in found:
        if one.verdict is Verdict.IMPOSSIBLE:
            faults.add("/names" if one.place is None else f"/names/{one.place}", _code(one), one.detail)
    return Judged(tuple(faults.found), tuple(one for one in found if one.verdict is Verdict.WEIGHTY))


def known_of(order: RestrictionIn, *, at: datetime, authority: str | None = None) -> Known:
    """What this house knows beside the order, which may be half written: a form is looked at while it is filled in."""
    directory = parties.directory()
    sides = [directory[one][0] for one in (*order.operators, order.platform or "") if one in directory]
    named = [one for one in order.notices if ids.is_id(one, "ntc")]
    return Known(
        protected={
            **dict.fromkeys(protecting.named(), Guarded.HOUSE),
            **dict.fromkeys(protecting.own(), Guarded.OWN),
        },
        reopened=_reopened(order, at=at),
        pointed=tuple(_pointed(*one) for one in notices.things_of(named, sender=authority)),
        contacts=frozenset(_names(contacts.hosts_of(sides, at=at))),
        longest=zoning.room(order.list.value, order.operators) if order.operators else MAX_NAME,
    )


def _code(one: Finding) -> FaultCode:
    if one.reason is not None:
        return reading.code_of(one.reason)
    return FaultCode.TOO_MANY if one.code is Code.TOO_MANY else FaultCode.OVER_BLOCKING


def _pointed(kind: str, canonical: str) -> Pointed:
    found = kinds.Kind(kind)
    host = Locator(found, canonical, "").host
    return Pointed(canonical, found, None if host is None or hosts.is_address(host) else host)


def _names(texts: Iterable[str]) -> list[str]:
    """Those of the texts that are names which could be closed."""
    return [name for name in map(network_names.sought, texts) if name is not None]


_STANDING = Q(lifted_at=None)
_RAN_OUT = Q(lifted_at=F("restriction__ended_at"), restriction__state=RestrictionState.EXPIRED.value)


def _reopened(order: RestrictionIn, *, at: datetime) -> Mapping[str, datetime]:
    """By name, when it was opened again; what the order renews was not, as far as it stands or ran out."""
    rows = ClosedName.objects.filter(restriction__published_at__isnull=False, restriction__shadow=False)
    if order.renews is not None and ids.is_id(order.renews, "rst"):
        rows = rows.exclude(_STANDING | _RAN_OUT, restriction=order.renews)
    lately = rows.filter(Q(lifted_at__gte=at - RECENTLY) | Q(restriction__ended_at__gte=at - RECENTLY))
    # What ended as a whole in its renewal's time stayed closed; what was lifted before that was opened.
    renewal = Restriction.objects.filter(
        renews=OuterRef("restriction"), published_at__isnull=False, closed__name=OuterRef("name")
    )
    with_the_rest = Q(lifted_at=None) | Q(lifted_at=F("restriction__ended_at"))
    lately = lately.exclude(with_the_rest & Exists(renewal))
    found = dict(_opened(lately.order_by("-id")[:NEWEST]))
    for first in range(0, len(order.names), ASKED):
        found.update(_opened(lately.filter(name__in=order.names[first : first + ASKED])))
    return found


def _opened(rows: QuerySet[ClosedName]) -> list[tuple[str, datetime]]:
    """Names and times, the newest of each name last."""
    found = rows.values_list("name", "lifted_at", "restriction__ended_at")
    return sorted(
        ((name, opened) for name, lifted, ended in found if (opened := lifted or ended)), key=lambda row: row[1]
    )
