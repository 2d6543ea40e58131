"""The floor on PostgreSQL: ``pgbench`` sends the inserts of a recorded notice, prepared, over as many connections.

A script holds the statements of one notice with its values as literals, but for what must differ from one notice to
the next: ids, the key, and the event's numbers are counted up. The channel's head is left out: moving one row would
make all transactions wait for each other, and the floor is to be what inserts alone cost.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bench.contest import Sample, WrongError
from bench.floor import HEAD
from bench.postgres import BIN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bench.floor import Recording, Rows
    from bench.house import House

SECONDS = 4
EACH = 10_000_000  # Notices of a client before its numbers would meet those of the next.
ID = re.compile(r"(ntc|evt)_[0-9a-z]{26}")
NUMBERED = {("journal_event", "position"), ("journal_event", "seq"), ("journal_pending", "position")}
NAMED = {("journal_answer", "key")}


@dataclass(frozen=True, slots=True)
class Pgbench:
    """So many clients that insert for some seconds."""

    name: str
    house: House
    folder: Path
    recording: Recording
    clients: int

    def run(self) -> Sample:
        if not self.recording.notices:
            raise WrongError("there are no rows of ours to write again")
        cluster = self.house.cluster
        if cluster is None:
            raise WrongError("pgbench needs PostgreSQL")
        self.house.copy(self.folder)
        path = self.folder / "script.sql"
        path.write_text(script(self.recording.notices[-1]), encoding="utf-8")
        name = self.folder.name
        options = ["-n", "-M", "prepared", "-c", str(self.clients), "-j", "2", "-T", str(SECONDS), "-D", "i=0"]
        done = subprocess.run(
            [str(BIN / "pgbench"), *options, "-f", str(path), name],
            env=cluster.environ(),
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS + 120,
        )
        rates = [line for line in done.stdout.splitlines() if line.startswith("tps = ")]
        if done.returncode != 0 or len(rates) != 1:
            raise WrongError(f"pgbench ended with {done.returncode}: {(done.stdout + done.stderr)[-700:]}")
        waits = [line for line in done.stdout.splitlines() if line.startswith("latency average = ")]
        self._require_rows(done.stdout)
        return Sample(float(rates[0].split()[2]), p50_ms=float(waits[0].split()[3]) if waits else None)

    def _require_rows(self, said: str) -> None:
        """As many rows of each table as pgbench says that it committed, times those of one notice."""
        found = re.search(r"transactions actually processed: (\d+)", said)
        if found is None or self.house.cluster is None:
            raise WrongError("pgbench said no number of transactions")
        notices = int(found[1])
        with self.house.cluster.connect(self.folder.name) as connection:
            for statement, rows in self.recording.notices[-1].items():
                if statement == HEAD:
                    continue
                table = table_of(statement)
                (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
                if count < notices * len(rows):
                    raise WrongError(f"pgbench committed {notices} notices, and {table} holds {count} rows")


def script(notice: Rows) -> str:
    """The transaction of one notice."""
    lines = [f"\\set i :i + 1\n\\set n (:client_id + 1) * {EACH} + :i\nBEGIN;"]
    for statement, rows in notice.items():
        if statement == HEAD:
            continue
        table = table_of(statement)
        head, columns = statement.split(" VALUES ")[0], columns_of(statement)
        marks = [f"({', '.join(literal(table, *pair) for pair in zip(columns, row, strict=True))})" for row in rows]
        lines.append(f"{head} VALUES {', '.join(marks)};")
    return "\n".join([*lines, "COMMIT;", ""])


def table_of(statement: str) -> str:
    """``journal_event`` of ``INSERT INTO journal_event (...``."""
    return statement.split()[2]


def columns_of(statement: str) -> list[str]:
    """The columns that a statement names."""
    return re.findall(r'"([a-z0-9_]+)"', statement)


def literal(table: str, column: str, value: Any) -> str:
    """A value as pgbench may read it: it takes every colon before a name for a variable, also inside a text."""
    if (table, column) in NUMBERED:
        return ":n"
    if (table, column) in NAMED:
        return "'key-' || :n"
    if isinstance(value, str) and (found := ID.fullmatch(value)):
        return f"'{found[1]}_' || lpad(:n::text, 26, '0')"
    for kind, written in WRITTEN.items():
        if isinstance(value, kind):
            return written(value)
    raise WrongError(f"{table}.{column} holds a {type(value).__name__}")


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "''").replace(":", "\\003A")
    return f"U&'{escaped}'"


WRITTEN: Mapping[type, Any] = {
    type(None): lambda _: "NULL",
    bool: lambda value: "true" if value else "false",
    int: str,
    str: _text,
    datetime: lambda value: f"{_text(value.isoformat())}",
    bytes: lambda value: f"'\\x{value.hex()}'",
    memoryview: lambda value: f"'\\x{bytes(value).hex()}'",
}
