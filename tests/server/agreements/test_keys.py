"""Keys of parties: enrolled and retired with an event each, and what is signed with one is verified first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.server.agreements.talking import act, newest, opened

from mufakat.client.agreements import signed_with
from mufakat.proof.key import SigningKey
from mufakat.rules.errors import BadAgreementError, BadReasonError, NotFoundError, NotNowError
from mufakat.server.agreements.models import Signature
from mufakat.server.journal.models import Event
from mufakat.server.parties import keys, queries

if TYPE_CHECKING:
    from tests.houses import House

OURS = SigningKey("telegram", b"\x01" * 32)
THEIRS = SigningKey("kominfo", b"\x02" * 32)


def party(handle: str = "telegram") -> queries.Party:
    return queries.party_by_handle(handle)


def test_enrolling_and_retiring_are_one_event_each_and_twice_is_once(house: House) -> None:
    del house
    before = Event.objects.count()
    first, again = (keys.enrol(party(), OURS.verify_key.vkey) for _ in range(2))
    keys.retire(party(), first.id, reason="Replaced by a newer one.")
    told = list(Event.objects.order_by("-position").values_list("type", flat=True)[:2])
    assert (first.id == again.id, Event.objects.count() - before, told) == (True, 2, ["key.retired", "key.enrolled"])


def test_a_private_key_is_refused_and_not_repeated(house: House) -> None:
    del house
    private = OURS.private_text()
    with pytest.raises(keys.BadKeyLineError) as refused:
        keys.enrol(party(), private)
    assert private not in str(refused.value)


@pytest.mark.parametrize("line", ["", "telegram", "telegram+00000000+AAAA", "x" * 300])
def test_what_is_no_key_is_refused(house: House, line: str) -> None:
    del house
    with pytest.raises(keys.BadKeyLineError):
        keys.enrol(party(), line)


def test_a_key_is_of_one_party_alone(house: House) -> None:
    del house
    keys.enrol(party(), OURS.verify_key.vkey)
    with pytest.raises(NotNowError):
        keys.enrol(party("kominfo"), OURS.verify_key.vkey)
    with pytest.raises(NotFoundError):
        keys.retire(party("kominfo"), OURS.verify_key.vkey, reason="Not ours.")


def test_a_key_is_retired_with_a_reason_and_for_good(house: House) -> None:
    del house
    made = keys.enrol(party(), OURS.verify_key.vkey)
    with pytest.raises(BadReasonError):
        keys.retire(party(), made.id, reason=" ")
    keys.retire(party(), made.vkey, reason="Lost.")
    with pytest.raises(NotNowError):
        keys.retire(party(), made.id, reason="Once more.")
    with pytest.raises(NotNowError):
        keys.enrol(party(), made.vkey)


def test_a_proposal_is_signed_with_a_key_and_shows_it(house: House) -> None:
    del house
    keys.enrol(party(), OURS.verify_key.vkey)
    found = opened()
    found = act(found["id"], "terms", "agree", proposal=1, signed=signed_with(OURS, found, "terms", 1))
    shown = newest(found, "terms")["proposals"][-1]["signatures"]
    assert [one["key"] for one in shown] == [None, OURS.verify_key.vkey]


def test_a_key_that_is_not_enrolled_signs_nothing(house: House) -> None:
    del house
    found = opened()
    for key, enrolled in ((OURS, False), (THEIRS, True)):
        if enrolled:  # For the other side: nobody signs with a neighbour's key.
            keys.enrol(party("kominfo"), key.verify_key.vkey)
        with pytest.raises(BadAgreementError, match="no such key"):
            act(found["id"], "terms", "agree", proposal=1, signed=signed_with(key, found, "terms", 1))
    assert list(Signature.objects.values_list("party__handle", flat=True)) == ["kominfo"]


def test_a_retired_key_signs_nothing(house: House) -> None:
    del house
    keys.retire(party(), keys.enrol(party(), OURS.verify_key.vkey).id, reason="Lost.")
    found = opened()
    with pytest.raises(BadAgreementError, match="no such key"):
        act(found["id"], "terms", "agree", proposal=1, signed=signed_with(OURS, found, "terms", 1))


def test_a_signature_of_something_else_is_refused(house: House) -> None:
    del house
    keys.enrol(party(), OURS.verify_key.vkey)
    one, other = opened(), opened()
    wrong = {"key": OURS.verify_key.vkey, "signature": "AAAA"}
    for signed in (signed_with(OURS, one, "terms", 1), wrong, {**wrong, "signature": "no base64"}):
        with pytest.raises(BadAgreementError, match="not the key's signature"):
            act(other["id"], "terms", "agree", proposal=1, signed=signed)
