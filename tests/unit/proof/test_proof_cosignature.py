import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from mufakat.proof import canonical, checkpoint, cosignature, note
from mufakat.proof.checkpoint import Checkpoint, Signed
from mufakat.proof.cosignature import CosigningKey, WitnessKey
from mufakat.proof.errors import (
    AmbiguousKeyError,
    BadSignatureError,
    CosignatureTimeError,
    DuplicateSignatureError,
    KeyAlgorithmError,
    KeyIDError,
    KeyNameError,
    KeyTextError,
    NaiveTimeError,
    PrivateKeyGivenError,
    WeakKeyError,
)
from mufakat.proof.key import SigningKey, VerifyKey

LOG = SigningKey("log.example/1", bytes(range(32)))
WITNESS = CosigningKey("witness.example/w1", bytes(range(1, 33)))
OTHER = CosigningKey("witness.example/w2", bytes(range(2, 34)))
KEY, OTHER_KEY = WITNESS.verify_key, OTHER.verify_key
AT = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
SECONDS = 1_795_309_323
HEAD = Checkpoint(origin=LOG.name, size=5, root=bytes(32))
SIGNED = checkpoint.sign(LOG, size=HEAD.size, root=HEAD.root)


def opened(lines: str) -> Signed:
    return checkpoint.open((SIGNED + lines).encode(), [LOG.verify_key])


def line(key: WitnessKey, rest: bytes) -> str:
    return f"— {key.name} {canonical.to_base64(key.key_id + rest)}\n"


def timed(time: int) -> str:
    """A cosignature that its witness really made at this time, which no honest one would."""
    signature = WITNESS._private.sign(f"cosignature/v1\ntime {time}\n{HEAD.text()}".encode())
    return line(KEY, time.to_bytes(8) + signature)


def test_a_witness_cosigns_and_is_named_with_its_time() -> None:
    found = cosignature.check(opened(WITNESS.cosign(HEAD, at=AT)), [KEY, OTHER_KEY], at=AT)
    assert [(one.key, one.time) for one in found] == [(KEY, SECONDS)]


def test_the_signed_bytes_are_those_of_the_specification() -> None:
    data = canonical.from_base64(WITNESS.cosign(HEAD, at=AT).split(" ")[2].strip()) or b""
    message = b"cosignature/v1\ntime %d\nlog.example/1\n5\n%b\n" % (SECONDS, canonical.to_base64(bytes(32)).encode())
    WITNESS._private.public_key().verify(data[12:], message)
    assert (data[:4], data[4:12]) == (KEY.key_id, SECONDS.to_bytes(8))


def test_the_id_is_made_with_the_type_of_cosignatures() -> None:
    assert KEY.key_id == hashlib.sha256(b"witness.example/w1\n\x04" + KEY.public_key).digest()[:4]


def test_both_texts_of_a_key_are_read_back() -> None:
    read = CosigningKey.parse(WITNESS.private_text())
    assert (WitnessKey.parse(KEY.vkey), read.verify_key) == (KEY, KEY)


def test_a_private_key_is_not_shown() -> None:
    assert repr(WITNESS) == f"<CosigningKey witness.example/w1+{KEY.key_id.hex()}>"


def test_the_key_of_a_log_is_no_key_of_a_witness() -> None:
    with pytest.raises(KeyAlgorithmError):
        WitnessKey.parse(LOG.vkey)


def test_the_key_of_a_witness_is_no_key_of_a_log() -> None:
    with pytest.raises(KeyAlgorithmError):
        VerifyKey.parse(KEY.vkey)


def test_the_private_key_of_a_log_does_not_cosign() -> None:
    with pytest.raises(KeyAlgorithmError):
        CosigningKey.parse(LOG.private_text())


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (WITNESS.private_text(), PrivateKeyGivenError),
        (KEY.vkey.replace(KEY.key_id.hex(), "00000000"), KeyIDError),
        (KEY.vkey[:-1], KeyTextError),
        ("", KeyTextError),
    ],
)
def test_another_text_is_no_key_of_a_witness(text: str, error: type[KeyTextError]) -> None:
    with pytest.raises(error):
        WitnessKey.parse(text)


@pytest.mark.parametrize("text", ["", KEY.vkey, WITNESS.private_text().replace(KEY.key_id.hex(), "00000000")])
def test_another_text_is_no_private_key(text: str) -> None:
    with pytest.raises(KeyTextError):
        CosigningKey.parse(text)


def test_attack_23_a_key_under_which_all_can_sign_is_refused() -> None:
    with pytest.raises(WeakKeyError):
        WitnessKey("w", bytes(32))


def test_attack_23_a_signature_with_another_spelling_of_its_scalar_is_refused() -> None:
    data = bytearray(canonical.from_base64(WITNESS.cosign(HEAD, at=AT).split(" ")[2].strip()) or b"")
    order = 2**252 + 27742317777372353535851937790883648493
    data[44:] = (int.from_bytes(data[44:], "little") + order).to_bytes(32, "little")
    with pytest.raises(BadSignatureError):
        cosignature.check(opened(line(KEY, bytes(data[4:]))), [KEY])


def test_a_name_with_a_space_is_refused() -> None:
    with pytest.raises(KeyNameError):
        WitnessKey("a b", KEY.public_key)


def test_a_short_seed_is_refused() -> None:
    with pytest.raises(KeyTextError):
        CosigningKey("w", bytes(31))


def test_attack_24_the_plain_signature_of_the_same_key_is_no_cosignature() -> None:
    same = SigningKey(KEY.name, bytes(range(1, 33)))
    signed = checkpoint.open(note.sign(HEAD.text(), LOG, same).encode(), [LOG.verify_key])
    assert cosignature.check(signed, [KEY]) == ()


@pytest.mark.parametrize("time", [b"", SECONDS.to_bytes(8)], ids=["without-time", "with-time"])
def test_attack_24_a_plain_signature_under_the_id_of_a_witness_is_refused(time: bytes) -> None:
    with pytest.raises(BadSignatureError):
        cosignature.check(opened(line(KEY, time + WITNESS._private.sign(HEAD.text().encode()))), [KEY])


def test_attack_24_a_cosignature_is_no_signature_of_the_log() -> None:
    same = SigningKey(KEY.name, bytes(range(1, 33)))
    data = canonical.from_base64(WITNESS.cosign(HEAD, at=AT).split(" ")[2].strip()) or b""
    forged = f"{HEAD.text()}\n— {same.name} {canonical.to_base64(same.key_id + data[4:])}\n"
    with pytest.raises(BadSignatureError):
        note.open(forged.encode(), [same.verify_key])


@pytest.mark.parametrize("time", [0, 2**63, 2**64 - 1])
def test_attack_24_a_time_that_is_none_is_refused(time: int) -> None:
    with pytest.raises(CosignatureTimeError):
        cosignature.check(opened(timed(time)), [KEY])


def test_attack_24_the_last_time_is_accepted_by_who_has_no_clock() -> None:
    assert cosignature.check(opened(timed(2**63 - 1)), [KEY])[0].time == 2**63 - 1


@pytest.mark.parametrize(("ahead", "good"), [(300, True), (301, False)])
def test_attack_24_a_cosignature_from_the_future_is_refused(ahead: int, good: bool) -> None:  # noqa: FBT001
    signed = opened(WITNESS.cosign(HEAD, at=AT + timedelta(seconds=ahead)))
    if good:
        assert len(cosignature.check(signed, [KEY], at=AT)) == 1
    else:
        with pytest.raises(CosignatureTimeError):
            cosignature.check(signed, [KEY], at=AT)


def test_a_changed_time_is_refused() -> None:
    data = bytearray(canonical.from_base64(WITNESS.cosign(HEAD, at=AT).split(" ")[2].strip()) or b"")
    data[11] ^= 1
    with pytest.raises(BadSignatureError):
        cosignature.check(opened(line(KEY, bytes(data[4:]))), [KEY])


def test_a_cosignature_of_another_checkpoint_is_refused() -> None:
    other = Checkpoint(origin=LOG.name, size=6, root=bytes(32))
    with pytest.raises(BadSignatureError):
        cosignature.check(opened(WITNESS.cosign(other, at=AT)), [KEY])


def test_a_bad_cosignature_of_a_stranger_decides_nothing() -> None:
    assert cosignature.check(opened(line(OTHER_KEY, bytes(72))), [KEY]) == ()


def test_a_witness_does_not_cosign_twice() -> None:
    with pytest.raises(DuplicateSignatureError):
        opened(WITNESS.cosign(HEAD, at=AT) + WITNESS.cosign(HEAD, at=AT + timedelta(seconds=1)))


def test_two_known_witnesses_that_collide_are_refused() -> None:
    collided = WitnessKey(KEY.name, OTHER_KEY.public_key)
    object.__setattr__(collided, "key_id", KEY.key_id)
    with pytest.raises(AmbiguousKeyError):
        cosignature.check(opened(""), [KEY, collided])


def test_a_witness_that_collides_with_the_log_is_refused() -> None:
    collided = WitnessKey(LOG.name, KEY.public_key)
    object.__setattr__(collided, "key_id", LOG.key_id)
    with pytest.raises(AmbiguousKeyError):
        cosignature.check(opened(""), [collided])


def test_nobody_cosigns_before_1970() -> None:
    with pytest.raises(CosignatureTimeError):
        WITNESS.cosign(HEAD, at=datetime(1969, 1, 1, tzinfo=UTC))


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(NaiveTimeError):
        WITNESS.cosign(HEAD, at=AT.replace(tzinfo=None))
