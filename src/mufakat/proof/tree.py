"""The hash tree of RFC 6962, section 2.1: nodes and the root over leaf hashes."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from mufakat.proof.errors import HashLengthError

HASH_LENGTH: Final = 32  # Bytes of SHA-256.
MAX_SIZE: Final = 2**63 - 1  # Leaves: what every database and language can count.

_NODE: Final = b"\x01"  # Leaves start with 0x00 (`leaf.leaf_hash`), so that no node can pass for a leaf.
_PAIR: Final = 2 * HASH_LENGTH


def empty_root() -> bytes:
    """Give the root of the tree without leaves: SHA-256 of nothing."""
    return sha256().digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Give the hash of the node above two 32-byte hashes."""
    return sha256(_NODE + left + right).digest()


def nodes_above(hashes: bytes) -> bytes:
    """Give the nodes above hashes that are written one after the other; one without neighbour is left out."""
    ends = range(0, len(hashes) - _PAIR + 1, _PAIR)
    return b"".join([sha256(_NODE + hashes[at : at + _PAIR]).digest() for at in ends])


def perfect_root(hashes: bytes) -> bytes:
    """Give the root over 1, 2, 4, 8 … hashes that are written one after the other."""
    while len(hashes) > HASH_LENGTH:
        hashes = nodes_above(hashes)
    return hashes


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
