"""Chats with the Government Channel bot over HTTP: who makes a link, who sees a chat, and who ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.server.api.chatted import BINDINGS, chat_of
from tests.server.api.contract import breaches, described
from tests.server.api.doors import get, put
from tests.server.connectors.government_bot.chatting import CONFIGURED

from mufakat.server.connectors.government_bot import hearing

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

LINK = "https://t.me/mufakat_channel_bot?start="


@pytest.fixture
def channel(house: House, settings_of: Callable[..., None]) -> House:
    settings_of(MUFAKAT_GOVERNMENT_BOT=CONFIGURED)
    hearing.forget()
    return house


def test_a_link_is_shown_once_and_a_repetition_has_none(channel: House) -> None:
    token = channel.token("kominfo", "officer")
    first, again = put(BINDINGS, b"{}", token, "k"), put(BINDINGS, b"{}", token, "k")
    assert (first.status, first.json()["link"].startswith(LINK), first.headers["location"]) == (201, True, BINDINGS)
    assert (again.status, "link" in again.json(), again.json()["id"]) == (201, False, first.json()["id"])


def test_a_link_that_a_newer_one_ended_in_the_same_moment_is_answered_all_the_same(
    channel: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mufakat.server.connectors.government_bot import chats
    from mufakat.server.connectors.government_bot.models import Ticket
    from mufakat.server.journal import door

    offer = chats.offer

    def raced(**told: Any) -> chats.Made:
        made = offer(**told)
        door.commit(lambda _: Ticket.objects.all().delete())
        return made

    monkeypatch.setattr(chats, "offer", raced)
    answer = put(BINDINGS, b"{}", channel.token("kominfo", "officer"), "k")
    assert (answer.status, answer.json()["link"].startswith(LINK)) == (201, True)


def test_two_seats_of_a_party_may_use_the_same_key(channel: House) -> None:
    made = [put(BINDINGS, b"{}", channel.token("telegram", seat), "k").json() for seat in ("reviewer", "reviewer-2")]
    assert (made[0]["id"] != made[1]["id"], "link" in made[1]) == (True, True)


@pytest.mark.parametrize(
    ("seat", "status"),
    [
        (("kominfo", "officer"), 201),
        (("bnpt", "officer"), 201),
        (("telegram", "representative"), 201),
        (("telegram", "reviewer"), 201),
        (("kominfo", "approver"), 403),
        (("isp-a", "engineer"), 403),
        (("auditor", "auditor"), 403),
        (("mufakat", "admin"), 403),
    ],
    ids=str,
)
def test_who_asks_and_who_answers_for_a_platform_may_bind(channel: House, seat: tuple[str, str], status: int) -> None:
    assert put(BINDINGS, b"{}", channel.token(*seat), "k").status == status


def test_where_there_is_no_bot_nothing_is_bound(house: House) -> None:
    answer = put(BINDINGS, b"{}", house.token("kominfo", "officer"), "k")
    assert (answer.status, answer.json()["type"]) == (409, "urn:mufakat:problem:not-now")


def test_a_chat_is_its_persons_and_nobody_elses(channel: House) -> None:
    chat = chat_of(channel)
    here = f"{BINDINGS}/{chat}"
    seen = {seat: get(here, channel.token(*seat)).status for seat in SEATS}
    assert seen == {
        ("telegram", "reviewer"): 200,
        ("telegram", "representative"): 404,
        ("kominfo", "officer"): 404,
        ("mufakat", "admin"): 404,
    }
    refused = put(f"{here}/revocation", b"{}", channel.token("telegram", "representative"))
    ended = put(f"{here}/revocation", b"{}", channel.token("telegram", "reviewer"))
    assert (refused.status, ended.json()["state"], ended.json()["because"]) == (404, "ended", "by_person")
    assert "77" not in str({**ended.json(), "id": "", "links": "", "bound_at": "", "ended_at": ""})


SEATS = (("telegram", "reviewer"), ("telegram", "representative"), ("kominfo", "officer"), ("mufakat", "admin"))


def test_real_answers_are_as_the_schema_says(channel: House) -> None:
    schema = described()
    chat = chat_of(channel)
    found: list[tuple[str, str, Any]] = []
    for seat in (*SEATS, ("auditor", "auditor"), None):
        token = channel.token(*seat) if seat else ""
        places = (BINDINGS, f"{BINDINGS}/{chat}", f"{BINDINGS}/cht_none")
        found += [("GET", path, get(path, token)) for path in places]
        said: list[tuple[Any, ...]] = [
            *((BINDINGS, b"{}", token, "k") for _ in range(2)),
            (BINDINGS, b'{"x": 1}', token, "k2"),
            (BINDINGS, b"{}", token),
            (f"{BINDINGS}/{chat}/revocation", b'{"x": 1}', token),
        ]
        found += [("POST", one[0], put(*one)) for one in said]
    found += [
        ("POST", f"{BINDINGS}/{chat}/revocation", put(f"{BINDINGS}/{chat}/revocation", b"{}", token, "end"))
        for token in [channel.token("telegram", "reviewer")] * 2
    ]
    assert [fault for method, path, answer in found for fault in breaches(schema, method, path, answer)] == []
    assert {answer.status for _, _, answer in found} >= {200, 201, 400, 401, 403, 404, 422}
