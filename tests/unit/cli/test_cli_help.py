"""How every command explains itself, and that none of them reads more than it needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import mufakat.cli
from mufakat.cli import main

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
def test_every_command_explains_itself(words: list[str]) -> None:
    done = CliRunner().invoke(main, [*words, "--help"])
    assert (done.exit_code, len(done.stdout.splitlines()) > 4) == (0, True)


@pytest.mark.parametrize("words", [words for words in leaves() if words[-1] not in SERVERS], ids=" ".join)
def test_every_command_that_prints_prints_json(words: list[str]) -> None:
    command: Any = main
    for word in words:
        command = command.get_command(ASKING, word)
    assert "--json" in {option for parameter in command.params for option in parameter.opts}
