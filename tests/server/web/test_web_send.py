"""Send a notice by the form: the links, the faults beside their fields, and one notice for two clicks."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from tests.server.web.web_checks import FIELDS, complaints, fields, html, read

from mufakat.server.journal.errors import BusyError, ClosedError, DiskFullError, UnsureError
from mufakat.server.notices import operations, queries

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

    Browser = Callable[[str, str], Client]


@pytest.fixture
def officer(browser_of: Browser) -> Client:
    return browser_of("kominfo", "officer")


def sent(house: House) -> list[str]:
    page = queries.list_for(house.caller("kominfo", "officer"))
    return [whole.notice.id for whole in page.items]


def test_a_sound_form_leads_to_the_notice_with_its_receipt(house: House, officer: Client) -> None:
    response = officer.post("/desk/send", fields(), follow=True)
    assert response.redirect_chain == [(f"/desk/notices/{sent(house)[0]}", 302)]
    assert "mufakat/custody/v1" in html(response)


def test_the_form_becomes_the_body_that_the_api_takes(house: House, officer: Client) -> None:
    officer.post("/desk/send", fields(document="Terms", clause="5", terms_url="https://telegram.example/tos"))
    notice = queries.get_for(house.caller("kominfo", "officer"), sent(house)[0])
    assert json.loads(queries.body(notice) or b"") == {
        "to": "telegram",
        "kind": "trusted_flag",
        "category": "terrorism",
        "urgency": "urgent",
        "locators": ["https://t.me/s/examplechannel/12", "@examplename"],
        "explanation": "A made-up placeholder.\nSecond line.",
        "language": "id",
        "content_date": "2017-07-10",
        "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"},
        "terms_ground": {"url": "https://telegram.example/tos", "document": "Terms", "clause": "5"},
        "requested_measures": ["remove", "preserve"],
        "territory": ["ID", "MY"],
    }


def test_a_second_click_sends_nothing_twice(house: House, officer: Client) -> None:
    first, second = officer.post("/desk/send", fields()), officer.post("/desk/send", fields())
    assert first.headers["Location"] == second.headers["Location"]
    assert len(sent(house)) == 1


def test_two_clicks_at_once_lead_to_one_notice(house: House, browser_of: Browser) -> None:
    from django.db import connections

    found: list[str] = []
    browsers = [browser_of("kominfo", "officer") for _ in range(4)]

    def click(browser: Client) -> None:
        found.append(browser.post("/desk/send", fields()).headers["Location"])
        connections.close_all()

    threads = [threading.Thread(target=click, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [f"/desk/notices/{sent(house)[0]}"] * 4


def test_each_opened_form_has_its_own_token(house: House, officer: Client) -> None:
    assert officer.get("/desk/send").context["key"] != officer.get("/desk/send").context["key"]


def test_a_form_changed_after_it_was_sent_says_so_and_sends_a_new_one_next(house: House, officer: Client) -> None:
    officer.post("/desk/send", fields())
    response = officer.post("/desk/send", fields(explanation="Changed."))
    assert response.status_code == 422
    assert sent(house)[0] in html(response)
    again = officer.post("/desk/send", fields(explanation="Changed.", key=response.context["key"]))
    assert (again.status_code, len(sent(house))) == (302, 2)


@pytest.mark.parametrize("key", ["", "é" * 40, "x" * 5000, "page-short"])
def test_a_token_that_is_not_ours_is_replaced(house: House, officer: Client, key: str) -> None:
    assert officer.post("/desk/send", fields(key=key)).status_code == 302


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"to": ""}, "to"),
    ({"to": "nobody"}, "to"),
    ({"to": "kominfo"}, "to"),
    ({"kind": ""}, "kind"),
    ({"kind": "shouted"}, "kind"),
    ({"category": "boring"}, "category"),
    ({"urgency": "yesterday"}, "urgency"),
    ({"locators": ""}, "locators"),
    ({"locators": "nonsense"}, "locators"),
    ({"locators": "\n".join(f"https://a.example/{n}" for n in range(101))}, "locators"),
    ({"explanation": "  "}, "explanation"),
    ({"explanation": "x" * 20_001}, "explanation"),
    ({"language": "klingon"}, "language"),
    ({"content_date": "2017-02-30"}, "content_date"),
    ({"system": "zz"}, "system"),
    ({"instrument": ""}, "instrument"),
    ({"provision": ""}, "provision"),
    ({"instrument": "", "provision": ""}, "instrument"),
    ({"document": "Terms"}, "clause"),
    ({"clause": "5"}, "document"),
    ({"document": "T", "clause": "5", "terms_url": "telegram"}, "terms_url"),
    ({"measures": ["shout"]}, "measures"),
    ({"territory": "Indonesia"}, "territory"),
]


@pytest.mark.parametrize(
    ("change", "field"), FAULTS, ids=[f"{next(iter(c))}-{f}-{n}" for n, (c, f) in enumerate(FAULTS)]
)
def test_a_fault_stands_beside_its_field(house: House, officer: Client, change: dict[str, Any], field: str) -> None:
    response = officer.post("/desk/send", fields(**change))
    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert complaints(response) == []


def test_the_summary_leads_to_every_field_that_is_wrong(house: House, officer: Client) -> None:
    response = officer.post(
        "/desk/send", fields(to="", locators="x\n@examplename\n\ny", measures=["shout"], urgency="no")
    )
    reader = read(response)
    targets = [link.removeprefix("#") for link in reader.links if link.startswith("#field-")]
    assert targets == ["field-to", "field-urgency", "field-locators", "field-locators", "field-measures"]
    assert set(targets) <= set(reader.ids)


def test_a_refused_link_is_named_by_its_line(house: House, officer: Client) -> None:
    response = officer.post("/desk/send", fields(locators="@examplename\n\nnonsense"))
    assert 'Line 3: <span lang="en">' in html(response)


def test_nothing_typed_is_lost_when_something_is_wrong(house: House, officer: Client) -> None:
    form = officer.post("/desk/send", fields(provision="")).context["form"]
    kept = {name: form[name].value() for name in FIELDS if name != "key"}
    assert kept == {name: value for name, value in fields(provision="").items() if name != "key"}


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (BusyError(), (503, "Nothing was stored")),
        (ClosedError(), (503, "Nothing was stored")),
        (DiskFullError(), (507, "Nothing was stored")),
        (UnsureError(), (503, "It may or may not have been stored")),
    ],
)
def test_a_machine_in_the_way_keeps_the_form_and_its_token(
    house: House, officer: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, told: tuple[int, str]
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(operations, "submit", fail)
    response = officer.post("/desk/send", fields())
    assert response.status_code == told[0]
    assert told[1] in html(response)
    assert (response.context["key"], response.context["form"]["explanation"].value()) == (
        FIELDS["key"],
        FIELDS["explanation"],
    )


def test_only_kinds_open_to_the_party_are_offered(house: House, browser_of: Browser) -> None:
    form = browser_of("bnpt", "officer").get("/desk/send").context["form"]
    assert [code for code, _ in form.fields["kind"].choices] == ["", "user_report", "trusted_flag", "request"]


def test_a_kind_that_is_not_open_is_refused_also_when_it_is_forged(house: House, browser_of: Browser) -> None:
    response = browser_of("bnpt", "officer").post("/desk/send", fields(kind="order"))
    assert list(response.context["form"].errors) == ["kind"]


def test_only_those_who_decide_are_offered_as_recipients(house: House, officer: Client) -> None:
    form = officer.get("/desk/send").context["form"]
    assert [code for code, _ in form.fields["to"].choices] == ["", "isp-a", "isp-b", "isp-c", "telegram"]


@pytest.mark.parametrize(
    "seat", [("kominfo", "approver"), ("telegram", "reviewer"), ("auditor", "auditor")], ids="/".join
)
@pytest.mark.parametrize("address", ["/desk/send", "/desk/send/links"])
def test_a_seat_that_may_not_send_cannot_post_either(
    house: House, browser_of: Browser, seat: tuple[str, str], address: str
) -> None:
    assert (browser_of(*seat).post(address, fields()).status_code, sent(house)) == (403, [])


def test_the_links_are_explained_for_htmx_without_the_page_around(house: House, officer: Client) -> None:
    typed = {
        "locators": "https://t.me/s/examplechannel/12\nhttps://situs.example/x?a=1\n@examplename\n@examplename\nno"
    }
    response = officer.post("/desk/send/links", typed, headers={"HX-Request": "true"})
    page = html(response)
    assert "<html" not in page
    assert "hxxps[:]//situs[.]example/x?a=1" in page
    assert "The same as line 3." in page
    assert page.count("Refused") == 1


def test_the_links_are_explained_without_javascript_too(house: House, officer: Client) -> None:
    response = officer.post("/desk/send/links", fields())
    assert (response.status_code, complaints(response)) == (200, [])
    assert '<bdi class="address">tg:username:examplename</bdi>' in html(response)
    assert response.context["key"] == FIELDS["key"]


def test_looking_at_links_stores_nothing(house: House, officer: Client) -> None:
    only = house.submit().subject  # After the sign-in, whose loan is counted a moment late.
    before = house.writer.commits
    officer.post("/desk/send/links", fields())
    assert (house.writer.commits, sent(house)) == (before, [only])


def test_a_secret_link_is_refused_and_not_repeated(house: House, officer: Client) -> None:
    page = html(
        officer.post("/desk/send/links", {"locators": "https://t.me/login/54321"}, headers={"HX-Request": "true"})
    )
    assert ("54321" in page, "holds a secret" in page) == (False, True)


def test_a_session_that_ended_is_told_where_the_links_would_stand(house: House) -> None:
    response = Client().post("/desk/send/links", {"locators": "x"}, headers={"HX-Request": "true"})
    assert (response.status_code, "You are signed out" in html(response)) == (200, True)
    assert "<html" not in html(response)


def test_coming_back_by_the_browser_finds_the_form(house: House, officer: Client) -> None:
    assert officer.get("/desk/send").headers["Cache-Control"] == "private, no-cache"
