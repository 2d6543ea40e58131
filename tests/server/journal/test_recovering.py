"""A log comes back from its files: what is missing, byte for byte, and nothing that differs is written over."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from tests.houses import House, body
from tests.server.journal.test_exporting import exported, filled, published
from tests.server.journal.test_sequencer import SHARD, leaves, sequenced, written

from mufakat.proof import checkpoint, tile as paths
from mufakat.proof.edge import Edge
from mufakat.server.journal import door, notary, parts, publication, recovering, sequencer, signer, standing, tiles
from mufakat.server.journal.models import Channel, Event, Head, Opening, Pending, Tile
from mufakat.server.journal.recovering import NotRecoverableError
from mufakat.server.runtime import recovering as runtime, worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.houses import Server

pytestmark = [pytest.mark.embedded, pytest.mark.invariant("I-09")]

DATABASE = "mufakat.sqlite3"
ROWS = ("id", "shard", "position", "type", "at", "sender", "recipient", "seq", "case", "leaf", "leaf_hash")


def events() -> list[tuple[Any, ...]]:
    return list(Event.objects.order_by("position").values_list(*ROWS))


def channels() -> set[tuple[Any, ...]]:
    return set(Channel.objects.values_list("shard", "sender", "recipient", "seq", "head"))


def tiles_held() -> set[tuple[Any, ...]]:
    return set(Tile.objects.values_list("level", "number", "hashes"))


class Lost:
    """A house whose database is an older one; what the log held is in its files."""

    def __init__(self, data: Path, backup: Path, *, long: bool = False) -> None:
        self.data = data
        with door.open_house() as writer:
            self._grow(writer, "kept")
        connections.close_all()
        shutil.copy(data / DATABASE, backup)
        with door.open_house() as writer:
            for number in range(3):
                self._grow(writer, f"lost {number}")
            if long:  # Over the end of a tile.
                filled()
                self._grow(writer, "after many")
            self.rows, self.channels, self.tiles = events(), channels(), tiles_held()
            self.head = published()
        connections.close_all()
        shutil.copy(backup, data / DATABASE)
        sequencer.forget()

    def _grow(self, writer: Any, key: str) -> None:
        House(self.data, writer).submit(key=key)
        sequenced()
        exported()


@pytest.fixture
def lost(data: Path, tmp_path: Path) -> Iterator[Lost]:
    yield Lost(data, tmp_path / "backup")
    connections.close_all()


def agreed(plan: Any) -> bool:
    assert plan["missing"] > 0
    return True


def test_all_comes_back_byte_for_byte_and_the_log_goes_on(lost: Lost) -> None:
    before = Event.objects.count()
    done = runtime.recover(SHARD, None, agreed)
    assert (done["recovered"], done["held"], done["troubles"]) == (len(lost.rows) - before, before, [])
    assert (events(), channels(), tiles_held()) == (lost.rows, lost.channels, lost.tiles)
    with door.open_house() as writer:
        House(lost.data, writer).submit(key="after")
        sequenced()
        exported()
        assert standing.look(SHARD).wrong == ""
        assert not Pending.objects.exists()
    assert published().size == Event.objects.count() > len(lost.rows)


def test_done_twice_it_does_nothing(lost: Lost) -> None:
    runtime.recover(SHARD, None, agreed)
    done = runtime.recover(SHARD, None, agreed)
    assert (done["recovered"], done["needed"]) == (0, False)
    assert events() == lost.rows


def test_who_does_not_agree_is_left_alone(lost: Lost) -> None:
    before = events()
    done = runtime.recover(SHARD, None, lambda _: False)
    assert (done["refused"], done["recovered"]) == (True, 0)
    assert events() == before


def test_an_empty_database_gets_the_whole_log(lost: Lost, prepared: Path) -> None:
    shutil.copy(prepared / DATABASE, lost.data / DATABASE)
    sequencer.forget()
    runtime.recover(SHARD, None, agreed)
    assert (events(), channels(), tiles_held()) == (lost.rows, lost.channels, lost.tiles)


def test_who_dies_in_the_middle_goes_on(lost: Lost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovering, "PORTION", 1)  # A bundle each.
    real, count = parts.alone, 0

    def dying(run: Callable[[Any], object]) -> object:
        nonlocal count
        count += 1
        if count == 2:
            raise KeyboardInterrupt
        return real(run)

    with monkeypatch.context() as patched:
        patched.setattr(parts, "alone", dying)
        with pytest.raises(KeyboardInterrupt):
            runtime.recover(SHARD, None, agreed)
    assert Head.objects.get().size < lost.head.size
    runtime.recover(SHARD, None, lambda _: True)
    assert (events(), channels(), tiles_held()) == (lost.rows, lost.channels, lost.tiles)


@pytest.mark.parametrize("notary_too", [False, True], ids=["the database was lost", "the notary's file as well"])
def test_who_dies_before_the_head_is_written_leaves_a_log_that_goes_on(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, notary_too: bool
) -> None:
    lost = Lost(data, tmp_path / "backup", long=True)
    real = parts.alone

    def dying(run: Any) -> object:
        if run.func is recovering._finish:
            raise KeyboardInterrupt
        return real(run)

    with monkeypatch.context() as patched:
        patched.setattr(parts, "alone", dying)
        with pytest.raises(KeyboardInterrupt):
            runtime.recover(SHARD, None, agreed)
    before = Head.objects.get()
    assert (tiles_held(), before.size < paths.WIDTH < lost.head.size) == (lost.tiles, True)
    if notary_too:
        (notary.folder() / f"{SHARD}.note").write_text(before.note)
        monkeypatch.setattr(sequencer, "BATCH", 100)  # It comes by widths that the tiles have left behind.
    with door.open_house() as writer:
        House(data, writer).submit(key="after")
        while sequenced().more:
            """Until nothing is left."""
        exported()
        assert standing.look(SHARD).wrong == ""
    assert published().size == Event.objects.count() > lost.head.size


def test_a_portion_asks_once_and_writes_as_often_however_much_it_holds(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = Lost(data, tmp_path / "backup", long=True)
    sizes: list[int] = []

    def counted(rows: Any, grown: Any, moment: Any, *, write: Any = recovering._write) -> None:
        """Statements of a portion beside its events: SQLite tells of each as it begins."""
        told: list[str] = []
        own = connections["default"].connection
        own.set_trace_callback(told.append)
        try:
            write(rows, grown, moment)
        finally:
            own.set_trace_callback(None)
        into = ("INSERT INTO journal_channel", "INSERT INTO journal_tile")
        own_words = [one for one in told if not one.startswith("--")]  # And not those of triggers.
        assert [one for one in own_words if "journal_event" not in one and not one.startswith(into)] == []
        sizes.append(len(grown))

    monkeypatch.setattr(recovering, "_write", counted)
    with door.open_house(alone=True):
        read = runtime.published(SHARD)
        found = recovering.plan(SHARD, read)
        with CaptureQueriesContext(connection) as asked:
            recovering.recover(found, read)
        assert (len(asked), sizes) == (1, [3])  # Two tiles of leaves, and one above.
    assert (events(), channels(), tiles_held()) == (lost.rows, lost.channels, lost.tiles)


def test_a_tile_that_holds_something_else_is_never_written_over(lost: Lost, prepared: Path) -> None:
    shutil.copy(prepared / DATABASE, lost.data / DATABASE)
    other = Edge().grow([bytes(32)] * (lost.head.size + 1)).tiles
    with door.open_house():
        written(lambda: tiles.write(SHARD, other))
        before = events()
    with pytest.raises(NotRecoverableError, match="of the database is not the one of the log"):
        runtime.recover(SHARD, None, agreed)
    assert (tiles_held(), events()) == ({(0, 0, other[0].content)}, before)


def test_other_events_are_never_written_over(lost: Lost) -> None:
    with door.open_house() as writer:
        House(lost.data, writer).submit(key="came in after the backup was put back")
    before = events()
    with pytest.raises(NotRecoverableError, match="is not the one of the log"):
        runtime.recover(SHARD, None, agreed)
    assert events() == before


@pytest.mark.parametrize("spoil", ["entry", "checkpoint", "key", "missing"])
def test_a_source_that_is_not_what_was_signed_brings_nothing(lost: Lost, spoil: str) -> None:
    folder, before = publication.folder(SHARD), events()
    (bundle, *_) = paths.bundles_of(lost.head.size)
    if spoil == "entry":
        content = (folder / bundle.path).read_bytes()
        (folder / bundle.path).write_bytes(content.replace(b'"seq":1,', b'"seq":2,', 1))
    elif spoil == "missing":
        (folder / bundle.path).unlink()
    elif spoil == "checkpoint":
        text = checkpoint.sign(signer.signing_key(SHARD), size=lost.head.size, root=bytes(32))
        (folder / "checkpoint").write_text(text)
    else:
        signer.make_key("other")
        text = checkpoint.sign(signer.signing_key("other"), size=lost.head.size, root=lost.head.root)
        (folder / "checkpoint").write_text(text)
    with pytest.raises(NotRecoverableError):
        runtime.recover(SHARD, None, agreed)
    assert events() == before


def test_a_source_that_changes_while_it_is_read_is_noticed(lost: Lost) -> None:
    read = runtime.published(SHARD)
    with door.open_house(alone=True):
        found = recovering.plan(SHARD, read)
        with pytest.raises(NotRecoverableError, match="changed while it was read"):
            recovering.recover(found, lambda path: read(path) + b" ")
    assert Event.objects.count() < len(lost.rows)


def test_what_people_wrote_does_not_come_back_and_keeps_nothing_from_going_on(lost: Lost) -> None:
    runtime.recover(SHARD, None, agreed)
    with door.open_house():
        fresh = [row[0] for row in lost.rows if not Opening.objects.filter(event=row[0]).exists()]
        assert fresh
        failed = {one.chore for one in worker.run(at=datetime.now(UTC)) if one.failed}
        assert failed == set()
        while any(one.more for one in worker.run(at=datetime.now(UTC))):
            """Until nothing is left."""
    assert leaves()[: len(lost.rows)] == [bytes(row[-2]) for row in lost.rows]


def test_a_source_that_is_older_than_what_was_signed_does_not_make_a_fork(lost: Lost) -> None:
    (publication.folder(SHARD) / "checkpoint").write_text(Head.objects.get().note)  # Nobody has the newest leaves.
    done = runtime.recover(SHARD, None, lambda _: True)
    assert done["needed"] is False
    with door.open_house() as writer:
        House(lost.data, writer).submit(key="after")
        with pytest.raises(standing.REFUSALS):
            sequenced()
    assert tiles.leaves_of(SHARD) > 0


def test_the_command_asks_and_a_server_that_runs_is_in_its_way(stopped_server: Server, tmp_path: Path) -> None:
    """From the older database to a server that goes on, as an operator does it."""
    files, database = stopped_server.data / "log" / SHARD, stopped_server.data / DATABASE
    notice = tmp_path / "notice.json"
    notice.write_bytes(body())
    words = ("notice", "submit", str(notice), "--party", "kominfo", "--json")
    stopped_server.run(*words)
    shutil.copy(database, tmp_path / "backup")
    notice.write_bytes(body(explanation="Another made-up placeholder."))
    stopped_server.run(*words)
    shutil.copytree(files, tmp_path / "mirror")
    shutil.copy(tmp_path / "backup", database)
    assert "older database was put back" in stopped_server.run("doctor", check=False).stdout
    asked = stopped_server.run("log", "recover", check=False, input="n\n")
    assert (asked.returncode, "nothing was written" in asked.stdout) == (1, True)
    told = json.loads(
        stopped_server.run("log", "recover", "--from", str(tmp_path / "mirror"), "--yes", "--json").stdout
    )
    assert (told["recovered"], told["troubles"]) == (told["missing"], [])
    assert told["signed"] == told["source"] > told["held"]
    assert stopped_server.run("doctor", check=False).returncode == 0
    again = stopped_server.run("log", "recover")
    assert "nothing is missing" in again.stdout
    stopped_server.start()
    served = stopped_server.run("log", "recover", "--yes", check=False)
    assert (served.returncode, "stop it" in served.stderr) == (1, True)
    stopped_server.stop()
    shutil.copy(tmp_path / "backup", database)
    with served_folder(tmp_path / "mirror") as address:
        assert stopped_server.run("log", "recover", "--from", address, "--yes").returncode == 0


def served_folder(folder: Path) -> Any:
    """The folder by HTTP, as a mirror is read."""
    from contextlib import contextmanager
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
    from threading import Thread

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing."""

    @contextmanager
    def serving() -> Iterator[str]:
        with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
            thread = Thread(target=server.serve_forever)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_address[1]}/"
            finally:
                server.shutdown()
                thread.join()

    return serving()
