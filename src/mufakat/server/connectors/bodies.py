"""What an event looks like to whoever is told of it: ids, handles, digests and links, never content.

Of a hit its platform is told besides what it calls the item itself: else its systems could not do what was decided.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from mufakat.formats import webhook
from mufakat.proof.canonical import to_base64
from mufakat.server.filters import queries as filters
from mufakat.server.journal import ids

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mufakat.server.filters.queries import ToldHit


class Told(NamedTuple):
    """An event, as far as others hear of it; `hit` where it is about one, and goes to the platform whose it is."""

    event: str
    type: str
    at: datetime
    case: str
    sender: str
    recipient: str
    leaf_hash: bytes
    hit: ToldHit | None = None


def with_hits(told: Sequence[Told]) -> list[Told]:
    """The same, each that is about a hit with what its platform needs of it; one query for all, none where none is."""
    cases = {one.case for one in told if ids.is_id(one.case, "hit")}
    found: Mapping[str, ToldHit] = filters.told_hits(sorted(cases)) if cases else {}
    return [one._replace(hit=found.get(one.case)) for one in told]


def data(told: Told) -> dict[str, Any]:
    """The ids and links of an event."""
    found: dict[str, Any] = {
        "event": told.event,
        "case": told.case,
        "sender": told.sender,
        "recipient": told.recipient,
        "leaf": to_base64(told.leaf_hash),
        "links": links(told.case),
    }
    return found if told.hit is None else {**found, "hit": told.hit._asdict()}


LINKS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "ntc": {
            "self": "/api/v1/notices/{}",
            "events": "/api/v1/notices/{}/events",
            "page": "/desk/notices/{}",
        },
        "hit": {"self": "/api/v1/hits/{}", "page": "/desk/screening/hits/{}"},
        "rst": {"self": "/api/v1/restrictions/{}", "page": "/desk/restrictions/{}"},
        "pol": {"self": "/api/v1/policies/{}"},
        "ntf": {"self": "/api/v1/notifications/{}"},
        "wkc": {"self": "/api/v1/screening/counts"},
    }
)
"""Prefix of an id → where such a case is read, with the id in the place of the braces."""


def links(case: str) -> dict[str, str]:
    """Where the case is read, with the token of a seat."""
    return {name: path.format(case) for name, path in LINKS.get(case.partition("_")[0], {}).items()}


def body(told: Told) -> bytes:
    """The JSON of a webhook; the same bytes at every attempt."""
    return webhook.payload(told.type, told.at, data(told))
