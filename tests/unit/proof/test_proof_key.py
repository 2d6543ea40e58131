import base64
import json
from pathlib import Path

import pytest

from mufakat.proof import key
from mufakat.proof.errors import (
    KeyAlgorithmError,
    KeyIDError,
    KeyNameError,
    KeysFileError,
    KeyTextError,
    NoKeyError,
    PrivateKeyGivenError,
    WeakKeyError,
)
from mufakat.proof.key import SigningKey, VerifyKey

VECTORS = Path(__file__).parents[2] / "vectors"
GOLDEN = json.loads((VECTORS / "ledger_golden.json").read_text(encoding="utf-8"))
RECEIPTS = json.loads((VECTORS / "receipts.json").read_text(encoding="utf-8"))
SEED = bytes(range(32))
VKEY = GOLDEN["key"]["vkey"]
PRIVATE = RECEIPTS["key"]["private_text"]

# libsodium's `ge25519_has_small_order`, and p+1 … p+18, which spell a point a second time.
P = 2**255 - 19
SMALL = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]


def test_the_golden_seed_gives_the_golden_vkey() -> None:
    assert SigningKey(GOLDEN["origin"], SEED).vkey == VKEY


def test_the_id_is_the_golden_one() -> None:
    assert SigningKey(GOLDEN["origin"], SEED).key_id.hex() == GOLDEN["key"]["key_id_hex"]


@pytest.mark.parametrize("vkey", [VKEY, GOLDEN["signed_note_example"]["vkey"], RECEIPTS["key"]["vkey"]])
def test_a_vkey_is_read_and_written_back(vkey: str) -> None:
    assert VerifyKey.parse(vkey).vkey == vkey


def test_a_private_text_is_read_and_written_back() -> None:
    assert SigningKey.parse(PRIVATE).private_text() == PRIVATE


def test_a_private_text_gives_its_public_key() -> None:
    assert SigningKey.parse(PRIVATE).vkey == RECEIPTS["key"]["vkey"]


def test_two_generated_keys_differ() -> None:
    assert SigningKey.generate("a").vkey != SigningKey.generate("a").vkey


def test_a_given_seed_is_used() -> None:
    assert SigningKey.generate(GOLDEN["origin"], seed=SEED).vkey == VKEY


def test_the_seed_shows_in_no_repr() -> None:
    assert repr(SigningKey(GOLDEN["origin"], SEED)) == "<SigningKey log.mufakat.example/2026a+9cb8dac3>"


@pytest.mark.parametrize("text", [PRIVATE[:-1], PRIVATE.replace("ca7f8a1b", "ca7f8a1c"), "x" + PRIVATE])
def test_a_misread_private_text_does_not_show_in_the_error(text: str) -> None:
    with pytest.raises(KeyTextError) as caught:
        SigningKey.parse(text)
    assert PRIVATE[-20:-1] not in f"{caught.value!r}{caught.value}"


def test_a_private_text_of_another_type_is_refused() -> None:
    other = base64.b64encode(b"\x06" + SEED).decode()
    with pytest.raises(KeyAlgorithmError):
        SigningKey.parse(f"PRIVATE+KEY+a+00000000+{other}")


def test_a_private_key_is_no_verify_key() -> None:
    with pytest.raises(PrivateKeyGivenError):
        VerifyKey.parse(PRIVATE)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_seed_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(KeyTextError):
        SigningKey("a", bytes(length))


@pytest.mark.parametrize(
    "name",
    ["", "a b", "a+b", "a\u00a0b", "a\u2003b", "a\u3000", "a\u0085", "a\tb", "a\nb", "a\x00", "a\x1b", "a\ud800"],
    ids=ascii,
)
def test_a_name_that_no_note_can_hold_is_refused(name: str) -> None:
    with pytest.raises(KeyNameError):
        SigningKey(name, SEED)


def test_a_name_beyond_ascii_is_a_name() -> None:
    assert VerifyKey.parse(SigningKey("kunci.example/ä😀", SEED).vkey).name == "kunci.example/ä😀"


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "a",
        "a+9cb8dac3",
        VKEY + "=",
        VKEY + "\n",
        " " + VKEY,
        VKEY[:-1],
        VKEY[:-4],
        VKEY + "AAAA",
        VKEY.replace("+A", "+ A"),
    ],
)
def test_a_vkey_with_another_form_is_refused(vkey: str) -> None:
    with pytest.raises(KeyTextError):
        VerifyKey.parse(vkey)


@pytest.mark.parametrize("key_id", ["9CB8DAC3", "9cb8dac4", "9cb8dac", "09cb8dac3", ""])
def test_an_id_of_another_key_or_spelling_is_refused(key_id: str) -> None:
    with pytest.raises(KeyIDError):
        VerifyKey.parse(VKEY.replace("9cb8dac3", key_id))


def test_a_renamed_key_is_refused() -> None:
    with pytest.raises(KeyIDError):
        VerifyKey.parse(VKEY.replace("2026a", "2027a"))


@pytest.mark.parametrize("algorithm", [0x00, 0x02, 0x04, 0x06, 0xFF])
def test_a_key_of_another_type_is_refused(algorithm: int) -> None:
    encoded = base64.b64encode(bytes([algorithm]) + bytes(32)).decode()
    with pytest.raises(KeyAlgorithmError):
        VerifyKey.parse(f"a+00000000+{encoded}")


@pytest.mark.parametrize("sign", [0x00, 0x80], ids=["positive", "negative"])
@pytest.mark.parametrize("point", SMALL)
def test_a_key_under_which_everybody_can_sign_is_refused(point: str, sign: int) -> None:
    raw = bytearray.fromhex(point)
    raw[31] |= sign
    with pytest.raises(WeakKeyError):
        VerifyKey("a", bytes(raw))


@pytest.mark.parametrize("above", range(19))
def test_a_second_spelling_of_a_key_is_refused(above: int) -> None:
    with pytest.raises(WeakKeyError):
        VerifyKey("a", (P + above).to_bytes(32, "little"))


def test_a_signature_verifies() -> None:
    signer = SigningKey("a", SEED)
    assert signer.verify_key.verifies(signer.sign(b"text"), b"text")


def test_a_signature_of_another_message_does_not_verify() -> None:
    signer = SigningKey("a", SEED)
    assert not signer.verify_key.verifies(signer.sign(b"text"), b"Text")


def test_a_malleated_signature_does_not_verify() -> None:
    signer = SigningKey("a", SEED)
    signature = signer.sign(b"text")
    order = 2**252 + 27742317777372353535851937790883648493
    second = signature[:32] + (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    assert not signer.verify_key.verifies(second, b"text")


@pytest.mark.parametrize("length", [0, 63, 65])
def test_a_signature_of_another_length_does_not_verify(length: int) -> None:
    assert not VerifyKey.parse(VKEY).verifies(bytes(length), b"text")


@pytest.mark.parametrize("text", [VKEY, f"{VKEY}\n", f"\r\n{VKEY}\r\n"])
def test_a_file_may_hold_one_vkey(text: str) -> None:
    assert key.read_keys(text) == [VerifyKey.parse(VKEY)]


def test_a_file_may_hold_several_vkeys() -> None:
    other = RECEIPTS["key"]["vkey"]
    assert key.read_keys(f"{VKEY}\n{other}\n") == [VerifyKey.parse(VKEY), VerifyKey.parse(other)]


def test_the_vkeys_of_a_keys_json_are_read() -> None:
    text = json.dumps({"origin": "somebody else", "keys": [{"vkey": VKEY, "from": 0, "to": None}], "later": 1})
    assert key.read_keys(text) == [VerifyKey.parse(VKEY)]


@pytest.mark.parametrize("text", ["", "\n \n", '{"keys": []}'])
def test_a_file_without_a_key_is_refused(text: str) -> None:
    with pytest.raises(NoKeyError):
        key.read_keys(text)


@pytest.mark.parametrize("text", ["{", "{}", '{"keys": [{}]}', '{"keys": {}}', '{"keys": [{"vkey": 1}]}', '{"\ud800'])
def test_json_that_is_no_keys_json_is_refused(text: str) -> None:
    with pytest.raises(KeysFileError):
        key.read_keys(text)


def test_one_bad_vkey_spoils_the_file() -> None:
    with pytest.raises(KeyIDError):
        key.read_keys(f"{VKEY}\n{VKEY.replace('9cb8dac3', '9cb8dac4')}\n")
