"""Parties with keys: enrolled by their own hand, and what is sent with their signatures."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from mufakat.proof import signed
from mufakat.proof.key import SigningKey
from mufakat.proof.leaf import Signature
from mufakat.server.journal import signer
from mufakat.server.parties import keys, queries
from mufakat.server.parties.keys import Proof

if TYPE_CHECKING:
    from mufakat.proof.signed import Given

KOMINFO = SigningKey("kominfo", bytes(range(1, 33)))
TELEGRAM = SigningKey("telegram", bytes(range(33, 65)))
SPARE = SigningKey("kominfo", bytes(range(65, 97)))


def origin() -> str:
    """The live log."""
    return signer.origin(signer.live_shard())


def salt(number: int = 0) -> bytes:
    """A salt; another number is another one."""
    return hashlib.sha256(f"salt {number}".encode()).digest()


def proof(key: SigningKey, *beside: SigningKey, sender: str = "", **changes: Any) -> Proof:
    """The proof that a key is at hand, signed beside it by others; `sender` is who enrols it, the party by default."""
    party = queries.party_by_handle(key.name)
    ends = (sender or party.handle, party.handle if sender else "mufakat")
    log = changes.get("origin", origin())
    vkey = changes.get("vkey", key.vkey)
    given = [
        signed.enrol(one, vkey, origin=log, sender=ends[0], recipient=ends[1], salt=salt()) for one in (key, *beside)
    ]
    return Proof(given[0].salt or "", [Signature(k=one.k, s=one.s) for one in given])


def enrolled(*enrolling: SigningKey) -> None:
    """Enrol these, by the operator at the parties' word."""
    for key in enrolling:
        keys.enrol(queries.party_by_handle(key.name), key.vkey, proof=proof(key, sender="mufakat"))


def sends(raw: bytes, key: SigningKey = KOMINFO, *, number: int = 0, **changes: Any) -> Given:
    """What a sender signs of a notice."""
    return signed.receive(
        key, raw, origin=changes.get("origin", origin()), recipient=changes.get("to", "telegram"), salt=salt(number)
    )


def takes(notice: dict[str, Any], key: SigningKey = TELEGRAM, *, note: str = "", deed: str = "acknowledge") -> Given:
    """What a recipient signs of a notice as the API shows it."""
    leaf_hash = base64.b64decode(notice["leaf"])
    if deed == "deliver":
        return signed.deliver(key, notice["id"], leaf_hash, origin=origin(), sender="kominfo")
    return signed.acknowledge(
        key, notice["id"], leaf_hash, origin=origin(), sender="kominfo", note=note, salt=salt() if note else None
    )
