"""The lists: which lines stand in which operator's zone, and what changed since the primary server last took them.

A list is a zone for each operator that carries it: `terrorism.isp-a.rpz.<suffix>`, so that an operator sees what was
addressed to it and nothing else (I-16). Which lines a zone has follows from the rows of the orders; a Change is written
beside them so that the publisher (`connectors.dns`) need not compare a million lines to take away one. Where very many
change at once, one Change without an owner says: compare all. The publisher wakes by the bell.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q

from mufakat.formats import rpz
from mufakat.rules.profile_powers import Layer
from mufakat.rules.restriction import LIVE, CarryingState, Match
from mufakat.server.journal import outbox, store
from mufakat.server.restrictions.models import Change, ClosedName, Protected, Restriction, Zone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.server.journal.work import Moment

CARRIED = tuple(state for state in CarryingState if state is not CarryingState.WAITING)
"""In which states of its Carrying an operator has what is live of a restriction: some of its names may be open."""

STEP = 200
"""Lines that one update to a server carries, however long their names are: so many get a serial of their own."""

MOST = 50_000
"""Lines of one deed, over all its operators, that are written down one by one; more are compared instead."""

ALL = ""
"""The owner of a Change that says: compare the whole zone."""

ASKED = 500
"""Names of one question to the database."""


# -- What the deeds of the room call, in an operation of the writer --


def enlist(restriction: Restriction, names: Collection[str], operators: Collection[str], moment: Moment) -> None:
    """Put names of a restriction on the lists of these operators (ids of parties).

    After its rows say so: the restriction is live, these operators' Carrying is told.
    """
    _change(restriction, names, operators, moment, added=True)


def delist(restriction: Restriction, names: Collection[str], operators: Collection[str], moment: Moment) -> None:
    """Take names of a restriction off the lists of these operators, as far as no other live restriction closes them.

    Whether its rows say so already makes no difference.
    """
    _change(restriction, names, operators, moment, added=False)


def allow(name: str, moment: Moment) -> None:
    """Put a name that was protected, and all below it, on every allow-list."""
    for zone in Zone.objects.filter(list=rpz.ALLOW):
        _note(zone, rpz.owners(name, Match.SUBTREE), moment, added=True)
    moment.after.append(outbox.bell.ring)


def disallow(name: str, moment: Moment) -> None:
    """Take a name that is protected no more off every allow-list. After its row says so."""
    if name in _protected():
        return
    for zone in Zone.objects.filter(list=rpz.ALLOW):
        _note(zone, rpz.owners(name, Match.SUBTREE), moment, added=False)
    moment.after.append(outbox.bell.ring)


def _change(
    restriction: Restriction, names: Collection[str], operators: Collection[str], moment: Moment, *, added: bool
) -> None:
    match = Match(restriction.match)
    lines = [owner for name in sorted(names) for owner in rpz.owners(name, match)]
    if not lines or not operators:
        return
    whole = len(lines) * len(operators) > MOST
    standing = set() if whole else _standing(restriction, names, operators)
    for operator in sorted(operators):
        zone = _zone(restriction.list, operator, shadow=restriction.shadow)
        if restriction.layer != Layer.DNS:
            _note(zone, (), moment, added=added)  # Nothing in the DNS changes, and the files beside it are new.
        elif whole:
            compare(zone, len(lines), moment)
        else:
            _note(zone, [owner for owner in lines if (operator, owner) not in standing], moment, added=added)
    moment.after.append(outbox.bell.ring)


def _zone(list_: str, operator: str, *, shadow: bool) -> Zone:
    """The row of a list, made when it is first needed, and of the allow-list that goes before it."""
    zone, made = Zone.objects.get_or_create(list=list_, operator_id=operator, shadow=shadow)
    if made:
        Zone.objects.get_or_create(list=rpz.ALLOW, operator_id=operator, shadow=False)
    return zone


def _note(zone: Zone, owners: Sequence[str], moment: Moment, *, added: bool) -> None:
    """Write the lines down that came or went, and the zone's next serial."""
    if owners and not settings.MUFAKAT_DNS.primaries:
        compare(zone, len(owners), moment)  # Nobody takes changes; whoever does one day begins with a comparison.
        return
    _step(zone, len(owners))
    rows = [(zone.pk, zone.serial, owner, added, moment.at) for owner in owners]
    store.insert(Change, ("zone_id", "serial", "owner", "added", "at"), rows)


def compare(zone: Zone, lines: int, moment: Moment) -> None:
    """Have the publisher compare the whole zone, in which about so many lines changed.

    The mark is always a new row. A comparison that is under way forgets the marks that it knew of once it is done
    (`publication.taken`), and may have read the lines before this deed: only a newer mark asks for another one.
    """
    moment.after.append(outbox.bell.ring)
    _step(zone, lines)
    Change.objects.filter(zone=zone, added=True, owner=ALL).delete()
    Change.objects.create(zone=zone, serial=zone.serial, owner=ALL, added=True, at=moment.at)


def _step(zone: Zone, lines: int) -> None:
    """Go on by as many serials as it may take updates to bring so many lines: each names a state of its own."""
    zone.serial += max(1, -(-lines // STEP))
    Zone.objects.filter(pk=zone.pk).update(serial=zone.serial)


def _standing(restriction: Restriction, names: Collection[str], operators: Collection[str]) -> set[tuple[str, str]]:
    """Operator and owner of the lines that other live restrictions of the same list have there."""
    found: set[tuple[str, str]] = set()
    asked = sorted(names)
    others = _live(restriction.list, shadow=restriction.shadow).exclude(pk=restriction.pk)
    if not others.exists():
        return found
    carried = Q(restriction__carried__operator__in=sorted(operators), restriction__carried__state__in=CARRIED)
    for start in range(0, len(asked), ASKED):
        rows = ClosedName.objects.filter(
            carried, name__in=asked[start : start + ASKED], lifted_at=None, restriction__in=others
        )
        for operator, name, match in rows.values_list(
            "restriction__carried__operator", "name", "restriction__match"
        ).distinct():
            found |= {(operator, owner) for owner in rpz.owners(name, Match(match))}
    return found


# -- What a zone is --


def zones_of(operator: str) -> Sequence[Zone]:
    """The zones that an operator (id of its party) carries: the allow-list first, then by name, shadow ones last."""
    found = Zone.objects.filter(operator=operator).select_related("operator")
    return sorted(found, key=lambda zone: (zone.shadow, zone.list != rpz.ALLOW, zone.list))


def name_of(zone: Zone) -> str:
    """Its name in the DNS, without a last dot."""
    return rpz.zone_name(zone.list, zone.operator.handle, shadow=zone.shadow, suffix=settings.MUFAKAT_DNS.suffix)


def room(list_: str, operators: Collection[str]) -> int:
    """How long a name may be, in characters, that each of these operators (handles) can carry on this list."""
    suffix = settings.MUFAKAT_DNS.suffix
    return min(rpz.room(rpz.zone_name(list_, handle, shadow=True, suffix=suffix)) for handle in operators)


def lines(zone: Zone, *, at: datetime) -> Iterator[str]:
    """The owners that stand in a zone at this time, name by name, each once; what is past its sunset does not."""
    if zone.list == rpz.ALLOW:
        for name in sorted(_protected()):
            yield from rpz.owners(name, Match.SUBTREE)
        return
    live = _live(zone.list, shadow=zone.shadow).filter(
        sunset_at__gt=at, carried__operator=zone.operator_id, carried__state__in=CARRIED
    )
    rows: Iterable[tuple[str, str]] = (
        ClosedName.objects.filter(lifted_at=None, restriction__in=live)
        .order_by("name")
        .values_list("name", "restriction__match")
        .iterator(chunk_size=10_000)
    )
    for name, found in groupby(rows, key=itemgetter(0)):
        matches = {match for _, match in found}
        yield from rpz.owners(name, Match.SUBTREE if Match.SUBTREE in matches else Match.EXACT)


def _live(list_: str, *, shadow: bool) -> QuerySet[Restriction]:
    return Restriction.objects.filter(list=list_, shadow=shadow, layer=Layer.DNS, state__in=LIVE)


def _protected() -> frozenset[str]:
    """What this house never closes: by its admin's word and by its settings."""
    named = Protected.objects.filter(released_at=None).values_list("name", flat=True)
    return frozenset(named) | settings.MUFAKAT_PROTECTED_NAMES
