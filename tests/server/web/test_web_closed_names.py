"""Is this name closed: asked by exact name, by anybody, and never as a list (I-16)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.server.register.playing import follow
from tests.server.restrictions.ordering import ENGINEERS, NAMES, OFFICER, Ministry
from tests.server.web.web_checks import complaints, html

from mufakat.rules.restriction import CarryingState, Sighting
from mufakat.server.journal import door
from mufakat.server.register import doors, queries as register
from mufakat.server.restrictions import looking_up
from mufakat.server.restrictions.models import Carrying, ClosedName, Resolver, Sight
from mufakat.server.runtime import door_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

    from mufakat.server.journal.work import Moment

ASK = "/restrictions/"


@pytest.fixture
def ministry(house: House) -> Ministry:
    doors.forget()
    return Ministry(house, at=datetime.now(UTC))


def ask(name: str, language: str = "en") -> Any:
    return Client().get(ASK, {"name": name}, headers={"Accept-Language": language})


def sight(ministry: Ministry, pk: str, operator: str, state: Sighting, number: int = 1) -> None:
    """What a resolver of an operator answers for the first name from now on."""
    engineer = ministry.house.caller(*ENGINEERS[operator])
    at, ministry.at = ministry.at, ministry.at + timedelta(minutes=1)

    def run(moment: Moment) -> None:
        del moment
        made = {"person_id": engineer.person_id, "event": f"evt_{operator}{number}", "set_at": at, "proved_at": at}
        address = f"192.0.2.{number}"
        resolver, _ = Resolver.objects.get_or_create(operator_id=engineer.party_id, address=address, defaults=made)
        closed = ClosedName.objects.get(restriction=pk, name=NAMES[0])
        said = {"state": state.value, "since": at, "asked_at": at}
        Sight.objects.update_or_create(closed=closed, resolver=resolver, defaults=said)

    door.commit(run)


def carried(pk: str, **changes: Any) -> None:
    """How the restriction stands at the operators from now on."""
    door.commit(lambda _: Carrying.objects.filter(restriction=pk).update(**changes))


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_empty_page_says_what_holds_for_every_restriction(ministry: Ministry, language: str) -> None:
    response = Client().get(ASK, headers={"Accept-Language": language})
    assert response.status_code == 200
    assert complaints(response) == []


@pytest.mark.parametrize("language", ["en", "id"])
def test_a_closed_name_says_by_whom_why_until_when_and_how_to_object(ministry: Ministry, language: str) -> None:
    pk = ministry.published()
    response = ask(NAMES[0], language)
    page = html(response)
    assert complaints(response) == []
    for said in (pk, "UU 11/2008", "A made-up placeholder.", "isp-a", "isp-b", "kominfo", "telegram"):
        assert said in page
    assert ("How to object" if language == "en" else "keberatan") in page


@pytest.mark.invariant("I-16")
def test_no_other_name_of_the_order_is_told(ministry: Ministry) -> None:
    ministry.published(reason=f"See {NAMES[1]}, and *.{NAMES[1]} too.", proportionality=f"Not {NAMES[1]}.")
    assert NAMES[1].split(".")[0] not in html(ask(NAMES[0])).replace("[.]", ".")


@pytest.mark.invariant("I-16")
@pytest.mark.parametrize(
    "near", ["example.net", "b.web.example.net", "eb.example.net", "web.example.ne", "*.example.net", "%", "web%"]
)
def test_near_the_name_is_not_the_name(ministry: Ministry, near: str) -> None:
    pk = ministry.published()
    assert pk not in html(ask(near))


@pytest.mark.parametrize(
    "name", ["web.example.net", "WEB.example.net.", " web.example.net ", "https://web.example.net/x"]
)
def test_a_name_is_found_as_people_write_it(ministry: Ministry, name: str) -> None:
    assert ministry.published() in html(ask(name))


def test_below_a_closed_tree_is_closed_and_says_which_name_stands_above(ministry: Ministry) -> None:
    pk = ministry.published(match="subtree")
    page = html(ask(f"deep.{NAMES[0]}"))
    assert pk in page
    assert "web[.]example[.]net" in page


@pytest.mark.parametrize(
    "text", ["not a name", "10.0.0.1", ".", "*", "x" * 2_000, "\x00", "<script>alert(1)</script>", "a..b"]
)
def test_what_is_no_name_is_said_and_shown_inert(ministry: Ministry, text: str) -> None:
    response = ask(text)
    assert response.status_code == 422
    assert "<script>alert" not in html(response)
    assert complaints(response) == []


def test_what_waits_or_was_refused_is_not_told(ministry: Ministry) -> None:
    waiting, refused = ministry.propose()["id"], ministry.propose(names=["other.example.net"])["id"]
    ministry.approve(refused, refuse=True, note="No.")
    assert waiting not in html(ask(NAMES[0]))
    assert refused not in html(ask("other.example.net"))


def test_after_the_lifting_each_operator_is_seen_closed_or_open(ministry: Ministry) -> None:
    pk = ministry.published()
    for handle in ("isp-a", "isp-b"):
        sight(ministry, pk, handle, Sighting.CLOSED)
    ministry.lift(pk)
    sight(ministry, pk, "isp-a", Sighting.OPEN)
    (told,) = looking_up.look_up(NAMES[0], at=ministry.at)
    assert [(one.carrying.operator.handle, one.seen and one.seen.state) for one in told.operators] == [
        ("isp-a", "open"),
        ("isp-b", "closed"),
    ]
    assert "To be open, and not yet seen open everywhere." in html(ask(NAMES[0]))
    sight(ministry, pk, "isp-b", Sighting.OPEN)
    carried(pk, state=CarryingState.OPEN.value)
    assert "Not closed." in html(ask(NAMES[0]))


def test_an_operator_is_closed_while_one_of_its_resolvers_is(ministry: Ministry) -> None:
    pk = ministry.published()
    sight(ministry, pk, "isp-a", Sighting.OPEN, number=1)
    sight(ministry, pk, "isp-a", Sighting.CLOSED, number=2)
    told = looking_up.look_up(NAMES[0], at=ministry.at)[0].operators[0]
    assert (told.seen and told.seen.state) == Sighting.CLOSED


def test_a_name_that_is_not_asked_for_stands_as_its_list_does(ministry: Ministry) -> None:
    pk = ministry.published()
    sight(ministry, pk, "isp-a", Sighting.CLOSED)
    told = looking_up.look_up(NAMES[1], at=ministry.at)[0].operators[0]
    assert (told.seen and told.seen.state) == Sighting.CLOSED
    ministry.lift(pk, NAMES[1])
    told = looking_up.look_up(NAMES[1], at=ministry.at)[0].operators[0]
    assert told.seen is None


def test_who_is_late_is_told_once_its_ladder_came_to_that(ministry: Ministry) -> None:
    pk = ministry.published()
    ministry.lift(pk)
    carried(pk, overdue_at=ministry.at, climbed=1)
    assert "Overdue" not in html(ask(NAMES[0]))
    carried(pk, climbed=3)
    assert "Overdue" in html(ask(NAMES[0]))


def test_what_only_counts_closes_nothing(ministry: Ministry) -> None:
    ministry.published(shadow=True)
    page = html(ask(NAMES[0]))
    assert "Not closed." in page
    assert "It closes nothing." in page


@pytest.mark.invariant("I-15")
def test_of_abuse_of_children_no_words_are_told(ministry: Ministry) -> None:
    ministry.published(list="child_sexual_abuse", reason="Canary words.")
    assert "Canary words." not in html(ask(NAMES[0]))


def test_one_address_asks_as_often_as_its_door_opens(ministry: Ministry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MUFAKAT_DOORS", door_environment.read({"MUFAKAT_PUBLIC_PACE": "1"}))
    assert [ask(NAMES[0]).status_code for _ in range(2)] == [200, 429]


def test_the_answer_costs_as_many_queries_for_many_as_for_one(ministry: Ministry) -> None:
    counts = []
    for number in range(3):
        ministry.published(names=[NAMES[0], f"n{number}.example.net"])
        with CaptureQueriesContext(connection) as found:
            ask(NAMES[0])
        counts.append(len(found))
    assert counts[0] == counts[1] == counts[2]


def test_no_cache_and_no_search_engine_keeps_what_somebody_asked_for(ministry: Ministry) -> None:
    headers = ask(NAMES[0]).headers
    assert (headers["Cache-Control"], headers["X-Robots-Tag"], headers["Referrer-Policy"]) == (
        "private, no-store",
        "noindex",
        "no-referrer",
    )


@pytest.mark.invariant("I-16")
@pytest.mark.parametrize("language", ["en", "id"])
def test_the_register_shows_it_without_its_names(ministry: Ministry, language: str) -> None:
    pk = ministry.published()
    ministry.confirm(pk, by=ENGINEERS["isp-a"])
    ministry.lift(pk, by=OFFICER)
    follow(ministry.at)
    entry = register.get(pk)
    assert (entry.state, entry.fields["closes"], entry.fields["lifted_by"]) == ("lifted", 2, "authority")
    response = Client().get(f"/register/restrictions/{pk}", headers={"Accept-Language": language})
    listed = Client().get("/register/?kind=restriction&party=isp-a", headers={"Accept-Language": language})
    assert pk in html(listed)
    for page in (response, listed, Client().get(f"/api/v1/register/{pk}"), Client().get("/")):
        assert page.status_code == 200
        assert not [name for name in NAMES if name in page.content.decode().replace("[.]", ".")]
    assert complaints(response) == []
    receipt = Client().get(f"/register/restrictions/{pk}/receipts/{entry.event}")
    assert receipt.content.decode().startswith("mufakat/custody/v1\n")


def renewed(ministry: Ministry) -> str:
    first = ministry.published()
    ministry.published(renews=first)
    return first


def renewed_at_one(ministry: Ministry) -> str:
    first = ministry.published()
    ministry.published(renews=first, operators=["isp-a"])
    return first


def measured(ministry: Ministry) -> str:
    pk = ministry.published(shadow=True)
    ministry.lift(pk)
    return pk


def run_out(ministry: Ministry) -> str:
    sunset = (ministry.at + timedelta(days=30)).isoformat()
    pk = ministry.published(sunset_at=sunset)
    ministry.published(list="narcotics", operators=["isp-a"])
    ministry.wait(days=31)
    ministry.work()
    return pk


def partly_kept(ministry: Ministry) -> str:
    pk = ministry.published()
    ministry.confirm(pk)
    ministry.published(list="narcotics", operators=["isp-a"], names=[NAMES[0]])
    ministry.lift(pk, NAMES[0])
    return pk


@pytest.mark.parametrize(
    ("ended", "states"),
    [
        (renewed, {"isp-a": "open", "isp-b": "open"}),
        (renewed_at_one, {"isp-a": "open", "isp-b": "opening"}),
        (measured, {"isp-a": "open", "isp-b": "open"}),
        (run_out, {"isp-a": "open", "isp-b": "opening"}),
        (partly_kept, {"isp-a": "applied", "isp-b": "opening"}),
    ],
)
def test_the_register_says_of_each_operator_what_it_has_to_open(
    ministry: Ministry, ended: Callable[[Ministry], str], states: dict[str, str]
) -> None:
    pk = ended(ministry)
    follow(ministry.at)
    carried = {one["operator"]: one["state"] for one in register.get(pk).fields["carried"]}
    rows = Carrying.objects.filter(restriction=pk).values_list("operator__handle", "state")
    assert (carried, dict(rows)) == (states, states)


def test_the_front_page_counts_restrictions(ministry: Ministry) -> None:
    from mufakat.server.register import counts

    ministry.lift(ministry.published())
    ministry.published(names=["other.example.net"])
    unpublished = ministry.propose(names=["third.example.net"])["id"]
    follow(ministry.at)
    found = counts.counted()
    assert (found.restrictions, found.closing, found.opened) == (2, 1, 1)
    assert Client().get(f"/register/restrictions/{unpublished}").status_code == 404
