"""Talks as people hold them: opened by a form, countered, signed by number; by mouse, keyboard, without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.test_browser_access import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser

# No test here signs the frame: between two parties one agreement is in force, and the site is the same for all tests.
LOOKS = [("en-GB", "light", 1280), ("id-ID", "dark", 375)]
POINT = "representative"


def opened(desks: Callable[..., Any], title: str = "A joint procedure", **options: Any) -> str:
    """Talks of the ministry with the service, opened by the form; their address."""
    with desks(**options) as approver:
        approver.sign_in("kominfo", "approver")
        page = approver.open("/desk/agreements/")
        page.click("main .title a[role=button]")
        page.click("main a[href='?profile=id-2017']")
        page.check("input[name=parties][value=telegram]")
        page.fill("#open-title_id", "Prosedur bersama")
        page.fill("#open-title_en", title)
        page.click("form.panel button[type=submit]")
        page.wait_for_selector(".message.success")
        return str(page.url.removeprefix(approver.site.url))


def counter(desk: Desk, place: str) -> None:
    """The service answers with another text for one point."""
    page = desk.open(f"{place}/points/{POINT}")
    page.click("summary:has-text('Propose something else')")
    page.fill("#terms-text_id", page.input_value("#terms-text_id").replace("telepon", "dua telepon"))
    page.fill("#terms-text_en", page.input_value("#terms-text_en").replace("phone", "two phones"))
    page.fill("#terms-note", "Two are better.")
    page.click("button:has-text('Put it on the table')")
    page.wait_for_selector(".message.success")


def test_talks_are_opened_countered_and_signed(desks: Callable[..., Any]) -> None:
    place = opened(desks)
    with desks() as representative:
        representative.sign_in("telegram", "representative")
        page = representative.page
        assert "points of agreements wait for your party" in page.inner_text("main")
        counter(representative, place)
    with desks() as approver:
        approver.sign_in("kominfo", "approver")
        page = approver.open(place)
        # (1) What waits for us stands first, with what is new in it.
        page.click("main .message.warning a")
        page.wait_for_url("**/points/representative")
        assert page.inner_text("main .changes ins >> nth=0").strip().endswith("dua")
        # (2) What is signed is the proposal of this number.
        page.click("button:has-text('Agree: sign proposal 2')")
        page.wait_for_selector(".message.success")
        assert "Agreed" in page.inner_text(".stamp .state") or "In force" in page.inner_text(".stamp .state")
        # (3) On paper both languages stand side by side.
        page = approver.open(f"{place}/sheet")
        boxes = [
            page.locator(f".article:has(code:text-is('{POINT}')) [lang={one}]").first.bounding_box()
            for one in ("id", "en")
        ]
        assert boxes[0]["x"] < boxes[1]["x"]
        assert abs(boxes[0]["y"] - boxes[1]["y"]) < 2


def test_a_point_is_signed_by_keyboard_and_without_javascript(desks: Callable[..., Any]) -> None:
    place = opened(desks, java_script_enabled=False)
    with desks(java_script_enabled=False) as representative:
        representative.sign_in("telegram", "representative")
        page = representative.open(f"{place}/points/government_channel")
        page.focus("button:has-text('Agree: sign proposal 1')")
        page.keyboard.press("Enter")
        page.wait_for_selector(".message.success")
        assert page.inner_text(".stamp .state") in {"Agreed", "In force"}


def test_enter_in_a_field_signs_nothing(desks: Callable[..., Any]) -> None:
    place = opened(desks)
    with desks() as representative:
        representative.sign_in("telegram", "representative")
        page = representative.open(f"{place}/points/{POINT}")
        page.click("summary:has-text('Propose something else')")
        page.press("#terms-due_at", "Enter")
        page.wait_for_selector(".messages .message, #summary")
        assert "Agree" not in page.inner_text(".stamp .state")


@pytest.mark.parametrize(("locale", "scheme", "width"), LOOKS, ids=["-".join(map(str, look)) for look in LOOKS])
def test_the_pages_of_agreements_are_accessible(
    desks: Callable[..., Any], locale: str, scheme: str, width: int
) -> None:
    place = opened(desks)
    with desks() as representative:
        representative.sign_in("telegram", "representative")
        counter(representative, place)
    wrong: dict[str, list[str]] = {}
    with desks(locale=locale, color_scheme=scheme, width=width) as approver:
        approver.sign_in("kominfo", "approver")
        judge(as_approver(approver, place), approver, wrong)
    assert wrong == {}


def as_approver(desk: Desk, place: str) -> Iterator[str]:
    """Every page of agreements, one after the other."""
    addresses = {
        "list": "/desk/agreements/",
        "profiles": "/desk/agreements/new",
        "new": "/desk/agreements/new?profile=id-2017",
        "agreement": place,
        "point": f"{place}/points/{POINT}",
        "frame": f"{place}/points/terms",
        "propose": f"{place}/propose",
        "sheet": f"{place}/sheet",
        "public": "/agreements/",
        "front": "/",
    }
    for name, address in addresses.items():
        page = desk.open(address)
        for summary in page.locator("main details:not([open]) > summary").all():
            if summary.is_visible():
                summary.click()
        yield name
