"""Tables as csv and Parquet: what goes in is read again, no cell is a formula, the dictionary names every column."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest
from hypothesis import given, strategies as st

from mufakat.formats import columns
from mufakat.formats.columns import Column, Type
from mufakat.formats.csv_columns import unguard

COLUMNS = (
    Column("id", Type.STRING, "Names it."),
    Column("at", Type.DATETIME, "When."),
    Column("words", Type.LIST, "Which.", ("a", "b")),
    Column("open", Type.BOOLEAN, "Whether."),
    Column("count", Type.INTEGER, "How many."),
)
AT = datetime(2017, 7, 14, 3, 0, 0, 123000, tzinfo=UTC)
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "'=1",
    "\uff1d1",
    '=HYPERLINK("x")',
    "=cmd|' /C x'!A0",
]
TEXT = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), st.sampled_from(FORMULAS)
)
ROWS = st.lists(
    st.tuples(
        TEXT,
        st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2900, 1, 1)).map(  # noqa: DTZ001 - made aware.
            lambda one: one.replace(microsecond=one.microsecond // 1000 * 1000, tzinfo=UTC)
        ),
        st.none() | st.lists(TEXT, max_size=3).map(tuple),
        st.none() | st.booleans(),
        st.none() | st.integers(0, 2**63 - 1),
    ),
    max_size=8,
)


def as_parquet(rows: list[columns.Row]) -> bytes:
    return b"".join(columns.parquet(COLUMNS, rows))


@given(ROWS)
def test_parquet_gives_back_what_went_in(rows: list[columns.Row]) -> None:
    found = pq.read_table(io.BytesIO(as_parquet(rows))).to_pylist()
    wanted = [dict(zip([one.name for one in COLUMNS], row, strict=True)) for row in rows]
    assert [
        {name: tuple(value) if isinstance(value, list) else value for name, value in one.items()} for one in found
    ] == wanted


def test_a_long_table_is_several_row_groups_and_whole() -> None:
    rows: list[columns.Row] = [(f"n{number}", AT, ("a",), True, number) for number in range(2 * columns.ROWS + 1)]
    pieces = list(columns.parquet(COLUMNS, rows))
    read = pq.ParquetFile(io.BytesIO(b"".join(pieces)))
    assert (read.num_row_groups, len(pieces)) == (3, 4)
    assert read.read().column("count").to_pylist() == list(range(len(rows)))


@given(ROWS)
def test_csv_gives_back_what_went_in(rows: list[columns.Row]) -> None:
    text = b"".join(columns.csv(COLUMNS, rows)).decode("utf-8-sig")
    head, *lines = csv.reader(io.StringIO(text, newline=""))
    assert head == [one.name for one in COLUMNS]
    assert [list(map(unguard, line)) for line in lines] == [list(map(columns.cell, row)) for row in rows]


@given(ROWS)
def test_no_cell_of_text_is_a_formula(rows: list[columns.Row]) -> None:
    text = b"".join(columns.csv(COLUMNS, rows)).decode("utf-8-sig")
    for line in csv.reader(io.StringIO(text, newline="")):
        assert not any(
            cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"))
            for cell in line
        )


def test_the_dictionary_names_every_column_and_what_it_means() -> None:
    fields = columns.schema(COLUMNS)["fields"]
    assert [(one["name"], one["type"], one["description"]) for one in fields] == [
        (one.name, one.type, one.means) for one in COLUMNS
    ]
    assert fields[2]["constraints"] == {"enum": ["a", "b"]}


def test_the_dictionary_travels_in_the_parquet_file() -> None:
    metadata = pq.read_schema(io.BytesIO(as_parquet([])))
    assert json.loads(metadata.metadata[b"table_schema"]) == columns.schema(COLUMNS)


def test_without_its_library_parquet_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"pip install 'mufakat\[tables\]'"):
        next(columns.parquet(COLUMNS, []))
