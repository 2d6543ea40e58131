from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from mufakat.formats.banks import MAX_LINE, BankFile, BankHead, BankRefusedError, read_bank, write_bank
from mufakat.rules.fault import MAX_FAULTS
from mufakat.screening.bank import BankKind, Entry

EXAMPLES = sorted((Path(__file__).parents[3] / "examples" / "screening" / "banks").glob("*.ndjson"))
HEAD = b'{"bank": "fruit", "kind": "phrase"}\n'
LINE = b'{"id": "p1", "value": "pisang hijau", "source": "us", "category": "unripe", "ground": "terms"}\n'


def faults(raw: bytes) -> list[tuple[int | None, str]]:
    with pytest.raises(BankRefusedError) as refused:
        read_bank(BytesIO(raw))
    return [(fault.line, fault.pointer) for fault in refused.value.faults]


def test_a_bank_is_its_head_and_its_entries() -> None:
    entry = Entry(id="p1", value="pisang hijau", source="us", category="unripe", ground="terms")
    expected = BankFile(BankHead(bank="fruit", kind=BankKind.PHRASE), (entry,))
    assert read_bank(BytesIO(HEAD + b"\n" + LINE)) == expected


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_sound_and_has_the_name_of_its_file(path: Path) -> None:
    with path.open("rb") as stream:
        assert read_bank(stream).head.bank == path.stem


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_what_is_written_is_read_back_alike(path: Path) -> None:
    with path.open("rb") as stream:
        read = read_bank(stream)
    assert read_bank(write_bank(*read)) == read


@pytest.mark.parametrize(
    ("raw", "places"),
    [
        (b"", [(1, "")]),
        (b"\n" + HEAD, [(1, ""), (2, "/bank"), (2, "/kind")]),
        (LINE, [(1, "/bank"), (1, "/kind")]),
        (b'{"bank": "fruit", "kind": "word"}\n' + LINE, [(1, "/kind")]),
        (HEAD + LINE + LINE, [(3, "/id")]),
        (HEAD + b"pisang\n" + LINE, [(2, "")]),
        (HEAD + LINE.replace(b'"us"', b'""'), [(2, "/source")]),
        (HEAD + LINE.replace(b'"us"', b'"us", "source": "us"'), [(2, "/source")]),
        (HEAD + LINE.replace(b'"us"', b'"us", "code": 1'), [(2, "/code")]),
        (HEAD + LINE.replace(b"pisang", b"\xff"), [(2, "")]),
        (HEAD + LINE.replace(b"pisang", b"\\ud800"), [(2, "/value")]),
        (HEAD + LINE.replace(b"pisang", b"a" * MAX_LINE), [(2, "")]),
        (HEAD.decode().encode("utf-16"), [(1, "")]),
    ],
)
def test_a_fault_has_its_line(raw: bytes, places: list[tuple[int, str]]) -> None:
    assert set(places) <= set(faults(raw))


def test_a_hundred_thousand_bad_lines_are_said_in_a_few() -> None:
    assert len(faults(HEAD + b"x\n" * 100_000)) == MAX_FAULTS + 1
