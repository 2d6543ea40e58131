"""Health, and the public face of the log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from tests.server.api.doors import get

from mufakat.proof import key
from mufakat.server.journal import durability, sequencer, standing
from mufakat.server.journal.errors import DiskFullError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.houses import House


def test_a_process_that_answers_is_alive(data: Path) -> None:
    del data
    answer = get("/health/live")
    assert (answer.status, answer.json()) == (200, {"status": "ok"})


def test_a_running_house_is_ready(house: House) -> None:
    del house
    sequencer.part(at=datetime.now(UTC))  # The worker's, which no test's house has.
    standing.remembered.forget()
    answer = get("/health/ready")
    assert (answer.status, answer.json()) == (200, {"status": "ok", "wrong": [], "warnings": []})


def test_without_its_writer_it_is_not_ready(data: Path) -> None:
    del data
    answer = get("/health/ready")
    assert (answer.status, answer.json()["wrong"]) == (503, ["the writer is not running in this process"])


def test_with_a_closed_writer_it_is_not_ready(house: House) -> None:
    house.writer.close()
    answer = get("/health/ready")
    assert (answer.status, answer.json()["wrong"]) == (503, ["the writer is not running"])


def test_without_room_it_is_not_ready(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    del house

    def no_room() -> None:
        raise DiskFullError("the disk is full; nothing was stored")

    monkeypatch.setattr(durability, "require_room", no_room)
    answer = get("/health/ready")
    assert (answer.status, answer.json()["wrong"]) == (503, ["the disk is full; nothing was stored"])


@pytest.mark.embedded
def test_without_its_database_it_is_not_ready(data: Path) -> None:
    (data / "mufakat.sqlite3").write_bytes(b"not a database" * 100)
    (data / "mufakat.sqlite3-wal").unlink(missing_ok=True)
    answer = get("/health/ready")
    assert answer.status == 503
    assert "the database cannot be read" in answer.json()["wrong"]


def test_without_its_data_directory_it_is_not_ready(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    del house

    def gone() -> int:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(durability, "_seen", (float("-inf"), 0))
    monkeypatch.setattr(durability, "free_bytes", gone)
    assert get("/health/ready").status == 503


def test_the_keys_of_the_live_shard_are_public(house: House) -> None:
    del house
    answer = get("/log/1/keys.json")
    assert (answer.status, answer.json()["origin"]) == (200, "localhost/log/1")


def test_the_keys_are_of_the_form_that_verifiers_read(house: House) -> None:
    del house
    answer = get("/log/1/keys.json")
    (only,) = answer.json()["keys"]
    assert set(only) == {"vkey", "from", "to"}
    assert [found.name for found in key.read_keys(answer.body.decode())] == [answer.json()["origin"]]
    assert (only["from"], only["to"]) == (0, None)  # Sizes of the log.


def test_the_private_key_is_nowhere_public(house: House) -> None:
    private = (house.data / "keys" / "1.key").read_text(encoding="utf-8").strip().split("+", 4)[4]
    assert private not in get("/log/1/keys.json").body.decode()


def test_any_page_may_read_the_keys(house: House) -> None:
    del house
    assert get("/log/1/keys.json").headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("shard", ["2", "example", "0", "keys", "x" * 200])
def test_the_keys_of_an_unknown_shard_are_a_problem(house: House, shard: str) -> None:
    del house
    answer = get(f"/log/{shard}/keys.json")
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("shard", ["1", "2"])
def test_the_checkpoint_is_a_problem_until_a_leaf_is_in_the_log(house: House, shard: str) -> None:
    del house
    answer = get(f"/log/{shard}/checkpoint")
    assert (answer.status, answer.json()["type"]) == (404, "urn:mufakat:problem:not-found")


@pytest.mark.parametrize("path", ["/log/../../etc/keys.json", "/log/%2e%2e/keys.json", "/log/1%2f..%2f1/keys.json"])
def test_a_shard_is_no_path(house: House, path: str) -> None:
    del house
    assert get(path).status == 404


@pytest.mark.parametrize("method", ["POST", "DELETE", "TRACE", "QUERY"])
@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/log/1/keys.json", "/log/1/checkpoint"])
def test_what_is_only_read_takes_no_other_method(house: House, path: str, method: str) -> None:
    del house
    answer = Client(enforce_csrf_checks=True).generic(method, path)
    assert (answer.status_code, answer["Allow"], answer["Content-Type"]) == (
        405,
        "GET, HEAD",
        "application/problem+json",
    )
