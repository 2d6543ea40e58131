"""The strict reading of YAML: what is taken, what is refused, and in which line."""

from __future__ import annotations

from typing import Any

import pytest

from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.reading import UNREAD, BadNumber, Members
from mufakat.rules.yaml_reading import parse_yaml

LIMIT = 65_536


def value(text: str) -> Any:
    faults = Faults()
    found = parse_yaml(text.encode(), faults, limit=LIMIT).value
    assert faults.found == []
    return found


def refused(raw: bytes) -> tuple[FaultCode, int]:
    faults = Faults()
    document = parse_yaml(raw, faults, limit=LIMIT)
    assert document.value is UNREAD
    (fault,) = faults.found
    return fault.code, document.line_of(fault.pointer)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b", {"a": "b"}),
        ("", None),
        ("- 1\n- -20\n- '3'", [1, -20, "3"]),
        ("[null, ~, true, no, ON]", [None, None, True, False, True]),
        ("[2026-03-20, 08:00-16:00, PT4H, '8:30']", ["2026-03-20", "08:00-16:00", "PT4H", "8:30"]),
        ("{a: {b: [c]}}", {"a": {"b": ["c"]}}),
        ("5: a\nyes: b\n~: c", {"5": "a", "yes": "b", "~": "c"}),
        ("<<: {a: b}", {"<<": {"a": "b"}}),
        ("a: >-\n  one\n  two\n", {"a": "one two"}),
        ("# nothing\n---\na: b\n...\n", {"a": "b"}),
    ],
)
def test_plain_values_are_read(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    "text", ["0.5", ".inf", ".nan", "1_000", "0x10", "010", "8:30", "1" * 19, "1" * 60_000, "=1e3"]
)
def test_a_number_that_readers_read_differently_is_none(text: str) -> None:
    found = value(f"a: {text}")["a"]
    assert isinstance(found, BadNumber | str)
    assert not isinstance(found, int)


def test_a_name_that_stands_twice_is_remembered() -> None:
    found = value("a: 1\nb: 2\na: 3")
    assert isinstance(found, Members)
    assert found.repeated == ("a",)


@pytest.mark.parametrize(
    ("raw", "code", "line"),
    [
        pytest.param(b"a: 1\nb: &x [1]", FaultCode.NOT_YAML, 2, id="anchor"),
        pytest.param(b"a: 1\nb: *x", FaultCode.NOT_YAML, 2, id="alias"),
        pytest.param(b"a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]", FaultCode.NOT_YAML, 1, id="bomb"),
        pytest.param(b"a: 1\n\nb: !!str c", FaultCode.NOT_YAML, 3, id="tag"),
        pytest.param(b"a: !!python/object/apply:os.system [ls]", FaultCode.NOT_YAML, 1, id="tag that runs"),
        pytest.param(b"a: ! b", FaultCode.NOT_YAML, 1, id="bare tag"),
        pytest.param(b"a: 1\n!!str b: 2", FaultCode.NOT_YAML, 2, id="tag at a name"),
        pytest.param(b"&x a: 1", FaultCode.NOT_YAML, 1, id="anchor at a name"),
        pytest.param(b"a: 1\n? [b]\n: c", FaultCode.NOT_YAML, 2, id="a list as a name"),
        pytest.param(b"a: 1\n? {b: c}\n: d", FaultCode.NOT_YAML, 2, id="an object as a name"),
        pytest.param(b"a: 1\n---\nb: 2", FaultCode.NOT_YAML, 2, id="two documents"),
        pytest.param(b"a: [1,\n2", FaultCode.NOT_YAML, 2, id="unfinished"),
        pytest.param(b"a: 1\n\tb: 2", FaultCode.NOT_YAML, 2, id="tab"),
        pytest.param(b"a: 1\nb: c: d", FaultCode.NOT_YAML, 2, id="colon"),
        pytest.param(b"a: 1\nb: 'c", FaultCode.NOT_YAML, 2, id="quote"),
        pytest.param(b"a: 1\nb: \x07", FaultCode.NOT_YAML, 2, id="control character"),
        pytest.param(b"%YAML 3.0\n---\na: 1", FaultCode.NOT_YAML, 1, id="another YAML"),
        pytest.param(b"a: 1\nb: \xff", FaultCode.NOT_UTF8, 2, id="not UTF-8"),
        pytest.param(b"a: 1\nb: " + b"[" * 40, FaultCode.TOO_DEEP, 2, id="nest"),
        pytest.param(b"[" * 60_000, FaultCode.TOO_DEEP, 1, id="large nest"),
        pytest.param(b"".join(b" " * n + b"- \n" for n in range(40)), FaultCode.TOO_DEEP, 34, id="nest of lines"),
        pytest.param(b"{a: " * 10_000, FaultCode.TOO_DEEP, 1, id="nest of objects"),
        pytest.param(b"#\n" * 32_768 + b"a: 1", FaultCode.TOO_LARGE, 32_769, id="large by a line"),
        pytest.param(b"x" * 10_000_000, FaultCode.TOO_LARGE, 1, id="ten megabytes"),
    ],
)
def test_what_is_not_taken_is_refused_with_its_line(raw: bytes, code: FaultCode, line: int) -> None:
    assert refused(raw) == (code, line)


def test_each_value_has_its_line_and_what_is_missing_that_of_what_is_around_it() -> None:
    document = parse_yaml(b"a: 1\nb:\n  - c: 2\n    d: 3\n", Faults(), limit=LIMIT)
    assert [document.line_of(pointer) for pointer in ("", "/a", "/b/0/c", "/b/0/d", "/b/0/e", "/b/7", "/z")] == [
        *(1, 1, 3, 4),
        *(3, 2, 1),
    ]
