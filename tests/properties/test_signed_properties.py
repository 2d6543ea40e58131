"""No bit of what a party signed can be another one, and no signature serves twice (docs/adr/0003)."""

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import assume, given, settings, strategies as st

from mufakat.proof import canonical, leaf, signed
from mufakat.proof.errors import SignatureTextError
from mufakat.proof.key import SigningKey
from mufakat.proof.leaf import Leaf
from mufakat.proof.signed import Given, Outcome

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "receipts.json").read_text(encoding="utf-8"))
GOLDEN = leaf.decode(VECTORS["leaf"].encode())
ORIGIN = "localhost/log/1"

patient = settings(deadline=None, max_examples=80)

handles = st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True)
salts = st.binary(min_size=32, max_size=32)
seeds = st.binary(min_size=32, max_size=32)


@st.composite
def notices(draw: st.DrawFn) -> tuple[SigningKey, Leaf]:
    """A sender's key, and the leaf of a notice that it signed."""
    key, recipient, body, salt = SigningKey(draw(handles), draw(seeds)), draw(handles), draw(st.binary()), draw(salts)
    said = signed.receive(key, body, origin=ORIGIN, recipient=recipient, salt=salt)
    c = signed.of_body(hashlib.sha256(body).digest(), salt=salt)
    members: dict[str, Any] = {"actor": key.name, "chan": f"{key.name}>{recipient}", "c": c, "sig": (said.signature,)}
    return key, msgspec.structs.replace(GOLDEN, **members)


@st.composite
def acknowledgements(draw: st.DrawFn) -> tuple[SigningKey, Leaf]:
    """A recipient's key, and the leaf of an acknowledgement that it signed."""
    key, sender = SigningKey(draw(handles), draw(seeds)), draw(handles)
    received, note, salt = draw(salts), draw(st.text(max_size=20)), draw(salts)
    case = GOLDEN.case or ""
    said = signed.acknowledge(key, case, received, origin=ORIGIN, sender=sender, note=note, salt=salt)
    c = signed.of_receipt(received, note=note.encode(), salt=salt)
    members: dict[str, Any] = {"actor": key.name, "chan": f"{key.name}>{sender}", "c": c, "sig": (said.signature,)}
    return key, msgspec.structs.replace(GOLDEN, type="notice.acknowledged", **members)


def outcome(key: SigningKey, found: Leaf, origin: str = ORIGIN) -> Outcome:
    return signed.check(found, origin=origin, keys=[key.verify_key])[0].outcome


@patient
@given(notices() | acknowledgements())
def test_a_signed_leaf_verifies_from_its_bytes_alone(made: tuple[SigningKey, Leaf]) -> None:
    key, found = made
    assert outcome(key, leaf.decode(leaf.encode(found))) is Outcome.GOOD


@patient
@given(notices() | acknowledgements(), st.data())
def test_a_flipped_bit_of_what_was_signed_is_refused(made: tuple[SigningKey, Leaf], data: st.DataObject) -> None:
    key, found = made
    said = bytearray(signed.statement_of(found, origin=ORIGIN))
    place = data.draw(st.integers(0, len(said) * 8 - 1))
    said[place // 8] ^= 1 << place % 8
    one = found.sig[0]
    assert signed.verifies(one.k, one.s, bytes(said), keys=[key.verify_key]) is Outcome.BAD


@patient
@given(notices() | acknowledgements(), st.integers(0, 511))
def test_a_flipped_bit_of_the_signature_is_refused(made: tuple[SigningKey, Leaf], place: int) -> None:
    key, found = made
    whole = bytearray(canonical.from_base64(found.sig[0].s) or b"")
    whole[place // 8] ^= 1 << place % 8
    bad = msgspec.structs.replace(found.sig[0], s=canonical.to_base64(bytes(whole)))
    assert outcome(key, msgspec.structs.replace(found, sig=(bad,))) is Outcome.BAD


@patient
@given(notices() | acknowledgements(), notices() | acknowledgements())
def test_a_signature_of_one_leaf_is_none_of_another(
    one: tuple[SigningKey, Leaf], other: tuple[SigningKey, Leaf]
) -> None:
    (key, first), (_, second) = one, other
    assume(signed.statement_of(first, origin=ORIGIN) != signed.statement_of(second, origin=ORIGIN))
    assert outcome(key, msgspec.structs.replace(second, sig=first.sig)) is not Outcome.GOOD


@patient
@given(notices() | acknowledgements(), st.text(min_size=1, max_size=30))
def test_no_other_log_can_use_it(made: tuple[SigningKey, Leaf], origin: str) -> None:
    key, found = made
    assume(origin != ORIGIN)
    assert outcome(key, found, origin) is Outcome.BAD


@patient
@given(notices() | acknowledgements(), handles)
def test_no_other_recipient_can_be_put_in(made: tuple[SigningKey, Leaf], recipient: str) -> None:
    key, found = made
    chan = f"{found.actor}>{recipient}"
    assume(chan != found.chan)
    assert outcome(key, msgspec.structs.replace(found, chan=chan)) is Outcome.BAD


@patient
@given(notices(), st.sampled_from(sorted(signed.COVERED)), st.binary(max_size=8), salts)
def test_a_type_is_not_exchanged_for_another(
    made: tuple[SigningKey, Leaf], type_: str, value: bytes, salt: bytes
) -> None:
    key, found = made
    assume(type_ != found.type)
    c = {**found.c, **signed.of_receipt(salt, note=value, salt=salt), **signed.of_key("x", salt=salt)}
    assert outcome(key, msgspec.structs.replace(found, type=type_, c=c)) is Outcome.BAD


@patient
@given(st.binary(min_size=1), st.binary(min_size=1), salts)
def test_another_body_has_another_commitment(one: bytes, other: bytes, salt: bytes) -> None:
    same = signed.of_body(hashlib.sha256(one).digest(), salt=salt) == signed.of_body(
        hashlib.sha256(other).digest(), salt=salt
    )
    assert same == (one == other)


@patient
@given(st.text() | st.text(alphabet="k=s;alt +0AQ"))
def test_any_text_is_a_signature_on_its_way_or_refused(text: str) -> None:
    try:
        found = Given.parse(text)
    except SignatureTextError:
        return
    assert found.text() == text
