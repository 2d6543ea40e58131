"""What strangers typed is shown and never lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st
from tests.houses import body
from tests.server.web.web_checks import complaints, fields, html, read

from mufakat.server.web import inert

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House

    Browser = Callable[[str, str], Client]

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; alert(1); //",
    "{{ settings.SECRET_KEY }} {% debug %}",
    "javascript:alert(1)",
    "</div></main><h1>Gone</h1>",
    "\u202etxt.exe\u202c and \u2066more",
    "&lt;b&gt; %3Cscript%3E",
]
TYPED = [
    "explanation",
    "instrument",
    "provision",
    "document",
    "clause",
    "terms_url",
    "territory",
    "locators",
    "to",
    "kind",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_notice_is_inert_on_both_sides(house: House, browser_of: Browser, text: str) -> None:
    ground = {"system": "id", "instrument": text, "provision": text}
    terms = {"document": text, "clause": text, "url": "https://a.example/?q='%22%3E"}
    refs = [{"scheme": "kominfo", "id": text}]
    sent = {"explanation": text, "legal_ground": ground, "terms_ground": terms, "external_refs": refs}
    notice = house.submit(body(**sent, locators=["https://a.example/?q=<script>"])).subject
    browser_of("telegram", "reviewer").post(f"/desk/notices/{notice}/acknowledge", {"note-text": text})
    for seat in (("kominfo", "officer"), ("telegram", "reviewer")):
        browser = browser_of(*seat)
        for address in (f"/desk/notices/{notice}", "/desk/notices/", "/desk/"):
            assert complaints(browser.get(address)) == []


@pytest.mark.parametrize("field", TYPED)
def test_a_hostile_field_comes_back_inert(house: House, browser_of: Browser, field: str) -> None:
    browser = browser_of("kominfo", "officer")
    for text in HOSTILE:
        response = browser.post("/desk/send", fields(**{field: text, "urgency": "no such"}))
        assert (response.status_code, complaints(response)) == (422, [])
        assert complaints(browser.post("/desk/send/links", fields(**{field: text}))) == []


def test_no_link_of_a_notice_can_be_followed(house: House, browser_of: Browser) -> None:
    notice = house.submit(body(locators=["https://bad.example/x"], explanation="See https://bad.example/y")).subject
    response = browser_of("telegram", "reviewer").get(f"/desk/notices/{notice}")
    assert [link for link in read(response).links if "bad" in link or not link.startswith(("/", "#"))] == []
    assert "hxxps[:]//bad[.]example/x" in html(response)


def test_a_name_that_turns_the_text_is_written_as_numbers(house: House, browser_of: Browser) -> None:
    notice = house.submit(body(explanation="safe \u202eelif-rorre")).subject
    page = html(browser_of("telegram", "reviewer").get(f"/desk/notices/{notice}"))
    assert ("\u202e" in page, "[U+202E]elif-rorre" in page) == (False, True)


@pytest.mark.parametrize(
    "address", ["/nope/%3Cscript%3Ealert(1)%3C/script%3E", "/desk/notices/?after=%22%3E%3Cscript%3E"]
)
def test_a_hostile_address_is_not_repeated(house: House, browser_of: Browser, address: str) -> None:
    response = browser_of("kominfo", "officer").get(address)
    assert (response.status_code, complaints(response)) == (404, [])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://t.me/s/x/12", "hxxps[:]//t[.]me/s/x/12"),
        ("HTTP://A.Example", "hxxp[:]//A[.]Example"),
        ("ftp://a.example:21/x", "fxp[:]//a[.]example:21/x"),
        ("situs.example", "situs[.]example"),
        ("tg:username:examplename", "tg:username:examplename"),
        ("sha256:00ff", "sha256:00ff"),
        ("https://a.example/p.html?q=b.c#d.e", "hxxps[:]//a[.]example/p.html?q=b.c#d.e"),
    ],
)
def test_an_address_is_taken_apart(text: str, shown: str) -> None:
    assert inert.defanged(text) == shown


@given(st.text())
@settings(max_examples=200)
def test_nothing_that_deceives_is_left(text: str) -> None:
    shown = inert.visible(text)
    assert not inert.DECEIVING.search(shown)
    assert not inert.CONTROL.search(shown)


@given(st.text(alphabet=st.characters(whitelist_categories=["L", "N", "P", "Zs"])))
@settings(max_examples=200)
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    assert inert.visible(text) == text
