"""Rehearsals on a telephone and on a screen, in both languages: of what came in, and of the people it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.conftest import send
from tests.browser.test_browser_access import judge
from tests.browser.test_browser_agreements import LOOKS, opened

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.browser


def test_rehearsals_can_be_read_by_everybody(desks: Callable[..., Any]) -> None:
    place = opened(desks)
    with desks() as officer:
        officer.sign_in("kominfo", "officer")
        notice = send(officer)
    wrong: dict[str, list[str]] = {}
    with desks() as representative:
        representative.sign_in("telegram", "representative")
        page = representative.open(f"{place}/capacity")
        judge(iter(["a plan that begins with what came in"]), representative, wrong)
        plan = page.input_value("textarea[name=plan]")
        page.fill("textarea[name=plan]", "nonsense: 1\n")
        page.click("main form button[type=submit]")
        page.wait_for_selector("#summary")
        judge(iter(["a plan with faults"]), representative, wrong)
        page.fill("textarea[name=plan]", plan)
        page.click("main form button[type=submit]")
        # The page asks by itself how far it is, and shows the charts when it was played.
        page.wait_for_selector("svg.chances", timeout=300_000)
        played = page.url.removeprefix(representative.site.url)
    for locale, scheme, width in LOOKS:
        with desks(locale=locale, color_scheme=scheme, width=width) as representative:
            representative.sign_in("telegram", "representative")
            for address in (played, f"{place}/rehearsal", f"{place}/rehearsal?profile=eu-dsa", f"{place}/sheet"):
                page = representative.open(address)
                page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
                judge(iter([f"{address} {locale} {scheme} {width}"]), representative, wrong)
            assert representative.open(f"/desk/notices/{notice}/order").locator("h1").count() == 1
            judge(iter([f"the order on paper {locale} {scheme} {width}"]), representative, wrong)
    assert wrong == {}
