"""Restrictions at the desk: ordered, approved, answered, carried out and lifted by pages; nothing by opening one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from tests.server.restrictions.ordering import APPROVER, ENGINEERS, LAWYER, NAMES, OFFICER, SERVICE, Ministry
from tests.server.web.web_checks import complaints, html

from mufakat.server.journal import door
from mufakat.server.restrictions.models import Carrying, Restriction

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

    Sign = Callable[..., Client]

ENGINEER = ENGINEERS["isp-a"]
DESK = "/desk/restrictions/"


@pytest.fixture
def ministry(house: House) -> Ministry:
    return Ministry(house, at=datetime.now(UTC))


def key_of(response: Any) -> str:
    match = re.search(r'name="key" value="([^"]+)"', html(response))
    assert match is not None
    return match[1]


def typed(at: datetime, **changes: Any) -> dict[str, Any]:
    """A sound order as the form has it."""

    def local(days: int) -> str:
        return (at + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")

    return {
        "category": "terrorism",
        "names": "\r\n".join(NAMES),
        "match": "exact",
        "layer": "dns",
        "operators": ["isp-a", "isp-b"],
        "platform": "telegram",
        "system": "id",
        "instrument": "UU 11/2008",
        "provision": "Pasal 40 ayat (2a)",
        "reason": "A made-up placeholder.",
        "proportionality": "Nothing milder was left.",
        "review_at": local(10),
        "sunset_at": local(20),
        "agreement": "id-2017",
        "all_of": ["representative"],
        **changes,
    }


def propose(client: Client, at: datetime, **changes: Any) -> Any:
    key = key_of(client.get(f"{DESK}new"))
    return client.post(f"{DESK}new", {"key": key, **typed(at, **changes)})


def act(client: Client, pk: str, deed: str, **told: Any) -> Any:
    page = client.get(f"{DESK}{pk}")
    return client.post(f"{DESK}{pk}/{deed}", {"key": key_of(page), **told})


def test_an_order_goes_from_the_form_to_the_lists_and_back_by_pages_alone(ministry: Ministry, browser_of: Sign) -> None:
    made = propose(browser_of(*OFFICER), ministry.at)
    pk = made["Location"].rpartition("/")[2]
    assert made.status_code == 302
    assert act(browser_of(*APPROVER), pk, "approve", note="Read.").status_code == 302
    assert act(browser_of(*LAWYER), pk, "approve", note="Lawful.").status_code == 302
    assert act(browser_of(*SERVICE), pk, "answer", note="The channels are gone.").status_code == 302
    ministry.work()
    assert ministry.state(pk) == "publishing"
    assert act(browser_of(*ENGINEER), pk, "confirm").status_code == 302
    page = browser_of(*OFFICER).get(f"{DESK}{pk}/lift")
    assert browser_of(*OFFICER).post(f"{DESK}{pk}/lift", {"key": key_of(page), "what": "all"}).status_code == 302
    assert ministry.state(pk) == "lifted"
    assert act(browser_of(*ENGINEER), pk, "confirm").status_code == 302


def test_some_names_are_lifted_alone(ministry: Ministry, browser_of: Sign) -> None:
    pk = ministry.published()
    client = browser_of(*APPROVER)
    told = {"key": key_of(client.get(f"{DESK}{pk}/lift")), "what": "some", "names": NAMES[0]}
    assert client.post(f"{DESK}{pk}/lift", told).status_code == 302
    assert ministry.state(pk) == "partly_lifted"


@pytest.mark.parametrize("names", ["", "not-closed.example.net", "*.example.net"])
def test_what_is_not_closed_cannot_be_lifted_by_name(ministry: Ministry, browser_of: Sign, names: str) -> None:
    pk = ministry.published()
    client = browser_of(*APPROVER)
    told = {"key": key_of(client.get(f"{DESK}{pk}/lift")), "what": "some", "names": names}
    response = client.post(f"{DESK}{pk}/lift", told)
    assert (response.status_code, ministry.state(pk)) == (422, "publishing")
    assert complaints(response) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"names": ""}, "order-names"),
        ({"names": "go.id"}, "ending under which anybody registers"),
        ({"names": "ok.example.net\r\n*"}, "Line 2:"),
        ({"names": "10.0.0.0/8"}, "only names are closed"),
        ({"instrument": ""}, "order-instrument"),
        ({"sunset_at": "2099-01-01T00:00"}, "order-sunset_at"),
        ({"sunset_at": "2001-01-01T00:00"}, "lies in the past"),
        ({"sunset_at": "soon"}, "order-sunset_at"),
        ({"category": "gambling"}, "order-category"),
        ({"operators": []}, "order-operators"),
        ({"operators": ["telegram"]}, "order-operators"),
        ({"dated": "2001-01-01"}, "order-dated"),
        ({"reason": " "}, "order-reason"),
    ],
)
def test_an_order_that_cannot_be_taken_says_why_beside_the_field_and_keeps_what_was_typed(
    ministry: Ministry, browser_of: Sign, changes: dict[str, Any], told: str
) -> None:
    response = propose(browser_of(*OFFICER), ministry.at, **changes)
    assert response.status_code == 422
    assert told in html(response)
    assert "Nothing milder was left." in html(response)
    assert complaints(response) == []
    assert not Restriction.objects.exists()


def test_the_guard_is_asked_before_anything_is_proposed(ministry: Ministry, browser_of: Sign) -> None:
    names = "web.example.net\r\ngo.id\r\nd111.cloudfront.net\r\nbmkg.go.id"
    told = typed(ministry.at, names=names)
    client = browser_of(*OFFICER)
    part = client.post(f"{DESK}new/names", told, headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert "<html" not in html(part)
    for said in ("Line 2", "Impossible", "Needs reasons", "nothing found"):
        assert said in html(part)
    whole = client.post(f"{DESK}new/names", told)
    assert "Line 2" in html(whole)
    assert complaints(whole) == []
    assert not Restriction.objects.exists()


def test_nobody_approves_what_they_proposed_or_approved(ministry: Ministry, browser_of: Sign) -> None:
    pk = ministry.propose()["id"]
    ministry.approve(pk, by=APPROVER)
    page = browser_of(*APPROVER).get(f"{DESK}{pk}")
    assert f"{pk}/approve" not in html(page)
    assert "made by three persons" in html(page)
    response = browser_of(*APPROVER).post(f"{DESK}{pk}/approve", {"key": "x"})
    assert response.status_code == 403
    assert "made by three persons" in html(response)
    assert ministry.state(pk) == "proposed"


def test_an_approver_says_no_with_a_reason(ministry: Ministry, browser_of: Sign) -> None:
    pk = ministry.propose()["id"]
    assert act(browser_of(*APPROVER), pk, "refuse", note="Too wide.").status_code == 302
    assert ministry.state(pk) == "refused"
    assert "Too wide." in html(browser_of(*OFFICER).get(f"{DESK}{pk}"))


def test_whoever_proposed_takes_it_back(ministry: Ministry, browser_of: Sign) -> None:
    pk = ministry.propose()["id"]
    assert act(browser_of(*OFFICER), pk, "withdraw", note="A mistake.").status_code == 302
    assert ministry.state(pk) == "refused"


@pytest.mark.parametrize("deed", ["approve", "refuse", "answer", "confirm", "withdraw", "lift"])
def test_opening_an_address_does_nothing(ministry: Ministry, browser_of: Sign, deed: str) -> None:
    pk = ministry.propose()["id"]
    before = list(Restriction.objects.values())
    for by in (OFFICER, APPROVER, SERVICE, ENGINEER):
        browser_of(*by).get(f"{DESK}{pk}/{deed}")
    assert list(Restriction.objects.values()) == before


@pytest.mark.invariant("I-10")
def test_others_find_nothing_there(ministry: Ministry, browser_of: Sign) -> None:
    pk = ministry.propose()["id"]
    for by in (("bnpt", "officer"), ENGINEER, ENGINEERS["isp-c"]):
        for path in ("", "/matrix", "/names.txt", "/lift"):
            assert browser_of(*by).get(f"{DESK}{pk}{path}").status_code in {403, 404}
    assert Client().get(f"{DESK}{pk}").status_code == 302


@pytest.mark.invariant("I-16")
def test_an_operator_sees_what_it_carries_out_and_not_who_else_does(ministry: Ministry, browser_of: Sign) -> None:
    pk = ministry.published()
    client = browser_of(*ENGINEER)
    for path in ("", "/matrix"):
        page = html(client.get(f"{DESK}{pk}{path}"))
        assert "isp-a" in page
        assert "isp-b" not in page
    assert "We removed the channels." not in html(client.get(f"{DESK}{pk}"))
    assert client.get(f"{DESK}{pk}/names.txt").content.decode().split() == sorted(NAMES)


@pytest.mark.parametrize("path", ["", "/matrix"])
def test_who_opened_some_names_late_is_late_no_more(ministry: Ministry, browser_of: Sign, path: str) -> None:
    pk = ministry.published(operators=["isp-a"])
    ministry.confirm(pk)
    ministry.lift(pk, NAMES[0])
    rows = Carrying.objects.filter(restriction=pk)
    door.commit(lambda _: rows.update(overdue_at=ministry.at, climbed=3))
    pages = [html(browser_of(*OFFICER).get(f"{DESK}{pk}{path}"))]
    ministry.confirm(pk)
    pages.append(html(browser_of(*OFFICER).get(f"{DESK}{pk}{path}")))
    assert ["Overdue" in page for page in pages] == [True, False]
    assert "Not opened in time" not in pages[-1]


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("path", ["", "new", "{pk}", "{pk}/lift", "{pk}/matrix"])
def test_the_pages_are_sound_in_both_languages(ministry: Ministry, browser_of: Sign, language: str, path: str) -> None:
    pk = ministry.published()
    response = browser_of(*OFFICER).get(f"{DESK}{path.format(pk=pk)}", headers={"Accept-Language": language})
    assert response.status_code == 200
    assert complaints(response) == []
    assert f'<html lang="{language}"' in html(response)


def test_the_receipt_of_a_step_is_handed_out_to_whoever_sees_the_step(ministry: Ministry, browser_of: Sign) -> None:
    pk = ministry.published()
    page = html(browser_of(*OFFICER).get(f"{DESK}{pk}"))
    proofs = re.findall(rf"{pk}/receipts/(evt_[0-9a-z]+)\?grade=inclusion", page)
    events = re.findall(rf'{pk}/receipts/(evt_[0-9a-z]+)"', page)
    assert (len(events), proofs) == (5, events)
    text = browser_of(*OFFICER).get(f"{DESK}{pk}/receipts/{events[0]}").content.decode()
    assert text.startswith("mufakat/custody/v1\n")
    assert browser_of(*ENGINEER).get(f"{DESK}{pk}/receipts/{events[0]}").status_code == 404
    assert browser_of(*ENGINEER).get(f"{DESK}{pk}/receipts/{events[-1]}").status_code == 200


def test_the_list_costs_as_many_queries_for_many_as_for_one(ministry: Ministry, browser_of: Sign) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = browser_of(*OFFICER)
    counts = []
    for number in range(3):
        ministry.published(names=[f"n{number}.example.net"])
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert client.get(DESK).status_code == 200
        counts.append(len(found))
    assert counts[1] == counts[2]


def test_the_desk_says_what_waits_for_each_seat(ministry: Ministry, browser_of: Sign) -> None:
    pk = ministry.propose()["id"]
    said = "1 restriction waits for your seat."
    assert said in html(browser_of(*APPROVER).get("/desk/"))
    assert said in html(browser_of(*SERVICE).get("/desk/"))
    assert said not in html(browser_of(*ENGINEER).get("/desk/"))
    ministry.approve(pk, by=APPROVER)
    assert said not in html(browser_of(*APPROVER).get("/desk/"))
    ministry.approve(pk, by=LAWYER)
    ministry.answer(pk)
    ministry.work()
    assert said in html(browser_of(*ENGINEER).get("/desk/"))
