"""Debian's Chromium, driven by Playwright, against a real server process."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    *("--no-sandbox", "--headless", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
PATIENCE = 15_000  # Milliseconds that a page may take on a busy machine.


@pytest.fixture(scope="module")
def chromium(site: Server) -> Iterator[Browser]:
    """One browser for the tests of a file; each person gets a context of their own.

    While it lives, Playwright's event loop counts as running in this thread, and Django refuses its database there. So
    the instance is made first, and no other file's tests run before the browser is closed.
    """
    del site
    yield from launched()


def launched() -> Iterator[Browser]:
    """A browser, closed when the tests of a file are over."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("MUFAKAT_REQUIRE_SERVICES") == "1":
            pytest.fail(f"{CHROMIUM} is missing: install Debian's package chromium")
        pytest.skip(f"{CHROMIUM} is missing: install Debian's package chromium")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server process with the example's parties for the tests of a file.

    Of a file alone: what one agrees and closes decides what another may do, and their order is left to chance.
    """
    folder = tmp_path_factory.mktemp("site") / "data"
    made = Server.on(prepared, folder)
    made.start()
    yield made
    made.stop()


class Desk:
    """A person before a screen: what the browser complained about is kept."""

    def __init__(self, context: BrowserContext, site: Server) -> None:
        self.site = site
        self.complaints: list[str] = []
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._asked)

    def _said(self, message: Any) -> None:
        # That a page came with 404 or 422 is said by the browser too, and is what the test wanted.
        if message.type in {"error", "warning"} and "the server responded with a status of 4" not in message.text:
            self.complaints.append(message.text)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.site.url, "data:")):
            self.complaints.append(f"left the site: {request.url}")

    def open(self, address: str) -> Page:
        self.page.goto(self.site.url + address)
        return self.page

    def sign_in(self, handle: str, seat: str) -> None:
        email, password = self.site.accounts[handle, seat]
        page = self.open("/account/login/")
        page.fill("#id_login", email)
        page.fill("#id_password", password)
        page.click("main button[type=submit]")
        page.wait_for_url("**/desk/")


@pytest.fixture
def desks(chromium: Browser, site: Server) -> Iterator[Any]:
    """Opens desks: each with cookies of its own, in a language, a colour scheme and a width."""
    opened = []

    @contextmanager
    def at(**options: Any) -> Iterator[Desk]:
        width = options.pop("width", 1280)
        context = chromium.new_context(**{"locale": "en-GB", "viewport": {"width": width, "height": 900}, **options})
        opened.append(context)
        desk = Desk(context, site)
        yield desk
        context.close()
        assert desk.complaints == []

    yield at
    for context in opened:
        context.close()


def send(desk: Desk, **changes: str) -> str:
    """Send a notice by the form; the id."""
    page = desk.open("/desk/send")
    page.select_option("#field-to", "telegram")
    page.select_option("#field-kind", "order")
    page.select_option("#field-category", "terrorism")
    page.check("input[value=urgent]")
    page.fill("#field-locators", changes.get("locators", "https://t.me/s/examplechannel/12\n@examplename"))
    page.fill("#field-explanation", changes.get("explanation", "A made-up placeholder.\n\nSecond paragraph."))
    page.fill("#field-content_date", "2017-07-10")
    page.fill("#field-instrument", "UU 11/2008")
    page.fill("#field-provision", "Pasal 40 ayat (2a)")
    page.check("input[value=remove]")
    page.fill("#field-territory", "ID")
    page.click(".send button")
    page.wait_for_url("**/desk/notices/ntc_*")
    return page.url.rsplit("/", 1)[1]
