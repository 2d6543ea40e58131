"""Banks over HTTP: who may do what, keys, files by both doors with the line of every fault, pages, and figures."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from tests.server.api import banked
from tests.server.api.banked import BANKS, HERE, reviewer, second, streamed, viewed
from tests.server.api.doors import Reply, get, named, of, put, rows
from tests.server.api.test_api_roles import ROLES, seated
from tests.server.filters.banking import FRUIT, HEAD, fruits, written

from mufakat.server.filters import bank_queries
from mufakat.server.filters.models import Entry
from mufakat.server.notices import spool

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

DOORS = pytest.mark.parametrize("send", [viewed, streamed])


@pytest.fixture
def bank(house: House) -> House:
    """A house with an empty bank of phrases."""
    banked.there(house)
    return house


def lines(answer: Reply) -> list[dict[str, Any]]:
    assert answer.status == 200, answer.body
    return [json.loads(line) for line in answer.body.splitlines()]


def add(house: House, *entries: dict[str, Any], key: str | None = None, token: str = "") -> Reply:
    told = {"entries": entries or [FRUIT]}
    return put(f"{HERE}/entries", told, token or reviewer(house), banked.key() if key is None else key)


# -- Who --


@pytest.mark.parametrize("role", ROLES)
def test_who_opens_banks_fills_and_reads_them(house: House, role: str) -> None:
    token = seated(house, "telegram", role)
    before = rows()
    answer = put(BANKS, {"name": "phrases", "kind": "phrase"}, token, "k1")
    if role == "reviewer":
        assert (answer.status, answer.headers["location"]) == (201, HERE)
    else:
        assert (answer.status, rows()) == (403, before)
        assert banked.opened(house).status == 201
    assert get(HERE, token).status == (403 if role == "admin" else 200)
    assert add(house, token=token).status == (201 if role == "reviewer" else 403)


@pytest.mark.invariant("I-10")
@pytest.mark.parametrize("handle", ["kominfo", "isp-a", "auditor"])
def test_nobody_but_a_platform_has_any(bank: House, handle: str) -> None:
    token = seated(bank, handle, "reviewer")
    for path in (BANKS, HERE, f"{HERE}/entries", f"{HERE}/export", f"{HERE}/stats", f"{BANKS}/nothing"):
        answer = get(path, token)
        assert (answer.status, answer.says) == (403, answer.says)
        assert "A platform screens its own content" in answer.says
    assert put(BANKS, {"name": "ours", "kind": "phrase"}, token, "k1").status == 403


def test_a_bank_that_is_not_there_is_404(bank: House) -> None:
    token = reviewer(bank)
    for path in ("", "/entries", "/export", "/stats"):
        assert get(f"{BANKS}/others{path}", token).status == 404
    told: dict[str, Any] = {"entries": ["e"]}
    for deed, more in (("review", {"accept": True}), ("retraction", {"reason": "x"})):
        assert put(f"{BANKS}/others/{deed}", {**told, **more}, token).status == 404
    assert put(f"{BANKS}/others/entries", {"entries": [FRUIT]}, token, "k9").status == 404
    assert viewed(written("pisang hijau"), token=token, bank="others").status == 404
    assert get(f"{BANKS}/{'x' * 200}", token).status == 404


@pytest.mark.invariant("I-17")
def test_who_put_it_in_does_not_accept_it(bank: House) -> None:
    name = add(bank).json()["taken"][0]
    told = {"entries": [name], "accept": True}
    assert put(f"{HERE}/review", told, reviewer(bank)).status == 403
    assert put(f"{HERE}/review", told, second(bank)).json() == {
        "bank": "phrases",
        "state": "live",
        "changed": [name],
        "standing": [],
    }


# -- Keys --


def test_a_key_is_asked_for_and_answers_again(bank: House) -> None:
    path, token = f"{HERE}/entries", reviewer(bank)
    assert put(path, {"entries": [FRUIT]}, token).status == 400
    first = add(bank, key="k1")
    again = add(bank, key="k1")
    assert (again.status, again.body, again.headers["idempotent-replayed"]) == (201, first.body, "true")
    assert add(bank, {**FRUIT, "value": "mangga muda"}, key="k1").status == 422


def test_what_stands_otherwise_is_409(bank: House) -> None:
    name = add(bank).json()["taken"][0]
    put(f"{HERE}/retraction", {"entries": [name], "reason": "Wrong."}, reviewer(bank))
    answer = put(f"{HERE}/review", {"entries": [name], "accept": True}, second(bank))
    assert (answer.status, answer.json()["type"]) == (409, "urn:mufakat:problem:screening-stands")


def test_every_fault_is_told_with_its_place(bank: House) -> None:
    answer = add(bank, FRUIT, {**FRUIT, "value": "ab"}, {**FRUIT, "value": "dan yang"})
    assert (answer.status, answer.pointers) == (422, ["/entries/1", "/entries/2"])
    many = [{**FRUIT, "value": value} for value in fruits(1_001)]
    assert add(bank, *many).pointers == ["/entries"]
    assert put(BANKS, b"{", reviewer(bank), "k7").status == 422


# -- Files --


@DOORS
def test_a_file_is_taken_and_told_line_by_line(bank: House, send: Callable[..., Reply]) -> None:
    said = lines(send(written("pisang hijau", "MANGGA muda"), token=reviewer(bank)))
    members = [{"line", "noted"}, {"taken", "first", "last", "leaf"}, {"progress"}]
    assert [set(one) for one in said[:-1]] == members
    assert said[-1] == {"end": "done", "read": 2, "taken": 2, "repeated": 0, "refused": 0}
    again = lines(send(written("pisang hijau", "MANGGA muda"), token=reviewer(bank)))
    assert (again[-1]["taken"], again[-1]["repeated"]) == (0, 2)


@DOORS
def test_a_file_with_a_fault_is_refused_with_its_line(bank: House, send: Callable[..., Reply]) -> None:
    answer = send(written("pisang hijau", b"\xff", "dan"), token=reviewer(bank))
    assert (answer.status, [one["line"] for one in answer.json()["errors"]]) == (422, [3, 4])
    assert not Entry.objects.exists()
    partly = lines(send(written("pisang hijau", b"\xff", "dan"), token=reviewer(bank), query="?partial=true"))
    assert [one["line"] for one in partly if "errors" in one] == [3, 4]
    assert (partly[-1]["taken"], partly[-1]["refused"]) == (1, 2)


@DOORS
@pytest.mark.parametrize(("query", "pointer"), [("?partial=perhaps", "/partial"), ("?whole=1", "/whole")])
def test_an_unknown_parameter_is_refused(bank: House, send: Callable[..., Reply], query: str, pointer: str) -> None:
    answer = send(written("pisang hijau"), token=reviewer(bank), query=query)
    assert (answer.status, answer.pointers) == (422, [pointer])


@DOORS
def test_who_may_not_import_sends_nothing(bank: House, send: Callable[..., Reply]) -> None:
    file = written("pisang hijau")
    tokens = [bank.token(*seat) for seat in (("telegram", "representative"), ("kominfo", "officer"))]
    own = reviewer(bank)
    before = rows()
    assert [send(file, token=token).status for token in tokens] == [403, 403]
    assert send(file, token=own, bank="others").status == 404
    assert send(file).status == 401
    assert rows() == before
    assert list(spool.names()) == []


def test_a_file_that_broke_off_is_refused(bank: House) -> None:
    raw = written("pisang hijau")
    told: dict[str, Any] = {
        "headers": named(reviewer(bank), None, None),
        "CONTENT_LENGTH": str(len(raw) + 9),
        "wsgi.input": io.BytesIO(raw),
    }
    sent = Client().generic("POST", f"{HERE}/import", raw, content_type=banked.NDJSON, **told)
    assert of(sent).status == 400


def test_what_is_exported_is_imported_again(bank: House) -> None:
    banked.filled(bank)
    banked.reviewed(bank)
    response: Any = Client().get(f"{HERE}/export", headers={"Authorization": f"Bearer {reviewer(bank)}"})
    file = b"".join(response.streaming_content)
    assert 'filename="phrases.ndjson"' in response["Content-Disposition"]
    assert json.loads(file.splitlines()[0]) == {"bank": "phrases", "kind": "phrase"}
    assert lines(viewed(file, token=reviewer(bank)))[-1]["repeated"] == len(file.splitlines()) - 1


# -- Reading --


def test_pages_of_entries_by_state(bank: House) -> None:
    assert lines(viewed(written(*fruits(60)), token=reviewer(bank)))[-1]["taken"] == 60
    first = get(f"{HERE}/entries", reviewer(bank)).json()
    assert len(first["items"]) == bank_queries.PAGE
    second_page = get(f"{HERE}/entries?after={first['next']}", reviewer(bank)).json()
    assert (len(second_page["items"]), second_page["next"]) == (10, None)
    assert get(f"{HERE}/entries?state=live&after=", reviewer(bank)).json()["items"] == []
    for query in ("state=gone", "after=x", "after=-1", "after=" + "9" * 30):
        assert get(f"{HERE}/entries?{query}", reviewer(bank)).status == 422


def test_an_entry_says_who_looked_at_it_and_why_it_went(bank: House) -> None:
    banked.filled(bank)
    banked.reviewed(bank)
    banked.retracted(bank)
    items = {one["id"]: one for one in get(f"{HERE}/entries", reviewer(bank)).json()["items"]}
    durian = items["durian"]
    assert (durian["state"], durian["added_by"], durian["reviewed_by"], durian["note"]) == (
        *("retracted", "reviewer", "reviewer-2"),
        "Looked at.",
    )
    assert durian["reason"].startswith("A made-up placeholder")
    stats = get(f"{HERE}/stats", reviewer(bank)).json()
    assert (stats["entries"]["retracted"], stats["hits"]) == (1, 0)
    assert get(BANKS, reviewer(bank)).json()["items"][0]["entries"]["live"] == 1


def test_the_head_of_a_file_must_be_of_the_bank(bank: House) -> None:
    answer = viewed(written("pisang hijau", head={**HEAD, "bank": "others"}), token=reviewer(bank))
    assert [(one["pointer"], one["line"]) for one in answer.json()["errors"]] == [("/bank", 1)]
