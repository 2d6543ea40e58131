from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from mufakat.formats.banks import BankFile, BankHead, BankRefusedError, begin, read_bank, write_bank
from mufakat.rules.fault import MAX_FAULTS
from mufakat.screening.bank import BankKind, Entry
from mufakat.screening.entries import MAX_LINE

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
    ("raw", "lines"),
    [
        (b"", [1]),
        (b"\n" + HEAD, [1]),
        (LINE, [1, 1, 1, 1]),
        (b'{"bank": "fruit", "kind": "word"}\n' + LINE, [1]),
        (b"x" * (MAX_LINE + 1) + b"\n" + LINE, [1]),
        (HEAD + LINE + LINE.replace(b"hijau", b"muda"), [3]),
        (HEAD + b"{pisang\n" + LINE, [2]),
        (HEAD + b"pisang hijau\n" + LINE, [2]),
        (HEAD + LINE.replace(b'"us"', b'""'), [2]),
        (HEAD + LINE.replace(b'"us"', b'"us", "code": 1'), [2]),
        (HEAD + LINE.replace(b"pisang hijau", b" . "), [2]),
        (HEAD + LINE.replace(b"pisang", b"\xff"), [2]),
        (HEAD + LINE.replace(b"pisang", b"\\ud800"), [2]),
        (HEAD + LINE + b"x" * (MAX_LINE + 1) + b"\n\n" + LINE.replace(b'"us"', b'""'), [3, 5]),
        (HEAD.decode().encode("utf-16"), [1]),
    ],
)
def test_a_fault_has_its_line(raw: bytes, lines: list[int]) -> None:
    assert [line for line, _ in faults(raw)] == lines


def test_what_the_first_line_says_holds_of_values_that_stand_alone() -> None:
    head = b'{"bank": "fruit", "kind": "phrase", "source": "us", "category": "unripe", "ground": "terms"}\n'
    read = read_bank(BytesIO(head + b"# A remark.\npisang hijau\nmangga muda\n"))
    assert [(entry.value, entry.category) for entry in read.entries] == [
        ("pisang hijau", "unripe"),
        ("mangga muda", "unripe"),
    ]


def test_a_hundred_thousand_bad_lines_are_said_in_a_few() -> None:
    assert len(faults(HEAD + b"x\n" * 100_000)) == MAX_FAULTS


def test_a_file_is_begun_without_reading_it() -> None:
    class Counted(BytesIO):
        pieces = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.pieces += 1
            return super().read(size)

    stream = Counted(HEAD + LINE * 100_000)
    head, lines = begin(stream)
    assert (head.bank, stream.pieces) == ("fruit", 1)
    assert next(lines) == LINE.rstrip()
    assert sum(1 for _ in lines) == 99_999


def test_a_line_that_is_too_long_stays_one_when_it_is_handed_on() -> None:
    _, lines = begin(BytesIO(HEAD + b"x" * (3 * MAX_LINE) + b"\nmangga muda\n"))
    assert [len(line) > MAX_LINE for line in lines] == [True, False]
