"""The operator's deeds about the lists in the DNS: how far each is published, what a primary server is set up with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.formats import rpz
from mufakat.rules.errors import RefusedError
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
    """``mufakat zone prepare``: whose files are begun; no operators are all of them."""

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
    """Every zone that a primary server may hold, before any order names it: a block must not wait for it.

    The chosen ones are to be begun; the others are named where they were begun before.
    """
    del at
    here = configuration.configured()
    handles = [party.handle for party in parties.parties() if party.kind == PartyKind.OPERATOR]
    chosen = {_operator(handle) for handle in told.operators} or set(handles)
    lists = [rpz.ALLOW, *(category.value for category in Category)]
    zones = [
        {
            "zone": rpz.zone_name(list_, handle, shadow=shadow, suffix=here.suffix),
            "operator": handle,
            "chosen": handle in chosen and (told.shadow or not shadow),
        }
        for handle in handles
        for shadow in (False, True)
        for list_ in lists
        if not (shadow and list_ == rpz.ALLOW)
    ]
    timers = here.timers
    return {
        "zones": zones,
        "key": None if here.key is None else here.key.name,
        "timers": [timers.refresh, timers.retry, timers.expire, timers.minimum],
    }


def _operator(handle: str) -> str:
    """A handle, once it is seen to be an operator's. Raises RefusedError."""
    party = parties.party_by_handle(handle)
    if party.kind != PartyKind.OPERATOR:
        raise RefusedError(f"{party.handle} is no operator: it carries no lists.")
    return party.handle
