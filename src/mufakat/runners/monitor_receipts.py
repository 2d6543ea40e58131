"""Receipts in the hands of whoever watches: each carries a head, or a promise, that the log must keep.

An inclusion receipt and a bare head are views of the log, compared with every other (`monitor_heads`). A custody
receipt promises that the log holds a leaf within its time: where it does not, the receipt itself proves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from mufakat.proof import canonical, note, tenure, verify as verifying
from mufakat.proof.errors import ProofError
from mufakat.proof.tile import WIDTH, Tile, width_at
from mufakat.proof.tlog_proof import HEADER, TlogProof
from mufakat.proof.tree import HASH_LENGTH
from mufakat.proof.verify import Kind as Grade
from mufakat.runners.monitor_alarms import Alarm, Kind
from mufakat.runners.monitor_heads import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.proof.tenure import Trusted
    from mufakat.runners.log_source import Log
    from mufakat.runners.monitor_state import State

MAX_LENGTH: Final = note.MAX_LENGTH


@dataclass(frozen=True, slots=True)
class Promise:
    """The log of `origin` was to hold this leaf (its hash) by `until`; None where the receipt says no time."""

    source: str
    origin: str
    leaf: bytes
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """What receipts show."""

    views: tuple[View, ...] = ()
    promises: tuple[Promise, ...] = ()

    def origins(self) -> set[str]:
        """The logs that they are of."""
        return {*(one.head.origin for one in self.views), *(one.origin for one in self.promises)}


class NoReceiptError(Exception):
    """A file that shows nothing of a log; the sentence says why."""


def read(name: str, raw: bytes, keys: Sequence[Trusted]) -> Held:
    """Read a receipt of any grade, or a signed head. Raises NoReceiptError."""
    try:
        if raw.startswith(HEADER.encode()):
            # The proof must hold: a head whose own receipt is wrong is nobody's word.
            verifying.verify(raw, keys=keys)
            return Held(views=(View.of(name, TlogProof.parse(raw).checkpoint, keys),))
        if note.open(raw, tenure.keys_of(keys)).text.startswith("mufakat/"):
            return Held(promises=(_promise(name, raw, keys),))
        return Held(views=(View.of(name, raw, keys),))
    except ProofError as error:
        raise NoReceiptError(f"{name} is no receipt of a log whose key is trusted: {error}") from None


def _promise(name: str, raw: bytes, keys: Sequence[Trusted]) -> Promise:
    found = verifying.verify(raw, keys=keys)
    if found.kind is not Grade.CUSTODY or found.leaf_hash is None:
        raise NoReceiptError(f"{name} is the receipt of a batch, which names no leaf by itself: give one of a notice.")
    until = None if found.mmd is None else datetime.fromisoformat(found.at) + timedelta(seconds=found.mmd)
    return Promise(name, found.origin, found.leaf_hash, until)


def kept(promises: Sequence[Promise], log: Log, size: int, state: State, *, now: datetime) -> list[Alarm]:
    """Look for every promised leaf in the log of this size, whose tiles were compared; what is found is remembered."""
    alarms = []
    for one in promises:
        key = f"leaf/{canonical.to_base64(one.leaf)}"
        told = state.thing(key) or {"index": None, "upto": 0}
        index = told["index"]
        if index is None:
            index = find(one.leaf, log, since=told["upto"], size=size)
            state.put_thing(key, "leaf", None, index=index, upto=size)
        if index is None and one.until is not None and one.until < now:
            said = (
                f"{one.source} promised that the log holds leaf {canonical.to_base64(one.leaf)} by "
                f"{canonical.timestamp(one.until)}, and it does not: with the receipt this proves that it was left out."
            )
            alarms.append(Alarm(kind=Kind.OMITTED, source=log.name, log=one.origin, said=said))
    return alarms


def find(leaf: bytes, log: Log, *, since: int, size: int) -> int | None:
    """The index of a leaf by its hash, from the tiles of level 0 on from `since`; None where it is not there."""
    for number in range(since // WIDTH, (size + WIDTH - 1) // WIDTH):
        content = log.tile(Tile(0, number, width_at(0, number, size)))
        at = content.find(leaf)
        while at >= 0:
            if at % HASH_LENGTH == 0:
                return number * WIDTH + at // HASH_LENGTH
            at = content.find(leaf, at + 1)
    return None
