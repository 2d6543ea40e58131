"""Names are closed and opened again as people do it, in both languages, on a telephone and a screen; axe looks on."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.test_browser_access import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser

LOOKS = [("en-GB", "light", 1280), ("id-ID", "dark", 375)]
TRIES = 200  # Times that a page is opened until the worker has done its part.
numbers = count(1)


def order(desk: Desk, *names: str) -> None:
    """Fill the form."""
    page = desk.open("/desk/restrictions/new")
    page.select_option("#order-category", "terrorism")
    page.fill("#order-names", "\n".join(names))
    page.select_option("#order-platform", "telegram")
    page.fill("#order-instrument", "UU 11/2008")
    page.fill("#order-provision", "Pasal 40 ayat (2a)")
    page.fill("#order-reason", "A made-up placeholder.")
    page.fill("#order-proportionality", "Nothing milder was left.")


def done(desk: Desk, restriction: str, deed: str, note: str = "Read.") -> None:
    page = desk.open(f"/desk/restrictions/{restriction}")
    page.fill(f"#{deed}-note", note)
    page.click(f"form[action$={deed}] button")
    page.wait_for_selector(".message.success")


def until(desk: Desk, address: str, selector: str) -> None:
    """Open a page until the worker has done its part."""
    for _ in range(TRIES):
        if desk.open(address).query_selector(selector) is not None:
            return
    pytest.fail(f"{address} never had {selector}")


def proposed(desk: Desk, *names: str) -> str:
    order(desk, *names)
    desk.page.click(".send button")
    desk.page.wait_for_url("**/desk/restrictions/rst_*")
    return desk.page.url.rsplit("/", 1)[1]


def published(desks: Callable[..., Any], *names: str) -> str:
    """Names on the lists, by everybody whom it takes."""
    with desks() as officer:
        officer.sign_in("kominfo", "officer")
        restriction = proposed(officer, *names)
    for handle, seat, deed in (
        *(("kominfo", seat, "approve") for seat in ("approver", "approver-2")),
        ("telegram", "representative", "answer"),
    ):
        with desks() as desk:
            desk.sign_in(handle, seat)
            done(desk, restriction, deed)
    with desks() as engineer:
        engineer.sign_in("isp-a", "engineer")
        until(engineer, "/desk/restrictions/", f"a[href$='{restriction}']")
        done(engineer, restriction, "confirm")
    return restriction


def test_a_name_is_closed_by_three_people_and_opened_by_one(desks: Callable[..., Any]) -> None:
    name = f"n{next(numbers)}.example.net"
    restriction = published(desks, name)
    with desks() as visitor:
        page = visitor.open(f"/restrictions/?name={name}")
        assert "Closed." in page.inner_text("[role=status]")
    # Without JavaScript, and by the keyboard alone.
    with desks(java_script_enabled=False) as approver:
        approver.sign_in("kominfo", "approver")
        page = approver.open(f"/desk/restrictions/{restriction}")
        page.focus("a[role=button][href$=lift]")
        page.keyboard.press("Enter")
        page.wait_for_url("**/lift")
        page.focus("button[value=all]")
        page.keyboard.press("Enter")
        page.wait_for_selector(".message.success")
        assert page.inner_text(".stamp .state") == "Lifted"
    with desks() as visitor:
        page = visitor.open("/restrictions/")
        page.fill("#name", f"https://{name}/a-page")
        page.keyboard.press("Enter")
        page.wait_for_selector("#answer")
        assert "To be open" in page.inner_text("[role=status]")


def test_the_guard_says_beside_each_name_what_it_finds(desks: Callable[..., Any]) -> None:
    with desks() as officer:
        officer.sign_in("kominfo", "officer")
        order(officer, "go.id", "d111.cloudfront.net", "n0.example.net")
        page = officer.page
        page.click("[formaction$=names]")
        page.wait_for_selector("#found li")
        assert [each.inner_text().split("\n")[0] for each in page.query_selector_all("#found .line")] == [
            "Line 1",
            "Line 2",
            "Line 3",
        ]
        assert page.input_value("#order-reason") == "A made-up placeholder."


@pytest.mark.parametrize(("locale", "scheme", "width"), LOOKS, ids=["-".join(map(str, look)) for look in LOOKS])
def test_every_page_of_restrictions_is_accessible(
    desks: Callable[..., Any], locale: str, scheme: str, width: int
) -> None:
    name = f"n{next(numbers)}.{'long-' * 10}label.example.net"
    restriction = published(desks, name, f"other.{name}")
    look = {"locale": locale, "color_scheme": scheme, "width": width}
    wrong: dict[str, list[str]] = {}
    for handle, seat, pages in (
        ("kominfo", "officer", as_officer),
        ("kominfo", "approver", as_reader),
        ("telegram", "representative", as_reader),
        ("isp-b", "engineer", as_engineer),
        ("mufakat", "admin", as_admin),
    ):
        with desks(**look) as desk:
            desk.sign_in(handle, seat)
            judge(pages(desk, restriction, name), desk, wrong)
    with desks(**look) as visitor:
        judge(as_visitor(visitor, restriction, name), visitor, wrong)
    assert wrong == {}


def as_officer(desk: Desk, restriction: str, name: str) -> Iterator[str]:
    for address in ("/desk/restrictions/", "/desk/restrictions/?state=refused", "/desk/restrictions/new"):
        desk.open(address)
        yield address
    page = desk.page
    page.fill("#order-names", f"{name}\ngo.id")
    page.click(".send button")
    page.wait_for_selector("#summary")
    yield "order with faults"
    waiting = proposed(desk, f"w{next(numbers)}.example.net")
    desk.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    yield "order that was proposed"
    del waiting
    yield from as_reader(desk, restriction, name)


def as_reader(desk: Desk, restriction: str, name: str) -> Iterator[str]:
    del name
    for path in ("", "/matrix"):
        page = desk.open(f"/desk/restrictions/{restriction}{path}")
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        yield f"restriction{path}"
    if desk.open(f"/desk/restrictions/{restriction}").query_selector("a[href$=lift]"):
        page = desk.open(f"/desk/restrictions/{restriction}/lift")
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        yield "lifting"


def as_engineer(desk: Desk, restriction: str, name: str) -> Iterator[str]:
    yield from as_reader(desk, restriction, name)
    page = desk.open("/desk/resolvers")
    yield "resolvers"
    page.fill("#resolver-address", "10.0.0.1")
    page.click("main form button >> nth=0")
    page.wait_for_selector("#summary")
    yield "resolvers with a fault"


def as_admin(desk: Desk, restriction: str, name: str) -> Iterator[str]:
    del restriction, name
    protected = f"p{next(numbers)}.example.net"
    page = desk.open("/desk/protected")
    page.fill("#protect-name", protected)
    page.fill("#protect-reason", "A made-up placeholder.")
    page.click("main form button")
    page.wait_for_selector(".message.success")
    yield "protected names"
    page.click(f"a[href$='{protected}']")
    page.wait_for_selector("#release-reason")
    yield "releasing"
    page.click("main form button")
    page.wait_for_selector("#summary")
    yield "releasing with a fault"


def as_visitor(desk: Desk, restriction: str, name: str) -> Iterator[str]:
    for asked in ("", name, "nothing.example.net", "*"):
        desk.open(f"/restrictions/?name={asked}")
        yield f"asked for {asked}"
    until(desk, f"/register/restrictions/{restriction}", "#proof")
    yield "entry"
