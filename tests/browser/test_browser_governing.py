"""A representative sets an objective, holds a review and follows up what it decided; axe looks at each page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.test_browser_access import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser

LOOKS = {
    "exposure_kept": {"locale": "id-ID", "color_scheme": "dark", "width": 375},
    "reviewers_trained": {"locale": "en-GB", "color_scheme": "light", "width": 1280},
}
DESK = "/desk/governance/"


@pytest.mark.parametrize("figure", sorted(LOOKS))
def test_an_objective_is_governed_from_beginning_to_end(desks: Callable[..., Any], figure: str) -> None:
    wrong: dict[str, list[str]] = {}
    with desks(**LOOKS[figure]) as representative:
        representative.sign_in("telegram", "representative")
        judge(governed(representative, figure), representative, wrong)
    assert wrong == {}


def governed(desk: Desk, figure: str) -> Iterator[str]:
    page = desk.open(f"{DESK}objectives/new")
    page.click("form.sheet button[type=submit]")
    page.wait_for_selector("#summary")
    yield "an objective that says nothing"
    page.select_option("#field-figure", figure)
    page.fill("#field-title_id", "Sasaran contoh")
    page.fill("#field-title_en", "A made-up goal")
    page.click("form.sheet button[type=submit]")
    page.wait_for_selector(".message.success")
    yield "an objective without a count"
    page = desk.open(f"{DESK}reviews/new")
    page.fill("#field-minutes", "A made-up review.")
    page.fill(f"#field-{figure}_part", "9")
    page.fill(f"#field-{figure}_whole", "10")
    page.fill("#field-followup_1_text", f"A made-up task about {figure}.")
    page.fill("#field-followup_1_due_on", (datetime.now(UTC) + timedelta(days=9)).date().isoformat())
    yield "a review before it is sent"
    page.click("form.sheet button[type=submit]")
    page.wait_for_selector("svg.trend")
    yield "an objective with its trend"
    task = page.locator("section[aria-labelledby=tasks] li", has_text=figure)
    task.locator("summary").click()
    task.locator("textarea").fill("It is done.")
    task.locator("button").click()
    page.wait_for_selector(".message.success")
    page.locator("section[aria-labelledby=reviews] li a").first.click()
    page.wait_for_selector("#decided")
    yield "a review whose task is done"
    desk.open(f"{DESK}report/{datetime.now(UTC).year}")
    yield "a year that runs"
    desk.open("/register/reports/")
    yield "what parties published"
