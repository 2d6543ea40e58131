"""What parties sign (docs/adr/0003): the golden statement, and each thing that a signature must not serve for."""

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mufakat.proof import canonical, leaf, signed
from mufakat.proof.errors import CommitmentError, NotSignableError, SignatureTextError, WeakKeyError
from mufakat.proof.key import SigningKey, VerifyKey
from mufakat.proof.leaf import Leaf, Signature
from mufakat.proof.signed import Checked, Given, Outcome

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "signed.json").read_text(encoding="utf-8"))
RECEIPTS = json.loads((Path(__file__).parents[2] / "vectors" / "receipts.json").read_text(encoding="utf-8"))
ORIGIN = "localhost/log/1"
NOTICE = "ntc_01jd8v9r1ze8k3n7p5s2a4b6d9"
KOMINFO = SigningKey("kominfo", bytes(range(1, 33)))
TELEGRAM = SigningKey("telegram", bytes(range(33, 65)))
KEYS = [KOMINFO.verify_key, TELEGRAM.verify_key]
SALT = bytes(range(32))
BODY = b'{"to":"telegram"}'
HASH = leaf.leaf_hash(b"the leaf by which it came")


def made(given: Given, **members: Any) -> Leaf:
    """A leaf with this signature and these members."""
    told = {"actor": "kominfo", "case": NOTICE, "chan": "kominfo>telegram", "type": "notice.received", **members}
    golden = leaf.decode(RECEIPTS["leaf"].encode())
    return msgspec.structs.replace(golden, **told, sig=(given.signature,))


def sent() -> Leaf:
    given = signed.receive(KOMINFO, BODY, origin=ORIGIN, recipient="telegram", salt=SALT)
    return made(given, c=signed.of_body(hashlib.sha256(BODY).digest(), salt=SALT))


def acknowledged(note: str = "") -> Leaf:
    given = signed.acknowledge(TELEGRAM, NOTICE, HASH, origin=ORIGIN, sender="kominfo", note=note, salt=SALT)
    c = signed.of_receipt(HASH, note=note.encode(), salt=SALT)
    return made(given, c=c, actor="telegram", chan="telegram>kominfo", type="notice.acknowledged")


def delivered() -> Leaf:
    given = signed.deliver(TELEGRAM, NOTICE, HASH, origin=ORIGIN, sender="kominfo")
    c = signed.of_receipt(HASH)
    return made(given, c=c, actor="telegram", chan="telegram>kominfo", type="notice.delivered")


def outcomes(found: Leaf, origin: str = ORIGIN) -> list[Outcome]:
    return [one.outcome for one in signed.check(leaf.decode(leaf.encode(found)), origin=origin, keys=KEYS)]


def test_the_golden_statements_come_out() -> None:
    found = {one.type: signed.statement_of(one, origin=ORIGIN).decode() for one in (sent(), acknowledged("Seen."))}
    assert found == VECTORS["statements"]


def test_the_golden_signatures_come_out() -> None:
    found = {one.type: {"k": one.sig[0].k, "s": one.sig[0].s} for one in (sent(), acknowledged("Seen."))}
    assert found == VECTORS["signatures"]


@pytest.mark.parametrize("found", [sent(), acknowledged(), acknowledged("Seen."), delivered()])
def test_whoever_has_the_leaf_and_the_key_sees_who_signed(found: Leaf) -> None:
    assert signed.check(found, origin=ORIGIN, keys=KEYS) == (Checked(found.sig[0].k, Outcome.GOOD),)
    assert signed.check(found, origin=ORIGIN, keys=KEYS)[0].party == found.actor


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "notice.acknowledged"},
        {"type": "notice.seen"},
        {"chan": "kominfo>meta"},
        {"chan": "bnpt>telegram"},
        {"c": signed.of_body(bytes(32), salt=SALT)},
        {"c": {}},
    ],
    ids=str,
)
def test_a_signature_serves_for_no_other_event(changes: dict[str, Any]) -> None:
    assert outcomes(msgspec.structs.replace(sent(), **changes)) == [Outcome.BAD]


def test_a_signature_serves_for_no_other_log() -> None:
    assert outcomes(sent(), "localhost/log/2") == [Outcome.BAD]


@pytest.mark.parametrize(
    "changes",
    [{"case": NOTICE[:-1] + "8"}, {"c": signed.of_receipt(bytes(32))}, {"type": "notice.delivered"}],
    ids=str,
)
def test_an_acknowledgement_serves_for_no_other_notice(changes: dict[str, Any]) -> None:
    assert outcomes(msgspec.structs.replace(acknowledged(), **changes)) == [Outcome.BAD]


def test_a_note_is_not_put_into_somebodys_mouth() -> None:
    bare, worded = acknowledged(), acknowledged("Seen.")
    assert outcomes(msgspec.structs.replace(bare, c=worded.c)) == [Outcome.BAD]
    assert outcomes(msgspec.structs.replace(worded, c=bare.c)) == [Outcome.BAD]


def test_a_note_needs_a_salt() -> None:
    with pytest.raises(CommitmentError):
        signed.of_receipt(HASH, note=b"Seen.")


def test_what_the_server_adds_to_a_leaf_is_none_of_the_signers_words() -> None:
    later = msgspec.structs.replace(sent(), c={**sent().c, "subject": canonical.to_base64(HASH)}, law=None, due=None)
    assert outcomes(later) == [Outcome.GOOD]


def test_an_unknown_key_is_told_apart_from_a_bad_signature() -> None:
    assert [one.outcome for one in signed.check(sent(), origin=ORIGIN, keys=[TELEGRAM.verify_key])] == [Outcome.UNKNOWN]


def test_a_neighbours_good_signature_is_not_the_actors() -> None:
    said = signed.statement_of(sent(), origin=ORIGIN)
    foreign = Signature(k=TELEGRAM.verify_key.label, s=canonical.to_base64(TELEGRAM.sign(said)))
    assert outcomes(msgspec.structs.replace(sent(), sig=(foreign,))) == [Outcome.FOREIGN]


def test_the_same_signature_twice_counts_once() -> None:
    assert outcomes(msgspec.structs.replace(sent(), sig=sent().sig * 2)) == [Outcome.GOOD, Outcome.BAD]


def test_a_key_of_the_same_label_does_not_hide_the_right_one() -> None:
    twin = VerifyKey("kominfo", TELEGRAM.verify_key.public_key)
    object.__setattr__(twin, "key_id", KOMINFO.key_id)
    checked = signed.check(sent(), origin=ORIGIN, keys=[twin, KOMINFO.verify_key])
    assert [one.outcome for one in checked] == [Outcome.GOOD]


def test_a_signature_of_the_whole_leaf_is_not_taken_for_the_statement() -> None:
    assert outcomes(leaf.decode(RECEIPTS["leaf"].encode())) == [Outcome.BAD]


@pytest.mark.parametrize("said", [b"", signed.DOMAIN])
def test_of_what_is_not_signable_no_signature_is_good(said: bytes) -> None:
    one = Signature(k=KOMINFO.verify_key.label, s=canonical.to_base64(KOMINFO.sign(said)))
    seen = msgspec.structs.replace(sent(), type="notice.seen", sig=(one,))
    assert outcomes(seen) == [Outcome.BAD]
    assert [one.outcome for one in signed.check(seen, origin=ORIGIN, keys=[])] == [Outcome.UNKNOWN]


def test_nobody_verifies_with_a_key_under_which_anybody_can_sign() -> None:
    with pytest.raises(WeakKeyError):
        VerifyKey("kominfo", bytes(32))


@pytest.mark.parametrize(("type_", "c"), [("notice.seen", {"received": "x"}), ("notice.received", {"note": "x"})])
def test_what_is_not_covered_has_no_statement(type_: str, c: dict[str, str]) -> None:
    with pytest.raises(NotSignableError):
        signed.statement(origin=ORIGIN, type_=type_, sender="a", recipient="b", actor="a", case=None, c=c)


def test_a_new_key_is_signed_for_by_itself_and_by_one_in_force() -> None:
    fresh = SigningKey("kominfo", bytes(range(64, 96)))
    vkey = fresh.verify_key.vkey
    ends = {"sender": "kominfo", "recipient": "mufakat"}
    both = [signed.enrol(key, vkey, origin=ORIGIN, **ends, salt=SALT) for key in (fresh, KOMINFO)]
    found = made(both[0], c=signed.of_key(vkey, salt=SALT), chan="kominfo>mufakat", type="key.enrolled")
    found = msgspec.structs.replace(found, sig=tuple(one.signature for one in both))
    checked = signed.check(found, origin=ORIGIN, keys=[*KEYS, fresh.verify_key])
    assert [one.outcome for one in checked] == [Outcome.GOOD, Outcome.GOOD]


def test_a_key_that_the_operator_enrols_signs_for_itself() -> None:
    vkey = TELEGRAM.verify_key.vkey
    given = signed.enrol(TELEGRAM, vkey, origin=ORIGIN, sender="mufakat", recipient="telegram", salt=SALT)
    c = signed.of_key(vkey, salt=SALT)
    found = made(given, c=c, actor="mufakat", chan="mufakat>telegram", type="key.enrolled")
    assert outcomes(found) == [Outcome.GOOD]


@pytest.mark.parametrize("note", ["", "Seen."])
def test_a_signature_on_its_way_is_read_back(note: str) -> None:
    given = signed.acknowledge(TELEGRAM, NOTICE, HASH, origin=ORIGIN, sender="kominfo", note=note, salt=SALT)
    assert (Given.parse(given.text()), given.salt_bytes) == (given, SALT if note else None)


GOOD = signed.receive(KOMINFO, BODY, origin=ORIGIN, recipient="telegram", salt=SALT).text()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "k",
        GOOD + " ",
        GOOD + "\n",
        GOOD.replace("; ", ";"),
        GOOD.replace("k=", "K="),
        GOOD.replace("salt=AAEC", "salt=AAE"),
        GOOD.replace("kominfo+", "kom info+"),
        GOOD.replace("=; s=", "; s="),
        GOOD.replace("==", "="),
    ],
)
def test_what_is_not_written_so_is_refused(text: str) -> None:
    with pytest.raises(SignatureTextError):
        Given.parse(text)


@pytest.mark.parametrize(("member", "value"), [("k", "kominfo"), ("s", "AAAA"), ("salt", "AAAA"), ("salt", "; s=")])
def test_an_object_has_the_same_form(member: str, value: str) -> None:
    with pytest.raises(SignatureTextError):
        msgspec.structs.replace(Given.parse(GOOD), **{member: value}).require_form()
