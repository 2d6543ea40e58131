"""The operator's deeds about the keys of the log: exchange one, end one, show them.

Like every deed of the console they are reachable on the local socket and in the process, never from the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules.errors import NotFoundError, RefusedError
from mufakat.rules.retention import REASON
from mufakat.server.journal import rotation, signer
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.proof.tenure import Tenure


class LogKeys(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat log keys`` and ``mufakat log rotate-key``."""

    shard: str = ""


class LogKeyEnd(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat log retire-key``, and with a reason ``mufakat log revoke-key``."""

    key: str
    shard: str = ""
    reason: str | None = None


def listed(told: LogKeys, at: datetime) -> Any:
    del at
    shard = _shard(told.shard)
    return [shown(shard, one) for one in signer.trusted(shard)]


def rotate(told: LogKeys, at: datetime) -> Any:
    del at
    shard = _shard(told.shard)
    return shown(shard, rotation.add(shard, house=HOUSE))


def end(told: LogKeyEnd, at: datetime) -> Any:
    shard = _shard(told.shard)
    if told.reason is None:
        return shown(shard, rotation.retire(shard, told.key, house=HOUSE, at=at))
    if not told.reason.strip() or len(told.reason) > REASON:
        raise RefusedError(f"Say why the key is revoked, in at most {REASON} characters.")
    return shown(shard, rotation.revoke(shard, told.key, reason=told.reason, house=HOUSE, at=at))


def _shard(named: str) -> str:
    if named and named not in signer.shards():
        raise NotFoundError("shard")
    return named or signer.live_shard()


def shown(shard: str, one: Tenure) -> dict[str, Any]:
    """A key, public as it is, with its tenure."""
    return {
        "shard": shard,
        "id": one.key.key_id.hex(),
        "vkey": one.key.vkey,
        "from": one.first,
        "to": one.last,
        "until": one.until,
    }
