"""The verification of inclusion and consistency proofs (RFC 9162, sections 2.1.3.2 and 2.1.4.2; SHA-256).

A proof is a list of 32-byte hashes. Its place and sizes say how many: one too many or too few is refused.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from mufakat.proof import tree
from mufakat.proof.errors import ConsistencyError, InclusionError
from mufakat.proof.tree import HASH_LENGTH

_NODE: Final = b"\x01"


def verify_inclusion(proof: Sequence[bytes], *, index: int, size: int, leaf_hash: bytes, root: bytes) -> None:
    """Verify that the tree of `size` leaves with this root holds this leaf hash at `index`. Raises InclusionError."""
    # (1) The index is one of the tree, and every hash is one.
    if not 0 <= index < size or len(leaf_hash) != HASH_LENGTH or not set(map(len, proof)) <= {HASH_LENGTH}:
        raise InclusionError
    # (2) and (3) From the leaf and the last leaf upwards; `last` becomes 0 at the root.
    node, last, result = index, size - 1, leaf_hash
    # (4) Each hash is the sibling on the next level that has one.
    for sibling in proof:
        if last == 0:
            raise InclusionError
        if node & 1 or node == last:
            result = sha256(_NODE + sibling + result).digest()
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            result = sha256(_NODE + result + sibling).digest()
        node >>= 1
        last >>= 1
    # (5) The root is reached, and it is the one.
    if last or result != root:
        raise InclusionError


def verify_consistency(proof: Sequence[bytes], *, old: int, old_root: bytes, new: int, new_root: bytes) -> None:
    """Verify that the tree of `old` leaves is the beginning of the tree of `new`. Raises ConsistencyError.

    As in the RFC, `old` is 1 at least: about a tree without leaves nothing can be proved, see `verify_growth`.
    """
    # (1) The sizes make a proof possible, and every hash is one. Equal trees need no proof.
    if not 0 < old <= new or any(len(item) != HASH_LENGTH for item in (*proof, old_root, new_root)):
        raise ConsistencyError
    if old == new:
        if proof or old_root != new_root:
            raise ConsistencyError
        return
    if not proof:
        raise ConsistencyError
    # (2) A tree of 2^n leaves is itself the first node of the way.
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    # (3) to (6) One way to both roots. (7) They are reached, and they are the ones.
    if roots_of(path, old=old, new=new) != (old_root, new_root):
        raise ConsistencyError


def roots_of(path: Sequence[bytes], *, old: int, new: int) -> tuple[bytes, bytes]:
    """Give the roots of the trees of `old` and of `new` leaves to which a way leads, where `0 < old < new`.

    The way is a consistency proof with its first node always in it, also where that is the root of the older tree. Of
    one newer root there is one older root that any way can lead to: another one contradicts it (`fork`). Raises
    ConsistencyError where the way does not have the length that the sizes ask for.
    """
    if not 0 < old < new or not path or any(len(item) != HASH_LENGTH for item in path):
        raise ConsistencyError
    # (3) and (4) From the last leaves of both trees up to the first node that is not a right one.
    right = (old & -old).bit_length() - 1
    node, last = old - 1 >> right, new - 1 >> right
    # (5) and (6) One way to both roots.
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ConsistencyError
        if node & 1 or node == last:
            first = sha256(_NODE + sibling + first).digest()
            second = sha256(_NODE + sibling + second).digest()
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            second = sha256(_NODE + second + sibling).digest()
        node >>= 1
        last >>= 1
    if last:
        raise ConsistencyError
    return first, second


def verify_growth(proof: Sequence[bytes], *, old: int, old_root: bytes, new: int, new_root: bytes) -> None:
    """Verify that a log only grew from one head to the next, for a signer, a witness or a monitor.

    From a tree without leaves every log may grow, with an empty proof (C2SP tlog-witness). Raises ConsistencyError.
    """
    if old != 0:
        verify_consistency(proof, old=old, old_root=old_root, new=new, new_root=new_root)
        return
    # A head of size 0 has the empty root and no other: with another one it would be a fork in waiting.
    empty = tree.empty_root()
    if proof or new < 0 or old_root != empty or len(new_root) != HASH_LENGTH or (new_root == empty) != (new == 0):
        raise ConsistencyError
