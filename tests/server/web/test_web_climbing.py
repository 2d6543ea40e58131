"""What happens next stands on the notice's page, for both sides; and people do there what ladders ask of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.server.notices.ticking import Ticking, events, said

from mufakat.server.notices import operations
from mufakat.server.notices.models import Clock, Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House


@pytest.fixture
def ticking(house: House) -> Ticking:
    return Ticking(house, to="isp-b")  # It has no contacts: its ladder comes to the phone at once.


def page(browser: Client, notice: str) -> str:
    return browser.get(f"/desk/notices/{notice}").content.decode()


def asked(ticking: Ticking) -> str:
    return str(ticking.submit(kind="order").subject)


@pytest.mark.parametrize(("party", "seat"), [("kominfo", "officer"), ("isp-b", "engineer")])
def test_both_sides_see_the_next_step(
    ticking: Ticking, browser_of: Callable[[str, str], Client], party: str, seat: str
) -> None:
    text = page(browser_of(party, seat), asked(ticking))
    assert "What happens next" in text
    assert "Reminder to the first contact" in text


def test_the_next_step_is_looked_up_again_while_a_ladder_climbs(
    ticking: Ticking, browser_of: Callable[[str, str], Client]
) -> None:
    """The page of a notice that nobody answers moves before the eyes of whoever keeps it open."""
    notice, officer = asked(ticking), browser_of("kominfo", "officer")
    assert f'hx-get="/desk/notices/{notice}" hx-select="#next-step"' in page(officer, notice)
    operations.acknowledge(notice, by=ticking.house.caller("isp-b", "engineer"))
    assert "hx-get" not in page(officer, notice)


def test_both_sides_see_that_nobody_can_be_reached(ticking: Ticking, browser_of: Callable[[str, str], Client]) -> None:
    notice = asked(ticking)
    ticking.live(minutes=7 * 60, every=30)
    for party, seat in (("kominfo", "officer"), ("isp-b", "engineer")):
        assert "Unreachable" in page(browser_of(party, seat), notice)


def test_the_task_stands_on_the_senders_desk_and_is_done_on_the_notices_page(
    ticking: Ticking, browser_of: Callable[[str, str], Client]
) -> None:
    notice, officer = asked(ticking), browser_of("kominfo", "officer")
    ticking.wait(hours=1)
    task = Task.objects.get()
    assert "For people of your party to do" in officer.get("/desk/").content.decode()
    officer.post(f"/desk/tasks/{task.pk}/done", {f"{task.pk}-text": "She calls back."})
    assert said(events(notice, "task.done")[0])["note"] == "She calls back."
    assert "For people of your party to do" not in officer.get("/desk/").content.decode()
    assert "For people of your party to do" not in browser_of("isp-b", "engineer").get("/desk/").content.decode()


def test_what_is_done_is_opened_again_only_while_its_clock_runs(
    ticking: Ticking, browser_of: Callable[[str, str], Client]
) -> None:
    notice, officer = asked(ticking), browser_of("kominfo", "officer")
    ticking.wait(hours=1)
    officer.post(f"/desk/tasks/{Task.objects.get().pk}/done", {})
    assert "Open it again" in page(officer, notice)
    operations.acknowledge(notice, by=ticking.house.caller("isp-b", "engineer"))
    text = page(officer, notice)
    assert ('<span class="tag met">Done</span>' in text, "Open it again" in text) == (True, False)


def test_a_clock_rests_and_goes_on_with_a_reason(ticking: Ticking, browser_of: Callable[[str, str], Client]) -> None:
    notice, officer = asked(ticking), browser_of("kominfo", "officer")
    clock = Clock.objects.get(notice=notice, name="acknowledge_within")
    here = f"/desk/notices/{notice}/clocks/acknowledge_within"
    officer.post(f"{here}/pause", {f"rest-{clock.pk}-text": "We look for the page."})
    assert "Paused since" in page(officer, notice)
    officer.post(f"{here}/resume", {f"rest-{clock.pk}-text": "Found."})
    assert "Paused since" not in page(officer, notice)
    assert [event.type for event in events(notice)][1:] == ["clock.paused", "clock.resumed"]


def test_without_a_reason_nothing_rests(ticking: Ticking, browser_of: Callable[[str, str], Client]) -> None:
    notice, officer = asked(ticking), browser_of("kominfo", "officer")
    answer = officer.post(f"/desk/notices/{notice}/clocks/acknowledge_within/pause", {})
    assert (answer.status_code, len(events(notice))) == (422, 1)
    assert "Say why." in answer.content.decode()


def test_who_only_opens_the_addresses_changes_nothing(
    ticking: Ticking, browser_of: Callable[[str, str], Client]
) -> None:
    notice, officer = asked(ticking), browser_of("kominfo", "officer")
    ticking.wait(hours=1)
    before = len(events(notice))
    for path in (f"tasks/{Task.objects.get().pk}/done", f"notices/{notice}/clocks/acknowledge_within/pause"):
        assert officer.get(f"/desk/{path}").status_code == 302
    assert len(events(notice)) == before


def test_the_other_side_finds_no_form_to_pause(ticking: Ticking, browser_of: Callable[[str, str], Client]) -> None:
    ticking.to = "telegram"
    notice = ticking.submit().subject
    assert "Let the clock rest" not in page(browser_of("telegram", "reviewer"), notice)
    assert "Let the clock rest" in page(browser_of("kominfo", "officer"), notice)


def test_the_page_asks_the_database_no_more_for_a_long_climb(
    ticking: Ticking, browser_of: Callable[[str, str], Client]
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    notice, officer = asked(ticking), browser_of("kominfo", "officer")
    page(officer, notice)
    counts = []
    for hours in (1, 3, 40):
        ticking.wait(hours=hours)
        with CaptureQueriesContext(connection) as asked_:
            page(officer, notice)
        counts.append(len(asked_))
    assert max(counts) - min(counts) <= 1  # Whom to call, where somebody is to be called.
