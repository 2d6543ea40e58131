"""The pages for endpoints and for what could not be delivered."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.web.web_checks import complaints, html

from mufakat.server.connectors import dispatch, expansion
from mufakat.server.connectors.models import Delivery, Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House

    Browser = Callable[[str, str], Client]

URL = "https://hooks.telegram.example/mufakat"
PAGE = "/desk/endpoints"
DEAD = "/desk/deliveries"
FORM = {"url": URL, "key": "page-1"}
ALLOWED = [("kominfo", "officer"), ("telegram", "representative"), ("mufakat", "admin")]
OTHERS = [("kominfo", "approver"), ("telegram", "reviewer"), ("isp-a", "engineer"), ("auditor", "auditor")]


def set_one(browser: Client, **changes: Any) -> Any:
    return browser.post(PAGE, {**FORM, **changes})


def make_dead(browser: Client) -> None:
    """A dead letter: its endpoint was disabled before it went, and is open again."""
    set_one(browser)
    here = f"{PAGE}/{Endpoint.objects.get().pk}"
    at = datetime.now(UTC) + timedelta(seconds=2)
    expansion.expand(at=at)
    browser.post(f"{here}/disable")
    dispatch.bury(at=at)
    browser.post(f"{here}/enable")


@pytest.mark.parametrize("seat", ALLOWED, ids="/".join)
@pytest.mark.parametrize("language", ["en", "id"])
def test_the_page_is_sound_empty_and_with_an_endpoint(
    house: House, browser_of: Browser, seat: tuple[str, str], language: str
) -> None:
    browser = browser_of(*seat)
    told = {"accept-language": language}
    empty = browser.get(PAGE, headers=told)
    made = browser.post(PAGE, FORM, headers=told)
    wrong = browser.post(PAGE, {"url": "http://127.0.0.1/", "key": "page-2"}, headers=told)
    assert [complaints(one) for one in (empty, made, wrong, browser.get(PAGE, headers=told))] == [[], [], [], []]


@pytest.mark.parametrize("seat", OTHERS, ids="/".join)
def test_the_page_is_closed_to_other_seats(house: House, browser_of: Browser, seat: tuple[str, str]) -> None:
    browser = browser_of(*seat)
    assert (browser.get(PAGE).status_code, set_one(browser).status_code) == (403, 403)
    assert Endpoint.objects.count() == 0


def test_the_secret_stands_on_the_page_once(house: House, browser_of: Browser) -> None:
    browser = browser_of("telegram", "representative")
    assert "whsec_" in html(set_one(browser))
    assert "whsec_" not in html(browser.get(PAGE))


def test_the_same_form_sent_twice_sets_one_endpoint(house: House, browser_of: Browser) -> None:
    browser = browser_of("telegram", "representative")
    set_one(browser)
    assert (set_one(browser).status_code, Endpoint.objects.count()) == (200, 1)


@pytest.mark.parametrize("url", ["", "http://hooks.example/", "https://10.0.0.1/", "https://u:p@hooks.example/", "x"])
def test_what_cannot_be_sent_to_is_refused_beside_its_field(house: House, browser_of: Browser, url: str) -> None:
    answer = set_one(browser_of("telegram", "representative"), url=url)
    assert (answer.status_code, "errorlist" in html(answer), Endpoint.objects.count()) == (422, True, 0)


def test_an_endpoint_is_tested_rotated_disabled_and_enabled(house: House, browser_of: Browser) -> None:
    browser = browser_of("telegram", "representative")
    set_one(browser)
    here = f"{PAGE}/{Endpoint.objects.get().pk}"
    assert browser.post(f"{here}/test").status_code == 302
    assert Delivery.objects.count() == 1
    assert "whsec_" in html(browser.post(f"{here}/secret"))
    browser.post(f"{here}/disable")
    assert Endpoint.objects.get().state == "disabled"
    assert "This endpoint is disabled; enable it first." in html(browser.post(f"{here}/test", follow=True))
    browser.post(f"{here}/enable")
    assert Endpoint.objects.get().state == "active"


def test_another_party_s_endpoint_is_not_there(house: House, browser_of: Browser) -> None:
    set_one(browser_of("telegram", "representative"))
    here = f"{PAGE}/{Endpoint.objects.get().pk}"
    other = browser_of("kominfo", "officer")
    assert {other.post(f"{here}/{deed}").status_code for deed in ("test", "secret", "disable", "enable")} == {404}
    assert (Endpoint.objects.get().state, URL in html(other.get(PAGE))) == ("active", False)


def test_a_get_changes_nothing(house: House, browser_of: Browser) -> None:
    browser = browser_of("telegram", "representative")
    set_one(browser)
    here = f"{PAGE}/{Endpoint.objects.get().pk}"
    before = Endpoint.objects.values().get()
    addresses = [*(f"{here}/{deed}" for deed in ("test", "secret", "disable", "enable")), f"{DEAD}/replay"]
    assert {browser.get(address).status_code for address in addresses} == {405}
    assert Endpoint.objects.values().get() == before


@pytest.mark.parametrize("seat", [*OTHERS, ("kominfo", "officer"), ("telegram", "representative")], ids="/".join)
def test_dead_letters_are_for_the_operator_alone(house: House, browser_of: Browser, seat: tuple[str, str]) -> None:
    make_dead(browser_of("telegram", "representative"))
    browser = browser_of(*seat)
    assert (browser.get(DEAD).status_code, browser.post(f"{DEAD}/replay").status_code) == (403, 403)
    assert {one.state for one in Delivery.objects.all()} == {"dead"}


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_operator_sees_dead_letters_and_tries_them_anew(house: House, browser_of: Browser, language: str) -> None:
    make_dead(browser_of("telegram", "representative"))
    operator = browser_of("mufakat", "admin")
    told = {"accept-language": language}
    page = operator.get(DEAD, headers=told)
    assert complaints(page) == []
    assert re.findall(r'name="delivery" value="(\w+)"', html(page)) == ["all", Delivery.objects.get().pk]
    assert "hooks.telegram.example" not in html(page)
    operator.post(f"{DEAD}/replay", {"delivery": Delivery.objects.get().pk})
    assert Delivery.objects.get().state == "waiting"
    assert complaints(operator.get(DEAD, headers=told)) == []


@pytest.mark.parametrize("form", [{}, {"delivery": ""}, {"delivery": "ALL"}, {"delivery": "dlv_none"}], ids=str)
def test_a_form_that_names_no_delivery_is_not_understood_as_all_of_them(
    house: House, browser_of: Browser, form: dict[str, str]
) -> None:
    make_dead(browser_of("telegram", "representative"))
    assert browser_of("mufakat", "admin").post(f"{DEAD}/replay", form).status_code == 404
    assert Delivery.objects.get().state == "dead"


def test_everything_is_tried_anew_at_once(house: House, browser_of: Browser) -> None:
    make_dead(browser_of("telegram", "representative"))
    browser_of("mufakat", "admin").post(f"{DEAD}/replay", {"delivery": "all"})
    assert Delivery.objects.get().state == "waiting"
