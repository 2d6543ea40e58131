"""Hostile text in a real browser: nothing runs, nothing is asked of anybody else, nothing of it becomes an element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests import hostile, hostile_world
from tests.browser.conftest import PATIENCE, launched
from tests.houses import Server, cluster, copied, dropped, free_port, is_postgresql, move_to

from mufakat.rules.permissions import Role

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request

pytestmark = pytest.mark.browser

SEATS = [None, ("regulator-a", Role.OFFICER), ("platform-a", Role.REVIEWER), ("mufakat", Role.ADMIN)]
PAGES = 60  # Of one seat: of every kind of page some.

PREPARED = """
window.__ran = [];
window.pwned = () => window.__ran.push('called');
for (const name of ['alert', 'confirm', 'prompt', 'open']) window[name] = () => window.__ran.push(name);
"""
LOOKED = """() => {
  const found = [...window.__ran];
  for (const each of document.querySelectorAll('*')) {
    for (const name of each.getAttributeNames())
      if (/^(on|hx-on)/.test(name) || name === 'style' || name === 'srcdoc') found.push(each.tagName + ' ' + name);
    for (const name of ['href', 'src', 'action', 'formaction'])
      if (each.hasAttribute(name)) {
        const address = new URL(each.getAttribute(name), location.href);
        if (address.protocol !== 'data:' && address.origin !== location.origin)
          found.push(each.tagName + ' ' + address);
      }
  }
  const strange = 'script:not([src]), style, iframe, object, embed, base, math, meta[http-equiv], '
    + 'main img:not([src^="data:"])';
  for (const each of document.querySelectorAll(strange)) found.push(each.outerHTML.slice(0, 80));
  const turning = /[\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff]/u;
  if (turning.test(document.body.innerText)) found.push('turning text');
  return found;
}"""


@pytest.fixture(scope="module")
def ground(
    prepared: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, dict[Any, list[str]], dict[Any, str]]]:
    """A server on a world of hostile text; for each seat the addresses of its pages and its session.

    Made before the browser is, because no database can be asked beside it.
    """
    from django.conf import settings
    from django.db import connections
    from django.test import Client
    from tests.server.canaries import crawl

    from mufakat.server.journal import door

    folder = tmp_path_factory.mktemp("hostile") / "data"
    database = copied(prepared, folder)
    move_to(folder, database)
    addresses: dict[Any, list[str]] = {}
    sessions: dict[Any, str] = {}
    with door.open_house():
        world = hostile_world.build()
        for seat in SEATS:
            addresses[seat] = spread(
                where
                for where, answer in crawl.answers(world, seat)
                if answer.status_code == 200 and "html" in answer.headers["Content-Type"]
            )
            if seat is not None:
                client = Client()
                client.force_login(world.people[seat], backend="allauth.account.auth_backends.AuthenticationBackend")
                sessions[seat] = client.cookies[settings.SESSION_COOKIE_NAME].value
    connections.close_all()
    environ = {"DATABASE_URL": cluster().url(database)} if is_postgresql() else {}
    server = Server(folder, free_port(), environ, database=database)
    server.start()
    yield server, addresses, sessions
    server.stop()
    dropped(database)


def spread(found: Iterator[str]) -> list[str]:
    """Some addresses of every kind, the ids in them left out of what makes a kind."""
    kinds: dict[str, list[str]] = {}
    for where in found:
        kind = "/".join("id" if "_" in part or "?" in part else part for part in where.split("/"))
        kinds.setdefault(kind, []).append(where)
    most = max(1, PAGES // len(kinds))
    return [where for group in kinds.values() for where in (group[:: max(1, len(group) // most)])[:most]]


@pytest.fixture(scope="module")
def chromium(ground: Any) -> Iterator[Browser]:
    """The browser, after the world."""
    del ground
    yield from launched()


def visitor(chromium: Browser, server: Server, session: str | None) -> BrowserContext:
    context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    context.add_init_script(PREPARED)
    if session is not None:
        context.add_cookies([{"name": "sessionid", "value": session, "url": server.url}])
    return context


@pytest.mark.parametrize("seat", SEATS, ids=str)
def test_no_page_of_a_seat_runs_or_fetches_what_a_stranger_typed(ground: Any, chromium: Browser, seat: Any) -> None:
    server, addresses, sessions = ground
    context = visitor(chromium, server, sessions.get(seat))
    page, wrong = context.new_page(), dict[str, list[str]]()
    heard = listened(page, server)
    for where in addresses[seat]:
        heard.clear()
        page.goto(server.url + where)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        if found := [*page.evaluate(LOOKED), *heard]:
            wrong[where] = found
    context.close()
    assert wrong == {}
    assert len(addresses[seat]) >= 10


def listened(page: Page, server: Server) -> list[str]:
    """What the browser complains of, asks of others, or is made to ask the person."""
    heard: list[str] = []

    def asked(request: Request) -> None:
        if not request.url.startswith((server.url, "data:")):
            heard.append(f"left the site: {request.url}")

    def said(message: ConsoleMessage) -> None:
        # A part of a page, opened by itself, has no mark, and the browser asks for one.
        if message.type in {"error", "warning"} and "the server responded with a status of 404" not in message.text:
            heard.append(message.text)

    def shown(dialog: Dialog) -> None:
        heard.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("request", asked)
    page.on("console", said)
    page.on("dialog", shown)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


def test_what_is_typed_into_the_search_and_the_check_stays_text(ground: Any, chromium: Browser) -> None:
    server, _, _ = ground
    context = visitor(chromium, server, None)
    page, wrong = context.new_page(), dict[str, list[str]]()
    for text in hostile.CORPUS:
        page.goto(f"{server.url}/register/")
        page.fill("#search-q", text)
        page.click(".search button")
        page.wait_for_load_state()
        found = page.evaluate(LOOKED)
        page.goto(f"{server.url}/verify")
        page.fill("#verify-receipt", text)
        page.click("main form button")
        page.wait_for_load_state()
        if found := [*found, *page.evaluate(LOOKED)]:
            wrong[text] = found
    context.close()
    assert wrong == {}


def test_a_file_of_a_stranger_is_saved_and_never_shown(ground: Any, chromium: Browser) -> None:
    server, addresses, sessions = ground
    seat = ("platform-a", Role.REVIEWER)
    context = visitor(chromium, server, sessions[seat])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    saved = []
    for where in [one for one in addresses[seat] if "/desk/notices/ntc_" in one]:
        page.goto(server.url + where)
        for link in page.locator("a[href*='/evidence/']").all():
            with page.expect_download() as waiting:
                link.click()
            saved.append(waiting.value.suggested_filename)
        if saved:
            break
    context.close()
    assert saved


def test_the_check_itself_sees_what_runs(ground: Any, chromium: Browser) -> None:
    server, _, _ = ground
    context = visitor(chromium, server, None)
    page = context.new_page()
    page.goto(f"{server.url}/register/")
    made = '<a href="https://elsewhere.example/" onclick="x">\u202e</a>'
    page.evaluate("made => document.querySelector('main').insertAdjacentHTML('beforeend', made)", made)
    page.evaluate("pwned()")
    found = page.evaluate(LOOKED)
    context.close()
    assert found == ["called", "A onclick", "A https://elsewhere.example/", "turning text"]
