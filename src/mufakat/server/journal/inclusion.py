"""Receipts of grade inclusion: the proof that an event's leaf is in the signed log (C2SP tlog-proof)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.proof.reader import TileReader
from mufakat.proof.tlog_proof import TlogProof
from mufakat.server.journal import tiles

if TYPE_CHECKING:
    from mufakat.server.journal.models import Event


def proof_of(event: Event) -> bytes | None:
    """The proof as a file, the leaf in it; None while the leaf waits for the log."""
    head = tiles.head_of(event.shard)
    if head is None or event.position >= head.size:
        return None
    # A reader for each: what it keeps would be another house's tomorrow, and a proof reads four tiles at most.
    reader = TileReader(lambda tile: tiles.content_of(event.shard, tile), keep=16)
    hashes = reader.inclusion(event.position, head.size)
    found = TlogProof(
        index=event.position, hashes=tuple(hashes), checkpoint=head.note.encode(), extra=bytes(event.leaf)
    )
    return found.to_bytes()
