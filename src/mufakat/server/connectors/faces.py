"""What a party sees of its endpoints, an operator of dead letters, and whoever polls of the events it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from django.db.models import Count

from mufakat.server.connectors import bodies
from mufakat.server.connectors.models import Delivery, DeliveryState
from mufakat.server.connectors.webhook.carrier import host_of
from mufakat.server.notices.faces import instant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mufakat.server.connectors.models import Endpoint
    from mufakat.server.journal.models import Event


class AttemptOut(msgspec.Struct, frozen=True):
    """The last attempt at an endpoint: its status where there was an answer, and what was wrong in a few words."""

    at: str
    status: int | None
    detail: str


class EndpointOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """An endpoint of your party.

    ``secret`` is there once, in the answer to the request that made it.
    """

    id: str
    url: str
    state: str
    made_at: str
    waiting: int
    dead: int
    links: dict[str, str]
    ended: str | None = None
    ended_at: str | None = None
    paused_until: str | None = None
    last: AttemptOut | None = None
    last_good_at: str | None = None
    former_secret_until: str | None = None
    secret: str | None = None

    @classmethod
    def of(cls, one: Endpoint, *, waiting: int = 0, dead: int = 0, secret: str | None = None) -> EndpointOut:
        """From its row."""
        base = f"/api/v1/endpoints/{one.id}"
        return cls(
            one.id,
            one.url,
            one.state,
            instant(one.made_at),
            waiting,
            dead,
            {"self": base, "page": "/desk/endpoints"},
            one.ended or None,
            when(one.ended_at),
            when(one.paused_until),
            AttemptOut(instant(one.last_at), one.last_status, one.last_detail) if one.last_at else None,
            when(one.last_good_at),
            when(one.former_until),
            secret,
        )


class EndpointList(msgspec.Struct, frozen=True):
    """The endpoints of your party."""

    items: list[EndpointOut]
    next: None = None


class DeliveryOut(msgspec.Struct, frozen=True):
    """A delivery as an operator sees it: of an address no more than its host."""

    id: str
    state: str
    party: str
    carrier: str
    target: str
    type: str
    case: str
    event: str
    attempts: int
    replays: int
    made_at: str
    ended_at: str | None
    status: int | None
    detail: str

    @classmethod
    def of(cls, one: Delivery) -> DeliveryOut:
        """From its row, event and party loaded with it."""
        return cls(
            one.id,
            one.state,
            one.party.handle,
            one.carrier,
            one.target,
            one.event.type,
            one.event.case,
            one.event.id,
            one.attempts,
            one.replays,
            instant(one.made_at),
            when(one.ended_at),
            one.status,
            one.detail,
        )


class DeliveryList(msgspec.Struct, frozen=True):
    """Dead letters, oldest first."""

    items: list[DeliveryOut]
    next: str | None


class ToldOut(msgspec.Struct, frozen=True):
    """An event that your party was told: what a webhook says of it."""

    id: str
    type: str
    timestamp: str
    data: dict[str, Any]

    @classmethod
    def of_all(cls, events: Sequence[Event]) -> list[ToldOut]:
        """From their rows."""
        told = bodies.with_hits(
            [
                bodies.Told(one.id, one.type, one.at, one.case, one.sender, one.recipient, bytes(one.leaf_hash))
                for one in events
            ]
        )
        return [cls(one.event, one.type, instant(one.at), bodies.data(one)) for one in told]


class ToldList(msgspec.Struct, frozen=True):
    """What your party was told, in the order in which it happened."""

    items: list[ToldOut]
    next: str | None


def when(at: datetime | None) -> str | None:
    """A time, where there is one."""
    return instant(at) if at is not None else None


def counts(endpoints: Sequence[Endpoint]) -> Mapping[str, tuple[int, int]]:
    """Endpoint → how many wait and how many are dead; in one query, by the indexes of open and dead rows."""
    states = [DeliveryState.WAITING.value, DeliveryState.DEAD.value]
    rows = Delivery.objects.filter(target__in=[one.id for one in endpoints], state__in=states, carrier="webhook")
    found: dict[str, dict[str, int]] = {}
    for target, state, many in rows.values_list("target", "state").annotate(many=Count("pk")).order_by():
        found.setdefault(target, {})[state] = many
    return {target: (many.get(states[0], 0), many.get(states[1], 0)) for target, many in found.items()}


def shown(endpoints: Sequence[Endpoint]) -> list[EndpointOut]:
    """Endpoints with what waits for them."""
    many = counts(endpoints)
    return [
        EndpointOut.of(one, waiting=many.get(one.id, (0, 0))[0], dead=many.get(one.id, (0, 0))[1]) for one in endpoints
    ]


def host(one: Endpoint) -> str:
    """The host of an endpoint."""
    return host_of(one.url)
