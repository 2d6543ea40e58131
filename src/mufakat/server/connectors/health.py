"""How addresses do: the circuit breaker, and the closing of one that wants nothing or never answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules.events import EventType
from mufakat.rules.retry import WELL, Health
from mufakat.server.connectors.carriers import Fate
from mufakat.server.connectors.models import DETAIL, Ended, Endpoint, EndpointState
from mufakat.server.journal import ids, operations as journal
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from mufakat.server.connectors.carriers import Outcome
    from mufakat.server.journal.operations import Happening
    from mufakat.server.journal.work import Moment

GOOD = frozenset({Fate.DELIVERED, Fate.ACCEPTED})


def of(endpoint: Endpoint) -> Health:
    """How it does."""
    return Health(endpoint.failures, endpoint.failing_since, endpoint.paused_until)


def after(health: Health, outcomes: Sequence[Outcome], *, at: datetime) -> Health:
    """How it does after these."""
    for outcome in outcomes:
        roll = int.from_bytes(ids.entropy(2)) / 65_536
        health = WELL if outcome.fate in GOOD else health.failed(at=at, roll=roll, after=outcome.after)
    return health


def tell(found: Mapping[str, Sequence[Outcome]], *, at: datetime, moment: Moment) -> Collection[str]:
    """Write down how these endpoints did, and close those that are to be closed; which those are."""
    closed: list[Endpoint] = []
    known = Endpoint.objects.filter(pk__in=found).select_related("party")
    for endpoint in known.order_by("pk"):
        outcomes = found[endpoint.pk]
        health = after(of(endpoint), outcomes, at=at)
        last = outcomes[-1]
        changed: dict[str, object] = {
            "failures": health.failures,
            "failing_since": health.failing_since,
            "paused_until": health.paused_until,
            "last_at": moment.at,
            "last_status": last.status,
            "last_detail": last.detail[:DETAIL],
        }
        if any(outcome.fate in GOOD for outcome in outcomes):
            changed["last_good_at"] = moment.at
        Endpoint.objects.filter(pk=endpoint.pk).update(**changed)
        why = _why_closed(health, outcomes, at=at)
        if why is not None and close(endpoint, why, moment=moment):
            closed.append(endpoint)
    journal.append([ended(endpoint, actor=HOUSE) for endpoint in closed], moment)
    return {endpoint.pk for endpoint in closed}


def _why_closed(health: Health, outcomes: Sequence[Outcome], *, at: datetime) -> Ended | None:
    if any(outcome.fate is Fate.GONE for outcome in outcomes):
        return Ended.GONE
    return Ended.FAILING if health.has_failed_for_good(at=at) else None


def close(endpoint: Endpoint, why: Ended, *, moment: Moment) -> bool:
    """Send nothing there any more; False when it was closed already."""
    active = Endpoint.objects.filter(pk=endpoint.pk, state=EndpointState.ACTIVE.value)
    told = {"state": EndpointState.DISABLED.value, "ended": why.value, "ended_at": moment.at}
    return active.update(**told) == 1


def ended(endpoint: Endpoint, *, actor: str) -> Happening:
    """The event that says so; it reaches the party's other endpoints, and its contacts where mail is configured."""
    return happened(endpoint, EventType.ENDPOINT_DISABLED, actor=actor)


def happened(endpoint: Endpoint, type_: EventType, *, actor: str, told: bool = True) -> Happening:
    """An event about an endpoint, in its party's case. Neither its address nor its secret enters a leaf."""
    handle = endpoint.party.handle
    return journal.Happening(
        type=type_,
        sender=HOUSE,
        recipient=handle,
        case=endpoint.party_id,
        actor=actor,
        to=(f"party:{handle}",) if told else (),
    )
