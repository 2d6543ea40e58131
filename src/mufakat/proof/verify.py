"""The verification of a receipt, offline: the receipt, the keys that the reader trusts, and nothing else.

1. The bytes are a well-formed signed note, and a trusted key signed it (`note`).
2. The text is a custody receipt, to the byte, and the origin it speaks for is the name of a trusted key that signed.
   Without this, a reader who trusts two logs could be shown the word of one as the word of the other. Where the reader
   knows a key's tenure, it was in use then (`tenure`).
3. Where the leaf or the hashes of all leaves are given: they are as many as the receipt covers, and they lead to the
   signed hash. The leaf is one of them, it is valid, and its `at` and `case` are the receipt's (a batch has no case).

A custody receipt proves that the operator took the leaf, not yet that the log holds it. An inclusion receipt proves it:

1. The bytes are a well-formed tlog-proof. Its leaf is the one given, or where none is the one it carries; not both.
2. Its checkpoint is well-formed, and the key of the log it speaks for is one that the reader trusts and signed, within
   its tenure where the reader knows it.
3. The proof leads from the leaf's hash to the signed root. Only now the leaf is read: until here nobody vouched for it.
4. With a policy: the log is one of it, where it names any, and the witnesses that cosigned are its quorum.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from mufakat.proof import (
    checkpoint,
    cosignature,
    leaf as log_leaf,
    merkle,
    note,
    receipt as custody,
    tenure,
    tlog_proof,
    tree,
)
from mufakat.proof.checkpoint import Checkpoint, Signed
from mufakat.proof.cosignature import Cosignature
from mufakat.proof.errors import (
    LeafCountError,
    LeafDisagreesError,
    LeafMismatchError,
    LeafNeededError,
    LogNotInPolicyError,
    NotWitnessedError,
    WrongOriginError,
)
from mufakat.proof.key import VerifyKey
from mufakat.proof.policy import Policy
from mufakat.proof.tenure import Trusted
from mufakat.proof.tlog_proof import TlogProof

_INCLUSION: Final = tlog_proof.HEADER.encode()


class Kind(StrEnum):
    """What a receipt proves."""

    CUSTODY = "custody"  # One notice was taken.
    CUSTODY_BATCH = "custody-batch"  # As many as `count` were taken at once.
    INCLUSION = "inclusion"  # The log holds one leaf.
    WITNESSED = "witnessed"  # The same, and a quorum of witnesses saw the log with it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a good receipt says. `root` is the hash over all its leaves, for one leaf the leaf's own hash (32 bytes).

    `notice` is None for a batch, `count` 1 for a single notice. `at` is RFC 3339 in UTC, `mmd` seconds or None.
    `signed_by` are the trusted keys that signed, one at least; the one named like the origin is among them.

    Of an inclusion receipt `notice` is the leaf's `case` (None where it has none) and `at` the leaf's own word. `index`
    is its place in the tree of `checkpoint`; `cosignatures` are by the policy's witnesses: by then the log held it.

    `leaf` is the one leaf where it was at hand: what the log says of the event.
    """

    kind: Kind
    origin: str
    notice: str | None
    count: int
    root: bytes
    at: str
    mmd: int | None
    signed_by: tuple[VerifyKey, ...]
    index: int | None = None
    checkpoint: Checkpoint | None = None
    cosignatures: tuple[Cosignature, ...] = ()
    leaf: log_leaf.Leaf | None = None

    @property
    def leaf_hash(self) -> bytes | None:
        """The hash of the one leaf; None for a batch."""
        return None if self.kind is Kind.CUSTODY_BATCH else self.root


def verify(  # noqa: PLR0913  What the reader trusts and has, by name.
    receipt: bytes,
    *,
    keys: Sequence[Trusted],
    leaf: bytes | None = None,
    leaves: Sequence[bytes] | None = None,
    policy: Policy | None = None,
    at: datetime | None = None,
) -> Verified:
    """Verify a receipt in the steps above; what returns is proven, everything else raises a ProofError.

    `leaf` is the leaf's bytes as they were hashed; `leaves` are the 32-byte hashes of all leaves of a batch, in order.
    With a policy that asks for witnesses only a witnessed receipt is good. `at` is the reader's time, None where it has
    no clock to trust: a cosignature from the future is refused.
    """
    if receipt.startswith(_INCLUSION):
        return _inclusion(TlogProof.parse(receipt), keys, leaf, leaves, policy, at)
    # (1) The note is well-formed, and a trusted key signed it.
    opened = note.open(receipt, tenure.keys_of(keys))
    # (2) The text is a receipt, and its origin is the name of a trusted key that signed, in its time.
    text = custody.parse(opened.text)
    verified = _verified(text, tenure.of_time(keys, opened.signed_by, text.at))
    _require_origin(verified.origin, verified.signed_by)
    if policy is not None:
        _require_log(verified.origin, verified.signed_by, policy)
        if policy.quorum is not None:
            raise NotWitnessedError
    # (3) The leaves are those that the receipt was given for.
    if leaf is not None:
        given = log_leaf.leaf_hash(leaf)
        _require_leaves(verified, [given] if leaves is None else leaves)
        if leaves is not None and given not in leaves:
            raise LeafMismatchError
        said = log_leaf.decode(leaf)
        _require_agreement(verified, said)
        return replace(verified, leaf=said)
    if leaves is not None:
        _require_leaves(verified, leaves)
    return verified


def head(note_: bytes, *, keys: Sequence[Trusted]) -> Checkpoint:
    """Verify the signed head of a log: by its own key, which was in use at its size where the reader knows its tenure.

    Raises what `checkpoint.open` does, and OutOfTenureError.
    """
    return _head(note_, keys)[0].checkpoint


def _head(note_: bytes, keys: Sequence[Trusted]) -> tuple[Signed, tuple[VerifyKey, ...]]:
    signed = checkpoint.open(note_, tenure.keys_of(keys))
    signed_by = tenure.of_size(keys, signed.signed_by, signed.checkpoint.size)
    _require_origin(signed.checkpoint.origin, signed_by)
    return signed, signed_by


def _inclusion(  # noqa: PLR0913, PLR0917  What `verify` was given.
    proof: TlogProof,
    keys: Sequence[Trusted],
    leaf: bytes | None,
    leaves: Sequence[bytes] | None,
    policy: Policy | None,
    at: datetime | None,
) -> Verified:
    # (1) One leaf, whoever gave it.
    data = proof.extra if leaf is None else leaf
    if data is None:
        raise LeafNeededError
    if proof.extra is not None and proof.extra != data:
        raise LeafMismatchError
    digest = log_leaf.leaf_hash(data)
    # (2) The checkpoint is the trusted log's, by a key in use at its size.
    signed, signed_by = _head(proof.checkpoint, keys)
    head = signed.checkpoint
    # (3) The proof leads from the leaf to the signed root; now the leaf is read.
    merkle.verify_inclusion(proof.hashes, index=proof.index, size=head.size, leaf_hash=digest, root=head.root)
    said = log_leaf.decode(data)
    if leaves is not None and list(leaves) != [digest]:
        raise LeafMismatchError
    # (4) The log is the policy's, and its quorum cosigned.
    cosignatures = () if policy is None else _cosignatures(signed, signed_by, policy, at)
    return Verified(
        kind=Kind.WITNESSED if policy is not None and policy.quorum is not None else Kind.INCLUSION,
        origin=head.origin,
        notice=said.case,
        count=1,
        root=digest,
        at=said.at,
        mmd=None,
        signed_by=signed_by,
        index=proof.index,
        checkpoint=head,
        cosignatures=cosignatures,
        leaf=said,
    )


def _cosignatures(
    signed: Signed, signed_by: Sequence[VerifyKey], policy: Policy, at: datetime | None
) -> tuple[Cosignature, ...]:
    _require_log(signed.checkpoint.origin, signed_by, policy)
    found = cosignature.check(signed, tuple(policy.witnesses.values()), at=at)
    if not policy.is_met(one.key for one in found):
        raise NotWitnessedError
    return found


def _require_origin(origin: str, signed_by: Sequence[VerifyKey]) -> None:
    if all(key.name != origin for key in signed_by):
        raise WrongOriginError(origin)


def _require_log(origin: str, signed_by: Sequence[VerifyKey], policy: Policy) -> None:
    # A policy without logs leaves them to the reader's keys.
    if policy.logs and not any(key.name == origin and key in policy.logs for key in signed_by):
        raise LogNotInPolicyError(origin)


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
