"""The page of mandates: scope, what is left of the quota, the banner of a suspension, the reply."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.houses import body
from tests.server.parties.test_mandates import first, granted
from tests.server.web.test_web_pages import SEATS
from tests.server.web.web_checks import complaints, fields, html

from mufakat.rules.mandate import Quota
from mufakat.server.parties import mandates
from mufakat.server.parties.models import Mandate

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House

    Browser = Callable[[str, str], Client]

PAGE = "/desk/mandates"
WHY = "Wrong reports in a row <b>."


@pytest.mark.parametrize("seat", SEATS, ids="/".join)
def test_the_page_is_sound_for_every_seat(house: House, browser_of: Browser, seat: tuple[str, str]) -> None:
    del house
    mandates.suspend(first("bnpt"), reason=WHY)
    response = browser_of(*seat).get(PAGE)
    assert (response.status_code, complaints(response)) == (200, [])


def test_a_holder_sees_what_is_left_and_why_it_was_suspended(house: House, browser_of: Browser) -> None:
    house.submit()
    mandates.suspend(first(), reason=WHY)
    shown = html(browser_of("kominfo", "officer").get(PAGE))
    assert "Wrong reports in a row &lt;b&gt;." in shown
    assert '<progress id="use-' in shown
    assert f"{PAGE}/{first()}/reply" in shown


def test_the_other_side_sees_scope_and_no_reasons(house: House, browser_of: Browser) -> None:
    del house
    mandates.suspend(first("bnpt"), reason=WHY)
    mandates.resume(first("bnpt"), reason="Explained.")
    shown = html(browser_of("telegram", "reviewer").get(PAGE))
    assert "UU 5/2018" in shown
    assert not [word for word in ("Explained", "Wrong reports", "<progress", "/reply") if word in shown]


def test_a_reply_is_sent_and_shown(house: House, browser_of: Browser) -> None:
    del house
    mandates.suspend(first(), reason=WHY)
    browser = browser_of("kominfo", "officer")
    answer = browser.post(f"{PAGE}/{first()}/reply", {f"{first()}-text": "They were right."})
    assert answer.status_code == 302
    assert "They were right." in html(browser.get(PAGE))


def test_a_reply_without_words_keeps_the_page(house: House, browser_of: Browser) -> None:
    del house
    mandates.suspend(first(), reason=WHY)
    answer = browser_of("kominfo", "officer").post(f"{PAGE}/{first()}/reply", {})
    assert (answer.status_code, complaints(answer)) == (422, [])


def test_the_operators_admin_suspends_and_resumes(house: House, browser_of: Browser) -> None:
    del house
    browser, pk = browser_of("mufakat", "admin"), first()
    states = []
    for deed in ("suspend", "resume", "revoke"):
        assert browser.post(f"{PAGE}/{pk}/{deed}", {f"{pk}-text": "Why."}).status_code == 302
        states.append(Mandate.objects.get(pk=pk).state)
    assert states == ["suspended", "in_force", "revoked"]
    assert browser.post(f"{PAGE}/{pk}/resume", {f"{pk}-text": "Why."}).status_code == 409


@pytest.mark.invariant("I-10")
@pytest.mark.parametrize("seat", [seat for seat in SEATS if seat != ("mufakat", "admin")], ids="/".join)
def test_nobody_else_changes_a_mandate(house: House, browser_of: Browser, seat: tuple[str, str]) -> None:
    del house
    answer = browser_of(*seat).post(f"{PAGE}/{first()}/revoke", {f"{first()}-text": "Why."})
    assert (answer.status_code, Mandate.objects.get(pk=first()).state) == (403, "in_force")


def test_to_open_an_address_changes_nothing(house: House, browser_of: Browser) -> None:
    del house
    answers = [
        browser_of("mufakat", "admin").get(f"{PAGE}/{first()}/{deed}") for deed in ("suspend", "revoke", "reply")
    ]
    assert {answer.status_code for answer in answers} == {302}
    assert Mandate.objects.get(pk=first()).state == "in_force"


def test_a_notice_shows_the_mandate_it_was_sent_under(house: House, browser_of: Browser) -> None:
    notice = house.submit().subject
    shown = html(browser_of("telegram", "reviewer").get(f"/desk/notices/{notice}"))
    assert first() in shown
    assert "UU 11/2008, Pasal 40 ayat (2a)" in shown


def test_a_notice_that_was_taken_as_less_says_so(house: House, browser_of: Browser) -> None:
    mandates.suspend(first(), reason=WHY)
    notice = house.submit(body(otherwise="user_report")).subject
    assert "Sent as" in html(browser_of("kominfo", "officer").get(f"/desk/notices/{notice}"))


def test_the_form_says_what_lies_outside_and_takes_it_as_less_where_it_was_ticked(
    house: House, browser_of: Browser
) -> None:
    del house
    mandates.revoke(first("bnpt"), reason=WHY)
    granted("bnpt", kinds=("trusted_flag",), categories=("fraud",))
    browser = browser_of("bnpt", "officer")
    refused = browser.post("/desk/send", fields())
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["category"])
    assert browser.post("/desk/send", fields(otherwise="user_report")).status_code == 302


def test_beyond_the_quota_the_form_keeps_what_was_typed(house: House, browser_of: Browser) -> None:
    del house
    mandates.revoke(first("bnpt"), reason=WHY)
    granted("bnpt", kinds=("trusted_flag",), quota=Quota(1, 1))
    browser = browser_of("bnpt", "officer")
    browser.post("/desk/send", fields())
    answer = browser.post("/desk/send", fields(key="page-" + "b" * 32, explanation="Another one."))
    assert (answer.status_code, complaints(answer)) == (429, [])
    assert "Another one." in html(answer)


def test_the_page_costs_the_same_however_many_mandates_there_are(house: House, browser_of: Browser) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    del house
    browser = browser_of("mufakat", "admin")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            browser.get(PAGE)
        counts.append(len(queries))
        for _ in range(5):
            granted()
    assert counts[0] == counts[1]
