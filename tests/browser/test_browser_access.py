"""axe finds nothing to complain about: each page, both languages, both colour schemes, a telephone and a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.conftest import send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser.conftest import Desk

pytestmark = pytest.mark.browser

LOOKS = [
    (locale, scheme, width) for locale in ("en-GB", "id-ID") for scheme in ("light", "dark") for width in (375, 1280)
]
OPEN = [
    *(
        "/",
        "/log/",
        "/register/",
        "/register/?q=nothingofthekind",
        "/register/?kind=bad",
        "/register/exports/",
        "/verify",
    ),
    *("/account/login/", "/account/signup/", "/account/password/reset/", "/nowhere"),
]
WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.mark.parametrize(("locale", "scheme", "width"), LOOKS, ids=["-".join(map(str, look)) for look in LOOKS])
def test_every_page_is_accessible(desks: Callable[..., Any], locale: str, scheme: str, width: int) -> None:
    look = {"locale": locale, "color_scheme": scheme, "width": width}
    wrong: dict[str, list[str]] = {}
    with desks(**look) as visitor:
        judge(as_visitor(visitor), visitor, wrong)
    with desks(**look) as officer:
        officer.sign_in("kominfo", "officer")
        judge(as_officer(officer), officer, wrong)
    with desks(**look) as representative:
        representative.sign_in("telegram", "representative")
        judge(as_representative(representative), representative, wrong)
    with desks(**look) as admin:
        admin.sign_in("mufakat", "admin")
        judge(iter(["desk of the admin"]), admin, wrong)
    assert wrong == {}


def test_axe_would_have_said_something(desks: Callable[..., Any]) -> None:
    wrong: dict[str, list[str]] = {}
    with desks() as visitor:
        page = visitor.open("/account/login/")
        page.evaluate("document.querySelector('label[for=id_login]').remove()")
        page.evaluate("document.querySelector('#id_login').removeAttribute('placeholder')")
        judge(iter(["without a label"]), visitor, wrong)
    assert [found.split(":")[0] for found in wrong["without a label"]] == ["label"]


def test_the_browser_refuses_what_is_inline(desks: Callable[..., Any]) -> None:
    with desks() as visitor:
        page = visitor.open("/")
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')")
        page.wait_for_timeout(200)
        complaints, visitor.complaints[:] = list(visitor.complaints), []
    assert len(complaints) == 1
    assert "Content Security Policy" in complaints[0]


def judge(pages: Iterator[str], desk: Desk, wrong: dict[str, list[str]]) -> None:
    """Look at every page as it comes."""
    from axe_playwright_python.sync_playwright import Axe

    for name in pages:
        result = Axe().run(desk.page)
        found = [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in result.response["violations"]]
        if desk.page.evaluate(WIDE):
            found.append("wider than the screen")
        if found:
            wrong[name] = found


def as_visitor(desk: Desk) -> Iterator[str]:
    for address in OPEN:
        desk.open(address)
        yield address
    # Each kind by its own search: whoever was here before has filled the first page with other things.
    for kind, kinds in (("mandate", "mandates"), ("party", "parties"), ("representative", "representatives")):
        page = desk.open(f"/register/?kind={kind}")
        page.locator(f"tbody a[href*='/register/{kinds}/']").first.click()
        page.wait_for_selector("#proof")
        yield f"an entry of {kinds}"
    page = desk.open("/verify")
    page.fill("#verify-receipt", "nothing of the kind")
    page.click("main form button")
    page.wait_for_selector("#verify-result .message.error")
    yield "a receipt that proves nothing"
    page = desk.open("/account/login/")
    page.fill("#id_login", "nobody@nowhere.example")
    page.fill("#id_password", "wrong")
    page.click("main button[type=submit]")
    page.wait_for_selector("#summary")
    yield "sign-in refused"


TABLE = b"""to,kind,category,locators,explanation,language,legal_ground.system,legal_ground.instrument,legal_ground.provision
telegram,order,fraud,https://t.me/contoh_kanal,x,id,id,UU 11/2008,Pasal 40
telegram,order,fraud,,x,id,id,UU 11/2008,Pasal 40
"""  # noqa: E501 - the first line of a table is one line.


def as_officer(desk: Desk) -> Iterator[str]:
    desk.open("/desk/")
    yield "empty desk"
    page = desk.open("/desk/send")
    yield "form"
    page.fill("#field-locators", "https://t.me/s/examplechannel/12\nnonsense")
    page.click("[formaction]")
    page.wait_for_selector("#found li")
    yield "links explained"
    page.click(".send button")
    page.wait_for_selector("#summary")
    yield "form with faults"
    send(
        desk,
        locators="https://situs-contoh.example/a/very/long/path/that/goes/on/and/on/and/does/not/end/soon?query="
        + "x" * 200,
    )
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    yield "notice of the sender"
    desk.open("/desk/notices/")
    yield "list"
    desk.open("/desk/notices/?state=closed")
    yield "empty list"
    page = desk.open("/desk/import")
    yield "form of a file"
    page.click(".send button")
    page.wait_for_selector("#summary")
    yield "form of a file with faults"
    page.set_input_files("#field-file", {"name": "links.csv", "mimeType": "text/csv", "buffer": TABLE})
    page.click(".send button")
    page.wait_for_url("**/desk/imports/imp_*")
    yield "file looked at"
    page.click("form[action$=start] button")
    page.wait_for_selector("code:text('done')")
    yield "file imported"
    desk.open("/desk/import")
    yield "files of the party"


def as_representative(desk: Desk) -> Iterator[str]:
    page = desk.open("/desk/")
    yield "desk"
    # One that waits to be acknowledged: which comes first in the list, the hour of the day decides.
    page.click("tr:has(.state.received) a[href*='/desk/notices/'] >> nth=0")
    page.wait_for_selector("#note-text")
    yield "notice of the recipient"
    page.click("form[action$=seen] button")
    page.wait_for_selector(".message.success")
    page.fill("#say-text", " ")
    page.click("form[action$=messages] button")
    page.wait_for_selector(".errorlist")
    yield "message with a fault"
    page.fill("#say-text", "A made-up question?\nTwo lines of it.")
    page.click("form[action$=messages] button")
    page.wait_for_selector(".message.success")
    page.click("section[aria-labelledby=hands] summary")
    page.select_option("#hand-to", "reviewer")
    page.fill("#hand-text", "A made-up note.")
    page.click("details form[action$=handover] button")
    page.wait_for_selector(".message.success")
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    yield "notice that was talked about"
    for narrowed in ("mine", "unassigned"):
        desk.open(f"/desk/?hands={narrowed}")
        yield f"desk of {narrowed}"
    page.go_back()
    page.go_back()
    page.click("form[action$=acknowledge] button")
    page.wait_for_selector(".message.success")
    yield "notice acknowledged"
    for address in (
        "/account/",
        "/account/2fa/",
        "/account/password/change/",
        "/desk/send",
        "/account/2fa/totp/activate/",
    ):
        desk.open(address)
        yield address
    page.fill("#id_password", desk.site.accounts["telegram", "representative"][1])
    page.click("main button[type=submit]")
    page.wait_for_selector(".qr")
    yield "picture for the app"
