"""The operator's deeds about the keys with which parties sign: enrol, retire, list.

Like every deed of the console they are reachable on the local socket and in the process, never from the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.proof.leaf import Signature  # noqa: TC001 - msgspec evaluates the annotations.
from mufakat.server.notices.faces import instant
from mufakat.server.parties import keys, own_keys, queries

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.server.parties.keys import PartyKey


class KeyEnrol(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat party key enrol``."""

    party: str
    key: str
    salt: str | None = None  # Of the proof that the key is at hand, where it signs events.
    signatures: list[Signature] = []


class KeyRetire(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat party key retire``."""

    party: str
    key: str
    reason: str


class KeyList(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat party key list``."""

    party: str


class SigningWaive(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat party key waive``."""

    party: str


def enrol(told: KeyEnrol, at: datetime) -> Any:
    del at
    proof = keys.Proof(told.salt, told.signatures) if told.salt is not None else None
    return shown(keys.enrol(queries.party_by_handle(told.party), told.key, proof=proof), told.party)


def retire(told: KeyRetire, at: datetime) -> Any:
    del at
    return shown(keys.retire(queries.party_by_handle(told.party), told.key, reason=told.reason), told.party)


def listed(told: KeyList, at: datetime) -> Any:
    del at
    return [shown(one, told.party) for one in keys.keys_of(queries.party_by_handle(told.party))]


def waive(told: SigningWaive, at: datetime) -> Any:
    del at
    party = queries.party_by_handle(told.party)
    own_keys.waive_signatures(party)
    return {"party": told.party, "must_sign": False}


def shown(row: PartyKey, party: str) -> dict[str, Any]:
    """A key, public as it is; why it was retired is the operator's and the party's."""
    return {
        "id": row.id,
        "party": party,
        "key": row.vkey,
        "label": row.label,
        "enrolled_at": instant(row.enrolled_at),
        "retired_at": instant(row.retired_at) if row.retired_at is not None else None,
        "reason": row.reason,
    }
