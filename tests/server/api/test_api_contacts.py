"""Contacts and drills over HTTP, and who sees what of a contact (I-18)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from tests.houses import body
from tests.server.api.doors import get, hot, put, rows
from tests.server.api.test_api_roles import ROLES, seated

from mufakat.rules.permissions import Deed
from mufakat.server.api import components
from mufakat.server.notices import erasure
from mufakat.server.parties import mandate_queries, mandates
from mufakat.server.parties.models import Drill

if TYPE_CHECKING:
    from tests.houses import House
    from tests.server.api.doors import Reply

CONTACTS = "/api/v1/contacts"
PERSONAL = ("name", "email", "phone", "postal_address", "hours", "time_zone", "languages")


def card(**changes: Any) -> bytes:
    return json.dumps({**components.examples()["NewCard"], **changes}).encode()


def add(house: House, *, key: str = "k1", **changes: Any) -> Reply:
    return put(CONTACTS, card(**changes), house.token("telegram", "representative"), key)


def seen(house: House, handle: str, seat: str, owner: str = "telegram") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = get(f"/api/v1/parties/{owner}", house.token(handle, seat)).json()["contacts"]
    return found


def test_an_answer_that_was_erased_is_said_to_be_so_and_nothing_is_done_again(house: House) -> None:
    add(house)
    while erasure.sweep_answers(at=datetime.now(UTC) + timedelta(days=4_000)).more:
        pass
    again = add(house)
    assert (again.status, again.json()["type"]) == (410, "urn:mufakat:problem:erased")
    assert ("receipt" in again.json(), again.json()["detail"]) == (
        False,
        "This was done so long ago that its answer was erased. It is not done again.",
    )


@pytest.mark.parametrize("role", ROLES)
def test_who_sets_contacts(house: House, role: str) -> None:
    token = seated(house, "telegram", role)
    before = rows()
    answer = put(CONTACTS, card(), token, "k1")
    if role in {"representative", "admin"}:
        assert answer.status == 201
    else:
        assert (answer.status, rows()) == (403, before)


@pytest.mark.parametrize("role", ROLES)
def test_every_seat_reads_the_contacts_of_its_party(house: House, role: str) -> None:
    found = get(CONTACTS, seated(house, "telegram", role)).json()["items"]
    assert [one["in_force"]["name"] for one in found] == ["Sari Contoh", "Budi Contoh", "Ratna Contoh"]


@pytest.mark.invariant("I-02")
def test_the_same_key_adds_one_contact(house: House) -> None:
    answers = [add(house).body for _ in range(2)]
    assert (answers[0], len(get(CONTACTS, house.token("telegram", "reviewer")).json()["items"])) == (answers[1], 4)


def test_a_new_contact_has_an_address(house: House) -> None:
    answer = add(house)
    found = get(answer.headers["location"], house.token("telegram", "representative"))
    assert found.json()["id"] == answer.json()["id"]


def test_every_fault_of_a_card_is_named_at_once(house: House) -> None:
    answer = add(house, email="x", country="XX", rank=0)
    assert (answer.status, set(answer.pointers)) == (422, {"/email", "/country", "/rank"})


def test_a_drill_is_sent_answered_and_has_an_address(house: House) -> None:
    token = house.token("telegram", "representative")
    contact = get(CONTACTS, token).json()["items"][0]["id"]
    sent = put(f"{CONTACTS}/{contact}/drills", b"", token, "k1")
    put(f"/api/v1/drills/{sent.json()['id']}/answer", b"", house.token("telegram", "reviewer"))
    found = [get(sent.headers["location"], token).json(), *get(f"{CONTACTS}/{contact}/drills", token).json()["items"]]
    assert [one["state"] for one in found] == ["answered", "answered"]


def test_no_answer_tells_the_code_of_a_drill(house: House) -> None:
    token = house.token("telegram", "representative")
    contact = get(CONTACTS, token).json()["items"][0]["id"]
    sent = put(f"{CONTACTS}/{contact}/drills", b"", token, "k1")
    code = Drill.objects.get().code.encode()
    told = [sent.body] + [
        get(path, token).body
        for path in (CONTACTS, f"{CONTACTS}/{contact}", f"{CONTACTS}/{contact}/drills", sent.headers["location"])
    ]
    assert not any(code in one for one in told)


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_code_of_a_drill_is_no_token_and_no_notice(house: House, method: str) -> None:
    token = house.token("telegram", "representative")
    contact = get(CONTACTS, token).json()["items"][0]["id"]
    put(f"{CONTACTS}/{contact}/drills", b"", token, "k1")
    code = Drill.objects.get().code
    before = rows()
    answers = [
        Client().generic(
            method.upper(), path, content_type="application/json", headers={"Authorization": f"Bearer {said}"}
        )
        for path, said in ((f"/api/v1/notices/{code}/acknowledgement", token), (CONTACTS, code))
    ]
    assert (rows() == before, [one.status_code < 400 for one in answers]) == (True, [False, False])


# -- Who sees whom (I-18)


@pytest.mark.invariant("I-18")
@pytest.mark.parametrize(("handle", "seat"), [("isp-a", "engineer"), ("auditor", "auditor"), ("mufakat", "admin")])
def test_a_stranger_sees_role_and_office_alone(house: House, handle: str, seat: str) -> None:
    found = seen(house, handle, seat)
    shown = {name for one in found for name, value in one.items() if value is not None}
    assert (len(found), shown) == (3, {"id", "role", "organisation", "country"})


@pytest.mark.invariant("I-18")
def test_a_party_that_only_sent_a_user_report_stays_a_stranger(house: House) -> None:
    token = seated(house, "isp-a", "officer")
    assert hot(body(kind="user_report", legal_ground=None, terms_ground=GROUND), token=token).status == 201
    assert {one["name"] for one in seen(house, "isp-a", "engineer")} == {None}


@pytest.mark.invariant("I-18")
def test_whoever_asked_with_authority_sees_whom_to_call(house: House) -> None:
    house.submit()
    found = seen(house, "kominfo", "approver")[0]
    assert all(found[name] for name in PERSONAL)


@pytest.mark.invariant("I-18")
def test_whoever_holds_a_mandate_in_force_sees_whom_to_call_before_it_asks_anything(house: House) -> None:
    before = seen(house, "bnpt", "officer")[0]["name"]
    for one in mandate_queries.every("bnpt"):
        mandates.revoke(one.id, reason="Ended.")
    assert (before, seen(house, "bnpt", "officer")[0]["name"]) == ("Sari Contoh", None)


@pytest.mark.invariant("I-18")
def test_whoever_was_asked_sees_who_asked(house: House) -> None:
    house.submit()
    assert seen(house, "telegram", "reviewer", "kominfo")[0]["name"] == "Dewi Contoh"


@pytest.mark.invariant("I-18")
def test_two_authorities_see_nobody_of_each_other(house: House) -> None:
    house.submit()
    assert seen(house, "bnpt", "officer", "kominfo")[0]["name"] is None


@pytest.mark.invariant("I-18")
def test_a_token_for_other_deeds_than_reading_sees_role_and_office_alone(house: House) -> None:
    house.submit()
    token = house.token("kominfo", "officer", scopes=[Deed.SUBMIT])
    found = get("/api/v1/parties/telegram", token).json()["contacts"]
    assert {one["email"] for one in found} == {None}


@pytest.mark.invariant("I-18")
def test_nobody_else_sees_the_mandate_or_what_waits(house: House) -> None:
    house.submit()
    add(house, role="narahubung", name="Waits Contoh", mandate="Secret letter")
    told = get("/api/v1/parties/telegram", house.token("kominfo", "officer")).body
    assert (b"Waits Contoh" in told, b"mandate" in told) == (False, False)


@pytest.mark.invariant("I-10")
def test_another_partys_contacts_and_drills_are_not_there(house: House) -> None:
    token, other = house.token("telegram", "representative"), house.token("kominfo", "officer")
    contact = get(CONTACTS, token).json()["items"][0]["id"]
    drill = put(f"{CONTACTS}/{contact}/drills", b"", token, "k1").json()["id"]
    paths = (f"{CONTACTS}/{contact}", f"{CONTACTS}/{contact}/drills", f"/api/v1/drills/{drill}")
    assert [get(path, other).status for path in paths] == [404, 404, 404]


@pytest.mark.invariant("I-18")
def test_the_marker_of_the_unreachable_is_seen_by_both_sides(house: House) -> None:
    from mufakat.server.journal import door
    from mufakat.server.parties import contacts

    house.submit()
    pk = seen(house, "kominfo", "officer")[0]["id"]
    door.commit(lambda moment: contacts.mark_unreachable(pk, moment=moment, because="drill_missed"))
    theirs = next(one for one in seen(house, "kominfo", "officer") if one["id"] == pk)
    ours = get(f"{CONTACTS}/{pk}", house.token("telegram", "reviewer")).json()["in_force"]
    assert (theirs["unreachable_since"] == ours["unreachable_since"], ours["unreachable_since"] is None) == (
        True,
        False,
    )


GROUND = {"document": "Terms", "clause": "3", "url": "https://terms.example/3"}
