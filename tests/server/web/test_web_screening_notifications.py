"""Notifications at the desk: what an authority would be told, who releases it, and what an authority sees (I-14)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.server.filters.notified import GROUND, ITEM, MINISTRY, OTHER_GROUND, SECRET, desk
from tests.server.web.screening_pages import DESK, FIRST, REPRESENTATIVE, post
from tests.server.web.web_checks import complaints, html

from mufakat.server.agreements.models import Version
from mufakat.server.filters.models import Notification, WeeklyCounts
from mufakat.server.journal import door
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House
    from tests.server.filters.notified import Desk

    from mufakat.server.journal.work import Moment

    Sign = Callable[..., Client]

PLACE = f"{DESK}notifications"


@pytest.fixture
def waiting(house: House) -> Desk:
    """A platform with a live policy, and an agreement that lists a ground; its time is that of the requests."""
    return desk(house, at=None)


def choices(page: Any) -> list[str]:
    return re.findall(r'name="choice" value="([^"]+)"', html(page))


def release(client: Client, pk: str, **told: Any) -> Any:
    page = client.get(f"{PLACE}/{pk}")
    return post(client, f"notifications/{pk}", f"notifications/{pk}/release", **{"choice": choices(page)[0], **told})


@pytest.mark.invariant("I-14")
def test_the_platform_reads_exactly_what_would_be_told_and_releases_it(waiting: Desk, browser_of: Sign) -> None:
    pk = waiting.hit()
    client = browser_of(*FIRST)
    response = client.get(f"{PLACE}/{pk}")
    page = html(response)
    assert "What the authority would be told: exactly this" in page
    assert "UU 35/2009, Pasal 111" in page
    assert complaints(response) == []
    for secret in (SECRET, ITEM["author"], ITEM["item"]):
        assert secret not in page
    assert release(client, pk).status_code == 302
    assert Notification.objects.get(pk=pk).state == "released"


def test_the_counts_of_a_week_are_shown_of_every_platform_that_told_them(waiting: Desk, browser_of: Sign) -> None:
    del waiting
    ids = {handle: pk for pk, handle in parties.handles().items()}
    others = [pk for handle, pk in ids.items() if handle != "kominfo"]
    version = Version.objects.get().pk

    def run(moment: Moment) -> None:
        told = {"counts": {"cells": {}, "hits": None, "screened": 20}, "told_at": moment.at, "version_id": version}
        for week in [date(2040, 1, 2) + timedelta(weeks=number) for number in range(3)]:
            for platform in others:
                told |= {"id": moment.id("wkc"), "event": moment.id("evt"), "platform_id": platform, "week": week}
                WeeklyCounts.objects.create(authority_id=ids["kominfo"], **told)

    door.commit(run)
    page = html(browser_of(*MINISTRY).get(PLACE))
    for week in ("2040-01-02", "2040-01-09", "2040-01-16"):
        assert page.count(f"{week} – ") == len(others)


@pytest.mark.invariant("I-14")
def test_an_authority_sees_what_was_released_to_it_under_a_name_of_its_own_and_nothing_else(
    waiting: Desk, browser_of: Sign
) -> None:
    pk = waiting.hit()
    other = waiting.hit()
    authority = browser_of(*MINISTRY)
    assert "No platform released anything to your party." in html(authority.get(PLACE))
    waiting.release(pk)
    told = Notification.objects.get(pk=pk).told
    listed = authority.get(PLACE)
    assert str(told) in html(listed)
    assert complaints(listed) == []
    page = authority.get(f"{PLACE}/{told}")
    assert page.status_code == 200
    assert complaints(page) == []
    for secret in (SECRET, ITEM["author"], ITEM["item"], pk, other, "orchard", "unripe-notify"):
        assert secret not in html(page) + html(listed)
    assert authority.get(f"{PLACE}/{pk}").status_code == 404
    assert authority.get(f"{PLACE}/{other}").status_code == 404
    assert browser_of("bnpt", "officer").get(f"{PLACE}/{told}").status_code == 404


def test_a_release_names_one_of_the_grounds_that_are_agreed(house: House, browser_of: Sign) -> None:
    pk = desk(house, at=None, grounds=(GROUND, OTHER_GROUND)).hit()
    client = browser_of(*FIRST)
    assert len(choices(client.get(f"{PLACE}/{pk}"))) == 2
    for choice in ("", "kominfo-0000000000000000"):
        response = post(client, f"notifications/{pk}", f"notifications/{pk}/release", choice=choice)
        assert response.status_code == 422
        assert complaints(response) == []
    assert Notification.objects.get(pk=pk).state == "waiting"


def test_without_an_agreement_that_lists_a_ground_nobody_can_be_told(house: House, browser_of: Sign) -> None:
    pk = desk(house, at=None, grounds=()).hit()
    page = html(browser_of(*FIRST).get(f"{PLACE}/{pk}"))
    assert "nobody can be told" in page
    assert "Tell this authority" not in page


def test_it_is_declined_with_a_reason_that_stays_inside(waiting: Desk, browser_of: Sign) -> None:
    pk = waiting.hit()
    client = browser_of(*REPRESENTATIVE)
    refused = post(client, f"notifications/{pk}", f"notifications/{pk}/decline", words="")
    assert refused.status_code == 422
    assert "decline-words" in html(refused)
    assert post(client, f"notifications/{pk}", f"notifications/{pk}/decline", words="Harmless.").status_code == 302
    assert "Harmless." in html(client.get(f"{PLACE}/{pk}"))
    again = client.post(f"{PLACE}/{pk}/decline", {"words": "Again."})
    assert again.status_code == 409


def test_what_is_restored_is_said_to_whoever_was_told(waiting: Desk, browser_of: Sign) -> None:
    pk = waiting.hit()
    waiting.release(pk)
    waiting.restore()
    told = Notification.objects.get(pk=pk).told
    assert "It did not hold" in html(browser_of(*MINISTRY).get(f"{PLACE}/{told}"))


@pytest.mark.invariant("I-14")
def test_an_authority_decides_nothing(waiting: Desk, browser_of: Sign) -> None:
    pk = waiting.hit()
    waiting.release(pk)
    told = Notification.objects.get(pk=pk).told
    authority = browser_of(*MINISTRY)
    assert "Your turn" not in html(authority.get(f"{PLACE}/{told}"))
    for name in (pk, told):
        for deed in ("release", "decline"):
            assert authority.post(f"{PLACE}/{name}/{deed}", {"words": "x", "choice": "x"}).status_code in {403, 404}
    assert Notification.objects.get(pk=pk).state == "released"


@pytest.mark.parametrize("deed", ["release", "decline"])
def test_opening_an_address_does_nothing(waiting: Desk, browser_of: Sign, deed: str) -> None:
    pk = waiting.hit()
    assert browser_of(*FIRST).get(f"{PLACE}/{pk}/{deed}").status_code == 302
    assert Notification.objects.get(pk=pk).state == "waiting"


def test_the_list_costs_as_many_queries_for_many_as_for_few(waiting: Desk, browser_of: Sign) -> None:
    client = browser_of(*FIRST)
    counts = []
    for _ in range(3):
        waiting.hit()
        client.get(PLACE)
        with CaptureQueriesContext(connection) as found:
            page = client.get(PLACE)
        counts.append(len(found))
    assert counts[0] == counts[-1]
    assert complaints(page) == []
    assert client.get(f"{PLACE}?state=no").status_code == 404


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_pages_of_notifications_are_sound_in_both_languages(waiting: Desk, browser_of: Sign, language: str) -> None:
    pk = waiting.hit()
    for path in ("", f"/{pk}"):
        response = browser_of(*FIRST).get(f"{PLACE}{path}", headers={"Accept-Language": language})
        assert complaints(response) == []
