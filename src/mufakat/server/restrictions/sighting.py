"""What the probes saw is written down: which name each resolver answers how, and since when.

An answer that says what was known before changes nothing and makes no event; what changed at one resolver is one event
(`restriction.seen`). Silence takes nothing back: a resolver that is not there for a while closed and opened nothing.
What is seen weighs more than what is said: an operator whose resolvers all answer has opened, and one that said so
while a resolver still closes has not.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max

from mufakat.proof import canonical
from mufakat.rules import probing, restriction_checks as checks
from mufakat.rules.events import EventType
from mufakat.rules.restriction import LIVE, CarryingState, Sighting
from mufakat.server.agreements import profiles
from mufakat.server.journal import operations as journal
from mufakat.server.journal.writer import BROKEN
from mufakat.server.parties.operations import HOUSE
from mufakat.server.restrictions import watching
from mufakat.server.restrictions.models import Carrying, ClosedName, Resolver, Sight, Watch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mufakat.server.journal.work import Moment
    from mufakat.server.restrictions.watching import Asked, Turn

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What a resolver answers for a name (`closed`), by each way, and when."""

    closed: int
    state: Sighting
    ways: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a turn: whether it filters (None: it did not answer), and the names."""

    turn: Turn
    filters: bool | None
    at: datetime
    found: Sequence[Found] = ()


def record(outcomes: Sequence[Outcome], moment: Moment) -> None:
    """Write one portion down, each turn in a savepoint of its own. Called inside an operation of the writer."""
    for one in outcomes:
        after = len(moment.after)
        try:
            with transaction.atomic():
                if one.turn.watch is None:
                    _record_canaries(one, moment)
                else:
                    _record_names(one, moment)
        except BROKEN:
            raise
        except Exception:
            # Whatever it is, the others are written down; this one is asked again later.
            del moment.after[after:]
            log.exception("what was seen could not be written down", extra={"resolver": one.turn.resolver})
            watching.put_off(one.turn, at=one.at)


# -- Canaries --


def _record_canaries(one: Outcome, moment: Moment) -> None:
    row = Resolver.objects.select_related("operator").filter(pk=one.turn.resolver, removed_at=None).first()
    if row is None:
        return
    if one.turn.canaries:
        row.asked_at = one.at
        row.tries += 1
    was_ready = row.ready_at is not None
    if one.filters is not None:
        row.answered_at = one.at
        if one.filters != was_ready:
            row.ready_at = one.at if one.filters else None
            row.proved_at = row.proved_at or row.ready_at
            row.tries = 0
            _tell_resolver(row, moment)
            if one.filters:
                watching.follow(row, moment)
    settled = row.ready_at is not None or not one.turn.canaries
    row.next_at = probing.next_ask(since=row.set_at, tries=row.tries, at=one.at, settled=settled)
    row.save(update_fields=["asked_at", "answered_at", "ready_at", "proved_at", "tries", "next_at"])


def _tell_resolver(row: Resolver, moment: Moment) -> None:
    sight = {"address": row.address, "port": row.port, "filters": row.ready_at is not None}
    operator = row.operator.handle
    happening = journal.Happening(
        type=EventType.RESOLVER_SEEN,
        sender=HOUSE,
        recipient=operator,
        case=row.operator_id,
        actor=HOUSE,
        committed={"sight": canonical.encode(sight)},
        ref=(row.event,),
        to=(f"party:{operator}",),
    )
    journal.append([happening], moment)


# -- Names --


def _record_names(one: Outcome, moment: Moment) -> None:
    watch = (
        Watch.objects.select_related("restriction", "resolver__operator")
        .filter(pk=one.turn.watch or 0, resolver__removed_at=None)
        .first()
    )
    if watch is None:
        return
    watch.asked_at = one.at
    _look_again_at_canaries(watch.resolver, one)
    asked = {each.pk: each for each in one.turn.names}
    changed = _write(one, asked, watch.resolver)
    if changed:
        _tell_names(watch, changed, moment)
    if watch.since == one.turn.since:
        # Else something happened while it was asked, and it is asked again at once.
        watch.tries += 1
        watch.next_at = _next(watch, one, at=one.at)
    watch.save(update_fields=["asked_at", "tries", "next_at"])
    if any(each.lifted for each in asked.values()):
        settle(watch.restriction_id, watch.resolver.operator_id, moment)


def _look_again_at_canaries(resolver: Resolver, one: Outcome) -> None:
    """A resolver whose list seems to be gone, or to be back, is asked for all its canaries at once."""
    if one.filters is not None:
        resolver.answered_at = one.at
        if one.filters != (resolver.ready_at is not None):
            resolver.next_at = one.at
    resolver.asked_at = one.at
    resolver.save(update_fields=["asked_at", "answered_at", "next_at"])


def _write(one: Outcome, asked: Mapping[int, Asked], resolver: Resolver) -> list[dict[str, Any]]:
    """Write what changed, and give it as the event tells it."""
    known = {row.closed_id: row for row in Sight.objects.filter(resolver=resolver, closed__in=list(asked))}
    made, moved, told = [], [], []
    for found in one.found:
        row = known.get(found.closed)
        if row is None:
            made.append(
                Sight(
                    closed_id=found.closed,
                    resolver=resolver,
                    state=found.state.value,
                    ways=found.ways,
                    since=found.at,
                    asked_at=found.at,
                )
            )
        elif found.state is Sighting.SILENT or row.state == found.state.value:
            continue
        else:
            row.state, row.ways, row.since = found.state.value, found.ways, found.at
            moved.append(row)
        told.append(
            {
                "name": asked[found.closed].name,
                "since": canonical.timestamp(found.at),
                "state": found.state.value,
                "ways": found.ways,
            }
        )
    if known:
        Sight.objects.filter(pk__in=[row.pk for row in known.values()]).update(asked_at=one.at)
    Sight.objects.bulk_create(made)
    Sight.objects.bulk_update(moved, ["state", "ways", "since"], batch_size=500)
    return told


def _tell_names(watch: Watch, changed: list[dict[str, Any]], moment: Moment) -> None:
    operator = watch.resolver.operator.handle
    sight = {"names": changed, "operator": operator, "resolver": str(watch.resolver_id)}
    happening = journal.Happening(
        type=EventType.RESTRICTION_SEEN,
        sender=HOUSE,
        recipient=operator,
        case=watch.restriction_id,
        actor=HOUSE,
        committed={"sight": canonical.encode(sight)},
        ref=(watch.restriction.event,),
    )
    journal.append([happening], moment)


def _next(watch: Watch, one: Outcome, *, at: datetime) -> datetime | None:
    """When this restriction is asked of this resolver again; never, once it is over and its names are open."""
    kept = watching.kept({each.name for each in one.turn.names if each.lifted}, watch.resolver.operator_id)
    states = {found.closed: found.state for found in one.found}
    settled = all(states.get(each.pk) is watching.expects(each, kept) for each in one.turn.names)
    if settled and watch.restriction.state not in LIVE and at - watch.since > probing.AFTERWARDS:
        return None
    return probing.next_ask(since=watch.since, tries=watch.tries, at=at, settled=settled)


# -- What follows for the operator --


def settle(restriction: str, operator: str, moment: Moment) -> None:
    """Let how an operator carries a restriction follow what its resolvers were seen to answer."""
    row = Carrying.objects.select_related("restriction").filter(restriction=restriction, operator=operator).first()
    if row is None or row.state == CarryingState.WAITING:
        return
    seen = seen_of_lifted(row)
    is_opening = row.state == CarryingState.OPENING
    if seen.state is Sighting.OPEN and is_opening:
        # It opened; what is still on its list, it goes on carrying out.
        on_the_list = CarryingState.APPLIED if row.applied_at is not None else CarryingState.TOLD
        state = on_the_list if row.restriction.state in LIVE else CarryingState.OPEN
        row.state, row.since, row.opened_at, row.opened_by = state.value, moment.at, seen.since, None
        row.due_at = row.climbs_at = None
    elif seen.state is Sighting.CLOSED and not is_opening and row.opened_at is not None:
        # It said so or was seen so, and its resolvers say otherwise.
        row.state, row.since, row.opened_at, row.opened_by = CarryingState.OPENING.value, moment.at, None, None
        row.due_at = checks.open_until(profiles.load(row.restriction.profile), at=_off_at(row))
        row.climbs_at = moment.at if row.overdue_at is not None else None
        if row.due_at > moment.at:
            # Another restriction closed it meanwhile and was lifted: there is time, whatever was late before.
            row.overdue_at, row.climbed, row.climbs_at = None, 0, None
    else:
        return
    row.save(update_fields=["state", "since", "opened_at", "opened_by", "due_at", "overdue_at", "climbed", "climbs_at"])


def _off_at(row: Carrying) -> datetime:
    """When the last of the names came off this operator's lists, whichever restriction it was that closed it last."""
    names = row.restriction.closed.filter(lifted_at__isnull=False).values_list("name", flat=True)
    wanted = sorted({each for name in names for each in watching.above(name)})
    lifted = [row.restriction.ended_at or row.since]
    for start in range(0, len(wanted), watching.PORTION):
        rows = ClosedName.objects.filter(
            name__in=wanted[start : start + watching.PORTION],
            restriction__carried__operator=row.operator_id,
            restriction__published_at__isnull=False,
            restriction__shadow=False,
        )
        lifted.append(rows.aggregate(last=Max("lifted_at"))["last"])
    return max(one for one in lifted[1:] if one is not None) if any(lifted[1:]) else lifted[0]


@dataclass(frozen=True, slots=True)
class Together:
    """What the resolvers of an operator say of some names together, and since when."""

    state: Sighting
    since: datetime | None = None


def seen_of_lifted(row: Carrying) -> Together:
    """How the lifted names of a restriction stand at an operator; those that another one closes are left out.

    Silent where no resolver of it was ever seen to filter, or one of the names was not seen yet.
    """
    asked = [one for one in watching.names_of({row.restriction})[row.restriction_id] if one.lifted]
    kept = watching.kept({one.name for one in asked}, row.operator_id)
    names = [one.pk for one in asked if one.name not in kept]
    resolvers = list(counting(row.operator_id))
    if not names or not resolvers:
        return Together(Sighting.SILENT)
    sights = list(Sight.objects.filter(closed__in=names, resolver__in=resolvers).values_list("state", "since"))
    states = [Sighting(state) for state, _ in sights]
    if Sighting.CLOSED not in states and len(sights) < len(names) * len(resolvers):
        return Together(Sighting.SILENT)
    return Together(probing.together(set(states)), max(since for _, since in sights))


def counting(operator: str) -> Sequence[int]:
    """The resolvers of an operator whose answers count: each was seen to filter, once."""
    rows = Resolver.objects.filter(operator=operator, removed_at=None, proved_at__isnull=False)
    return list(rows.values_list("pk", flat=True))
