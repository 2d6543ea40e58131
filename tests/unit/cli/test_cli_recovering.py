"""`mufakat log recover --from`: a mirror is read as everybody reads a log that nobody vouches for."""

from __future__ import annotations

import http.server
import os
from typing import TYPE_CHECKING, Any

import click
import pytest
from tests.logs import Published, answering, many, served

from mufakat.cli import _recovering
from mufakat.proof import note

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return Published(many(3)).write(tmp_path / "log")


def fetched(source: str, path: str) -> bytes:
    with _recovering.fetch_from(source) as fetch:
        assert fetch is not None
        return fetch(path)


def refused(source: str, path: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        fetched(source, path)
    assert ended.value.code == 1
    return capsys.readouterr().err


def test_a_mirror_is_read_at_its_address_and_as_a_folder(log: Path) -> None:
    bundle = "tile/entries/000.p/3"
    with served(log) as url:
        found = [fetched(one, path) for one in (url, str(log)) for path in ("checkpoint", bundle)]
    assert found == [(log / "checkpoint").read_bytes(), (log / bundle).read_bytes()] * 2


def test_a_file_that_is_not_there_ends_with_a_sentence(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with served(log) as url:
        for one in (url, str(log)):
            assert "tile/entries/001 is missing" in refused(one, "tile/entries/001", capsys)


def test_what_is_longer_than_it_may_be_is_not_read_to_its_end(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path, limit in (("checkpoint", note.MAX_LENGTH), ("tile/entries/000", _recovering.LARGEST)):
        (log / path).write_bytes(bytes(limit + 1))
        with served(log) as url:
            for one in (url, str(log)):
                said = refused(one, path, capsys)
                assert f"longer than the {limit} bytes" in said


def test_nobody_is_sent_elsewhere(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with served(log) as elsewhere:

        class Sends(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(302)
                self.send_header("Location", f"{elsewhere}/checkpoint")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                del format, args

        with answering(Sends) as url:
            assert "answered with 302" in refused(url, "checkpoint", capsys)


def test_a_pipe_in_the_place_of_a_file_holds_nobody(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (log / "checkpoint").unlink()
    os.mkfifo(log / "checkpoint")
    assert "is no file" in refused(str(log), "checkpoint", capsys)


@pytest.mark.parametrize("source", ["https://user@log.example/log/1", "nowhere", "ftp://log.example", "a\0b"])
def test_what_is_no_mirror_is_wrong_use(source: str) -> None:
    with pytest.raises(click.UsageError):
        fetched(source, "checkpoint")


def test_without_a_mirror_it_is_what_was_published_here() -> None:
    with _recovering.fetch_from("") as fetch:
        assert fetch is None
