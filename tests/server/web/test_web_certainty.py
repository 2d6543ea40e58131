"""A term that was not read in the law itself is shown as uncertain wherever it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.houses import body

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House

    Browsers = Callable[[str, str], Client]

OURS, PRESS = "Our choice; no source says so", "We read it in the press"


def test_a_due_time_on_the_desk_says_how_certain_it_is(house: House, browser_of: Browsers) -> None:
    from mufakat.server.notices.clock_rows import Clock

    notice = house.submit(body()).subject
    browser = browser_of("telegram", "reviewer")
    # Which of the two comes first, the hour of the day decides.
    nearest = Clock.objects.filter(notice=notice).order_by("due_at")[0].name
    first = {"acknowledge_within": OURS, "takedown_same_day": PRESS}[nearest]
    assert first in browser.get("/desk/").content.decode()
    page = browser.get(f"/desk/notices/{notice}").content.decode()
    assert (OURS in page, PRESS in page) == (True, True)


def test_a_due_time_of_the_api_says_how_certain_it_is(house: House) -> None:
    import json

    from mufakat.rules.profile import load

    answer = json.loads(house.submit(body()).body)
    assert {one["name"]: one["certainty"] for one in answer["clocks"]} == {
        one["name"]: load("id-2017").certainty_of(one["name"]) for one in answer["clocks"]
    }
