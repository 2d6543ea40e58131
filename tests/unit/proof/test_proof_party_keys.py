"""A key of a party counts from its enrolment to its retirement, by places in the log (attacks 37 and 39)."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mufakat.proof import canonical, leaf, party_keys, signed
from mufakat.proof.errors import KeysFileError, KeyTextError
from mufakat.proof.key import SigningKey, VerifyKey
from mufakat.proof.leaf import Leaf
from mufakat.proof.party_keys import Listed, Tenures, Wrong
from mufakat.proof.signed import Given, Outcome

RECEIPTS = json.loads((Path(__file__).parents[2] / "vectors" / "receipts.json").read_text(encoding="utf-8"))
GOLDEN = leaf.decode(RECEIPTS["leaf"].encode())
ORIGIN = "localhost/log/1"
OLD = SigningKey("kominfo", bytes(range(1, 33)))
NEW = SigningKey("kominfo", bytes(range(33, 65)))
FOREIGN = SigningKey("telegram", bytes(range(65, 97)))
SALT = bytes(range(32))
BODY_DIGEST = bytes(32)


def event(number: int, *given: Given, **members: Any) -> Leaf:
    return msgspec.structs.replace(
        GOLDEN, id=f"{GOLDEN.id[:-4]}{number:04d}", sig=tuple(one.signature for one in given), **members
    )


def enrolled(number: int, key: SigningKey, *beside: SigningKey) -> Leaf:
    ends = {"sender": "kominfo", "recipient": "mufakat"}
    given = [signed.enrol(one, key.vkey, origin=ORIGIN, **ends, salt=SALT) for one in (key, *beside)]
    return event(number, *given, type="key.enrolled", chan="kominfo>mufakat", c=signed.of_key(key.vkey, salt=SALT))


def retired(number: int, enrolment: Leaf) -> Leaf:
    return event(number, type="key.retired", chan="kominfo>mufakat", c={}, ref=(enrolment.id,))


def sent(number: int, key: SigningKey, salt: bytes = SALT) -> Leaf:
    c = signed.of_body(BODY_DIGEST, salt=salt)
    said = event(number, c=c, type="notice.received", actor="kominfo", chan="kominfo>telegram")
    statement = signed.statement_of(said, origin=ORIGIN)
    given = Given(k=key.verify_key.label, s=canonical.to_base64(key.sign(statement)))
    return msgspec.structs.replace(said, sig=(given.signature,))


def wrongs(*leaves: Leaf) -> list[tuple[int, Wrong]]:
    tenures = Tenures(ORIGIN, [OLD.verify_key, NEW.verify_key, FOREIGN.verify_key])
    return [(one.index, one.wrong) for place, each in enumerate(leaves) for one in tenures.take(place, each)]


def test_what_is_signed_between_enrolment_and_retirement_counts() -> None:
    first = enrolled(0, OLD)
    assert wrongs(first, sent(1, OLD), retired(2, first)) == []


def test_a_retired_keys_late_signature_is_found() -> None:
    first = enrolled(0, OLD)
    assert wrongs(first, retired(1, first), sent(2, OLD)) == [(2, Wrong.RETIRED)]


def test_a_signature_before_the_enrolment_is_found() -> None:
    assert wrongs(sent(0, OLD), enrolled(1, OLD)) == [(0, Wrong.NOT_ENROLLED)]


def test_a_stolen_key_cannot_sign_into_the_past() -> None:
    first = enrolled(0, OLD)
    dated = msgspec.structs.replace(sent(2, OLD), at="2020-01-01T00:00:00.000Z")
    assert wrongs(first, retired(1, first), dated) == [(2, Wrong.RETIRED)]


def test_the_same_statement_in_two_leaves_is_found() -> None:
    assert wrongs(enrolled(0, OLD), sent(1, OLD), sent(2, OLD)) == [(2, Wrong.REPEATED)]
    assert wrongs(enrolled(0, OLD), sent(1, OLD), sent(2, OLD, bytes(32))) == []


def test_a_bad_signature_and_a_foreign_one_are_found() -> None:
    bad = msgspec.structs.replace(sent(1, OLD), chan="kominfo>meta")
    assert wrongs(enrolled(0, OLD), bad, sent(2, FOREIGN)) == [(1, Wrong.BAD), (2, Wrong.FOREIGN)]


@pytest.mark.parametrize("keys", [[], [OLD.verify_key]])
@pytest.mark.parametrize("members", [{"type": "notice.seen"}, {"type": "key.retired"}, {"c": {}}])
def test_what_nobody_signs_is_bad_whoever_seems_to_have_signed_it(
    keys: list[VerifyKey], members: dict[str, Any]
) -> None:
    hostile = msgspec.structs.replace(sent(1, OLD), **members)
    tenures = Tenures(ORIGIN, keys)
    assert tenures.take(0, enrolled(0, OLD)) == []
    assert [one.wrong for one in tenures.take(1, hostile)] == [Wrong.BAD]


def test_an_enrolment_of_nothing_enrols_nothing() -> None:
    tenures = Tenures(ORIGIN, [])
    hostile = msgspec.structs.replace(enrolled(0, OLD), c={})
    assert [one.wrong for one in tenures.take(0, hostile)] == [Wrong.UNPROVED]
    assert [one.wrong for one in tenures.take(1, sent(1, OLD))] == [Wrong.NOT_ENROLLED]


def test_a_further_key_is_vouched_for_by_one_in_force() -> None:
    first = enrolled(0, OLD)
    assert wrongs(first, enrolled(1, NEW, OLD), sent(2, NEW)) == []
    assert wrongs(first, retired(1, first), enrolled(2, NEW, OLD)) == [(2, Wrong.RETIRED)]
    assert wrongs(enrolled(0, NEW, OLD)) == [(0, Wrong.NOT_ENROLLED)]


def test_an_enrolment_that_the_key_did_not_sign_enrols_nothing() -> None:
    unproved = msgspec.structs.replace(enrolled(0, OLD), c=signed.of_key(NEW.vkey, salt=SALT))
    assert wrongs(unproved, sent(1, OLD)) == [(0, Wrong.UNPROVED), (1, Wrong.NOT_ENROLLED)]


def test_a_key_for_agreements_alone_signs_no_event() -> None:
    bare = msgspec.structs.replace(enrolled(0, OLD), sig=())
    assert wrongs(bare, sent(1, OLD)) == [(1, Wrong.NOT_ENROLLED)]


def test_a_retirement_of_something_else_ends_nothing() -> None:
    assert wrongs(enrolled(0, OLD), retired(1, enrolled(9, NEW)), sent(2, OLD)) == []


def test_the_leaf_of_an_enrolment_opens_to_the_line() -> None:
    first = enrolled(0, OLD)
    assert party_keys.is_enrolled_by(first, OLD.vkey, salt=SALT)
    assert not party_keys.is_enrolled_by(first, NEW.vkey, salt=SALT)
    assert not party_keys.is_enrolled_by(sent(1, OLD), OLD.vkey, salt=SALT)


def test_a_downloaded_list_and_lines_are_read() -> None:
    listed = json.dumps({"party": "kominfo", "items": [{"vkey": OLD.vkey, "label": None, "more": 1}]})
    assert party_keys.read(listed) == party_keys.read(OLD.vkey + "\n") == [Listed(key=OLD.verify_key)]


PLACED = {"vkey": OLD.vkey, "origin": ORIGIN, "index": 5, "enrolled_at": GOLDEN.at}
ENDED = {**PLACED, "retired_index": 9, "retired_at": f"{GOLDEN.at[:4]}-12-31T00:00:00.000Z"}


def outcomes(*listed: dict[str, Any], index: int | None, origin: str = ORIGIN, **members: Any) -> list[Outcome]:
    said = sent(1, OLD)
    if origin != ORIGIN:
        given = canonical.to_base64(OLD.sign(signed.statement_of(said, origin=origin)))
        said = msgspec.structs.replace(said, sig=(leaf.Signature(k=OLD.verify_key.label, s=given),))
    keys = party_keys.read(json.dumps({"items": listed}))
    found = party_keys.check(msgspec.structs.replace(said, **members), origin=origin, index=index, keys=keys)
    return [one.outcome for one in found]


@pytest.mark.parametrize(
    ("listed", "index", "outcome"),
    [
        (PLACED, 4, Outcome.NOT_ENROLLED),
        (PLACED, 5, Outcome.GOOD),
        (PLACED, 900, Outcome.GOOD),
        (ENDED, 8, Outcome.GOOD),
        (ENDED, 9, Outcome.RETIRED),
        (ENDED, 900, Outcome.RETIRED),
    ],
)
def test_attack_39_a_listed_key_counts_by_places_alone(listed: dict[str, Any], index: int, outcome: Outcome) -> None:
    assert outcomes(listed, index=index) == [outcome]
    # Neither a leaf that is dated back nor a list with other times moves a place.
    assert outcomes({**listed, "enrolled_at": None, "retired_at": None}, index=index) == [outcome]


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        ("2020-01-01T00:00:00.000Z", Outcome.NOT_ENROLLED),
        (GOLDEN.at, Outcome.GOOD),
        (ENDED["retired_at"], Outcome.RETIRED),
    ],
)
def test_where_there_is_no_place_the_times_decide(at: str, outcome: Outcome) -> None:
    assert outcomes(ENDED, index=None, at=at) == [outcome]
    assert outcomes(ENDED, index=7, origin="localhost/log/2", at=at) == [outcome]


def test_a_key_that_is_given_without_bounds_counts_everywhere() -> None:
    assert outcomes(ENDED, {"vkey": OLD.vkey}, index=900) == [Outcome.GOOD]


def test_a_place_makes_no_bad_signature_good() -> None:
    assert outcomes(PLACED, index=7, chan="kominfo>meta") == [Outcome.BAD]


@pytest.mark.parametrize(
    "text",
    ["{}", '{"items": 1}', '{"items": [{}]}', "{", json.dumps({"items": [{"vkey": OLD.vkey, "retired_at": "9"}]})],
)
def test_a_list_of_something_else_is_refused(text: str) -> None:
    with pytest.raises(KeysFileError):
        party_keys.read(text)


def test_a_private_key_is_refused() -> None:
    with pytest.raises(KeyTextError):
        party_keys.read(json.dumps({"items": [{"vkey": OLD.private_text()}]}))
