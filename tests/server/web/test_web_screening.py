"""Screening at the desk: who finds what there, and what a newcomer is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.server.filters.screened import BLOCK, HOLD, LABEL, NOTIFY, item, screen
from tests.server.filters.seeding import seed
from tests.server.web.screening_pages import DESK, FIRST, PARTS, REPRESENTATIVE, SECOND
from tests.server.web.web_checks import complaints, html

from mufakat.server.filters.models import Count, Policy
from mufakat.server.journal import door

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House

    Sign = Callable[..., Client]

STRANGERS = [("kominfo", "officer"), ("isp-a", "engineer"), ("auditor", "auditor"), ("mufakat", "admin")]


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("path", PARTS)
@pytest.mark.parametrize("who", [FIRST, REPRESENTATIVE], ids=str)
def test_the_pages_of_a_newcomer_are_sound_in_both_languages(
    house: House, browser_of: Sign, who: tuple[str, str], path: str, language: str
) -> None:
    del house
    response = browser_of(*who).get(f"{DESK}{path}", headers={"Accept-Language": language})
    assert response.status_code == (403 if (who, path) == (REPRESENTATIVE, "policies/new") else 200)
    assert complaints(response) == []
    assert f'<html lang="{language}"' in html(response)


def test_a_newcomer_is_told_what_to_do_first(house: House, browser_of: Sign) -> None:
    del house
    page = html(browser_of(*FIRST).get(DESK))
    assert "Nothing is screened yet. How to begin" in page
    assert page.index("Open a bank") < page.index("Propose a policy") < page.index("Hand in a sample")


def test_who_looks_on_is_led_nowhere_that_is_not_open(house: House, browser_of: Sign) -> None:
    del house
    link = f'href="{DESK}policies/new"'
    assert link in html(browser_of(*FIRST).get(DESK))
    page = html(browser_of(*REPRESENTATIVE).get(DESK))
    assert "Propose a policy" in page
    assert link not in page


@pytest.mark.parametrize("who", STRANGERS, ids=str)
@pytest.mark.parametrize("path", [part for part in PARTS if part != "notifications"])
def test_who_is_of_no_platform_is_told_that_it_is_not_open_to_them(
    house: House, browser_of: Sign, who: tuple[str, str], path: str
) -> None:
    seed()
    del house
    response = browser_of(*who).get(f"{DESK}{path}")
    assert response.status_code == 403
    assert complaints(response) == []


def test_the_overview_says_what_waits_and_what_was_counted(house: House, browser_of: Sign) -> None:
    del house
    seed()
    for number, text in enumerate((HOLD, NOTIFY, LABEL, BLOCK)):
        screen(item(text, name=f"https://t.me/examplechannel/{number + 1}"))
    response = browser_of(*FIRST).get(DESK)
    page = html(response)
    assert "2 items are held" in page
    assert "1 notification waits" in page
    assert "4 items were screened by it." in page
    assert "orchard/1" in page
    assert complaints(response) == []


def test_a_rule_that_lets_go_is_not_said_to_have_acted(house: House, browser_of: Sign) -> None:
    del house
    seed()
    screen(item(HOLD))
    told = {"policy": Policy.objects.get(), "day": datetime.now(UTC).date(), "rule": "a-quotation", "count": 3}
    door.commit(lambda _: Count.objects.create(shadow=False, category="", **told))
    rows = html(browser_of(*FIRST).get(DESK)).split("<tr ")[1:]
    assert "Nothing follows" in next(row for row in rows if "a-quotation" in row)
    assert "It acted" in next(row for row in rows if "host-hold" in row)


def test_the_desk_says_what_waits_for_each_seat(house: House, browser_of: Sign) -> None:
    del house
    seed()
    screen(item(HOLD))
    screen(item(NOTIFY, name="https://t.me/examplechannel/2"))
    held, waits = "1 item that your filters hold waits for a reviewer.", "1 notification waits: is an authority told?"
    first, representative = html(browser_of(*FIRST).get("/desk/")), html(browser_of(*REPRESENTATIVE).get("/desk/"))
    assert held in first
    assert waits in first
    assert held not in representative
    assert waits in representative
    assert held not in html(browser_of("kominfo", "officer").get("/desk/"))


def test_the_header_leads_a_platform_to_its_screening_and_nobody_else(house: House, browser_of: Sign) -> None:
    del house
    link = f'href="{DESK}"'
    assert link in html(browser_of(*SECOND).get("/desk/"))
    assert link not in html(browser_of("kominfo", "officer").get("/desk/"))
    assert f"{DESK}notifications" in html(browser_of("kominfo", "officer").get("/desk/"))
