import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mufakat.proof import canonical, leaf
from mufakat.proof.errors import LeafError
from mufakat.proof.key import SigningKey
from mufakat.proof.leaf import Leaf, Signature

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "receipts.json").read_text(encoding="utf-8"))
GOLDEN: bytes = VECTORS["leaf"].encode()
DIGEST = canonical.to_base64(bytes(range(32)))
SIGNATURE = Signature(k="org.example/a:b_c-d+0123abcd", s=canonical.to_base64(bytes(range(64))))
CASE = "ntc_01jd8v9r1ze8k3n7p5s2a4b6d9"
NO_ID = [
    "",
    "ntc",
    CASE[:-1],
    CASE + "0",
    CASE.upper(),
    "xyz" + CASE[3:],
    "ntc_8" + CASE[5:],
    CASE + "\n",
    CASE[:-1] + "u",
]
NO_TIME = ["", "2026-11-22", "2026-11-22T01:02:03Z", "2026-02-30T01:02:03.456Z", "2026-11-22T01:02:03.456+00:00", "now"]
NO_DIGEST = [
    "",
    "AAAA",
    DIGEST[:-1],
    DIGEST + "=",
    DIGEST[:-2] + "9=",
    DIGEST.replace("A", "-"),
    DIGEST + "\n",
    " " + DIGEST,
]
NO_HANDLE = ["", "-a", "A", "a b", "a.b", "a_b", "a" * 64, "é", "a\n"]


def golden(**changes: Any) -> Leaf:
    """The golden leaf, a second one in its channel, with changes."""
    return msgspec.structs.replace(leaf.decode(GOLDEN), **{"seq": 2, "prev": DIGEST, **changes})


def test_the_golden_leaf_is_read_and_written_back() -> None:
    assert leaf.encode(leaf.decode(GOLDEN)) == GOLDEN


def test_the_golden_leaf_has_its_hash() -> None:
    assert canonical.to_base64(leaf.leaf_hash(GOLDEN)) == VECTORS["leaf_hash"]


def test_the_golden_signing_bytes_come_out() -> None:
    assert leaf.signing_bytes(leaf.decode(GOLDEN)) == VECTORS["signing_bytes"].encode()


def test_the_signature_in_the_golden_leaf_is_one_of_its_signing_bytes() -> None:
    signed = leaf.decode(GOLDEN)
    key = SigningKey("kominfo", bytes.fromhex(VECTORS["party"]["seed_hex"])).verify_key
    signature = canonical.from_base64(signed.sig[0].s)
    assert (signed.sig[0].k, key.verifies(signature or b"", leaf.signing_bytes(signed))) == (key.label, True)


def test_the_signing_bytes_do_not_depend_on_signatures() -> None:
    assert leaf.signing_bytes(golden(sig=())) == leaf.signing_bytes(golden(sig=(SIGNATURE,)))


def test_signing_bytes_of_a_bad_leaf_are_refused() -> None:
    with pytest.raises(LeafError):
        leaf.signing_bytes(golden(actor="A B"))


def test_null_members_are_written() -> None:
    members = json.loads(leaf.encode(golden(case=None, due=None, law=None, seq=1, prev=None)))
    assert [name for name, value in members.items() if value is None] == ["case", "due", "law", "prev"]


def test_every_leaf_has_all_members() -> None:
    assert sorted(json.loads(GOLDEN)) == sorted(
        ["v", "id", "type", "at", "chan", "seq", "prev", "actor", "case", "due", "law", "c", "ref", "sig"]
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"seq": 1, "prev": None},
        {"seq": 2**53 - 1},
        {"type": "a.b_c.d"},
        {"type": "a." + "b" * 38},
        {"actor": "a" * 63},
        {"chan": "a>" + "b" * 63},
        {"law": "a" + "0" * 31},
        {"c": {}},
        {"c": {"a" * 32: DIGEST}},
        {"c": {chr(ord("a") + n % 26) + "_" * (n // 26): DIGEST for n in range(32)}},
        {"ref": (CASE,) * 32},
        {"sig": (SIGNATURE,) * 4},
        *(
            {"case": prefix + CASE[3:]}
            for prefix in [
                "ntc",
                "dec",
                "sor",
                "apl",
                "rst",
                "agr",
                "pty",
                "mnd",
                "evt",
                "mai",
                "bnk",
                "pol",
                "hit",
                "ntf",
            ]
        ),
    ],
    ids=str,
)
def test_the_widest_values_of_the_schema_are_accepted(changes: dict[str, Any]) -> None:
    assert leaf.decode(leaf.encode(golden(**changes))) == golden(**changes)


BAD: list[tuple[str, Any]] = [
    *(("v", value) for value in [0, 2, True, "1", None, 1.0]),
    *(("id", value) for value in [*NO_ID, CASE, None, 1]),
    *(
        ("type", value)
        for value in ["", "notice", "Notice.received", "notice.", ".a", "a..b", "a.b c", "a.b1", "a." + "b" * 39]
    ),
    *(("at", value) for value in [*NO_TIME, None, 1]),
    *(("chan", value) for value in ["", "a", "a>", ">a", "a>b>c", "a > b", "A>b", "a>" + "b" * 64, "a>b\n", None]),
    *(("seq", value) for value in [0, -1, 2**53, True, "2", 2.0, None]),
    *(("prev", value) for value in [*NO_DIGEST, 1]),
    *(("actor", value) for value in [*NO_HANDLE, None]),
    *(("case", value) for value in [*NO_ID, 1]),
    *(("due", value) for value in [*NO_TIME, 1]),
    *(("law", value) for value in ["", "1a", "UU", "uu 11", "a" * 33, "a_b", 1]),
    *(("c", {"a": value}) for value in [*NO_DIGEST, None, 1]),
    *(("c", {name: DIGEST}) for name in ["", "A", "a b", "a1", "_a", "a-b", "a" * 33, "é", 1]),
    ("c", {chr(ord("a") + n % 26) + "_" * (n // 26): DIGEST for n in range(33)}),
    ("c", None),
    ("c", []),
    *(("ref", (value,)) for value in [*NO_ID, None, 1]),
    ("ref", (CASE,) * 33),
    ("ref", CASE),
    ("ref", None),
    *(
        ("sig", (Signature(k=k, s=SIGNATURE.s),))
        for k in ["", "a", "a+", "+0123abcd", "a+0123ABCD", "a+0123abcde", "A+0123abcd", "a b+0123abcd", "a+b+0123abcd"]
    ),
    *(("sig", (Signature(k=SIGNATURE.k, s=s),)) for s in ["", DIGEST, SIGNATURE.s[:-1], SIGNATURE.s[:-3] + "B=="]),
    ("sig", (SIGNATURE,) * 5),
    ("sig", None),
]


@pytest.mark.parametrize(("member", "value"), BAD, ids=lambda value: ascii(value)[:60])
def test_a_value_outside_the_schema_is_refused_by_its_members_name(member: str, value: Any) -> None:
    with pytest.raises(LeafError) as caught:
        leaf.encode(golden(**{member: value}))
    assert caught.value.member == member


@pytest.mark.parametrize(("member", "value"), BAD, ids=lambda value: ascii(value)[:60])
def test_bytes_with_a_value_outside_the_schema_are_refused(member: str, value: Any) -> None:
    members = {**json.loads(leaf.encode(golden())), member: msgspec.to_builtins(value)}
    with pytest.raises(LeafError):
        leaf.decode(json.dumps(members, sort_keys=True, separators=(",", ":")).encode())


def test_a_signature_that_is_a_bare_object_is_refused() -> None:
    with pytest.raises(LeafError) as caught:
        leaf.encode(golden(sig=({"k": SIGNATURE.k, "s": SIGNATURE.s},)))
    assert caught.value.member == "sig"


@pytest.mark.parametrize(("seq", "prev"), [(1, DIGEST), (2, None)])
def test_only_the_first_of_a_channel_has_no_previous_leaf(seq: int, prev: str | None) -> None:
    with pytest.raises(LeafError) as caught:
        leaf.encode(golden(seq=seq, prev=prev))
    assert caught.value.member == "prev"


@pytest.mark.parametrize("member", sorted(json.loads(GOLDEN)))
def test_a_missing_member_is_refused_by_its_name(member: str) -> None:
    members = json.loads(GOLDEN)
    del members[member]
    with pytest.raises(LeafError) as caught:
        leaf.decode(canonical.encode(members))
    assert caught.value.member == member


@pytest.mark.parametrize("extra", ["subj", "\x1b[2J", "c1", "zzz"], ids=ascii)
def test_an_unknown_member_is_refused_without_repeating_it(extra: str) -> None:
    with pytest.raises(LeafError) as caught:
        leaf.decode(canonical.encode({**json.loads(GOLDEN), extra: 1}))
    assert (caught.value.member, extra in str(caught.value)) == ("leaf", False)


def test_an_unknown_member_of_a_signature_is_refused() -> None:
    members = json.loads(GOLDEN)
    members["sig"][0]["x"] = 1
    with pytest.raises(LeafError):
        leaf.decode(canonical.encode(members))


@pytest.mark.parametrize(
    "data",
    [
        GOLDEN + b"\n",
        GOLDEN.replace(b'"v":1', b'"v":1.0'),
        GOLDEN.replace(b'"v":1', b'"v": 1'),
        GOLDEN.replace(b'"v":1', b'"v":1,"v":1'),
        GOLDEN.replace(b'{"actor":"kominfo",', b"{").replace(b'"v":1', b'"v":1,"actor":"kominfo"'),
        GOLDEN.replace(b"kominfo", b"komin\\u0066o"),
        GOLDEN.replace(b"notice.", b"\xff"),
        GOLDEN[:-1],
        b"",
        b"null",
        b"[]",
        b"[" * 4000,
    ],
    ids=[
        "newline",
        "fraction",
        "space",
        "member-twice",
        "order",
        "escape",
        "not-utf-8",
        "cut-off",
        "nothing",
        "null",
        "list",
        "deep",
    ],
)
def test_bytes_that_are_not_the_canonical_ones_are_refused(data: bytes) -> None:
    with pytest.raises(LeafError):
        leaf.decode(data)


def test_a_leaf_beyond_four_kibibytes_is_not_written() -> None:
    wide = Signature(k="a" * 255 + "+0123abcd", s=SIGNATURE.s)
    commitments = {chr(ord("a") + n % 26) + "_" * 31: DIGEST for n in range(26)}
    with pytest.raises(LeafError) as caught:
        leaf.encode(golden(c=commitments, ref=(CASE,) * 32, sig=(wide,) * 4))
    assert caught.value.member == "leaf"


def test_bytes_beyond_four_kibibytes_are_refused() -> None:
    with pytest.raises(LeafError):
        leaf.decode(b" " * 4097)
