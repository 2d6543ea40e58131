import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mufakat.proof import canonical, checkpoint, leaf, note, policy
from mufakat.proof.checkpoint import Checkpoint
from mufakat.proof.cosignature import CosigningKey
from mufakat.proof.edge import Edge
from mufakat.proof.errors import (
    BadSignatureError,
    CosignatureTimeError,
    InclusionError,
    LeafError,
    LeafMismatchError,
    LeafNeededError,
    LogNotInPolicyError,
    NoKnownSignatureError,
    NotWitnessedError,
    ProofError,
    TlogProofError,
    WrongOriginError,
)
from mufakat.proof.key import SigningKey
from mufakat.proof.reader import TileReader
from mufakat.proof.tlog_proof import TlogProof
from mufakat.proof.verify import Kind, Verified, verify

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "receipts.json").read_text(encoding="utf-8"))
LOG = SigningKey.parse(VECTORS["key"]["private_text"])
OTHER = SigningKey("other.example", bytes(32))
WITNESS = CosigningKey("witness.example", bytes([1]) * 32)
SECOND = CosigningKey("second.example", bytes([2]) * 32)
AT = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
LEAF: bytes = VECTORS["leaf"].encode()
OTHER_LEAF: bytes = VECTORS["batch"]["leaves"][1].encode()
FREE_TEXT = b'{"free":"text"}'
ENTRIES = [b"0", b"1", LEAF, b"3", FREE_TEXT]
GROWTH = Edge().grow([leaf.leaf_hash(entry) for entry in ENTRIES])
READER = TileReader(lambda one: {one.tile: one.content for one in GROWTH.tiles}[one])
HEAD = Checkpoint(origin=LOG.name, size=5, root=GROWTH.root())
SIGNED = checkpoint.sign(LOG, size=5, root=GROWTH.root())
WITNESSES = f"witness w {WITNESS.verify_key.vkey}\nwitness s {SECOND.verify_key.vkey}\n"
BOTH = policy.parse(f"log {LOG.vkey}\n{WITNESSES}group g all w s\nquorum g\n".encode())
ONE = policy.parse(f"{WITNESSES}quorum w\n".encode())


def proof(lines: str = "", **changes: Any) -> bytes:
    index = changes.get("index", 2)
    values = {
        "index": index,
        "hashes": tuple(READER.inclusion(index, 5)),
        "checkpoint": (SIGNED + lines).encode(),
        "extra": LEAF,
    }
    return TlogProof(**{**values, **changes}).to_bytes()


def check(data: bytes, **options: Any) -> Verified:
    return verify(data, **{"keys": [LOG.verify_key], **options})


def test_an_inclusion_receipt_says_where_the_log_holds_what() -> None:
    said = leaf.decode(LEAF)
    assert check(proof()) == Verified(
        kind=Kind.INCLUSION,
        origin=LOG.name,
        notice=said.case,
        count=1,
        root=leaf.leaf_hash(LEAF),
        at=said.at,
        mmd=None,
        signed_by=(LOG.verify_key,),
        index=2,
        checkpoint=HEAD,
        leaf=said,
    )


def test_the_hash_of_its_leaf_is_told() -> None:
    assert check(proof()).leaf_hash == leaf.leaf_hash(LEAF)


def test_a_receipt_without_its_leaf_is_verified_by_it() -> None:
    assert check(proof(extra=None), leaf=LEAF).index == 2


def test_a_receipt_without_its_leaf_needs_it() -> None:
    with pytest.raises(LeafNeededError):
        check(proof(extra=None))


def test_attack_26_an_extra_that_is_not_the_leaf_is_refused() -> None:
    with pytest.raises(InclusionError):
        check(proof(extra=OTHER_LEAF))


def test_attack_26_an_extra_that_is_not_the_given_leaf_is_refused() -> None:
    with pytest.raises(LeafMismatchError):
        check(proof(extra=OTHER_LEAF), leaf=LEAF)


def test_attack_26_another_leaf_than_the_one_of_the_receipt_is_refused() -> None:
    with pytest.raises(LeafMismatchError):
        check(proof(), leaf=OTHER_LEAF)


def test_attack_26_what_is_no_leaf_is_not_read_before_the_proof_holds() -> None:
    with pytest.raises(InclusionError):
        check(proof(extra=b"no leaf at all"))


def test_what_the_log_holds_but_is_no_leaf_is_refused() -> None:
    with pytest.raises(LeafError):
        check(proof(index=4, extra=FREE_TEXT))


@pytest.mark.parametrize("index", [0, 1, 3, 4])
def test_another_place_is_refused(index: int) -> None:
    with pytest.raises(InclusionError):
        check(proof(index=index))


def test_the_hash_given_beside_must_be_the_leafs() -> None:
    assert check(proof(), leaves=[leaf.leaf_hash(LEAF)]).count == 1
    with pytest.raises(LeafMismatchError):
        check(proof(), leaves=[leaf.leaf_hash(OTHER_LEAF)])


def test_any_flipped_bit_of_a_receipt_is_refused() -> None:
    good, accepted = proof(), []
    for position in range(len(good)):
        for bit in (0, 3, 5, 7):
            flipped = bytearray(good)
            flipped[position] ^= 1 << bit
            try:
                check(bytes(flipped))
            except ProofError:
                continue
            accepted.append((position, bit))
    assert accepted == []


def test_any_truncation_is_refused() -> None:
    good = proof()
    for length in range(len(good)):
        with pytest.raises(ProofError):
            check(good[:length])


def test_a_checkpoint_of_a_stranger_is_refused() -> None:
    with pytest.raises(NoKnownSignatureError):
        check(proof(), keys=[OTHER.verify_key])


def test_a_checkpoint_in_the_name_of_another_trusted_log_is_refused() -> None:
    forged = note.sign(HEAD.text(), OTHER)
    with pytest.raises(WrongOriginError):
        check(proof(checkpoint=forged.encode()), keys=[LOG.verify_key, OTHER.verify_key])


def test_a_receipt_of_the_header_alone_is_refused() -> None:
    with pytest.raises(TlogProofError):
        check(b"c2sp.org/tlog-proof@v1\n")


def test_a_quorum_makes_it_a_witnessed_one() -> None:
    good = check(proof(WITNESS.cosign(HEAD, at=AT) + SECOND.cosign(HEAD, at=AT)), policy=BOTH)
    named = [one.key for one in good.cosignatures]
    assert (good.kind, named) == (Kind.WITNESSED, [WITNESS.verify_key, SECOND.verify_key])


def test_fewer_witnesses_than_the_policy_asks_for_are_refused() -> None:
    with pytest.raises(NotWitnessedError):
        check(proof(WITNESS.cosign(HEAD, at=AT)), policy=BOTH)


def test_a_policy_without_logs_leaves_them_to_the_keys() -> None:
    assert check(proof(WITNESS.cosign(HEAD, at=AT)), policy=ONE).kind is Kind.WITNESSED


def test_a_bad_cosignature_of_a_known_witness_is_refused_though_the_quorum_is_met() -> None:
    other = Checkpoint(origin=LOG.name, size=6, root=bytes(32))
    lines = WITNESS.cosign(HEAD, at=AT) + SECOND.cosign(other, at=AT)
    with pytest.raises(BadSignatureError):
        check(proof(lines), policy=ONE)


def test_a_cosignature_from_the_future_is_refused() -> None:
    with pytest.raises(CosignatureTimeError):
        check(proof(WITNESS.cosign(HEAD, at=AT)), policy=ONE, at=AT - timedelta(hours=1))


def test_a_log_that_the_policy_does_not_name_is_refused() -> None:
    with pytest.raises(LogNotInPolicyError):
        check(proof(), policy=policy.parse(f"log {OTHER.vkey}\nquorum none\n".encode()))


def test_without_a_quorum_it_stays_an_inclusion_receipt() -> None:
    assert check(proof(), policy=policy.parse(f"log {LOG.vkey}\nquorum none\n".encode())).kind is Kind.INCLUSION


def test_a_custody_receipt_is_not_a_witnessed_one() -> None:
    with pytest.raises(NotWitnessedError):
        check(VECTORS["custody"].encode(), policy=ONE)


def test_a_custody_receipt_of_a_log_outside_the_policy_is_refused() -> None:
    with pytest.raises(LogNotInPolicyError):
        check(VECTORS["custody"].encode(), policy=policy.parse(f"log {OTHER.vkey}\nquorum none\n".encode()))


def test_the_signed_root_is_the_one_that_grew() -> None:
    assert SIGNED.split("\n")[2] == canonical.to_base64(GROWTH.root())
