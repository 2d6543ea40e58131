"""Custody receipts of this house, and what they promise: the leaf is in the log within a minute.

The same leaf and time give the same bytes under the same key, so that a receipt need not be stored.
"""

from __future__ import annotations

from typing import Final

from mufakat.proof import receipt
from mufakat.server.journal import signer

MMD: Final = 60
"""Seconds from the commit until the log holds the leaf (maximum merge delay): a promise that every receipt signs."""


def promised(shard: str) -> int | None:
    """What a receipt of this shard promises, in seconds; a story's times lie in the past, so there it is nothing."""
    return None if shard == signer.EXAMPLE else MMD


class Custodian:
    """Signs the receipts of one shard. One serves a whole commit: to look whether its key was exchanged is a file."""

    def __init__(self, shard: str) -> None:
        self._key = signer.signing_key(shard)
        self._mmd = promised(shard)

    def of_one(self, case: str, leaf_hash: bytes, *, at: str) -> str:
        """The receipt for one thing that was handed in; `at` is the time in its leaf."""
        return receipt.sign_custody(self._key, notice=case, leaf_hash=leaf_hash, at=at, mmd=self._mmd)

    def of_many(self, *, count: int, root: bytes, at: str) -> str:
        """The receipt for as many leaves as stand below this root."""
        return receipt.sign_custody_batch(self._key, count=count, root=root, at=at, mmd=self._mmd)
