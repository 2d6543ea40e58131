"""The command line and its instance: under the lock, and through the socket."""

from __future__ import annotations

import stat
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import body
from tests.server.cli.conftest import serve

if TYPE_CHECKING:
    from tests.server.cli.conftest import Line

EXAMPLE = Path(__file__).parents[3] / "examples" / "notice.json"


def submitted(line: Line, **changes: Any) -> str:
    """The id of a notice that was sent from standard input."""
    taken = line.json("notice", "submit", "-", input=body(**changes))
    return str(taken["id"])


@pytest.mark.embedded
def test_alone_and_beside_a_server_the_same_is_printed(alone: Line) -> None:
    notice = submitted(alone)
    alone("token", "issue", "--party", "kominfo", "--role", "officer")
    commands = [
        ["party", "list"],
        ["party", "list", "--json"],
        ["party", "show", "kominfo"],
        ["party", "show", "kominfo", "--json"],
        ["party", "show", "nobody"],
        ["party", "add", "kominfo", "--kind", "court", "--name", "x"],
        ["token", "issue", "--party", "kominfo", "--role", "boss"],
        ["token", "revoke", "tok_x"],
        ["notice", "list"],
        ["notice", "list", "--json"],
        ["notice", "list", "--state", "open"],
        ["notice", "show", notice],
        ["notice", "show", notice, "--json"],
        ["notice", "show", "ntc_x"],
        ["notice", "submit", str(EXAMPLE), "--party", "telegram", "--role", "reviewer", "--json"],
        ["notice", "withdraw", "ntc_x", "--reason", "x"],
        ["receipt", "get", notice],
        ["receipt", "get", notice, "--json"],
        ["receipt", "get", notice, "--grade", "witnessed"],
        ["example", "load", "parties"],
        ["example", "load", "x"],
        ["doctor"],
    ]
    by_itself = [outcome(alone, words) for words in commands]
    with ExitStack() as stack:
        serve(alone, stack)
        through_the_socket = [outcome(alone, words) for words in commands]
    assert through_the_socket == by_itself


def outcome(line: Line, words: list[str]) -> tuple[int, str, str]:
    """Status, output and errors; the doctor's time of day left out."""
    done = line(*words)
    printed = [row for row in done.stdout.splitlines() if "clock:" not in row and "disk:" not in row]
    return done.exit_code, "\n".join(printed), done.stderr


@pytest.mark.embedded
def test_beside_a_server_its_writer_writes(beside: Line) -> None:
    from mufakat.server.journal import door

    before = door.writer().commits
    beside("token", "issue", "--party", "kominfo", "--role", "officer")
    assert door.writer().commits == before + 1


@pytest.mark.embedded
def test_the_socket_is_its_owners_alone(beside: Line) -> None:
    assert stat.S_IMODE((beside.data / "sock").stat().st_mode) == 0o600


@pytest.mark.embedded
def test_an_owner_that_does_not_answer_is_named(alone: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    from mufakat.cli import _server
    from mufakat.server.journal import door

    monkeypatch.setattr(_server, "STARTING", 0.2)
    with door.lock():
        done = alone("party", "list")
    assert (done.exit_code, "does not answer on its socket" in done.stderr) == (1, True)


@pytest.mark.embedded
def test_a_server_that_leaves_in_between_is_no_traceback(alone: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    from mufakat.cli import _server
    from mufakat.server.journal import door

    monkeypatch.setattr(_server, "wait_for_socket", lambda _: None)
    with door.lock():
        done = alone("party", "list")
    assert (done.exit_code, done.stderr) == (1, "mufakat: the server stopped before it answered; do the same again\n")


def test_a_socket_left_behind_is_no_server(alone: Line) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(f"{alone.data}/sock")
    assert alone("party", "list").exit_code == 0


def test_an_unknown_command_is_wrong_use(alone: Line) -> None:
    assert alone("notices").exit_code == 2
