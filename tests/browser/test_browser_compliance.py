"""What each side owes, on a telephone and on a screen, in both languages: for the eye and for who cannot see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.test_browser_access import judge
from tests.browser.test_browser_agreements import LOOKS, opened

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.browser

POINTS = (
    *("terms", "government_channel", "trusted_flagger", "representative", "filtering_governance"),
    *("self_censoring", "web_block_and_reopen"),
)


def test_what_is_owed_can_be_read_by_everybody(desks: Callable[..., Any]) -> None:
    place = opened(desks)
    wrong: dict[str, list[str]] = {}
    with desks() as representative:
        representative.sign_in("telegram", "representative")
        page = representative.open(f"{place}/compliance")
        assert page.locator("main .empty").first.is_visible()
        judge(iter(["nothing in force"]), representative, wrong)
        for name in POINTS:
            page = representative.open(f"{place}/points/{name}")
            page.click("button:has-text('Agree: sign proposal 1')")
            page.wait_for_selector(".message.success")
        # What came into force is judged by the worker, a moment later.
        page.goto(page.url)
        while not page.locator("main tbody").count():
            page = representative.open(f"{place}/compliance")
    for locale, scheme, width in LOOKS:
        with desks(locale=locale, color_scheme=scheme, width=width) as approver:
            approver.sign_in("kominfo", "approver")
            page = approver.open(f"{place}/compliance")
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            judge(iter([f"{locale} {scheme} {width}"]), approver, wrong)
            assert page.locator("main table").count() == 2
    assert wrong == {}
