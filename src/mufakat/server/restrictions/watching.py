"""What the probes ask, and when: each restriction at each resolver of the operators that carry it.

A restriction is watched from its publishing on, hourly once all is as it should be; a lifting makes it be asked again
at once, then ever more seldom, until the names are open and a day longer. Of a long list a part is asked that is always
the same (`probing.sample`): an operator carries a list as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mufakat.formats import rpz
from mufakat.rules import probing
from mufakat.rules.profile_powers import Layer
from mufakat.rules.restriction import LIVE, CarryingState, Match, RestrictionState, Sighting
from mufakat.server.restrictions import zoning
from mufakat.server.restrictions.models import Carrying, ClosedName, Resolver, Restriction, Watch, Zone

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence, Set as AbstractSet
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.server.journal.outbox import Row
    from mufakat.server.journal.work import Moment

FOLLOWED = [*LIVE, RestrictionState.LIFTED, RestrictionState.EXPIRED]
TURNS = 200  # Restrictions at resolvers of one share.
MOST = 2_000  # Names of one share.
PORTION = 500  # Names of one question to the database.


class Asked(NamedTuple):
    """A name of a restriction."""

    pk: int
    name: str
    lifted: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """What is asked of one resolver now: names of a restriction; or canaries alone, where there is no `watch`."""

    resolver: int
    operator: str
    address: str
    port: int
    canaries: tuple[str, ...]
    watch: int | None = None
    since: datetime | None = None
    names: Sequence[Asked] = ()


def begin(row: Row, moment: Moment) -> None:
    """The reaction to what changes a restriction at its operators: from now on they are asked for it often."""
    restriction = Restriction.objects.filter(pk=row.case).first()
    if restriction is None or not is_watched(restriction):
        return
    carrying = Carrying.objects.filter(restriction=restriction).values("operator")
    resolvers = Resolver.objects.filter(operator__in=carrying, removed_at=None)
    _watch(restriction, resolvers.filter(proved_at__isnull=False), since=row.at, moment=moment)
    # Their list may be there since now: whoever was not seen to filter is asked again.
    resolvers.filter(proved_at=None).update(next_at=moment.at, tries=0)


def is_watched(restriction: Restriction) -> bool:
    """Whether resolvers can tell anything of it: what closes nothing, or pages alone, is not seen in the DNS."""
    return not restriction.shadow and restriction.layer == Layer.DNS and restriction.state in FOLLOWED


def follow(resolver: Resolver, moment: Moment) -> None:
    """Watch at this resolver, which was just seen to filter, all that its operator closes or has to open."""
    carried = Carrying.objects.filter(operator=resolver.operator_id)
    live = carried.filter(restriction__state__in=list(LIVE))
    opening = carried.filter(state=CarryingState.OPENING)
    for each in (live | opening).select_related("restriction"):
        if is_watched(each.restriction):
            _watch(each.restriction, [resolver], since=moment.at, moment=moment)


def _watch(restriction: Restriction, resolvers: Collection[Resolver], *, since: datetime, moment: Moment) -> None:
    known = Watch.objects.filter(restriction=restriction, resolver__in=resolvers)
    known.filter(since__lte=since).update(since=since, tries=0, next_at=moment.at)
    there = set(known.values_list("resolver_id", flat=True))
    Watch.objects.bulk_create(
        Watch(restriction=restriction, resolver=each, since=since, next_at=moment.at)
        for each in resolvers
        if each.pk not in there
    )


def hasten(restriction: str | None, moment: Moment) -> None:
    """Ask now, at every resolver, for this restriction or for all that are followed."""
    chosen = Watch.objects.filter(resolver__removed_at=None)
    chosen = chosen.filter(restriction=restriction) if restriction is not None else chosen.filter(next_at__isnull=False)
    chosen.update(next_at=moment.at)
    Resolver.objects.filter(removed_at=None, ready_at=None).update(next_at=moment.at)


def followed(restriction: str | None = None) -> Sequence[Restriction]:
    """The restrictions that are asked for, newest first."""
    watched = Watch.objects.filter(next_at__isnull=False).values("restriction")
    chosen = (
        Restriction.objects.filter(pk=restriction)
        if restriction is not None
        else Restriction.objects.filter(pk__in=watched)
    )
    return list(chosen.order_by("-pk")[:TURNS])


def put_off(turn: Turn, *, at: datetime) -> None:
    """Ask this again in an hour: what came of it could not be written down, and must not stand in others' way."""
    if turn.watch is None:
        Resolver.objects.filter(pk=turn.resolver, removed_at=None).update(next_at=at + probing.HOURLY)
    else:
        Watch.objects.filter(pk=turn.watch, resolver__removed_at=None).update(next_at=at + probing.HOURLY)


# -- What is due --


def is_due(*, at: datetime) -> bool:
    """Whether anybody is to be asked; two looks at the ends of indexes."""
    return _watches(at).exists() or _resolvers(at).exists()


def _watches(at: datetime) -> QuerySet[Watch]:
    return Watch.objects.filter(next_at__isnull=False, next_at__lte=at)


def _resolvers(at: datetime) -> QuerySet[Resolver]:
    return Resolver.objects.filter(next_at__isnull=False, next_at__lte=at)


def turns(*, at: datetime) -> list[Turn]:
    """Whom to ask what now; what changed last comes first."""
    watches = list(
        _watches(at).select_related("restriction", "resolver__operator").order_by("-since", "next_at")[:TURNS]
    )
    asked = names_of({each.restriction for each in watches})
    found, many = _canaries(at), 0
    for each in watches:
        many += len(asked[each.restriction_id])
        if many > MOST and found:
            break
        found.append(_turn(each, asked[each.restriction_id]))
    return found


def _turn(watch: Watch, names: Sequence[Asked]) -> Turn:
    to = watch.resolver
    zone = zoning.name_of(Zone(list=watch.restriction.list, operator=to.operator))
    head = (to.pk, to.operator_id, to.address, to.port, (rpz.canary(zone),))
    return Turn(*head, watch.pk, watch.since, names)


def _canaries(at: datetime) -> list[Turn]:
    rows = _resolvers(at).select_related("operator").order_by("next_at")
    found = []
    for to in rows[:TURNS]:
        zones = [zoning.name_of(zone) for zone in zoning.zones_of(to.operator_id) if not zone.shadow]
        found.append(Turn(to.pk, to.operator_id, to.address, to.port, tuple(map(rpz.canary, zones))))
    return found


def names_of(restrictions: Collection[Restriction]) -> Mapping[str, Sequence[Asked]]:
    """Of each restriction the names that are asked: those that stand on the lists, and those that were lifted."""
    found: dict[str, list[Asked]] = {one.pk: [] for one in restrictions}
    over = {one.pk for one in restrictions if one.state not in LIVE}
    rows = ClosedName.objects.filter(restriction__in=found).order_by("name")
    for of, pk, name, lifted_at in rows.values_list("restriction_id", "pk", "name", "lifted_at"):
        found[of].append(Asked(pk, name, lifted_at is not None or of in over))
    watchers = _watchers(found)
    return {of: _chosen(names, watchers.get(of, 0)) for of, names in found.items()}


def _chosen(names: Sequence[Asked], resolvers: int) -> list[Asked]:
    listed = probing.sample([one for one in names if not one.lifted], resolvers=resolvers)
    lifted = probing.sample([one for one in names if one.lifted], resolvers=resolvers)
    return [*lifted, *listed]


def _watchers(restrictions: Collection[str]) -> Mapping[str, int]:
    counted: dict[str, int] = {}
    for of in Watch.objects.filter(restriction__in=restrictions).values_list("restriction_id", flat=True):
        counted[of] = counted.get(of, 0) + 1
    return counted


# -- What else closes a name --


def above(name: str) -> list[str]:
    """The name, and every name above it."""
    labels = name.split(".")
    return [".".join(labels[place:]) for place in range(len(labels))]


def kept(names: Collection[str], operator: str) -> AbstractSet[str]:
    """Those of these names that a live restriction still closes at this operator (its party's id).

    They are not open when another restriction on them is lifted, and nobody is late with them.
    """
    return kept_at(names, [operator])[operator]


def kept_at(
    names: Collection[str], operators: Collection[str], *, layer: Layer = Layer.DNS
) -> Mapping[str, AbstractSet[str]]:
    """The same at several operators; those who carry the same restrictions share one set, however many they are."""
    wanted = sorted({each for name in names for each in above(name)})
    live = Restriction.objects.filter(state__in=list(LIVE), shadow=False, layer=layer.value)
    closed: dict[str, set[tuple[str, str]]] = {}
    for start in range(0, len(wanted), PORTION):  # A name may have a hundred above it.
        rows = ClosedName.objects.filter(restriction__in=live, lifted_at=None, name__in=wanted[start : start + PORTION])
        for restriction, name, match in rows.values_list("restriction_id", "name", "restriction__match"):
            closed.setdefault(restriction, set()).add((name, match))
    carried: dict[str, set[str]] = {operator: set() for operator in operators}
    hands = Carrying.objects.filter(restriction__in=list(closed))
    for operator, restriction in hands.values_list("operator_id", "restriction_id"):
        if operator in carried:
            carried[operator].add(restriction)
    alike = {of: frozenset(each) for of, each in carried.items()}
    found = {some: _kept_by(names, [closed[one] for one in some]) for some in set(alike.values())}
    return {operator: found[some] for operator, some in alike.items()}


def _kept_by(names: Collection[str], closed: Sequence[Collection[tuple[str, str]]]) -> AbstractSet[str]:
    rules = set().union(*closed)
    return {name for name in names if _is_closed(name, rules)} if rules else frozenset()


def _is_closed(name: str, rules: Collection[tuple[str, str]]) -> bool:
    return (name, Match.EXACT.value) in rules or any((each, Match.SUBTREE.value) in rules for each in above(name))


def expects(name: Asked, kept_closed: Collection[str]) -> Sighting:
    """How it should be answered."""
    return Sighting.OPEN if name.lifted and name.name not in kept_closed else Sighting.CLOSED
