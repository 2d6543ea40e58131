"""The names that the operator protects beside those that ship: a file, one name a line, remarks behind ``#``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mufakat.rules import network_names
from mufakat.rules.network_names import Refusal
from mufakat.server.runtime.environment import EnvironmentValueError

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "MUFAKAT_PROTECTED_NAMES"
MOST = 10_000


def read(environ: Mapping[str, str]) -> frozenset[str]:
    """The names in the file that the variable names, or raise EnvironmentValueError."""
    path = environ.get(NAME)
    if not path:
        return frozenset()
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise EnvironmentValueError(f"{NAME} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise EnvironmentValueError(f"{NAME} cannot be read: it is not UTF-8 text") from None
    found: set[str] = set()
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        name = network_names.read(text)
        if isinstance(name, Refusal):  # A line that protects nothing would be believed to protect.
            raise EnvironmentValueError(f"{NAME}, line {number}: {name.detail}")
        found.add(name)
    if len(found) > MOST:
        raise EnvironmentValueError(f"{NAME} holds more than {MOST} names")
    return frozenset(found)
