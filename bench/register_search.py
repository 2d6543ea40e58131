"""``register.search.*``: pages of the register by words and filters, deep in it, and for words that are nowhere."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bench import asking, house, recount, register_rows
from bench.asking import Question
from bench.contest import Contest, Sample, Target, WrongError
from bench.database import insert
from bench.peer.columns import COLUMNS, TABLE
from bench.postgres import running
from bench.register_rows import PAGE, Sought
from bench.server import Server, free_port
from mufakat.rules.entry import fold, mark

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bench.database import Instance
    from bench.postgres import Cluster
    from bench.register_rows import Made

COUNT = int(os.environ.get("BENCH_ENTRIES", register_rows.COUNT))
TIMES = 25  # Each question in a turn: its 95th percentile is the second slowest.
PEER_TIMES = 1  # Its slow ones take seconds.
PORTION = 10_000
PEER = ("--interface", "wsgi", "--workers", "1", "--blocking-threads", "8")
MIDDLE = "deep in everything"


@dataclass(frozen=True, slots=True)
class Ask:
    """A search as somebody asks it."""

    name: str
    q: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    deep: bool = False

    @property
    def words(self) -> list[str]:
        """Every word that an entry must have."""
        return [*fold(self.q), *(mark(name, value) for name, value in self.filters)]

    def path(self, after: str) -> str:
        told = {"q": self.q, **dict(self.filters), "after": after if self.deep else ""}
        return f"/api/v1/register?{urlencode(told)}"


ASKED = (
    Ask("everything, newest"),
    Ask(MIDDLE, deep=True),
    Ask("a word in most texts", register_rows.word(0)),
    Ask("a word in most texts, deep", register_rows.word(0), deep=True),
    Ask("two such words", f"{register_rows.word(0)} {register_rows.word(1)}"),
    Ask("a word in one of thirty", register_rows.word(300)),
    Ask("a word in one of five hundred", register_rows.word(5_000)),
    Ask("a rare word", register_rows.word(29_000)),
    Ask("three words", " ".join(register_rows.word(rank) for rank in (3, 40, 400))),
    Ask("a word that is nowhere", "nowhereatall"),
    Ask("two common words that never meet", f"{register_rows.EVEN} {register_rows.ODD}"),
    Ask("a host", "host00042 example"),
    Ask("one kind", filters=(("kind", "appeal"),)),
    Ask("one kind and outcome", filters=(("kind", "decision"), ("outcome", "refuse"))),
    Ask("a party of many", filters=(("party", register_rows.PLATFORMS[0]),)),
    Ask("a party of few", filters=(("party", register_rows.RARE),)),
    Ask("a word and a party of few", register_rows.word(0), (("party", register_rows.RARE),)),
    Ask("a category of the older half", filters=(("category", "narcotics"),)),
    Ask("a word and a category of the older half", register_rows.word(0), (("category", "narcotics"),)),
    Ask("a category and a party", filters=(("category", "gambling"), ("party", register_rows.PLATFORMS[2]))),
)


@dataclass(frozen=True, slots=True)
class Reader:
    """A server that stays up, and what it is asked."""

    name: str
    port: int
    server: Server
    questions: Sequence[Question]
    times: int
    remarks: list[str]

    def run(self) -> Sample:
        asking.ask(self.port, self.questions, times=1, seed=0)  # Imports, connections, what is remembered.
        before = self.server.cpu_seconds()
        found = asking.ask(self.port, self.questions, times=self.times, seed=1)
        cpu = self.server.cpu_seconds() - before
        name, slowest = found.worst(0.95)
        self.remarks[:] = [
            f"{self.name}: slowest p95 of one question {slowest:,.1f} ms ({name})",
            *(
                f"  {each:<44} p50 {found.quantile(0.5, [each]):8,.1f}  p95 {found.quantile(0.95, [each]):8,.1f} ms"
                for each in found.times
            ),
        ]
        return Sample(
            found.rate([each.name for each in self.questions]),
            1000 * cpu / (len(self.questions) * self.times),
            found.quantile(0.5),
            found.quantile(0.99),
            found.quantile(0.95),
        )


@dataclass(frozen=True, slots=True)
class Statements:
    """The floor: the places and bodies by two prepared statements for each question, nothing around them."""

    name: str
    instance: Instance
    asked: Sequence[tuple[str, Sequence[Any], int]]

    def run(self) -> Sample:
        took = []
        with self.instance.reading() as connection:
            for _ in range(3):
                for sql, values, items in self.asked:
                    started = time.perf_counter()
                    rows = connection.execute(sql, values).fetchall()
                    took.append(time.perf_counter() - started)
                    if len(rows) != items:
                        raise WrongError(f"{len(rows)} rows instead of {items}: {sql}")
        return Sample(len(took) / sum(took))


@contextmanager
def sqlite(work: Path) -> Iterator[Contest]:
    """On the embedded database."""
    yield from _contest("register.search.sqlite", work, None)


@contextmanager
def postgres(work: Path) -> Iterator[Contest]:
    """On PostgreSQL."""
    with running() as cluster:
        yield from _contest("register.search.postgres", work, cluster)


def _contest(row: str, work: Path, cluster: Cluster | None) -> Iterator[Contest]:
    """Both servers read the same million; nobody writes meanwhile."""
    instance = house.prepare(work, cluster).instance
    sought = {ask.name: Sought(frozenset(ask.words)) for ask in ASKED if not ask.deep}
    middle = _build(instance, sought)
    remarks: dict[str, list[str]] = {"ours": [], "peer": []}
    with ExitStack() as servers:
        ours, peer = free_port(), free_port()
        # Everybody comes from one address here, which asks more often than anybody may.
        told = house.environ(instance, PORT=str(ours), GRANIAN_PORT=str(peer), MUFAKAT_PUBLIC_PACE="1000000")
        command = [sys.executable, "-m", "mufakat.cli", "serve"]
        our_server = servers.enter_context(Server(command, environ=told, port=ours, log=work / "ours.log"))
        command = [sys.executable, "-m", "granian", *PEER, "--host", "127.0.0.1", "--log-level", "warning"]
        command.append("bench.peer.wsgi:application")
        peer_server = servers.enter_context(Server(command, environ=told, port=peer, log=work / "peer.log"))
        ask = list(_questions(sought, middle))
        yield Contest(
            row,
            "searches/s",
            Reader("mufakat serve", ours, our_server, ask, TIMES, remarks["ours"]),
            Reader("Django: a column for each filter, icontains", peer, peer_server, ask, PEER_TIMES, remarks["peer"]),
            Statements("one statement, one thread", instance, list(_bare(instance, sought, middle))),
            targets=[Target("p95_ms", 200, at_most=True)],
            remarks=_Later(remarks),
        )


class _Later(list[str]):
    """Remarks that are known only once all have taken their turns."""

    def __init__(self, parts: dict[str, list[str]]) -> None:
        super().__init__()
        self._parts = parts

    def __iter__(self) -> Iterator[str]:
        yield f"{COUNT:,} entries; {asking.CLIENTS} clients, each with a connection; the last round, by question:"
        for part in self._parts.values():
            yield from part


def _questions(sought: Mapping[str, Sought], middle: str) -> Iterator[Question]:
    for ask in ASKED:
        newest = list(sought[ask.name].newest)[::-1] if ask.name in sought else None
        yield Question(ask.name, ask.path(middle), {}, partial(_right, newest=newest))


def _right(body: bytes, *, newest: Sequence[str] | None) -> bool:
    """Whether an answer holds just what was sought, in its order; deep in it, whether the page is full."""
    found = [one["id"] for one in json.loads(body)["items"]]
    return len(found) == PAGE if newest is None else found == list(newest)


def _build(instance: Instance, sought: Mapping[str, Sought]) -> str:
    """Load them as fast as may be, and index them at once; the place in the middle."""
    middle = 0
    rows = register_rows.made(sought, count=COUNT)
    with instance.writing() as connection:
        _prepare(instance, connection)
        loaded = 0
        while portion := list(islice(rows, PORTION)):
            _load(instance, connection, portion)
            if loaded <= COUNT // 2:
                middle = portion[-1].place
            loaded += len(portion)
        _finish(instance, connection)
    return f"{middle:x}"


ENTRY = ("place", "id", "case", "kind", "state", "body", "changes_at")
FILTERED = ("kind", "sender", "recipient", "category", "outcome")


def _prepare(instance: Instance, connection: Any) -> None:
    columns = ", ".join(f"{name} {'bytea' if name == 'body' and not instance.embedded else 'text'}" for name in COLUMNS)
    columns = columns.replace("place text", "place bigint PRIMARY KEY").replace("id text", "id text UNIQUE", 1)
    connection.execute(f"CREATE TABLE {TABLE} ({columns})")
    connection.execute("DELETE FROM register_entry")
    connection.execute("DELETE FROM register_words")
    recount.caught_up(instance, connection)  # The server that is measured finds nothing to read in the journal.
    if instance.embedded:
        for pragma in ("foreign_keys = OFF", "journal_mode = OFF", "synchronous = OFF", "cache_size = -1000000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("DROP TRIGGER words_are_found")
        connection.execute("BEGIN")
    else:
        connection.execute("DROP INDEX words_are_found")


def _load(instance: Instance, connection: Any, portion: Sequence[Made]) -> None:
    entries, words, plain = [], [], []
    for one in portion:
        entries.append((one.place, one.id, one.case, one.kind, one.state, one.body, None))
        words.append((one.place, one.words))
        shown = [str(one.fields.get(name, "")) for name in FILTERED[1:]]
        plain.append((one.place, one.id, one.kind, *shown, one.words, one.body))
    for table, names, rows in (
        ("register_entry", ENTRY, entries),
        ("register_words", ("place", "words"), words),
        (TABLE, COLUMNS, plain),
    ):
        columns = ", ".join(f'"{name}"' for name in names)
        if instance.embedded:
            connection.executemany(instance.marked(insert(table, names)), rows)
            continue
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def _finish(instance: Instance, connection: Any) -> None:
    for name in FILTERED:
        connection.execute(f"CREATE INDEX plain_{name} ON {TABLE} ({name})")
    if instance.embedded:
        connection.execute("INSERT INTO register_found(register_found) VALUES ('rebuild')")
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("ANALYZE")
        return
    connection.execute(
        "CREATE INDEX words_are_found ON register_words USING gin (vector) WITH (gin_pending_list_limit = 256)"
    )
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM (ANALYZE)")


def _bare(instance: Instance, sought: Mapping[str, Sought], middle: str) -> Iterator[tuple[str, Sequence[Any], int]]:
    """What is asked, by one statement each in the database's own words for it."""
    for ask in ASKED:
        before = int(middle, 16) if ask.deep else (1 << 63) - 1
        values: list[Any]
        items = PAGE if ask.deep else len(sought[ask.name].newest)
        if not ask.words:
            found, values = "SELECT place FROM register_entry WHERE place < %s", [before]
        elif instance.embedded:
            found = "SELECT rowid FROM register_found WHERE register_found MATCH %s AND rowid < %s"
            values = [" ".join(f'"{word}"' for word in ask.words), before]
        else:
            found = "SELECT place FROM register_words WHERE vector @@ %s::tsquery AND place < %s"
            values = [" & ".join(f"'{word}'" for word in ask.words), before]
        order = "rowid" if "rowid" in found else "place"
        sql = f"SELECT body FROM register_entry WHERE place IN ({found} ORDER BY {order} DESC LIMIT %s)"  # noqa: S608
        yield instance.marked(sql), [*values, PAGE], items
