import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mufakat.proof import canonical, leaf, note, receipt, tree
from mufakat.proof.errors import (
    BadSignatureError,
    HashLengthError,
    LeafCountError,
    LeafDisagreesError,
    LeafError,
    LeafMismatchError,
    MalformedSignatureError,
    NoKnownSignatureError,
    ProofError,
    ReceiptKindError,
    ReceiptLineError,
    WrongOriginError,
)
from mufakat.proof.key import SigningKey
from mufakat.proof.verify import Kind, Verified, verify

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "receipts.json").read_text(encoding="utf-8"))
LOG = SigningKey.parse(VECTORS["key"]["private_text"])
STRANGER = SigningKey("stranger.example", bytes(32))
NOTICE = "ntc_01jd8v9r1ze8k3n7p5s2a4b6d9"
AT = "2026-11-22T01:02:03.456Z"
LEAF: bytes = VECTORS["leaf"].encode()
CUSTODY: bytes = VECTORS["custody"].encode()
BATCH: bytes = VECTORS["batch"]["receipt"].encode()
BATCH_LEAVES: list[bytes] = [item.encode() for item in VECTORS["batch"]["leaves"]]
BATCH_HASHES = [leaf.leaf_hash(item) for item in BATCH_LEAVES]


def check(data: bytes, **options: Any) -> Verified:
    return verify(data, **{"keys": [LOG.verify_key], **options})


def changed_leaf(**changes: Any) -> bytes:
    return leaf.encode(msgspec.structs.replace(leaf.decode(LEAF), **changes))


def custody_for(data: bytes, **changes: Any) -> bytes:
    values: dict[str, Any] = {"notice": NOTICE, "leaf_hash": leaf.leaf_hash(data), "at": AT, **changes}
    return receipt.sign_custody(LOG, **values).encode()


def test_a_good_receipt_says_what_was_taken_and_when() -> None:
    assert check(CUSTODY) == Verified(
        kind=Kind.CUSTODY,
        origin="localhost/log/1",
        notice=NOTICE,
        count=1,
        root=leaf.leaf_hash(LEAF),
        at=AT,
        mmd=None,
        signed_by=(LOG.verify_key,),
    )


def test_a_good_batch_receipt_says_how_many_were_taken() -> None:
    good = check(BATCH)
    assert (good.kind, good.notice, good.count, good.leaf_hash) == (Kind.CUSTODY_BATCH, None, 3, None)


def test_the_merge_delay_is_told() -> None:
    assert check(VECTORS["custody_mmd_60"].encode()).mmd == 60


def test_the_leaf_hash_of_a_single_receipt_is_told() -> None:
    assert check(CUSTODY).leaf_hash == leaf.leaf_hash(LEAF)


def test_the_leaf_of_the_receipt_is_accepted() -> None:
    assert check(CUSTODY, leaf=LEAF).notice == NOTICE


def test_any_flipped_bit_of_a_receipt_is_refused() -> None:
    accepted = []
    for position in range(len(CUSTODY)):
        for bit in range(8):
            flipped = bytearray(CUSTODY)
            flipped[position] ^= 1 << bit
            try:
                check(bytes(flipped))
            except ProofError:
                continue
            accepted.append((position, bit))
    assert accepted == []


def test_any_flipped_byte_of_the_leaf_makes_it_another_leaf() -> None:
    for position in range(len(LEAF)):
        flipped = LEAF[:position] + bytes([LEAF[position] ^ 1]) + LEAF[position + 1 :]
        with pytest.raises(LeafMismatchError):
            check(CUSTODY, leaf=flipped)


def test_any_truncation_is_refused() -> None:
    for length in range(len(CUSTODY)):
        with pytest.raises(ProofError):
            check(CUSTODY[:length])


def test_any_cut_at_the_start_is_refused() -> None:
    for start in range(1, len(CUSTODY) + 1):
        with pytest.raises(ProofError):
            check(CUSTODY[start:])


def test_any_dropped_byte_is_refused() -> None:
    for position in range(len(CUSTODY)):
        with pytest.raises(ProofError):
            check(CUSTODY[:position] + CUSTODY[position + 1 :])


@pytest.mark.parametrize("garbage", [b"x", b"\n", b" ", b"\x00", b"\r\n", b"x\n", b"\n\n", b"\xff"], ids=repr)
def test_trailing_garbage_is_refused(garbage: bytes) -> None:
    with pytest.raises(ProofError):
        check(CUSTODY + garbage)


@pytest.mark.parametrize("garbage", [b"x", b"\n", b" ", b"\xef\xbb\xbf"], ids=repr)
def test_leading_garbage_is_refused(garbage: bytes) -> None:
    with pytest.raises(BadSignatureError):
        check(garbage + CUSTODY)


def test_windows_line_ends_are_refused() -> None:
    with pytest.raises(ProofError):
        check(CUSTODY.replace(b"\n", b"\r\n"))


def test_a_second_receipt_appended_is_refused() -> None:
    with pytest.raises(BadSignatureError):
        check(CUSTODY + custody_for(LEAF, at="2026-11-22T01:02:04.456Z"))


def test_a_second_text_behind_the_signature_is_refused() -> None:
    with pytest.raises(MalformedSignatureError):
        check(CUSTODY + b"mufakat/custody/v1\n")


def test_a_second_signature_by_an_unknown_key_is_fine() -> None:
    both = note.sign(CUSTODY.decode().partition("\n\n")[0] + "\n", LOG, STRANGER)
    assert check(both.encode()).signed_by == (LOG.verify_key,)


def test_a_receipt_signed_by_an_unknown_key_alone_is_refused() -> None:
    with pytest.raises(NoKnownSignatureError):
        check(CUSTODY, keys=[STRANGER.verify_key])


def test_another_key_of_the_same_name_is_refused() -> None:
    with pytest.raises(NoKnownSignatureError):
        check(CUSTODY, keys=[SigningKey(LOG.name, bytes(32)).verify_key])


def test_a_renewed_key_beside_the_old_one_is_accepted() -> None:
    assert check(CUSTODY, keys=[SigningKey(LOG.name, bytes(32)).verify_key, LOG.verify_key]).origin == LOG.name


def test_one_trusted_log_cannot_speak_for_another() -> None:
    forged = note.sign(CUSTODY.decode().partition("\n\n")[0] + "\n", STRANGER)
    with pytest.raises(WrongOriginError):
        check(forged.encode(), keys=[LOG.verify_key, STRANGER.verify_key])


def test_a_trusted_cosigner_does_not_lend_its_name_to_a_strange_log() -> None:
    text = CUSTODY.decode().partition("\n\n")[0] + "\n"
    with pytest.raises(WrongOriginError):
        check(note.sign(text, STRANGER, LOG).encode(), keys=[STRANGER.verify_key])


def test_a_checkpoint_of_the_log_is_no_receipt() -> None:
    checkpoint = note.sign("localhost/log/1\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", LOG)
    with pytest.raises(ReceiptKindError):
        check(checkpoint.encode())


def test_a_signed_text_with_a_wrong_line_is_refused() -> None:
    text = CUSTODY.decode().partition("\n\n")[0].replace("mmd none", "mmd 060") + "\n"
    with pytest.raises(ReceiptLineError):
        check(note.sign(text, LOG).encode())


def test_another_leaf_is_refused() -> None:
    with pytest.raises(LeafMismatchError):
        check(CUSTODY, leaf=BATCH_LEAVES[1])


def test_a_leaf_with_another_time_than_its_receipt_is_refused() -> None:
    with pytest.raises(LeafDisagreesError, match="at differs"):
        check(custody_for(LEAF, at="2026-11-22T01:02:03.457Z"), leaf=LEAF)


def test_a_leaf_about_another_notice_than_its_receipt_is_refused() -> None:
    other = changed_leaf(case="ntc_01jd8v9r20fq6w4r8t0y1x3z5b")
    with pytest.raises(LeafDisagreesError, match="case differs"):
        check(custody_for(other), leaf=other)


def test_a_leaf_about_nothing_is_refused() -> None:
    other = changed_leaf(case=None)
    with pytest.raises(LeafDisagreesError):
        check(custody_for(other), leaf=other)


def test_a_signed_hash_of_something_that_is_no_leaf_is_refused() -> None:
    with pytest.raises(LeafError):
        check(custody_for(b'{"free":"text"}'), leaf=b'{"free":"text"}')


def test_the_leaves_of_a_batch_are_accepted() -> None:
    assert check(BATCH, leaves=BATCH_HASHES).count == 3


@pytest.mark.parametrize("position", range(3))
def test_each_leaf_of_a_batch_is_accepted(position: int) -> None:
    assert check(BATCH, leaf=BATCH_LEAVES[position], leaves=BATCH_HASHES).count == 3


def test_a_leaf_outside_the_batch_is_refused() -> None:
    with pytest.raises(LeafMismatchError):
        check(BATCH, leaf=changed_leaf(seq=7, prev=canonical.to_base64(bytes(32))), leaves=BATCH_HASHES)


def test_the_leaves_of_a_batch_in_another_order_are_refused() -> None:
    with pytest.raises(LeafMismatchError):
        check(BATCH, leaves=BATCH_HASHES[::-1])


def test_a_batch_with_a_leaf_left_out_is_refused() -> None:
    with pytest.raises(LeafCountError):
        check(BATCH, leaves=BATCH_HASHES[:2])


def test_the_upper_nodes_do_not_pass_for_the_leaves_of_a_batch() -> None:
    upper = [tree.root(BATCH_HASHES[:2]), BATCH_HASHES[2]]
    with pytest.raises(LeafCountError):
        check(BATCH, leaves=upper)


def test_one_leaf_of_a_batch_alone_is_not_enough() -> None:
    with pytest.raises(LeafCountError):
        check(BATCH, leaf=BATCH_LEAVES[0])


def test_a_batch_of_one_is_verified_by_its_leaf() -> None:
    single = receipt.sign_custody_batch(LOG, count=1, root=leaf.leaf_hash(LEAF), at=AT)
    assert check(single.encode(), leaf=LEAF).count == 1


def test_a_leaf_with_another_time_than_its_batch_is_refused() -> None:
    other = receipt.sign_custody_batch(LOG, count=1, root=leaf.leaf_hash(LEAF), at="2026-11-22T01:02:04.456Z")
    with pytest.raises(LeafDisagreesError):
        check(other.encode(), leaf=LEAF)


def test_leaf_bytes_in_the_place_of_hashes_are_refused() -> None:
    with pytest.raises(HashLengthError):
        check(BATCH, leaves=BATCH_LEAVES)
