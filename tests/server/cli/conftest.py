"""The command line in this process: alone under the lock, or through the socket of a house that somebody else runs."""

from __future__ import annotations

import json
import logging
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result


@dataclass
class Line:
    """Runs commands; ``served`` while another owner of the data directory answers on its socket."""

    data: Path
    served: bool = False

    def __call__(self, *words: str, **options: Any) -> Result:
        from mufakat.cli import main

        result = CliRunner().invoke(main, list(words), **options)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception  # A traceback is nothing that a command line says.
        return result

    def json(self, *words: str, **options: Any) -> Any:
        """What a command prints as JSON; it must have gone well."""
        result = self(*words, "--json", **options)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture
def alone(data: Path) -> Iterator[Line]:
    """Nobody runs the house."""
    log = logging.getLogger("mufakat.requests")
    level = log.level
    yield Line(data)
    log.setLevel(level)  # What a command sets for its whole process.


@pytest.fixture
def beside(alone: Line) -> Iterator[Line]:
    """Somebody else runs the house, and the command line goes through its socket."""
    with ExitStack() as stack:
        serve(alone, stack)
        yield alone


def serve(line: Line, stack: ExitStack) -> None:
    """Run the house until the stack closes."""
    from mufakat.server.journal import door
    from mufakat.server.runtime.wsgi import application

    stack.enter_context(door.open_house())
    stack.enter_context(door.listening(application))
    line.served = True


@pytest.fixture(params=["alone", pytest.param("beside", marks=pytest.mark.embedded)])
def line(request: pytest.FixtureRequest) -> Line:
    """Both."""
    made: Line = request.getfixturevalue(request.param)
    return made
