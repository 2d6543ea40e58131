"""Custody receipts of this house, and what they promise: the leaf is in the log within a minute.

The same leaf and time give the same bytes under the same key, so that a receipt need not be stored.
"""

from __future__ import annotations

from typing import Final

from mufakat.proof import receipt
from mufakat.server.journal import signer

MMD: Final = 60
"""Seconds from the commit until the log holds the leaf (maximum merge delay): a promise that every receipt signs."""
TOLD: Final = "example"
"""The shard of stories. Their times lie in the past, so that no delay can be promised from them on."""


def promised(shard: str) -> int | None:
    """What a receipt of this shard promises, in seconds."""
    return None if shard == TOLD else MMD


def of_one(shard: str, case: str, leaf_hash: bytes, *, at: str) -> str:
    """The receipt for one thing that was handed in; `at` is the time in its leaf."""
    return receipt.sign_custody(signer.signing_key(shard), notice=case, leaf_hash=leaf_hash, at=at, mmd=promised(shard))


def of_many(shard: str, *, count: int, root: bytes, at: str) -> str:
    """The receipt for as many leaves as stand below this root."""
    return receipt.sign_custody_batch(signer.signing_key(shard), count=count, root=root, at=at, mmd=promised(shard))
