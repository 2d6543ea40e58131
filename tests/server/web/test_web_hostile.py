"""Every page of every seat in a world of hostile text: it is shown, and it is nothing but text."""

from __future__ import annotations

import csv
import html
import io
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import setup_test_environment, teardown_test_environment
from tests import hostile, hostile_world
from tests.houses import copied, dropped, move_to
from tests.server.canaries import crawl
from tests.server.web.web_checks import Reader

from mufakat.rules.permissions import Role
from mufakat.server.web.inert import CONTROL, DECEIVING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.server.canaries.world import World

SEATS = [
    None,
    *(
        pytest.param(seat, marks=pytest.mark.contract)
        for seat in (
            ("regulator-a", Role.OFFICER),
            ("platform-a", Role.REVIEWER),
            ("platform-a", Role.REPRESENTATIVE),
            ("auditor-a", Role.AUDITOR),
            ("mufakat", Role.ADMIN),
        )
    ),
]
# What of all that was typed the register shows to everybody.
PUBLIC = {
    *("instrument", "provision", "document", "clause", "host", "name", "office"),
    *("expertise of a mandate", "granted_by of a mandate", "legal_source of a mandate"),
    *("instrument of a decision", "provision of a decision", "document of a decision", "clause of a decision"),
    # What a platform blocked by its own detection is a decision, and its statement is read like any other.
    *(f"{said} of an item" for said in ("instrument", "provision", "document", "clause", "reasons")),
    *("reasons", "organisation of a contact", "body outside", "reasons of a resolution"),
    # What is in force of an agreement anybody may read; what was only talked about stays between the sides.
    *("title of an agreement", "text of a point of an agreement", "name of a point of an agreement"),
    # Of a restriction that was published the ground and the reasons, and no name.
    *(f"{said} of a restriction" for said in ("instrument", "provision", "reason", "proportionality")),
}
# An entry bears its own id, and those of its public steps.
IDS = ("ntc_", "mnd_", "evt_", "dec_", "sor_", "apl_", "agr_", "rst_")
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@pytest.fixture(scope="module")
def world(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One house for the module; nothing here changes it after it was built."""
    from mufakat.server.journal import door

    folder = tmp_path_factory.mktemp("hostile") / "data"
    database = copied(prepared, folder)
    move_to(folder, database)
    with door.open_house():
        yield hostile_world.build()
    connections.close_all()
    dropped(database)


@pytest.fixture(autouse=True)
def noted_templates() -> Iterator[None]:
    """In place of the fixture of this folder, which would make another house."""
    setup_test_environment()
    yield
    teardown_test_environment()


class Strict(Reader):
    """Reads a page as a browser does, and notes what only a stranger can have brought."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        self.texts += [value for _, value in attrs if value]
        if tag in {"math", "frameset", "body"} and self.get_starttag_text() != "<body>":
            self.wrong.append(f"{tag}: {self.get_starttag_text()}")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def wrong(response: Any) -> list[str]:
    """Everything that is not inert in an answer."""
    if "html" in response.headers.get("Content-Type", ""):
        reader = Strict()
        reader.feed(response.content.decode())
        found = list(reader.wrong)
        policy = response.headers.get("Content-Security-Policy", "")
        if "script-src 'self'" not in policy or "unsafe" in policy:
            found.append(f"policy: {policy}")
        # In a field that can be changed the text stands as it was typed; everywhere else it is made visible.
        page = re.sub(r"<(textarea|input|option)\b.*?>(?:.*?</\1>)?", "", response.content.decode(), flags=re.DOTALL)
        page = html.unescape(re.sub(r' value="[^"]*"', "", page))
        found += [f"deceiving: {page[max(0, m.start() - 40) : m.end() + 10]!r}" for m in DECEIVING.finditer(page)]
        found += [f"control: {m[0]!r}" for m in CONTROL.finditer(page)]
        return found
    if response.headers.get("X-Content-Type-Options") != "nosniff":
        return ["may be sniffed"]
    if "csv" in response.headers["Content-Type"]:
        rows = csv.reader(io.StringIO(content(response).decode("utf-8-sig"), newline=""))
        return [f"formula: {cell!r}" for row in rows for cell in row if cell.startswith(FORMULAS)]
    shown = response.headers.get("Content-Disposition", "").startswith("attachment")
    plain = response.headers["Content-Type"].startswith(("text/plain", "application/"))
    return [] if shown or plain else [f"shown as {response.headers['Content-Type']}"]


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.mark.parametrize("seat", SEATS, ids=str)
def test_every_page_of_a_seat_is_inert(world: World, seat: tuple[str, Role] | None) -> None:
    found: dict[str, list[str]] = {}
    read = 0
    for where, response in crawl.answers(world, seat):
        read += 1
        if says := wrong(response):
            found[where] = says[:3]
    assert found == {}
    assert read > 20


@pytest.mark.invariant("I-10")
@pytest.mark.invariant("I-16")
@pytest.mark.invariant("I-18")
def test_of_what_was_typed_a_visitor_is_shown_what_is_public_alone(world: World) -> None:
    seen: set[str] = set()
    for asked, answer in crawl.answers(world, None):
        found = world.eye.seen(crawl.said(answer)) - world.eye.seen(asked)
        seen |= {one for one in found if not one.startswith(IDS)}
    places = [world.eye.known[one].where for one in seen]
    assert {where.rpartition(": ")[2] for where in places} - PUBLIC == set(), {
        one: world.eye.known[one].where for one in seen if world.eye.known[one].where.rpartition(": ")[2] not in PUBLIC
    }
    assert {"instrument", "provision", "host", "office"} <= {where.rpartition(": ")[2] for where in places}
    # Of each party the office that it named once and took back; never the one that only waits.
    offices = [where for where in places if where.endswith("organisation of a contact")]
    assert len(offices) == len(set(offices))


def test_what_whoever_is_affected_reads_by_code_is_inert(world: World) -> None:
    codes = world.eye.codes  # type: ignore[attr-defined]  # Of the hostile eye.
    found = {code: says for code in codes if (says := wrong(Client().get(f"/appeal/{code}")))}
    assert (found, len(codes)) == ({}, (len(hostile.CORPUS) + 1) // 2)


def test_hostile_text_reaches_the_pages(world: World) -> None:
    """The crawl is not blind: each side of a notice is shown every piece of the corpus, as text."""
    shown = html.unescape(" ".join(text for _, text in crawl.pages(world, ("regulator-a", Role.OFFICER))))
    visible = [piece for piece in hostile.CORPUS if not DECEIVING.search(piece)]
    assert [piece for piece in visible if piece not in shown] == []


@pytest.mark.parametrize("text", hostile.CORPUS)
def test_what_is_typed_into_a_public_form_comes_back_inert(world: World, text: str) -> None:
    del world
    visitor = Client()
    asked = {"q": text, "party": text, "kind": text, "from": text, "after": text}
    answers = [
        visitor.get("/register/", asked),
        visitor.get("/register/feed.atom", asked),
        visitor.get(f"/register/notices/{text[:20].replace('/', '')}"),
        visitor.post("/verify", {"receipt": text}),
        visitor.get("/verify", {"shard": text}),
        visitor.post("/account/login/", {"login": text, "password": text}),
    ]
    assert [says for answer in answers if (says := wrong(answer))] == []
