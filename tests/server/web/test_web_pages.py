"""Every page for every seat: what it shows, to whom it is closed, and that nothing on it is inline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from tests.houses import body
from tests.server.web.web_checks import complaints, fields, html, read

from mufakat.server.journal import door

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

    Browser = Callable[[str, str], Client]

OPEN = [
    "/",
    "/log/",
    "/account/login/",
    "/account/signup/",
    "/account/password/reset/",
    "/account/inactive/",
    "/nowhere",
]
SEATS = [
    ("kominfo", "officer"),
    ("kominfo", "approver"),
    ("bnpt", "officer"),
    ("telegram", "representative"),
    ("telegram", "reviewer"),
    ("isp-a", "engineer"),
    ("auditor", "auditor"),
    ("mufakat", "admin"),
]
# Seat → what /desk/, the list, the form, and a notice from kominfo to telegram answer.
TABLE = {
    ("kominfo", "officer"): (200, 200, 200, 200),
    ("kominfo", "approver"): (200, 200, 403, 200),
    ("bnpt", "officer"): (200, 200, 200, 404),
    ("telegram", "representative"): (200, 200, 403, 200),
    ("telegram", "reviewer"): (200, 200, 403, 200),
    ("isp-a", "engineer"): (200, 200, 403, 404),
    ("auditor", "auditor"): (200, 200, 403, 404),
    ("mufakat", "admin"): (200, 403, 403, 403),
}


@pytest.mark.parametrize("address", OPEN)
@pytest.mark.parametrize("language", ["en", "id"])
def test_an_open_page_is_sound(house: House, address: str, language: str) -> None:
    assert complaints(Client().get(address, headers={"accept-language": language})) == []


@pytest.mark.parametrize("seat", SEATS, ids="/".join)
def test_the_table_of_seats_holds(house: House, browser_of: Browser, seat: tuple[str, str]) -> None:
    notice = house.submit().subject
    browser = browser_of(*seat)
    addresses = ("/desk/", "/desk/notices/", "/desk/send", f"/desk/notices/{notice}")
    assert tuple(browser.get(address).status_code for address in addresses) == TABLE[seat]


@pytest.mark.parametrize("seat", SEATS, ids="/".join)
def test_every_page_of_a_seat_is_sound(house: House, browser_of: Browser, seat: tuple[str, str]) -> None:
    notice = house.submit().subject
    browser = browser_of(*seat)
    addresses = [
        *("/", "/log/", "/desk/", "/desk/notices/", "/desk/notices/?state=closed", "/desk/send"),
        *(f"/desk/notices/{notice}", "/account/", "/account/2fa/", "/account/password/change/", "/account/logout/"),
    ]
    assert {address: wrong for address in addresses if (wrong := complaints(browser.get(address)))} == {}


@pytest.mark.parametrize("address", ["/desk/", "/desk/notices/", "/desk/send", "/desk/notices/ntc_x", "/account/"])
def test_a_visitor_is_led_to_the_sign_in(house: House, address: str) -> None:
    response = Client().get(address)
    assert (response.status_code, response.headers["Location"].split("?")[0]) == (302, "/account/login/")


def test_the_desk_is_kept_by_no_cache(house: House, browser_of: Browser) -> None:
    assert browser_of("kominfo", "officer").get("/desk/").headers["Cache-Control"] == "private, no-store"


def test_party_and_seat_stand_on_every_page(house: House, browser_of: Browser) -> None:
    page = html(browser_of("kominfo", "approver-2").get("/log/"))
    assert "Ministry of Communication (example)" in page
    assert "kominfo/approver-2" in page


def test_the_front_page_says_that_nothing_was_agreed_yet(house: House) -> None:
    page = html(Client().get("/"))
    assert "There is none yet. Until one is in force between two parties" in page
    assert "Restrictions at the network" in page


def test_the_log_page_lists_the_live_shard_with_its_files(house: House) -> None:
    assert read(Client().get("/log/")).links[-2:] == ["/log/1/keys.json", "/log/1/checkpoint"]


def test_an_unknown_file_of_the_log_is_a_problem_for_machines(house: House) -> None:
    response = Client().get("/log/1/nothing-of-the-kind")
    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/problem+json")


def test_the_admin_is_told_what_the_seat_is_for(house: House, browser_of: Browser) -> None:
    assert "It reads no notices." in html(browser_of("mufakat", "admin").get("/desk/"))


def test_an_empty_desk_says_so(house: House, browser_of: Browser) -> None:
    assert "Nothing waits for your party." in html(browser_of("telegram", "reviewer").get("/desk/"))


def test_the_desk_shows_what_is_due_soonest_first(house: House, browser_of: Browser) -> None:
    first, second = house.submit(key="a").subject, house.submit(key="b").subject
    links = read(browser_of("telegram", "representative").get("/desk/")).links
    assert [link for link in links if "ntc_" in link] == [f"/desk/notices/{first}", f"/desk/notices/{second}"]


def test_what_waits_for_others_is_not_on_my_desk(house: House, browser_of: Browser) -> None:
    house.submit()
    assert "ntc_" not in html(browser_of("kominfo", "officer").get("/desk/"))


def test_the_list_narrows_by_state(house: House, browser_of: Browser) -> None:
    house.submit()
    browser = browser_of("kominfo", "officer")
    assert "ntc_" in html(browser.get("/desk/notices/?state=received"))
    assert "No notice is in this state." in html(browser.get("/desk/notices/?state=closed"))


def test_the_list_goes_on_where_the_page_before_ended(house: House, browser_of: Browser) -> None:
    made = [house.submit(key=f"k{number}").subject for number in range(53)]
    browser = browser_of("kominfo", "officer")
    first = read(browser.get("/desk/notices/")).links
    more = next(link for link in first if link.startswith("?after="))
    second = read(browser.get("/desk/notices/" + more)).links
    shown = [link.rsplit("/", 1)[1] for link in first + second if "ntc_" in link and "?" not in link]
    assert shown == made[::-1]


@pytest.mark.parametrize("query", ["state=banned", "after=x", "after=ntc_' or 1=1"])
def test_an_address_of_no_list_is_not_found(house: House, browser_of: Browser, query: str) -> None:
    assert browser_of("kominfo", "officer").get(f"/desk/notices/?{query}").status_code == 404


@pytest.mark.parametrize("address", ["/desk/", "/desk/notices/"])
def test_more_notices_cost_no_more_queries(house: House, browser_of: Browser, address: str) -> None:
    browser = browser_of("telegram", "representative")
    counted = []
    for upto in (3, 40):
        for number in range(upto):
            house.submit(key=f"k{number}")
        counted.append(queries_of(browser, address))
    assert counted[0] == counted[1]


def test_a_notice_costs_as_many_queries_with_a_hundred_links(house: House, browser_of: Browser) -> None:
    one = house.submit(key="one").subject
    many = house.submit(body(locators=[f"https://t.me/examplechannel/{n}" for n in range(1, 101)]), key="many").subject
    browser = browser_of("telegram", "representative")
    assert queries_of(browser, f"/desk/notices/{one}") == queries_of(browser, f"/desk/notices/{many}")


def queries_of(browser: Client, address: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


def test_a_page_that_only_reads_does_not_borrow_the_writer(house: House, browser_of: Browser) -> None:
    browser = browser_of("telegram", "representative")
    notice = house.submit().subject  # After the sign-in, whose loan is counted a moment late.
    browser.get(f"/desk/notices/{notice}")  # That its recipient got it is noted the first time, and no more.
    door.commit(lambda _: None)
    before = house.writer.commits
    for address in (
        "/",
        "/log/",
        "/desk/",
        "/desk/notices/",
        f"/desk/notices/{notice}",
        f"/desk/notices/{notice}/receipt",
    ):
        assert browser.get(address).status_code == 200
    assert house.writer.commits == before


def test_a_form_without_its_token_is_refused_politely(house: House, browser_of: Browser) -> None:
    browser = browser_of("kominfo", "officer")
    browser.handler.enforce_csrf_checks = True
    response = browser.post("/desk/send", fields())
    assert (response.status_code, complaints(response)) == (403, [])
    assert "This form has expired" in html(response)


def test_a_form_sent_after_the_session_ended_gives_the_words_back(house: House) -> None:
    response = Client().post("/desk/send", fields(explanation="<b>long</b> work"))
    assert response.status_code == 403
    assert "&lt;b&gt;long&lt;/b&gt; work" in html(response)
    assert complaints(response) == []


def test_a_broken_page_says_nothing_of_the_cause(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from mufakat.server.journal import signer

    def broken() -> str:
        raise RuntimeError("the secret cause")

    monkeypatch.setattr(signer, "live_shard", broken)
    response = Client(raise_request_exception=False).get("/log/")
    assert (response.status_code, "the secret cause" in html(response), complaints(response)) == (500, False, [])


def test_a_shape_that_nobody_takes_is_a_page(house: House, browser_of: Browser) -> None:
    response = browser_of("kominfo", "officer").post("/desk/send", {f"f{n}": "x" for n in range(500)})
    assert (response.status_code, complaints(response)) == (400, [])
