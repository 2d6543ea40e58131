"""The operator's deeds about deliveries: see what died, and have it tried anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules.errors import NotFoundError
from mufakat.server.connectors import letters
from mufakat.server.connectors.faces import DeliveryOut
from mufakat.server.journal import ids
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from datetime import datetime

LISTED = 1_000


class DeliveryReplay(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat delivery replay``; neither deliveries nor an endpoint is all of them."""

    deliveries: list[str] = []
    endpoint: str | None = None


class DeliveryList(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat delivery list``."""


def delivery_list(told: DeliveryList, at: datetime) -> Any:
    del told, at
    standing = letters.standing()
    items = [DeliveryOut.of(one) for one in letters.dead(size=LISTED).items]
    return {"items": items, "waiting": standing.waiting, "dead": standing.dead}


def delivery_replay(told: DeliveryReplay, at: datetime) -> Any:
    del at
    if told.endpoint is not None and not ids.is_id(told.endpoint, "end"):
        raise NotFoundError("endpoint")
    if told.deliveries:
        for one in told.deliveries:
            letters.replay(one, actor=HOUSE)
        return {"replayed": len(told.deliveries)}
    replayed = letters.replay_all(actor=HOUSE, target=told.endpoint)
    # What was given up in the outbox is for no endpoint.
    return {"replayed": replayed if told.endpoint else replayed + letters.revive_all()}
