"""Two reviewers take a policy all the way by pages, on a telephone and a screen, in both languages; axe looks on."""

from __future__ import annotations

import json
import urllib.request
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.test_browser_access import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser.conftest import Desk
    from tests.houses import Server

pytestmark = pytest.mark.browser

LOOKS = [("en-GB", "light", 1280), ("id-ID", "dark", 375)]
PARTS = ("", "banks", "policies", "policies/new", "samples", "hits", "notifications")
DESK = "/desk/screening/"
DONE = ".message.success"
numbers = count(1)
WORDS = ("", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan")
"""Each test has words of its own: what another one's policy does with them is no difference then."""

POLICY = """\
policy: orchard-{number}
version: 1
rules:
  - name: unripe-notify
    priority: 30
    mode: live
    when: {{all_of: [{{bank: fruit-{number}, category: narcotics}}]}}
    then: propose_notification
    reason: {{id: Mungkin perlu diberitahukan., en: It may have to be told.}}
  - name: unripe-hold
    priority: 20
    mode: live
    when: {{any_of: [{{bank: fruit-{number}}}]}}
    then: hold
    reason: {{id: Seorang peninjau melihatnya dahulu., en: A reviewer looks at it first.}}
  - name: unripe-label
    priority: 40
    when: {{any_of: [{{bank: fruit-{number}}}]}}
    then: label
    reason: {{id: Mungkin tidak pantas., en: It may not be fit for everybody.}}
"""


def opened(desk: Desk, number: int) -> str:
    """A bank with two entries that its reviewer put in."""
    bank = f"fruit-{number}"
    page = desk.open(f"{DESK}banks")
    page.fill("#bank-name", bank)
    page.click("form[action$=banks] button[type=submit]")
    page.wait_for_selector(DONE)
    for value, category in ((f"pisang hijau {WORDS[number]}", "spam"), (f"mangga muda {WORDS[number]}", "narcotics")):
        page = desk.open(f"{DESK}banks/{bank}/add")
        page.fill("#entry-value", value)
        page.fill("#entry-category", category)
        page.fill("#entry-ground", "terms 4.2")
        page.fill("#entry-source", "our reviewers")
        page.click(".send button")
        page.wait_for_selector(DONE)
    return bank


def accepted(desk: Desk, bank: str) -> None:
    """A second person looks at everything that waits there."""
    page = desk.open(f"{DESK}banks/{bank}?state=shadow")
    page.click("button[value=accept-shown]")
    page.wait_for_selector(DONE)


def proposed(desk: Desk, number: int) -> str:
    page = desk.open(f"{DESK}policies/new")
    page.fill("#propose-text", POLICY.format(number=number))
    page.fill("#propose-note", "What is unripe is held.")
    page.click(".send button")
    page.wait_for_url("**/policies/pol_*")
    return str(page.url.rsplit("/", 1)[1])


def handed_in(desk: Desk, number: int) -> None:
    told = {"at": "2026-11-20T12:00:00Z", "visibility": "public", "kind": "post"}
    held = f"pisang hijau {WORDS[number]}"
    texts = [f"{held} murah", "selamat pagi", f"beli {held}"]
    lines = [json.dumps({"item": f"p{place}", "text": text, **told}) for place, text in enumerate(texts)]
    page = desk.open(f"{DESK}samples")
    page.fill("#sample-name", f"posts of week {number}")
    page.set_input_files(
        "#sample-file",
        {"name": "items.ndjson", "mimeType": "application/x-ndjson", "buffer": "\n".join(lines).encode()},
    )
    page.click("form[enctype] button")
    page.wait_for_selector(DONE)


def shadowed(desk: Desk, policy: str) -> None:
    page = desk.open(f"{DESK}policies/{policy}")
    page.click("form[action$=shadow] button")
    page.wait_for_selector(DONE)


def tried(desk: Desk, policy: str, number: int) -> str:
    page = desk.open(f"{DESK}policies/{policy}")
    page.check(f"label:has-text('posts of week {number} ') input")
    page.click("form[action$=try] button")
    page.wait_for_url("**/backtests/bkt_*")
    return str(page.url.rsplit("/", 1)[1])


def promoted(desk: Desk, policy: str, backtest: str) -> None:
    page = desk.open(f"{DESK}policies/{policy}/backtests/{backtest}")
    page.fill("#promote-words", "Read the samples.")
    page.check("#promote-sure")
    page.click("form[action$=promote] button")
    page.wait_for_selector(DONE)


def ready(desks: Callable[..., Any], number: int) -> tuple[str, str, str]:
    """A bank, and a version in shadow that was tried."""
    with desks() as first:
        first.sign_in("telegram", "reviewer")
        bank = opened(first, number)
        policy = proposed(first, number)
        handed_in(first, number)
    with desks() as second:
        second.sign_in("telegram", "reviewer-2")
        accepted(second, bank)
    with desks() as first:
        first.sign_in("telegram", "reviewer")
        shadowed(first, policy)
        backtest = tried(first, policy, number)
    return bank, policy, backtest


def screened(site: Server, name: str, text: str) -> str:
    """A platform's own system hands something in; the hit that came of it."""
    told = {"item": name, "at": "2026-11-20T12:00:00Z", "visibility": "public", "kind": "post", "text": text}
    headers = {"Authorization": f"Bearer {site.token('telegram', 'reviewer')}", "Content-Type": "application/json"}
    asked = urllib.request.Request(f"{site.url}/api/v1/screen", json.dumps(told).encode(), headers)  # noqa: S310
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - the server of this test.
        return str(json.loads(answer.read())["hit"])


def test_two_reviewers_take_a_policy_all_the_way_and_back(desks: Callable[..., Any], site: Server) -> None:
    number = next(numbers)
    _, policy, backtest = ready(desks, number)
    with desks() as first:
        first.sign_in("telegram", "reviewer")
        page = first.open(f"{DESK}policies/{policy}/backtests/{backtest}")
        assert page.query_selector("#promote-sure") is None
        assert "somebody else of your platform" in page.inner_text("section:has(#promote)")
        assert "2 have another action." in page.inner_text(".lead")
    # Without JavaScript, as everything here.
    with desks(java_script_enabled=False) as second:
        second.sign_in("telegram", "reviewer-2")
        promoted(second, policy, backtest)
        page = second.open(DESK)
        assert f"orchard-{number}/1" in page.inner_text("section:has(#policy)")
        # What it holds from now on, a reviewer lets go.
        hit = screened(site, f"https://t.me/examplechannel/{number}", f"beli pisang hijau {WORDS[number]} <b>murah</b>")
        page = second.open(f"{DESK}hits/{hit}")
        assert "pisang hijau" in page.inner_text(".said mark")
        page.fill("#release-words", "A recipe.")
        page.click("form[action$=release] button")
        page.wait_for_selector(DONE)
        page = second.open(f"{DESK}policies/{policy}")
        page.click("summary:has-text('Take it back')")
        page.fill("#end-words", "It hit recipes.")
        page.check("input[value=restore]")
        page.click("form[action$=end] button")
        page.wait_for_selector(DONE)
        assert page.inner_text(".stamp .state") == "Ended"


def test_a_fault_of_a_policy_stands_beside_its_line_and_nothing_typed_is_lost(desks: Callable[..., Any]) -> None:
    number = next(numbers)
    with desks() as first:
        first.sign_in("telegram", "reviewer")
        opened(first, number)
        page = first.open(f"{DESK}policies/new")
        page.fill("#propose-text", POLICY.format(number=number).replace("then: hold", "then: burn"))
        page.click(".send button")
        page.wait_for_selector("#summary")
        assert "Line 14" in page.inner_text(".faulty")
        assert "then: burn" in page.input_value("#propose-text")


@pytest.mark.parametrize(("locale", "scheme", "width"), LOOKS, ids=["-".join(map(str, look)) for look in LOOKS])
def test_every_page_of_screening_is_accessible(
    desks: Callable[..., Any], site: Server, locale: str, scheme: str, width: int
) -> None:
    number = next(numbers)
    bank, policy, backtest = ready(desks, number)
    look = {"locale": locale, "color_scheme": scheme, "width": width}
    wrong: dict[str, list[str]] = {}
    places = [*PARTS, f"banks/{bank}", f"banks/{bank}/add", f"banks/{bank}/import", f"policies/{policy}"]
    with desks(**look) as second:
        second.sign_in("telegram", "reviewer-2")
        judge(pages(second, [*places, f"policies/{policy}/backtests/{backtest}"]), second, wrong)
        judge(refused(second, bank, policy, backtest), second, wrong)
        promoted(second, policy, backtest)
        place = f"https://t.me/examplechannel/{number}"
        held, told = (
            screened(site, f"{place}{which}", text)
            for which, text in enumerate((f"pisang hijau {WORDS[number]} " * 400, f"mangga muda {WORDS[number]}"))
        )
        judge(pages(second, ["", "hits", f"hits/{held}", f"hits/{told}", "notifications"]), second, wrong)
        page = second.open(f"{DESK}notifications?state=waiting")
        page.click("tbody a")
        page.wait_for_selector("#codes")
        judge(iter(["notification"]), second, wrong)
    with desks(**look) as authority:
        authority.sign_in("kominfo", "officer")
        judge(pages(authority, ["notifications"]), authority, wrong)
    assert wrong == {}


def pages(desk: Desk, places: list[str]) -> Iterator[str]:
    for place in places:
        page = desk.open(f"{DESK}{place}")
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        yield place or "overview"


def refused(desk: Desk, bank: str, policy: str, backtest: str) -> Iterator[str]:
    """Each form, sent with nothing in it."""
    for place, button in (
        ("banks", "form[action$=banks] button[type=submit]"),
        (f"banks/{bank}/add", ".send button"),
        (f"banks/{bank}/import", ".send button"),
        (f"banks/{bank}", "button[value=retract]"),
        ("policies/new", ".send button"),
        ("samples", "form[enctype] button"),
        (f"policies/{policy}/backtests/{backtest}", "form[action$=promote] button"),
    ):
        page = desk.open(f"{DESK}{place}")
        page.click(button)
        page.wait_for_selector("#summary")
        yield f"{place} with faults"
