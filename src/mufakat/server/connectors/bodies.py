"""What an event looks like to whoever is told of it: ids, handles, digests and links, never content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from mufakat.formats import webhook
from mufakat.proof.canonical import to_base64
from mufakat.server.journal import ids

if TYPE_CHECKING:
    from datetime import datetime


class Told(NamedTuple):
    """An event, as far as others hear of it."""

    event: str
    type: str
    at: datetime
    case: str
    sender: str
    recipient: str
    leaf_hash: bytes


def data(told: Told) -> dict[str, Any]:
    """The ids and links of an event."""
    return {
        "event": told.event,
        "case": told.case,
        "sender": told.sender,
        "recipient": told.recipient,
        "leaf": to_base64(told.leaf_hash),
        "links": links(told.case),
    }


def links(case: str) -> dict[str, str]:
    """Where the case is read, with the token of a seat."""
    if ids.is_id(case, "ntc"):
        base = f"/api/v1/notices/{case}"
        return {"self": base, "events": f"{base}/events", "page": f"/desk/notices/{case}"}
    if ids.is_id(case, "rst"):
        return {"self": f"/api/v1/restrictions/{case}", "page": f"/desk/restrictions/{case}"}
    if ids.is_id(case, "ntf"):
        return {"self": f"/api/v1/notifications/{case}"}
    if ids.is_id(case, "wkc"):
        return {"self": "/api/v1/screening/counts"}
    return {}


def body(told: Told) -> bytes:
    """The JSON of a webhook; the same bytes at every attempt."""
    return webhook.payload(told.type, told.at, data(told))
