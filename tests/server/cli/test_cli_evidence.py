"""Evidence by the command line, alone and beside a running server."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import body

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.cli.conftest import Line


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    file = tmp_path / "capture.png"
    file.write_bytes(b"made-up bytes " * 200_000)
    return file


def sha(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def shown(line: Line, notice: str) -> Any:
    return line.json("notice", "show", notice)["notice"]


def stored(line: Line) -> int:
    return sum(path.is_file() for path in (line.data / "evidence").rglob("*"))


def test_a_file_is_stored_and_its_digest_printed(line: Line, picture: Path) -> None:
    done = line("evidence", "put", str(picture))
    assert (done.exit_code, done.stdout) == (0, f"{sha(picture)}  {picture}\n")
    assert line.json("evidence", "put", str(picture))["sha256"] == sha(picture)
    assert stored(line) == 1


def test_a_notice_is_sent_with_its_files(line: Line, picture: Path) -> None:
    notice = line.json("notice", "submit", "-", "--evidence", str(picture), input=body())["id"]
    named = {"name": "capture.png", "media_type": "image/png", "sha256": sha(picture), "content": None}
    assert shown(line, notice)["evidence"] == [named]


def test_the_same_notice_with_the_same_files_counts_once(line: Line, picture: Path) -> None:
    first, again = (line.json("notice", "submit", "-", "--evidence", str(picture), input=body()) for _ in range(2))
    assert first["receipt"] == again["receipt"]


@pytest.mark.invariant("I-15")
def test_for_child_sexual_abuse_no_byte_leaves_the_sender(line: Line, picture: Path) -> None:
    raw = body(category="child_sexual_abuse")
    notice = line.json("notice", "submit", "-", "--evidence", str(picture), input=raw)["id"]
    assert (shown(line, notice)["evidence"][0]["sha256"], stored(line)) == (sha(picture), 0)


def test_a_file_that_is_too_large_is_refused_in_one_line(line: Line, picture: Path) -> None:
    with picture.open("r+b") as file:
        file.truncate(51 * 1024 * 1024)
    done = line("evidence", "put", str(picture))
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].endswith("One file of evidence has at most 52428800 bytes (50 MiB).")
    refused = line("notice", "submit", "-", "--evidence", str(picture), input=body())
    assert (refused.exit_code, stored(line)) == (1, 0)


def test_a_seat_that_may_not_upload_is_told_so(line: Line, picture: Path) -> None:
    done = line("evidence", "put", str(picture), "--party", "kominfo", "--role", "approver")
    assert (done.exit_code, "Evidence is uploaded by those who" in done.stderr) == (1, True)


def test_files_go_with_a_single_notice_only(line: Line, picture: Path, tmp_path: Path) -> None:
    many = tmp_path / "many.json"
    many.write_text(json.dumps([json.loads(body())] * 2), encoding="utf-8")
    done = line("notice", "submit", str(many), "--evidence", str(picture))
    assert (done.exit_code, stored(line)) == (2, 0)


@pytest.mark.parametrize("raw", ["", "[", "7", '{"evidence": 7}', "{}"])
def test_what_is_no_notice_is_refused_as_always(line: Line, picture: Path, raw: str) -> None:
    done = line("notice", "submit", "-", "--format", "json", "--evidence", str(picture), input=raw)
    assert done.exit_code in {1, 2}
