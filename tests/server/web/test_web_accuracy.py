"""The page of how well it holds, and what followed on the page of mandates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from tests.houses import body
from tests.server.governance.counted import count, happen, judged_badly
from tests.server.parties.test_mandates import newest
from tests.server.web.test_web_pages import SEATS
from tests.server.web.web_checks import complaints, html

from mufakat.rules.events import EventType
from mufakat.rules.histories import Occurrence
from mufakat.server.parties.models import Proposal, QuotaShare

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

    Browser = Callable[[str, str], Client]

PAGE = "/register/accuracy"
MANDATES = "/desk/mandates"
DECIDED = Occurrence(EventType.DECISION_MADE, outcome="act_full")
REFUSED = Occurrence(EventType.DECISION_MADE, outcome="refuse", refusal="forged")


@pytest.fixture
def told(house: House) -> House:
    """One notice acted on, one refused."""
    for number, one in enumerate([DECIDED, REFUSED]):
        happen(house.submit(body(), key=f"k{number}").subject, [one])
    count()
    return house


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_page_is_sound_for_a_visitor(told: House, language: str) -> None:
    del told
    response = Client().get(PAGE, HTTP_ACCEPT_LANGUAGE=language)
    assert (response.status_code, complaints(response)) == (200, [])


def test_the_page_is_sound_before_anything_happened(house: House) -> None:
    del house
    response = Client().get(PAGE)
    assert (response.status_code, complaints(response)) == (200, [])


def test_both_sides_stand_on_it(told: House) -> None:
    del told
    shown = html(Client().get(PAGE))
    assert "1 of 2" in shown  # The ministry was right once in two decided notices.
    assert "2 of 2" in shown  # The platform answered both in time, however it answered.
    assert "<code>forged</code>" in shown


def test_an_own_party_is_marked(told: House, browser_of: Browser) -> None:
    del told
    assert 'class="ours"' in html(browser_of("telegram", "reviewer").get(PAGE))
    assert 'class="ours"' not in html(Client().get(PAGE))


@pytest.mark.parametrize(
    "query", ["?from=yesterday", "?category=x", "?party=No+Handle", "?from=2017-07-15&to=2017-07-14"]
)
def test_what_cannot_be_read_is_said_beside_its_field(house: House, query: str) -> None:
    del house
    response = Client().get(PAGE + query)
    assert (response.status_code, complaints(response)) == (422, [])


def test_the_first_and_the_last_day_there_is_can_be_asked_for(told: House) -> None:
    del told
    for query in ("from=0001-01-01&to=9999-12-31", "from=9999-12-31", "to=0001-01-01"):
        assert Client().get(f"{PAGE}?{query}").status_code == 200


def test_a_category_narrows_it(told: House) -> None:
    del told
    shown = html(Client().get(f"{PAGE}?category=fraud"))
    assert "Nobody asked anything with authority in this period." in shown


@pytest.mark.parametrize("seat", SEATS, ids="/".join)
def test_the_page_of_mandates_is_sound_where_something_followed(
    house: House, browser_of: Browser, seat: tuple[str, str]
) -> None:
    del house
    judged_badly()
    response = browser_of(*seat).get(MANDATES)
    assert (response.status_code, complaints(response)) == (200, [])


def test_a_holder_reads_what_was_counted_and_replies(house: House, browser_of: Browser) -> None:
    del house
    pk = judged_badly()
    browser = browser_of("kominfo", "officer")
    shown = html(browser.get(MANDATES))
    assert "10 % of this quota is left." in shown
    assert "0 of 40 decided notices were right" in shown
    assert "It is proposed that this mandate be suspended." in shown
    browser.post(f"{MANDATES}/{pk}/reply", {f"{pk}-text": "The platform misread <b> the law."})
    assert newest().type == "mandate.replied"
    assert "The platform misread &lt;b&gt; the law." in html(browser.get(MANDATES))


@pytest.mark.invariant("I-10")
def test_nobody_else_reads_it(house: House, browser_of: Browser) -> None:
    del house
    judged_badly()
    assert "of this quota is left" not in html(browser_of("telegram", "reviewer").get(MANDATES))


def test_the_operator_is_asked_gives_back_and_declines(house: House, browser_of: Browser) -> None:
    del house
    pk = judged_badly()
    browser = browser_of("mufakat", "admin")
    assert "1 proposal to suspend a mandate waits for you" in html(browser.get("/desk/"))
    for deed in ("restore", "decline"):
        assert browser.post(f"{MANDATES}/{pk}/{deed}", {f"{pk}-text": "One platform <i> alone."}).status_code == 302
    assert (QuotaShare.objects.get().percent, Proposal.objects.get().state) == (100, "declined")
    shown = html(browser.get(MANDATES))
    assert shown.count("One platform &lt;i&gt; alone.") == 2
    for deed in ("restore", "decline"):
        assert browser.post(f"{MANDATES}/{pk}/{deed}", {f"{pk}-text": "Again."}).status_code in {302, 409}


@pytest.mark.parametrize("deed", ["restore", "decline"])
def test_only_the_operator_does(house: House, browser_of: Browser, deed: str) -> None:
    del house
    pk = judged_badly()
    assert browser_of("kominfo", "officer").post(f"{MANDATES}/{pk}/{deed}", {f"{pk}-text": "Mine."}).status_code == 403
    assert QuotaShare.objects.get().percent == 10
