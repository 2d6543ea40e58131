"""What was seen, for people: each operator closed or open since when, and every name at every operator for both sides.

An operator sees its own column: neither who else carries the order out, nor how far they are.
Resolvers are counted, never named: their addresses are their operator's own (`resolvers.list_for`).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from mufakat.proof import canonical
from mufakat.rules import probing
from mufakat.rules.restriction import LIVE, Sighting
from mufakat.server.restrictions import queries, watching
from mufakat.server.restrictions.models import Carrying, Resolver, Restriction, Sight, Watch

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from mufakat.server.parties.queries import Caller
    from mufakat.server.restrictions.watching import Asked


class Spot(NamedTuple):
    """How a name is answered at an operator: by all its resolvers together, and since when."""

    state: Sighting
    since: datetime | None


class SpotOut(msgspec.Struct, frozen=True):
    """How a name is answered at an operator, and since when."""

    operator: str
    state: Sighting
    since: str | None


class NameOut(msgspec.Struct, frozen=True):
    """A name at every operator."""

    name: str
    lifted: bool
    operators: list[SpotOut]


class OpenedOut(msgspec.Struct, frozen=True):
    """When the first of the lifted names was open at an operator, half of them, and all."""

    first: str | None
    half: str | None
    all: str | None


class OperatorOut(msgspec.Struct, frozen=True):
    """An operator: what it says (`carrying`), what its resolvers answer, and whether it is late.

    `behind` counts lifted names that are still closed there though no other restriction closes them.
    """

    operator: str
    carrying: str
    due_at: str | None
    overdue_since: str | None
    named: bool
    opened_at: str | None
    resolvers: int
    ready: int
    asked_at: str | None
    closed: int
    open: int
    silent: int
    behind: int
    opened: OpenedOut


class MatrixOut(msgspec.Struct, frozen=True):
    """A restriction at its operators. Of `names`, `asked` are put to the resolvers: of a long list a fixed part."""

    restriction: str
    state: str
    total: int
    asked: int
    operators: list[OperatorOut]
    names: list[NameOut]


def matrix(restriction: Restriction, *, viewer: Caller | None) -> MatrixOut:
    """Everything that was seen of a restriction; for an operator at itself alone. A read; a fixed number of queries.

    The caller has asked whether the viewer may see it; None is the house itself, whose probes these are.
    """
    asked = watching.names_of({restriction})[restriction.pk]
    rows = Carrying.objects.filter(restriction=restriction).select_related("operator").order_by("operator__handle")
    if viewer is not None and not queries.is_inside(restriction, viewer):
        rows = rows.filter(operator=viewer.party_id)
    carrying = list(rows)
    seen = _seen({one.pk for one in asked}, {row.operator_id for row in carrying})
    last = _last_asked(restriction.pk)
    kept = watching.kept_at({one.name for one in asked if one.lifted}, {row.operator_id for row in carrying})
    operators = [_operator(row, asked, seen, last.get(row.operator_id), kept[row.operator_id]) for row in carrying]
    names = [_name(one, carrying, seen) for one in asked]
    return MatrixOut(restriction.pk, restriction.state, restriction.names, len(asked), operators, names)


def of_name(restriction: Restriction, name: str) -> Sequence[SpotOut]:
    """Closed or open since when, for this name at every operator: what the public page shows.

    A name that is not put to the resolvers (a part of a long list is) stands as the list's names together do.
    """
    asked = watching.names_of({restriction})[restriction.pk]
    one = next((each for each in asked if each.name == name), None)
    lifted = one.lifted if one is not None else _is_lifted(restriction, name)
    wanted = [one] if one is not None else [each for each in asked if each.lifted == lifted]
    rows = Carrying.objects.filter(restriction=restriction).select_related("operator").order_by("operator__handle")
    carrying = list(rows)
    seen = _seen({each.pk for each in wanted}, {row.operator_id for row in carrying})
    found = []
    for row in carrying:
        spots = [spot for each in wanted if (spot := seen.spot(row.operator_id, each.pk)).since is not None]
        state = probing.together({spot.state for spot in spots}) if spots else Sighting.SILENT
        since = max((spot.since for spot in spots if spot.since is not None), default=None)
        found.append(SpotOut(row.operator.handle, state, _shown(since)))
    return found


def _is_lifted(restriction: Restriction, name: str) -> bool:
    row = restriction.closed.filter(name=name).first()
    return row is None or row.lifted_at is not None or restriction.state not in LIVE


class _Seen:
    """The sights of some names at some operators: by operator and name, one for each resolver that counts."""

    def __init__(self, resolvers: Mapping[str, Sequence[Resolver]]) -> None:
        self.resolvers = resolvers
        self._sights: defaultdict[tuple[str, int], list[Spot]] = defaultdict(list)

    def add(self, operator: str, closed: int, spot: Spot) -> None:
        self._sights[operator, closed].append(spot)

    def spot(self, operator: str, closed: int) -> Spot:
        """Open where every resolver that counts says so, since the last of them did; closed where one is."""
        found = self._sights.get((operator, closed), [])
        if not found:
            return Spot(Sighting.SILENT, None)
        shut = [one.since for one in found if one.state is Sighting.CLOSED and one.since is not None]
        if shut:
            return Spot(Sighting.CLOSED, min(shut))
        state = probing.together({one.state for one in found})
        if len(found) < len(self.resolvers.get(operator, ())):
            state = Sighting.SILENT
        return Spot(state, max(one.since for one in found if one.since is not None))


def _seen(closed: set[int], operators: set[str]) -> _Seen:
    by_operator: defaultdict[str, list[Resolver]] = defaultdict(list)
    rows = Resolver.objects.filter(operator__in=operators, removed_at=None)
    for row in rows:
        by_operator[row.operator_id].append(row)
    counting = {row.pk: of for of, each in by_operator.items() for row in each if row.proved_at is not None}
    found = _Seen({of: [row for row in each if row.proved_at is not None] for of, each in by_operator.items()})
    sights = Sight.objects.filter(closed__in=closed, resolver__in=list(counting))
    for resolver, name, state, since in sights.values_list("resolver_id", "closed_id", "state", "since"):
        found.add(counting[resolver], name, Spot(Sighting(state), since))
    return found


def _last_asked(restriction: str) -> dict[str, datetime]:
    """When each operator's resolvers were last asked for a restriction."""
    found: dict[str, datetime] = {}
    rows = Watch.objects.filter(restriction=restriction, asked_at__isnull=False)
    for operator, at in rows.values_list("resolver__operator_id", "asked_at"):
        if at is not None and (operator not in found or found[operator] < at):
            found[operator] = at
    return found


def _operator(
    row: Carrying, asked: Sequence[Asked], seen: _Seen, last: datetime | None, kept: Collection[str]
) -> OperatorOut:
    """`kept` are names that something else closes: they are not awaited."""
    spots = {one.pk: seen.spot(row.operator_id, one.pk) for one in asked}
    states = [spot.state for spot in spots.values()]
    lifted = [spots[one.pk] for one in asked if one.lifted and one.name not in kept]
    opened = probing.opened([spot.since if spot.state is Sighting.OPEN else None for spot in lifted])
    resolvers = seen.resolvers.get(row.operator_id, ())
    return OperatorOut(
        operator=row.operator.handle,
        carrying=row.state,
        due_at=_shown(row.due_at),
        overdue_since=_shown(row.late_since),
        named=row.named_since is not None,
        opened_at=_shown(row.opened_at),
        resolvers=len(resolvers),
        ready=sum(each.ready_at is not None for each in resolvers),
        asked_at=_shown(last),
        closed=states.count(Sighting.CLOSED),
        open=states.count(Sighting.OPEN),
        silent=states.count(Sighting.SILENT),
        behind=sum(spot.state is Sighting.CLOSED for spot in lifted),
        opened=OpenedOut(_shown(opened.first), _shown(opened.half), _shown(opened.all)),
    )


def _name(one: Asked, carrying: Sequence[Carrying], seen: _Seen) -> NameOut:
    spots = [(row.operator.handle, seen.spot(row.operator_id, one.pk)) for row in carrying]
    shown = [SpotOut(operator, spot.state, _shown(spot.since)) for operator, spot in spots]
    return NameOut(one.name, one.lifted, shown)


def _shown(at: datetime | None) -> str | None:
    return None if at is None else canonical.timestamp(at)
