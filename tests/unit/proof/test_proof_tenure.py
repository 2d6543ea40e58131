"""Rotation of a log's key: old receipts verify, a new key does not speak before its time nor an ended one after it."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from mufakat.proof import checkpoint, leaf, receipt, tenure
from mufakat.proof.edge import Edge
from mufakat.proof.errors import KeysFileError, NoKeyError, OutOfTenureError, WrongOriginError
from mufakat.proof.key import SigningKey, VerifyKey
from mufakat.proof.reader import TileReader
from mufakat.proof.tenure import Tenure
from mufakat.proof.tlog_proof import TlogProof
from mufakat.proof.verify import verify

OLD = SigningKey("localhost/log/1", bytes([1]) * 32)
NEW = SigningKey("localhost/log/1", bytes([2]) * 32)
OTHER = SigningKey("other.example", bytes([3]) * 32)
NOTICE = "ntc_01jd8v9r1ze8k3n7p5s2a4b6d9"
AT = "2026-11-22T01:02:03.456Z"
LATER = "2026-11-22T01:02:03.457Z"
# The key was exchanged when the log had ten leaves, and for ten more both signed.
EXCHANGED = [Tenure(key=OLD.verify_key, last=20, until=AT), Tenure(key=NEW.verify_key, first=10)]


def said(number: int) -> bytes:
    return leaf.encode(
        leaf.Leaf(
            actor="kominfo",
            at=AT,
            c={},
            case=NOTICE,
            chan="kominfo>telegram",
            due=None,
            id=f"evt_01jd8v9r1zf4t8q2m6x0c3w{number:03d}",
            law=None,
            ref=(),
            sig=(),
            v=1,
            prev=None,
            seq=1,
            type="notice.received",
        )
    )


LEAVES = [said(number) for number in range(30)]
GROWTH = Edge().grow([leaf.leaf_hash(one) for one in LEAVES])
READER = TileReader(lambda one: {each.tile.index: each.content for each in GROWTH.tiles}[one.index][: one.width * 32])


def included(size: int, *signers: SigningKey) -> bytes:
    signed = checkpoint.sign(*signers, size=size, root=READER.root(size))
    hashes = tuple(READER.inclusion(3, size))
    return TlogProof(index=3, hashes=hashes, checkpoint=signed.encode(), extra=LEAVES[3]).to_bytes()


def custody(at: str, *signers: SigningKey) -> bytes:
    return receipt.sign_custody(signers[0], notice=NOTICE, leaf_hash=bytes(32), at=at).encode()


def signed_by(data: bytes, keys: Sequence[Any] = EXCHANGED) -> list[VerifyKey]:
    return list(verify(data, keys=keys).signed_by)


def test_attack_38_old_receipts_verify_after_the_key_was_exchanged() -> None:
    assert signed_by(included(9, OLD)) == [OLD.verify_key]


@pytest.mark.parametrize("size", [10, 15, 20])
def test_both_keys_sign_for_a_while(size: int) -> None:
    assert signed_by(included(size, OLD, NEW)) == [OLD.verify_key, NEW.verify_key]


@pytest.mark.parametrize(("size", "key"), [(10, NEW), (30, NEW), (20, OLD), (10, OLD)])
def test_each_key_alone_is_enough_in_its_tenure(size: int, key: SigningKey) -> None:
    assert signed_by(included(size, key)) == [key.verify_key]


def test_attack_38_a_new_key_is_rejected_before_its_first_size() -> None:
    with pytest.raises(OutOfTenureError):
        verify(included(9, NEW), keys=EXCHANGED)


def test_attack_39_a_revoked_key_is_rejected_after_its_last_size() -> None:
    with pytest.raises(OutOfTenureError):
        verify(included(21, OLD), keys=EXCHANGED)


def test_a_late_signature_beside_a_good_one_does_not_count() -> None:
    assert signed_by(included(21, OLD, NEW)) == [NEW.verify_key]


def test_a_key_of_another_log_does_not_stand_for_one_that_ended() -> None:
    with pytest.raises(WrongOriginError):
        verify(included(21, OLD, OTHER), keys=[*EXCHANGED, OTHER.verify_key])


def test_custody_by_an_ended_key_is_good_up_to_its_end() -> None:
    assert signed_by(custody(AT, OLD)) == [OLD.verify_key]


def test_attack_39_custody_by_a_revoked_key_is_rejected_after_its_end() -> None:
    with pytest.raises(OutOfTenureError):
        verify(custody(LATER, OLD), keys=EXCHANGED)


def test_a_key_that_is_trusted_by_itself_has_no_end() -> None:
    assert signed_by(included(21, OLD), [OLD.verify_key]) == [OLD.verify_key]


def file(*keys: dict[str, Any]) -> str:
    return json.dumps({"origin": "never believed", "keys": list(keys)})


def test_a_file_of_keys_says_their_tenures() -> None:
    old = {"vkey": OLD.vkey, "from": 0, "to": 20, "until": AT}
    assert tenure.read(file(old, {"vkey": NEW.vkey, "from": 10, "to": None, "until": None})) == EXCHANGED


@pytest.mark.parametrize(
    "item", [{}, {"from": 0}, {"from": None, "to": None}, {"from": "2026-11-22T01:02:03.456Z", "to": None}]
)
def test_what_a_file_does_not_say_has_no_bound(item: dict[str, Any]) -> None:
    assert tenure.read(file({"vkey": OLD.vkey, **item})) == [Tenure(key=OLD.verify_key)]


def test_lines_of_keys_have_no_bound() -> None:
    assert tenure.read(f"{OLD.vkey}\n{NEW.vkey}\n") == [Tenure(key=OLD.verify_key), Tenure(key=NEW.verify_key)]


@pytest.mark.parametrize(
    "item",
    [
        {"from": -1},
        {"from": 2, "to": 1},
        {"from": 1.5},
        {"from": True},
        {"to": -1},
        {"to": 2**63},
        {"until": "tomorrow"},
        {"until": "2026-11-22T01:02:03Z"},
        {"until": 5},
    ],
)
def test_a_tenure_that_is_none_is_refused(item: dict[str, Any]) -> None:
    with pytest.raises(KeysFileError):
        tenure.read(file({"vkey": OLD.vkey, **item}))


@pytest.mark.parametrize("text", ["", "\n", '{"keys": []}'])
def test_a_file_without_keys_is_refused(text: str) -> None:
    with pytest.raises(NoKeyError):
        tenure.read(text)


@pytest.mark.parametrize("text", ["{", '{"keys": {}}', '{"origin": "x"}', '{"keys": [{}]}'])
def test_a_file_that_is_none_of_keys_is_refused(text: str) -> None:
    with pytest.raises(KeysFileError):
        tenure.read(text)
