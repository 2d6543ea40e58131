"""The hash tree of RFC 6962, section 2.1: nodes and the root over leaf hashes."""

import hashlib
from collections.abc import Sequence
from typing import Final

from mufakat.proof.errors import HashLengthError

HASH_LENGTH: Final = 32  # Bytes of SHA-256.

_NODE: Final = b"\x01"  # Leaves start with 0x00 (`leaf.leaf_hash`), so that no node can pass for a leaf.


def empty_root() -> bytes:
    """Give the root of the tree without leaves: SHA-256 of nothing."""
    return hashlib.sha256().digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Give the hash of the node above two 32-byte hashes."""
    return hashlib.sha256(_NODE + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """Give the root over leaf hashes in their order; one leaf's root is its hash. Raises HashLengthError."""
    if any(len(item) != HASH_LENGTH for item in hashes):
        raise HashLengthError
    if not hashes:
        return empty_root()
    level = list(hashes)
    while len(level) > 1:
        # A hash without neighbour rises unchanged: the same tree as the RFC's split at the largest power of two.
        lonely = [level.pop()] if len(level) % 2 else []
        level = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=True)] + lonely
    return level[0]
