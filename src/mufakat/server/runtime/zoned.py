"""The operator's deeds about the lists in the DNS: how far each is published, what a primary server is set up with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.formats import rpz
from mufakat.rules.notice import Category
from mufakat.rules.parties import PartyKind
from mufakat.server.connectors.dns import configuration
from mufakat.server.notices.faces import instant
from mufakat.server.parties import queries as parties
from mufakat.server.restrictions import publication

if TYPE_CHECKING:
    from datetime import datetime


class ZoneList(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat zone list``."""


class ZonePlan(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat zone prepare``; no operators are all of them."""

    operators: list[str] = []
    shadow: bool = False


def zone_list(told: ZoneList, at: datetime) -> Any:
    """Every zone that an order made, and the serial that the servers have."""
    del told, at
    return [
        {
            "zone": one.name,
            "serial": one.serial,
            "published": one.published or None,
            "published_at": None if one.published_at is None else instant(one.published_at),
        }
        for one in publication.zones()
    ]


def zone_plan(told: ZonePlan, at: datetime) -> Any:
    """The zones that a primary server is to hold, before any order names them: a block must not wait for them."""
    del at
    here = configuration.configured()
    handles = [party.handle for party in parties.parties() if party.kind == PartyKind.OPERATOR]
    chosen = [parties.party_by_handle(handle).handle for handle in told.operators] or handles
    lists = [rpz.ALLOW, *(category.value for category in Category)]
    shadows = [False, True] if told.shadow else [False]
    zones = [
        {"zone": rpz.zone_name(list_, handle, shadow=shadow, suffix=here.suffix), "operator": handle}
        for handle in chosen
        for shadow in shadows
        for list_ in lists
        if not (shadow and list_ == rpz.ALLOW)
    ]
    timers = here.timers
    return {
        "zones": zones,
        "key": None if here.key is None else here.key.name,
        "timers": [timers.refresh, timers.retry, timers.expire, timers.minimum],
    }
