"""Tables that anybody may take away: named columns with what they mean, as csv and as Parquet.

The dictionary of a table is a Table Schema (Frictionless Data, https://specs.frictionlessdata.io/table-schema/), so a
program can read the csv by it; the same words stand in the metadata of the Parquet file. A cell of text is guarded
against spreadsheets in the csv (`guard`), where a sign in front tells a formula; Parquet holds it as it is.
"""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from mufakat.formats.csv_files import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MISSING = "Parquet files need pyarrow: pip install 'mufakat[tables]'."
ROWS = 5_000
"""Rows that are in memory at once: a row group of the Parquet file."""


class Type(StrEnum):
    """What a column holds, by the names of Table Schema."""

    STRING = "string"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DATETIME = "datetime"  # Aware.
    LIST = "array"  # Of strings; JSON in the csv.


class Column(NamedTuple):
    """A column: its name, type, what it means (English), and the codes that can stand in it, where they are counted."""

    name: str
    type: Type
    means: str
    codes: tuple[str, ...] = ()


Value = str | bool | int | datetime | date | tuple[str, ...] | None
Row = tuple[Value, ...]
"""One value for each column, in their order; None where there is none."""


def schema(columns: Sequence[Column]) -> dict[str, Any]:
    """The Table Schema."""
    return {
        "fields": [
            {
                "name": column.name,
                "type": column.type.value,
                "description": column.means,
                **({"constraints": {"enum": list(column.codes)}} if column.codes else {}),
                **({"format": "default"} if column.type is Type.DATETIME else {}),
            }
            for column in columns
        ],
        "missingValues": [""],
        "primaryKey": columns[0].name,
    }


def csv(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """UTF-8 with a mark, commas, CR LF; the names first."""
    return table((column.name for column in columns), (map(cell, row) for row in rows))


def cell(value: Value) -> str:
    """A value as text."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case tuple():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


def parquet(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """A Parquet file, one row group after another. ImportError, in one sentence, where pyarrow is not there."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        raise ImportError(MISSING) from None
    kinds = {
        Type.STRING: pa.string(),
        Type.BOOLEAN: pa.bool_(),
        Type.INTEGER: pa.int64(),
        Type.DATETIME: pa.timestamp("ms", tz="UTC"),
        Type.LIST: pa.list_(pa.string()),
    }
    fields = [pa.field(one.name, kinds[one.type], metadata={"description": one.means}) for one in columns]
    shape = pa.schema(fields, metadata={"table_schema": json.dumps(schema(columns))})
    sink = _Sink()
    rows = iter(rows)
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), shape, compression="zstd") as writer:
        for first in rows:
            share = [first, *islice(rows, ROWS - 1)]
            values = [pa.array(one, type=kind.type) for one, kind in zip(zip(*share, strict=True), fields, strict=True)]
            writer.write_table(pa.Table.from_arrays(values, schema=shape), row_group_size=ROWS)
            yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """What a writer wrote since it was last asked for; its own count of bytes goes on."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()
        self._count = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._count

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._held += piece
        self._count += len(piece)
        return len(piece)

    def taken(self) -> bytes:
        """The bytes, which are then forgotten."""
        taken = bytes(self._held)
        self._held.clear()
        return taken
