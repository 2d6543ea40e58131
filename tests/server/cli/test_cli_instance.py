"""The command line and its instance: under the lock, through the socket, and how every command explains itself."""

from __future__ import annotations

import stat
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from tests.houses import body
from tests.server.cli.conftest import serve

from mufakat.cli import main

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


ASKING = click.Context(main)  # Of whoever looks at the commands and runs none.


def leaves() -> list[list[str]]:
    """Every command, as its words."""

    def below(command: click.Command, words: list[str]) -> list[list[str]]:
        if not isinstance(command, click.Group):
            return [words]
        found = []
        for name in command.list_commands(ASKING):
            inner = command.get_command(ASKING, name)
            assert inner is not None
            if not inner.hidden:
                found += below(inner, [*words, name])
        return found

    return below(main, [])


def test_every_file_of_a_noun_is_asked_for_its_commands() -> None:
    """Nothing reads the files before somebody asks for the command: one that nobody named would never be found."""
    import mufakat.cli

    files = {one.stem for one in Path(mufakat.cli.__file__).parent.glob("[!_]*.py")}
    named = {mufakat.cli.ELSEWHERE.get(name, name).replace("-", "_") for name in mufakat.cli.NAMES}
    assert files == named


def test_help_reads_the_files_and_a_single_command_its_own_alone() -> None:
    script = "import sys; from mufakat.cli import main; main(sys.argv[1:], standalone_mode=False); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script, "token", "--help"], capture_output=True, text=True, check=True)
    read = {one for one in done.stdout.split() if one.startswith("mufakat.")}
    assert "mufakat.cli.token" in read
    assert read & {"mufakat.cli.agreement", "mufakat.client", "mufakat.proof"} == set()


SERVERS = {"serve", "blockpage", "squid-page", "govern"}
"""Commands that answer others until they are stopped, in a language that is not ours to choose."""


@pytest.mark.parametrize("words", leaves(), ids=" ".join)
def test_every_command_explains_itself(alone: Line, words: list[str]) -> None:
    done = alone(*words, "--help")
    assert (done.exit_code, len(done.stdout.splitlines()) > 4) == (0, True)


@pytest.mark.parametrize("words", [words for words in leaves() if words[-1] not in SERVERS], ids=" ".join)
def test_every_command_that_prints_prints_json(words: list[str]) -> None:
    command: Any = main
    for word in words:
        command = command.get_command(ASKING, word)
    assert "--json" in {option for parameter in command.params for option in parameter.opts}


def test_an_unknown_command_is_wrong_use(alone: Line) -> None:
    assert alone("notices").exit_code == 2
