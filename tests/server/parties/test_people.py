from __future__ import annotations

import pytest
from django.test import Client

from mufakat.rules.errors import NotFoundError
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Role
from mufakat.server.journal.models import Event
from mufakat.server.parties import operations, queries
from mufakat.server.parties.operations import BadPartyError, TakenError


def seated(handle: str = "court-a", email: str = "officer@court-a.invalid"):
    party = operations.register_party(handle, kind=PartyKind.COURT, name="Court A (example)")
    return operations.enrol_person(party, role=Role.OFFICER, ordinal=1, email=email, name="officer of court-a")


def signs_in(email: str, password: str) -> bool:
    answer = Client().post("/account/login/", {"login": email, "password": password})
    return answer.status_code == 302


def test_a_seat_made_for_a_system_gets_its_person(house):
    person = seated()
    token = operations.issue_token(person).token
    operations.enrol_person(
        person.party,
        role=Role.OFFICER,
        ordinal=1,
        email="a@court-a.example",
        name="A",
        password="correct horse battery",
    )
    assert signs_in("a@court-a.example", "correct horse battery")
    assert Client().get("/api/v1/notices", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_seat_that_a_person_has_is_not_given_to_another(house):
    person = seated(email="a@court-a.example")
    with pytest.raises(TakenError):
        operations.enrol_person(person.party, role=Role.OFFICER, ordinal=1, email="b@court-a.example", name="B")


def test_an_address_is_one_persons(house):
    person = seated()
    with pytest.raises(TakenError):
        operations.enrol_person(person.party, role=Role.OFFICER, ordinal=2, email="officer@kominfo.example", name="B")


@pytest.mark.parametrize(("email", "name"), [("nonsense", "A"), ("a@b.example", ""), ("a@b.example", "A\x00")])
def test_a_person_needs_an_address_and_a_name(house, email, name):
    party = queries.party_by_handle("kominfo")
    with pytest.raises(BadPartyError):
        operations.enrol_person(party, role=Role.OFFICER, ordinal=2, email=email, name=name)


def test_a_forgotten_password_is_replaced_and_open_sessions_end(house, browser_of):
    browser = browser_of("kominfo", "officer")
    operations.set_password("officer@kominfo.example", "another horse battery")
    assert browser.get("/desk/").status_code == 302
    assert signs_in("officer@kominfo.example", "another horse battery")


def test_who_is_ended_acts_no_more(house, browser_of):
    browser, token = browser_of("kominfo", "officer"), house.token("kominfo", "officer")
    headers = {"Authorization": f"Bearer {token}"}
    assert Client().get("/api/v1/notices", headers=headers).status_code == 200
    operations.end_person("officer@kominfo.example")
    assert Client().get("/api/v1/notices", headers=headers).status_code == 401
    assert browser.get("/desk/").status_code == 302


@pytest.mark.invariant("I-03")
def test_ending_somebody_twice_is_one_event(house):
    operations.end_person("officer@kominfo.example")
    operations.end_person("officer@kominfo.example")
    assert Event.objects.filter(type="person.ended").count() == 1


def test_nobody_is_not_found(house):
    with pytest.raises(NotFoundError):
        operations.end_person("nobody@kominfo.example")


def test_second_factors_lie_sealed(house):
    from allauth.mfa.adapter import get_adapter

    sealed = get_adapter().encrypt("secret")
    assert "secret" not in sealed
    assert get_adapter().decrypt(sealed) == "secret"
