"""The verification of a receipt, offline: the receipt, the keys that the reader trusts, and nothing else.

1. The bytes are a well-formed signed note, and a trusted key signed it (`note`).
2. The text is a custody receipt, to the byte, and the origin it speaks for is the name of a trusted key that signed.
   Without this, a reader who trusts two logs could be shown the word of one as the word of the other.
3. Where the leaf or the hashes of all leaves are given: they are as many as the receipt covers, and they lead to the
   signed hash. The leaf is one of them, it is valid, and its `at` and `case` are the receipt's (a batch has no case).

A custody receipt proves that the operator took the leaf, not yet that the log holds it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mufakat.proof import leaf as log_leaf, note, receipt as custody, tree
from mufakat.proof.errors import (
    LeafCountError,
    LeafDisagreesError,
    LeafMismatchError,
    UnsupportedGradeError,
    WrongOriginError,
)
from mufakat.proof.key import VerifyKey

_INCLUSION: Final = b"c2sp.org/tlog-proof@v1"


class Kind(StrEnum):
    """What a receipt proves."""

    CUSTODY = "custody"  # One notice was taken.
    CUSTODY_BATCH = "custody-batch"  # As many as `count` were taken at once.


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a good receipt says. `root` is the hash over all its leaves, for one leaf the leaf's own hash (32 bytes).

    `notice` is None for a batch, `count` 1 for a single notice. `at` is RFC 3339 in UTC, `mmd` seconds or None.
    `signed_by` are the trusted keys that signed, one at least; the one named like the origin is among them.
    """

    kind: Kind
    origin: str
    notice: str | None
    count: int
    root: bytes
    at: str
    mmd: int | None
    signed_by: tuple[VerifyKey, ...]

    @property
    def leaf_hash(self) -> bytes | None:
        """The hash of the one leaf; None for a batch."""
        return self.root if self.kind is Kind.CUSTODY else None


def verify(
    receipt: bytes,
    *,
    keys: Sequence[VerifyKey],
    leaf: bytes | None = None,
    leaves: Sequence[bytes] | None = None,
) -> Verified:
    """Verify a receipt in the steps above; what returns is proven, everything else raises a ProofError.

    `leaf` is the leaf's bytes as they were hashed; `leaves` are the 32-byte hashes of all leaves of a batch, in order.
    """
    if receipt.startswith(_INCLUSION):
        raise UnsupportedGradeError
    # (1) The note is well-formed, and a trusted key signed it.
    opened = note.open(receipt, keys)
    # (2) The text is a receipt, and its origin is the name of a trusted key that signed.
    verified = _verified(custody.parse(opened.text), opened.signed_by)
    if all(key.name != verified.origin for key in opened.signed_by):
        raise WrongOriginError(verified.origin)
    # (3) The leaves are those that the receipt was given for.
    if leaf is not None:
        given = log_leaf.leaf_hash(leaf)
        _require_leaves(verified, [given] if leaves is None else leaves)
        if leaves is not None and given not in leaves:
            raise LeafMismatchError
        _require_agreement(verified, log_leaf.decode(leaf))
    elif leaves is not None:
        _require_leaves(verified, leaves)
    return verified


def _verified(text: custody.Custody | custody.CustodyBatch, signed_by: tuple[VerifyKey, ...]) -> Verified:
    if isinstance(text, custody.Custody):
        kind, notice, count, root = Kind.CUSTODY, text.notice, 1, text.leaf_hash
    else:
        kind, notice, count, root = Kind.CUSTODY_BATCH, None, text.count, text.root
    return Verified(
        kind=kind,
        origin=text.origin,
        notice=notice,
        count=count,
        root=root,
        at=text.at,
        mmd=text.mmd,
        signed_by=signed_by,
    )


def _require_leaves(verified: Verified, hashes: Sequence[bytes]) -> None:
    # Without the count, the two hashes below a root could pass for the leaves of a bigger tree.
    if len(hashes) != verified.count:
        raise LeafCountError(verified.count, len(hashes))
    if tree.root(hashes) != verified.root:
        raise LeafMismatchError


def _require_agreement(verified: Verified, leaf: log_leaf.Leaf) -> None:
    if leaf.at != verified.at:
        raise LeafDisagreesError("at")
    if verified.notice is not None and leaf.case != verified.notice:
        raise LeafDisagreesError("case")
