"""MUFAKAT_PROTECTED_NAMES: a file of names, read whole, or refused in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mufakat.server.runtime import protected_environment
from mufakat.server.runtime.environment import EnvironmentValueError

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, raw: bytes) -> frozenset[str]:
    path = folder / "protected.txt"
    path.write_bytes(raw)
    return protected_environment.read({"MUFAKAT_PROTECTED_NAMES": str(path)})


def test_without_the_variable_nothing_is_added() -> None:
    assert protected_environment.read({}) == frozenset()


def test_names_remarks_and_empty_lines_are_read(tmp_path: Path) -> None:
    raw = b"\xef\xbb\xbf# Hospitals\r\n\r\nRS.example.org # the largest\r\n  b\xc3\xbccher.example\nrs.example.org\n"
    assert read(tmp_path, raw) == {"rs.example.org", "xn--bcher-kva.example"}


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"a.example\n*.example.org\n", "line 2: A name holds no asterisk"),
        (b"co.id\n", "line 1: This is an ending"),
        (b"a.example b.example\n", "line 1: A name holds letters"),
        (b"192.0.2.1\n", "line 1: This is an address"),
        (b"\xff\xfe\n", "not UTF-8"),
        (b"".join(b"a%d.example\n" % number for number in range(10_001)), "more than 10000 names"),
    ],
)
def test_a_line_that_would_protect_nothing_stops_the_start(tmp_path: Path, raw: bytes, sentence: str) -> None:
    with pytest.raises(EnvironmentValueError, match=r"^MUFAKAT_PROTECTED_NAMES") as refused:
        read(tmp_path, raw)
    assert sentence in str(refused.value)


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentValueError, match="cannot be read"):
        protected_environment.read({"MUFAKAT_PROTECTED_NAMES": str(tmp_path / "nothing")})


def test_a_folder_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentValueError, match="cannot be read"):
        protected_environment.read({"MUFAKAT_PROTECTED_NAMES": str(tmp_path)})
