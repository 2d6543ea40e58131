"""The pages of governance: objectives with trends, reviews, what is followed up, and the report of a year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from tests.server.governance.test_governing import hold, set_up
from tests.server.web.test_web_pages import SEATS
from tests.server.web.web_checks import complaints, html

from mufakat.rules.errors import NotFoundError
from mufakat.server.governance import governing, reports
from mufakat.server.web import governing_charts

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

    Browser = Callable[[str, str], Client]

DESK = "/desk/governance/"
OBJECTIVE = {
    "figure": "answered_in_time",
    "title_id": "Dijawab tepat waktu",
    "title_en": "Answered in time",
    "at_least": "95",
    "owner": "reviewer",
    "every_days": "30",
    "review_on": "",
    "evidence": "The register\r\n\r\nThe drills",
}
SEAT = ("telegram", "representative")
LAST = datetime.now(UTC).year - 1


def review(**changes: Any) -> dict[str, Any]:
    day = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    return {
        "minutes": "A made-up review.",
        "present": ["representative"],
        "objectives": [],
        "followup_2_text": "Train one more.",
        "followup_2_owner": "reviewer",
        "followup_2_due_on": day,
        "reviewers_trained_part": "9",
        "reviewers_trained_whole": "10",
        **changes,
    }


@pytest.mark.parametrize("seat", SEATS, ids="/".join)
def test_every_page_of_governance_is_sound(house: House, browser_of: Browser, seat: tuple[str, str]) -> None:
    platform = house.caller(*SEAT)
    for figure in ("answered_in_time", "drills_answered", "shadow_results", "reviewers_trained"):
        set_up(platform, figure=figure)
    held = hold(platform, recorded=[{"figure": "reviewers_trained", "part": 1, "whole": 2}])
    reports.publish(LAST, by=platform, at=datetime.now(UTC))
    browser = browser_of(*seat)
    paths = ("", "objectives/new", "reviews/", "reviews/new", f"reviews/{held['id']}", f"report/{LAST}")
    asked = [f"{DESK}{path}" for path in paths]
    asked += ["/register/reports/", f"/register/reports/telegram/{LAST}", f"/register/reports/telegram/{LAST}?number=1"]
    found = {address: browser.get(address) for address in asked}
    assert {address: wrong for address, one in found.items() if (wrong := complaints(one))} == {}
    if seat[0] == "telegram":
        assert {one.status_code for one in found.values()} == {200}


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_pages_speak_both_languages(house: House, browser_of: Browser, language: str) -> None:
    platform = house.caller(*SEAT)
    set_up(platform)
    browser = browser_of(*SEAT)
    shown = html(browser.get(DESK, headers={"Accept-Language": language}))
    assert ("Governance of filtering" in shown) is (language == "en")
    assert ("Tata kelola penyaringan" in shown) is (language == "id")


def test_an_objective_is_set_once_and_ended_with_a_reason(house: House, browser_of: Browser) -> None:
    browser, platform = browser_of(*SEAT), house.caller(*SEAT)
    told = {**OBJECTIVE, "key": "page-" + "a" * 32}
    assert [browser.post(f"{DESK}objectives/new", told).status_code for _ in range(2)] == [302, 302]
    (aim,) = governing.aims_of(platform, at=datetime.now(UTC))
    assert (aim.terms.title.en, aim.terms.evidence) == ("Answered in time", ("The register", "The drills"))
    end = f"{DESK}objectives/{aim.row.id}/end"
    assert browser.post(end, {f"{aim.row.id}-words": ""}).status_code == 422
    assert browser.post(end, {f"{aim.row.id}-words": "Reached."}).status_code == 302
    assert governing.aims_of(platform, at=datetime.now(UTC)) == []


def test_a_review_is_held_with_its_empty_rows_left_out(house: House, browser_of: Browser) -> None:
    browser, platform = browser_of(*SEAT), house.caller(*SEAT)
    assert browser.post(f"{DESK}reviews/new", review()).status_code == 302
    (held,) = governing.reviews_for(platform).items
    assert [one.text for one in held.followups] == ["Train one more."]
    done = f"{DESK}followups/{held.followups[0].row.id}/done"
    assert browser.post(done, {f"{held.followups[0].row.id}-words": "Trained."}).status_code == 302
    shown = html(browser.get(f"{DESK}reviews/{held.row.id}"))
    assert ("Trained." in shown, "A made-up review." in shown) == (True, True)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"minutes": ""}, "minutes"),
        ({"present": ["nobody"]}, "present"),
        ({"followup_2_due_on": "2001-01-01"}, "followup_2_due_on"),
        ({"followup_2_owner": "engineer-9"}, "followup_2_owner"),
        ({"reviewers_trained_part": "11"}, "reviewers_trained_part"),
        ({"reviewers_trained_whole": "many"}, "reviewers_trained_whole"),
        ({"objectives": ["obj_x"]}, "objectives"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    house: House, browser_of: Browser, changes: dict[str, Any], field: str
) -> None:
    set_up(house.caller(*SEAT))
    response = browser_of(*SEAT).post(f"{DESK}reviews/new", review(**changes))
    assert (response.status_code, complaints(response)) == (422, [])
    assert f'href="#field-{field}' in html(response) or f'href="#id_field-{field}' in html(response)


def test_what_a_stranger_typed_runs_nowhere(house: House, browser_of: Browser) -> None:
    platform = house.caller(*SEAT)
    set_up(platform, title={"id": "<script>", "en": "<b>"})
    held = hold(platform, minutes="<script>alert(1)</script>")
    browser = browser_of(*SEAT)
    for address in (DESK, f"{DESK}reviews/{held['id']}", f"{DESK}report/{LAST + 1}"):
        shown = html(browser.get(address))
        assert [word for word in ("<script>alert", "<b>") if word in shown] == []


@pytest.mark.invariant("I-10")
def test_a_stranger_finds_no_page_of_another_party(house: House, browser_of: Browser) -> None:
    platform = house.caller(*SEAT)
    made, held = set_up(platform), hold(platform)
    browser = browser_of("kominfo", "officer")
    followup = held["followups"][0]["id"]
    assert browser.get(f"{DESK}reviews/{held['id']}").status_code == 404
    assert browser.post(f"{DESK}objectives/{made['id']}/end", {f"{made['id']}-words": "x"}).status_code == 404
    assert browser.post(f"{DESK}followups/{followup}/done", {f"{followup}-words": "x"}).status_code == 404
    shown = html(browser.get(DESK))
    assert [word for word in (made["id"], held["id"], "Train one more") if word in shown] == []


def test_a_get_changes_nothing(house: House, browser_of: Browser) -> None:
    platform = house.caller(*SEAT)
    made, held = set_up(platform), hold(platform)
    browser = browser_of(*SEAT)
    followup = held["followups"][0]["id"]
    paths = (f"objectives/{made['id']}/end", f"followups/{followup}/done", f"report/{LAST}", "reviews/new")
    assert {browser.get(f"{DESK}{path}").status_code for path in paths} == {200, 302}
    assert len(governing.aims_of(platform, at=datetime.now(UTC))) == 1
    assert len(governing.followups_for(platform).items) == 1
    with pytest.raises(NotFoundError):
        reports.published("telegram", LAST)


def test_a_report_is_published_once_and_printed_in_both_languages(house: House, browser_of: Browser) -> None:
    del house
    browser, told = browser_of(*SEAT), {"key": "page-" + "b" * 32}
    assert [browser.post(f"{DESK}report/{LAST}", told).status_code for _ in range(2)] == [302, 302]
    assert [one.number for one in reports.listed()] == [1]
    shown = html(Client().get(f"/register/reports/telegram/{LAST}", headers={"Accept-Language": "en"}))
    assert ('<div lang="en">' in shown, '<div lang="id" class="print-only">' in shown) == (True, True)
    assert ("Where every notice is" in shown, "Angka tahun ini" in shown) == (True, True)


def test_the_desk_says_what_is_due(house: House, browser_of: Browser) -> None:
    platform = house.caller(*SEAT)
    set_up(platform, review_on=datetime.now(UTC).date().isoformat())
    browser = browser_of(*SEAT)
    due = "1 thing of your party's governance of filtering is due"
    shown = html(browser.get("/desk/", headers={"Accept-Language": "en"}))
    assert due in shown
    hold(platform, followups=[])
    assert "governance of filtering is due" not in html(browser.get("/desk/", headers={"Accept-Language": "en"}))


def test_an_empty_desk_says_what_comes_there(house: House, browser_of: Browser) -> None:
    del house
    shown = html(browser_of("kominfo", "officer").get(DESK, headers={"Accept-Language": "en"}))
    assert shown.count('class="empty"') == 3


@pytest.mark.parametrize("address", ["/register/reports/nobody/2017", "/register/reports/telegram/2017?number=x"])
def test_what_was_not_published_is_not_found(house: House, address: str) -> None:
    del house
    assert Client().get(address).status_code == 404


def test_a_month_without_a_count_is_a_gap_and_no_zero() -> None:
    first = datetime(2017, 1, 1, tzinfo=UTC).date()
    chart = governing_charts.of([(first, 1, 2), (first, 0, 0), (first, 2, 2), (first, 0, 2)], at_least=50)
    assert [bar.percent for bar in chart.bars] == [50, None, 100, 0]
    assert (len(chart.dots), len(chart.lines), chart.goal) == (3, 1, chart.dots[0].y)


def test_governance_is_for_those_who_read_their_partys_affairs(browser_of: Browser, house: House) -> None:
    del house
    assert browser_of("mufakat", "admin").get(DESK).status_code == 403
