import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given, settings, strategies as st

from mufakat.proof import canonical, commitment, leaf, note, receipt, tree
from mufakat.proof.errors import CanonicalError, KeyTextError, LeafError, ProofError
from mufakat.proof.key import SigningKey, VerifyKey, is_name
from mufakat.proof.leaf import Leaf, Signature
from mufakat.proof.verify import verify

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "receipts.json").read_text(encoding="utf-8"))
LOG = SigningKey.parse(VECTORS["key"]["private_text"])
CUSTODY: bytes = VECTORS["custody"].encode()
GOLDEN: bytes = VECTORS["leaf"].encode()

# No deadline: the machine may be busy with other tests.
patient = settings(deadline=None, max_examples=60)

handles = st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)
digests = st.binary(min_size=32, max_size=32).map(canonical.to_base64)
times = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)).map(  # noqa: DTZ001  Hypothesis adds the zone.
    canonical.timestamp
)
suffixes = st.from_regex(r"[0-7][0-9a-hjkmnp-tv-z]{25}", fullmatch=True)
ids = st.builds(
    "{}_{}".format,
    st.from_regex(r"ntc|dec|sor|apl|rst|agr|pty|mnd|evt|ctc|drl|mai|bnk|pol|smp|bkt|hit|ntf|wkc", fullmatch=True),
    suffixes,
)
signatures = st.builds(
    Signature,
    k=st.from_regex(r"[a-z0-9.:/_-]{1,40}\+[0-9a-f]{8}", fullmatch=True),
    s=st.binary(min_size=64, max_size=64).map(canonical.to_base64),
)


@st.composite
def leaves(draw: st.DrawFn) -> Leaf:
    seq = draw(st.integers(1, 2**53 - 1))
    return Leaf(
        v=1,
        id=f"evt_{draw(suffixes)}",
        type=draw(st.from_regex(r"[a-z][a-z_]{0,18}\.[a-z][a-z_]{0,18}", fullmatch=True)),
        at=draw(times),
        chan=f"{draw(handles)}>{draw(handles)}",
        seq=seq,
        prev=None if seq == 1 else draw(digests),
        actor=draw(handles),
        case=draw(st.none() | ids),
        due=draw(st.none() | times),
        law=draw(st.none() | st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True)),
        c=draw(st.dictionaries(st.from_regex(r"[a-z][a-z_]{0,31}", fullmatch=True), digests, max_size=8)),
        ref=tuple(draw(st.lists(ids, max_size=4))),
        sig=tuple(draw(st.lists(signatures, max_size=2))),
    )


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@patient
@given(json_values)
def test_what_is_written_canonically_is_read_back(value: Any) -> None:
    assert canonical.decode(canonical.encode(value)) == value


@patient
@given(json_values)
def test_another_json_reader_reads_the_same_value(value: Any) -> None:
    assert json.loads(canonical.encode(value), parse_int=float) == value


@patient
@given(st.binary() | st.text(alphabet='{}[]",:0123456789.eE+-\\u truefalsn').map(str.encode))
def test_any_bytes_are_canonical_json_or_refused_in_the_family(data: bytes) -> None:
    try:
        value = canonical.decode(data)
    except CanonicalError:
        return
    assert rfc8785.dumps(value) == data


@patient
@given(st.binary())
def test_base64_is_read_back(data: bytes) -> None:
    assert canonical.from_base64(canonical.to_base64(data), length=len(data)) == data


@patient
@given(st.text(alphabet="ABab01+/=-_ \n", max_size=12))
def test_base64_has_one_spelling(text: str) -> None:
    data = canonical.from_base64(text)
    assert data is None or canonical.to_base64(data) == text


@patient
@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)), st.integers(-14, 14))  # noqa: DTZ001  The zone is added below.
def test_a_timestamp_names_the_instant_to_the_millisecond(at: datetime, hours: int) -> None:
    aware = at.replace(tzinfo=timezone(timedelta(hours=hours)))
    text = canonical.timestamp(aware)
    assert (canonical.is_timestamp(text), (aware - datetime.fromisoformat(text)) // timedelta(milliseconds=1)) == (
        True,
        0,
    )


@patient
@given(leaves())
def test_the_fast_path_of_leaves_is_rfc_8785(value: Leaf) -> None:
    assert leaf.encode(value) == rfc8785.dumps(msgspec.to_builtins(value))


@patient
@given(leaves())
def test_a_leaf_is_read_back(value: Leaf) -> None:
    assert leaf.decode(leaf.encode(value)) == value


TEXT_MEMBERS = ["id", "type", "at", "chan", "prev", "actor", "case", "due", "law"]
near_misses = st.text(max_size=12) | st.builds(
    lambda value, sign, position: value[: position % (len(value) + 1)] + sign + value[position % (len(value) + 1) :],
    st.sampled_from([value for value in json.loads(GOLDEN).values() if isinstance(value, str)]),
    st.characters(),
    st.integers(0, 60),
)
ALPHABET = {
    "at": set("0123456789-:.TZ"),
    "due": set("0123456789-:.TZ"),
    "prev": set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="),
}
PLAIN = set("abcdefghijklmnopqrstuvwxyz0123456789_.->")


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(TEXT_MEMBERS), near_misses, st.sampled_from(["signed", "unsigned"]))
def test_no_string_that_a_user_typed_can_reach_a_leaf(member: str, text: str, kind: str) -> None:
    good = leaf.decode(GOLDEN)
    changes = {"seq": 2, "prev": VECTORS["leaf_hash"], "sig": good.sig if kind == "signed" else (), member: text}
    value = msgspec.structs.replace(good, **changes)
    try:
        leaf.encode(value)
    except LeafError:
        return
    assert set(text) <= ALPHABET.get(member, PLAIN)


@patient
@given(st.characters(), st.integers(0, 40), st.sampled_from(["field", "digest", "ref", "k", "s"]))
def test_no_sign_beyond_its_alphabet_can_reach_a_list_of_a_leaf(sign: str, position: int, place: str) -> None:
    base64_signs = ALPHABET["prev"]
    good = leaf.decode(GOLDEN)
    field, digest, reference, label, signature = "url", VECTORS["leaf_hash"], good.id, good.sig[0].k, good.sig[0].s

    def put(text: str) -> str:
        return text[:position] + sign + text[position + 1 :]

    changes: dict[str, dict[str, Any]] = {
        "field": {"c": {put(field): digest}},
        "digest": {"c": {field: put(digest)}},
        "ref": {"ref": (put(reference),)},
        "k": {"sig": (Signature(k=put(label), s=signature),)},
        "s": {"sig": (Signature(k=label, s=put(signature)),)},
    }
    try:
        leaf.encode(msgspec.structs.replace(good, **changes[place]))
    except LeafError:
        return
    assert sign in (base64_signs if place in {"digest", "s"} else PLAIN | set("/:+"))


@patient
@given(
    leaves(),
    st.sampled_from(TEXT_MEMBERS),
    st.none() | near_misses,
    st.integers(-1, 2) | st.integers(2**53 - 2, 2**53 + 1),
    st.sampled_from(["good", "changed"]),
)
def test_one_look_at_a_leaf_takes_what_looks_at_its_members_take(
    value: Leaf, member: str, text: str | None, seq: int, kind: str
) -> None:
    changes: dict[str, Any] = {"sig": ()} if kind == "good" else {"sig": (), member: text, "seq": seq}
    changed = msgspec.structs.replace(value, **changes)
    try:
        leaf._check(changed)  # The slow way is what the fast one is held against.
    except LeafError:
        good = False
    else:
        good = True
    try:
        leaf.encode(changed)
    except LeafError:
        assert not good
    else:
        assert good


@patient
@given(
    st.binary()
    | st.builds(lambda at, bad: GOLDEN[:at] + bad + GOLDEN[at:], st.integers(0, len(GOLDEN)), st.binary(max_size=3))
)
def test_any_bytes_are_the_bytes_of_a_leaf_or_refused_in_the_family(data: bytes) -> None:
    try:
        value = leaf.decode(data)
    except LeafError:
        return
    assert leaf.encode(value) == data


@patient
@given(st.sampled_from(["url", "payload"]), st.binary(min_size=32, max_size=32), st.binary(), st.binary())
def test_a_commitment_opens_to_its_value_alone(name: str, salt: bytes, value: bytes, other: bytes) -> None:
    assert commitment.opens(commitment.commit(name, salt, value), name, salt, other) == (value == other)


def rfc_6962_root(hashes: Sequence[bytes]) -> bytes:
    """The recursive definition, section 2.1."""
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + rfc_6962_root(hashes[:split]) + rfc_6962_root(hashes[split:])).digest()


@pytest.mark.parametrize("size", range(70))
def test_the_root_is_the_recursive_one(size: int) -> None:
    hashes = [leaf.leaf_hash(bytes([n])) for n in range(size)]
    assert tree.root(hashes) == rfc_6962_root(hashes)


names = st.text(min_size=1, max_size=20).filter(is_name)


@patient
@given(names, st.binary(min_size=32, max_size=32))
def test_keys_are_read_back_from_both_texts(name: str, seed: bytes) -> None:
    key = SigningKey(name, seed)
    assert (VerifyKey.parse(key.vkey), SigningKey.parse(key.private_text()).vkey) == (key.verify_key, key.vkey)


@patient
@given(st.text() | st.text(alphabet="+aAB019/="))
def test_any_text_is_a_key_or_refused_in_the_family(text: str) -> None:
    try:
        key = VerifyKey.parse(text)
    except KeyTextError:
        return
    assert key.vkey == text


@patient
@given(names, st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.just("\n")))
def test_what_is_signed_is_what_is_opened(name: str, text: str) -> None:
    key = SigningKey(name, bytes(32))
    opened = note.open(note.sign(text + "\n", key).encode(), [key.verify_key])
    assert (opened.text, opened.signed_by) == (text + "\n", (key.verify_key,))


@patient
@given(suffixes, st.binary(min_size=32, max_size=32), times, st.none() | st.integers(1, 86_400))
def test_a_signed_receipt_verifies_and_says_what_was_signed(
    suffix: str, digest: bytes, at: str, mmd: int | None
) -> None:
    whole = receipt.sign_custody(LOG, notice=f"ntc_{suffix}", leaf_hash=digest, at=at, mmd=mmd)
    good = verify(whole.encode(), keys=[LOG.verify_key])
    assert (good.notice, good.leaf_hash, good.at, good.mmd) == (f"ntc_{suffix}", digest, at, mmd)


@patient
@given(st.integers(0, len(CUSTODY)), st.integers(0, 8), st.binary(max_size=8))
def test_a_spliced_receipt_is_the_same_or_refused_in_the_family(start: int, length: int, patch: bytes) -> None:
    spliced = CUSTODY[:start] + patch + CUSTODY[start + length :]
    try:
        verify(spliced, keys=[LOG.verify_key])
    except ProofError:
        return
    assert spliced == CUSTODY


@patient
@given(st.binary() | st.text(alphabet="— a\n=AB+/").map(str.encode))
def test_any_other_bytes_are_refused_in_the_family(data: bytes) -> None:
    with pytest.raises(ProofError):
        verify(data, keys=[LOG.verify_key])
