"""A clerk's file: looked at, sent, cut by a kill, gone on with after the restart; over HTTP, with a real server."""

from __future__ import annotations

import http.cookiejar
import json
import re
import secrets
import time
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import NOTICE

if TYPE_CHECKING:
    from tests.houses import Server

LINES = 4_000
FILE = "".join(json.dumps({**NOTICE, "explanation": f"Placeholder {n}."}) + "\n" for n in range(LINES)).encode()


class Clerk:
    """A browser without JavaScript."""

    def __init__(self, server: Server) -> None:
        self.server = server
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)
        self.page = ""
        self.address = ""

    def get(self, path: str) -> str:
        return self._open(urllib.request.Request(self.server.url + path))  # noqa: S310 - http alone.

    def post(self, path: str, fields: dict[str, Any]) -> str:
        """Send a form; a value of bytes is a file."""
        edge = secrets.token_hex(16)
        parts = []
        for name, value in {"csrfmiddlewaretoken": self._token(), **fields}.items():
            more = '; filename="many.ndjson"' if isinstance(value, bytes) else ""
            content = value if isinstance(value, bytes) else str(value).encode()
            head = f'--{edge}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
            parts.append(head.encode() + content + b"\r\n")
        body = b"".join(parts) + f"--{edge}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={edge}", "Referer": self.server.url}
        return self._open(urllib.request.Request(self.server.url + path, data=body, headers=headers))  # noqa: S310

    def sign_in(self, handle: str, seat: str) -> None:
        email, password = self.server.accounts[handle, seat]
        self.get("/account/login/")
        self.post("/account/login/", {"login": email, "password": password})

    def wait_for(self, path: str, *words: str) -> str:
        """The page once it says one of these."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            page = self.get(path)
            if any(f"<code>{word}</code>" in page for word in words):
                return page
            time.sleep(0.05)
        raise AssertionError(f"{path} never said {words}")

    def _token(self) -> str:
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page)
        assert found is not None
        return found[1]

    def _open(self, request: urllib.request.Request) -> str:
        with self._opener.open(request, timeout=60) as answer:
            self.address = urllib.parse.urlsplit(answer.url).path
            self.page = answer.read().decode()
        return self.page


def number(page: str, fact: str) -> int:
    """One of the counts on the page of an import."""
    found = re.search(rf"<dt>{fact}</dt><dd>(\d+)", page)
    assert found is not None
    return int(found[1])


@pytest.mark.invariant("I-01")
@pytest.mark.invariant("I-02")
def test_an_import_goes_on_after_a_kill_and_every_line_is_taken_once(stopped_server: Server) -> None:
    stopped_server.start()
    clerk = Clerk(stopped_server)
    clerk.sign_in("kominfo", "officer")
    clerk.get("/desk/import")
    assert "20 would be taken." in clerk.post("/desk/import", {"file": FILE, "end": "1"})
    address = clerk.address
    clerk.post(f"{address}/start", {})
    page = clerk.get(address)
    while number(page, "Lines read") == 0:
        page = clerk.get(address)
    stopped_server.kill()

    stopped_server.start()
    page = clerk.wait_for(address, "interrupted", "done")
    before = number(page, "Taken")
    assert 0 < before < LINES
    clerk.post(f"{address}/start", {})
    page = clerk.wait_for(address, "done")
    facts = [number(page, fact) for fact in ("Lines read", "Taken", "Taken before", "Refused")]
    assert facts == [LINES, LINES, 0, 0]
    receipts = [json.loads(line) for line in clerk.get(f"{address}/receipts.ndjson").splitlines()]
    lines = [item["line"] for one in receipts for item in one["items"]]
    assert lines == list(range(1, LINES + 1))
    assert list((stopped_server.data / "imports").iterdir()) == []
