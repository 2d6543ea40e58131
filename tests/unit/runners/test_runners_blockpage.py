"""The page of a closed name: who ordered it, until when, in both languages; nothing that a stranger sends breaks it."""

from __future__ import annotations

import http.client
import socket
import threading
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, strategies as st
from tests.feeds import AT, KEY, Order, document, listed, signed

from mufakat.formats import blockpage
from mufakat.formats.blockpage import Reason
from mufakat.rules.restriction import Match
from mufakat.runners.blockpage import Lists, Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WEB = Order(("web.example.net",))
TREE = Order(("example.org",), number=2, match=Match.SUBTREE, until=AT + timedelta(hours=2))


@dataclass
class Page:
    folder: Path
    server: Server
    at: datetime = AT

    def ask(self, host: str, method: str = "GET") -> tuple[http.client.HTTPResponse, str]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=10)) as connection:
            connection.request(method, "/any?thing", headers={"Host": host})
            answer = connection.getresponse()
            return answer, answer.read().decode()

    def status(self, host: str) -> int:
        return self.ask(host)[0].status


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    (tmp_path / "terrorism.json").write_bytes(document([WEB, TREE]))
    lists = Lists(tmp_path, [KEY.verify_key], clock=lambda: made.at)
    with Server(("127.0.0.1", 0), lists) as server:
        made = Page(tmp_path, server)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield made
        server.shutdown()
        thread.join()


def test_the_page_says_who_closed_it_why_and_until_when(page: Page) -> None:
    answer, text = page.ask("WEB.example.net.:80")
    assert answer.status == 451
    assert answer.getheader("Link") == '<https://house.example/restrictions/>; rel="blocked-by"'
    for told in (
        "web.example.net",
        "Ministry of the example",
        "UU 11/2008, Pasal 40 ayat (2b)",
        "2017-10-12 08:00",
        "https://house.example/restrictions/?name=web.example.net",
        '<section lang="en">',
        '<section lang="id">',
    ):
        assert told in text
    assert "rst_" not in text


def test_all_below_a_closed_tree_has_the_page_until_its_end(page: Page) -> None:
    assert (page.status("a.b.example.org"), page.status("example.org"), page.status("a.web.example.net")) == (
        451,
        451,
        404,
    )
    page.at = AT + timedelta(hours=2)
    assert (page.status("example.org"), page.status("web.example.net")) == (404, 451)
    page.at = AT + timedelta(days=1)
    assert page.status("web.example.net") == 404


def test_a_new_list_counts_at_once(page: Page) -> None:
    (page.folder / "new").write_bytes(document([TREE], serial=2))
    (page.folder / "new").replace(page.folder / "terrorism.json")
    assert page.status("web.example.net") == 404


def test_a_list_that_nobody_signed_closes_nothing(page: Page) -> None:
    (page.folder / "gambling.json").write_bytes(document([Order(("bad.example",))]).replace(b"bad.", b"odd."))
    assert page.status("odd.example") == 404


@pytest.mark.parametrize("host", ["", "<script>", "web.example.net/..", "[::1]:80", "a" * 4_000, "..", "rpz-drop"])
def test_a_strange_host_is_not_closed(page: Page, host: str) -> None:
    assert page.status(host) == 404


def test_what_is_no_request_does_not_stop_it(page: Page) -> None:
    for raw in (b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"X" * 70_000):
        with socket.create_connection(("127.0.0.1", page.server.server_port), timeout=10) as one:
            one.sendall(raw)
            one.shutdown(socket.SHUT_WR)
            while one.recv(4_096):
                pass
    assert page.ask("web.example.net", "HEAD")[0].status == 451


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_nothing_that_is_told_becomes_part_of_the_page(issuer: str, ground: str, look_up: str) -> None:
    reason = Reason(issuer=f"<b>{issuer}", ground=f"\"'<i>{ground}", until="2017-10-12T08:00:00.000Z", look_up=look_up)
    text = blockpage.page("web.example.net", [reason]).decode("utf-8", "surrogatepass")
    assert "<b>" not in text
    assert "<i>" not in text
    assert all(
        "\n" not in value and "\r" not in value and ">;" in f"{value}>;" for _, value in blockpage.headers([reason])
    )


@pytest.mark.parametrize(
    "look_up", ["javascript:alert(1)", 'https://a/">', "https://a/\r\nX: y", "//a", "https://[", ""]
)
def test_what_is_no_address_is_no_link(look_up: str) -> None:
    reason = Reason(issuer="x", ground="y", until="", look_up=look_up)
    assert b"href" not in blockpage.page("web.example.net", [reason])
    assert "Link" not in dict(blockpage.headers([reason]))


def test_a_shadow_run_has_no_page(page: Page) -> None:
    raw = signed(msgspec.structs.replace(listed([WEB]), shadow=True))
    (page.folder / "terrorism.json").write_bytes(raw + b"")
    assert page.status("web.example.net") == 404


def test_the_template_of_squid_has_its_own_words_for_the_host_alone() -> None:
    text = blockpage.squid_template("https://house.example/restrictions/?a=1%202").decode()
    assert text.replace("%%", "").count("%") == text.count("%H") == 4
