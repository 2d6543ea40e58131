"""A notice is decided and its measures carried out, as people do it: by mouse, by keyboard, without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.conftest import send
from tests.browser.test_browser_access import WIDE, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser

LOOKS = [("en-GB", "light", 1280), ("id-ID", "dark", 375)]
DECIDE = "section.decide form > button[type=submit]"


def acknowledged(desks: Callable[..., Any]) -> str:
    """A notice that its recipient has."""
    with desks() as officer:
        officer.sign_in("kominfo", "officer")
        notice = send(officer)
    with desks() as reviewer:
        reviewer.sign_in("telegram", "reviewer")
        page = reviewer.open(f"/desk/notices/{notice}")
        page.click("form[action$=acknowledge] button")
        page.wait_for_selector(".message.success")
    return notice


def write(page: Any) -> None:
    page.fill("#decide-facts", "A made-up placeholder was seen.")
    page.fill("#decide-reasons", "It meets every element of the provision.")


def test_it_is_decided_carried_out_and_read_by_whoever_asked(desks: Callable[..., Any]) -> None:
    notice = acknowledged(desks)
    with desks() as reviewer:
        reviewer.sign_in("telegram", "reviewer")
        page = reviewer.open(f"/desk/notices/{notice}")
        # (1) What belongs to another outcome is out of sight.
        page.check("input[name=decide-outcome][value=refuse]")
        assert (page.is_visible("#decide-refusal"), page.is_visible("#decide-territory")) == (True, False)
        page.check("input[name=decide-outcome][value=act_full]")
        assert (page.is_visible("#decide-refusal"), page.is_visible("#decide-territory")) == (False, True)
        page.check("input[name=decide-measures][value=disable]")
        write(page)
        page.click(DECIDE)
        page.wait_for_selector("section.decision")
        assert page.inner_text(".stamp .state") == "Decided"
        code = page.inner_text("[aria-labelledby=appeal-code]").strip()
        # (2) The list of what is to be done.
        reviewer.open("/desk/measures")
        page.fill("#measures-ordered-text", "Done.")
        page.click("button:has-text('It is carried out')")
        page.wait_for_selector(".message.success")
    with desks() as officer:
        # (3) The sender reads it all, but not the code.
        officer.sign_in("kominfo", "officer")
        page = officer.open(f"/desk/notices/{notice}")
        assert "It meets every element of the provision." in page.inner_text("section.decision")
        assert page.inner_text("ol.measures .state >> nth=0") == "Carried out"
        assert code not in page.content()


def test_it_is_refused_without_javascript_by_a_text_to_begin_with(desks: Callable[..., Any]) -> None:
    notice = acknowledged(desks)
    with desks(java_script_enabled=False) as reviewer:
        reviewer.sign_in("telegram", "reviewer")
        page = reviewer.open(f"/desk/notices/{notice}")
        page.select_option("#decide-template", "refuse_not_illegal")
        page.click("section.decide .begin button")
        page.wait_for_selector("section.decide")
        assert page.is_checked("input[name=decide-outcome][value=refuse]")
        assert "[…" in page.input_value("#decide-reasons")
        # A blank is no reason.
        page.click(DECIDE)
        page.wait_for_selector("#summary")
        write(page)
        page.click(DECIDE)
        page.wait_for_selector("section.decision")
        assert "Refused" in page.inner_text("section.decision .outcome")


def test_enter_in_a_field_decides_nothing(desks: Callable[..., Any]) -> None:
    notice = acknowledged(desks)
    with desks() as reviewer:
        reviewer.sign_in("telegram", "reviewer")
        page = reviewer.open(f"/desk/notices/{notice}")
        page.check("input[name=decide-outcome][value=not_found]")
        write(page)
        page.press("#decide-clause", "Enter")
        page.wait_for_selector("#summary")
        assert page.input_value("#decide-facts") == "A made-up placeholder was seen."
        reviewer.open(f"/desk/notices/{notice}")
        assert page.locator("section.decision").count() == 0


@pytest.mark.parametrize(("locale", "scheme", "width"), LOOKS, ids=["-".join(map(str, look)) for look in LOOKS])
def test_its_pages_are_accessible(desks: Callable[..., Any], locale: str, scheme: str, width: int) -> None:
    notice = acknowledged(desks)
    wrong: dict[str, list[str]] = {}
    with desks(locale=locale, color_scheme=scheme, width=width) as reviewer:
        reviewer.sign_in("telegram", "reviewer")
        judge(as_reviewer(reviewer, notice), reviewer, wrong)
    with desks(locale=locale, color_scheme=scheme, width=width) as second:
        second.sign_in("telegram", "reviewer-2")
        judge(as_second(second), second, wrong)
    with desks(locale=locale, color_scheme=scheme, width=width) as officer:
        officer.sign_in("kominfo", "officer")
        officer.open(f"/desk/notices/{notice}")
        judge(iter(["decision of the sender"]), officer, wrong)
    assert wrong == {}


def as_reviewer(desk: Desk, notice: str) -> Iterator[str]:
    page = desk.open(f"/desk/notices/{notice}")
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    yield "form"
    page.check("input[name=decide-outcome][value=act_full]")
    page.click(DECIDE)
    page.wait_for_selector("#summary")
    yield "form with faults"
    write(page)
    page.check("input[name=decide-measures][value=disable]")
    page.check("input[name=decide-measures][value=close_channel]")
    page.click(DECIDE)
    page.wait_for_selector("section.decision")
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    yield "decision of the platform"
    desk.open("/desk/measures")
    yield "measures"
    page.click("form[action$=confirm] button[formaction$=fail]")
    page.wait_for_selector(".errorlist")
    yield "measures with a fault"
    desk.open("/desk/measures?state=reverted")
    yield "no measures"


def as_second(desk: Desk) -> Iterator[str]:
    page = desk.open("/desk/measures")
    yield "measures of a second person"
    page.click("button[formaction$=approve]")
    page.wait_for_selector(".errorlist")
    yield "nothing ticked"
    assert not page.evaluate(WIDE)
