"""The log as files: anybody can check it without us, and what is published can always be proved."""

from __future__ import annotations

import errno
import os
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.server.journal.test_sequencer import SHARD, leaves, sequenced

from mufakat.proof import checkpoint, leaf, tile as paths, tree
from mufakat.proof.reader import TileReader
from mufakat.rules.events import EventType
from mufakat.server.journal import door, exporting, files, operations, publication, signer, tiles
from mufakat.server.journal.models import Head

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.houses import House

    from mufakat.server.journal.work import Moment


def exported() -> int:
    return exporting.part(at=datetime.now(UTC)).done


def published() -> checkpoint.Checkpoint:
    raw = (publication.folder(SHARD) / "checkpoint").read_bytes()
    return checkpoint.open(raw, [signer.signing_key(SHARD).verify_key]).checkpoint


def on_disk(one: paths.Tile | paths.Bundle) -> bytes:
    return (publication.folder(SHARD) / one.path).read_bytes()


def test_the_files_alone_say_what_the_log_is(house: House) -> None:
    house.submit()
    assert exported() == 0
    sequenced()
    assert exported() == 3  # A tile, a bundle, the checkpoint.
    head = published()
    assert TileReader(on_disk).root(head.size) == head.root
    (bundle,) = paths.bundles_of(head.size)
    assert paths.decode_bundle(on_disk(bundle), bundle.width) == leaves()
    assert on_disk(paths.Tile(0, 0, head.size))[: tree.HASH_LENGTH] == leaf.leaf_hash(leaves()[0])
    assert exported() == 0


def filled() -> None:
    """As many events more as a tile holds, without what they would be about."""

    def run(moment: Moment) -> None:
        withdrawn = (EventType.NOTICE_WITHDRAWN, "kominfo", "telegram")
        told = [operations.Happening(*withdrawn, moment.id("ntc"), "kominfo") for _ in range(paths.WIDTH)]
        operations.append(told, moment)

    door.commit(run)


def test_it_goes_on_where_it_was_and_former_widths_stay_while_no_full_one_stands(house: House) -> None:
    house.submit(key="one")
    sequenced()
    exported()
    before = published()
    house.submit(key="two")
    sequenced()
    exported()
    after = published()
    assert after.size > before.size
    # Whoever read the former checkpoint still finds its tiles.
    assert TileReader(on_disk).root(before.size) == before.root
    assert exporting.prune(at=datetime.now(UTC) + timedelta(days=2)).done == 0
    for head in (before, after):
        assert TileReader(on_disk).root(head.size) == head.root


def test_former_widths_go_once_the_full_file_has_stood_for_an_hour(house: House) -> None:
    house.submit()
    sequenced()
    exported()
    before = published()
    for narrow in (paths.Tile(0, 0, before.size), paths.Bundle(0, before.size)):
        os.utime(publication.folder(SHARD) / narrow.path, (0, 0))  # Written in a quiet time, long ago.
    filled()
    sequenced()
    exported()
    after = published()
    # Whoever fetched the former checkpoint a moment ago still reads it from its own files.
    assert exporting.prune(at=datetime.now(UTC)).done == 0
    assert TileReader(on_disk).root(before.size) == before.root
    assert exporting.prune(at=datetime.now(UTC) + timedelta(hours=2)).done == 2
    assert TileReader(on_disk).root(after.size) == after.root
    with pytest.raises(FileNotFoundError):
        on_disk(paths.Tile(0, 0, before.size))


def test_where_nothing_changed_nothing_is_looked_at(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.submit(key="one")
    sequenced()
    exported()
    assert exported() == 0  # It is found to be the newest.
    with monkeypatch.context() as patched, CaptureQueriesContext(connection) as asked:
        patched.setattr(exporting, "_alone", lambda _: pytest.fail("it took the lock"))
        patched.setattr(publication, "head_of", lambda _: pytest.fail("it read what is published"))
        assert (exported(), len(asked)) == (0, 1)
    # Another head is published, and what somebody else wrote in its place is seen.
    house.submit(key="two")
    sequenced()
    assert (exported() > 0, exported(), published().size) == (True, 0, len(leaves()))
    path = publication.folder(SHARD) / "checkpoint"
    good = path.read_bytes()
    path.write_bytes(good.replace(b"\n", b"\r", 1))
    for _ in range(2):
        with pytest.raises(tiles.BrokenLogError, match="does not verify"):
            exported()
    path.unlink()
    assert (exported() > 0, path.read_bytes()) == (True, good)


def test_what_is_wrong_with_one_log_keeps_no_other_from_being_pruned(house: House) -> None:
    del house
    signer.make_key("2")
    for shard, note in (
        (SHARD, "no checkpoint"),
        ("2", checkpoint.sign(signer.signing_key("2"), size=1, root=bytes(32))),
    ):
        publication.folder(shard).mkdir(parents=True)
        (publication.folder(shard) / "checkpoint").write_text(note, encoding="utf-8")
    left = publication.folder("2") / ".checkpoint.1"  # By a process that died.
    left.write_bytes(b"half a chec")
    with pytest.raises(tiles.BrokenLogError, match="does not verify"):
        exporting.prune(at=datetime.now(UTC))
    assert left.exists()
    with pytest.raises(tiles.BrokenLogError, match="does not verify"):
        exporting.prune(at=datetime.now(UTC) + timedelta(hours=2))
    assert not left.exists()


def test_the_checkpoint_is_renamed_last_and_every_name_is_synced_before(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.submit()
    sequenced()
    did: list[tuple[str, str]] = []
    real, rename = files.sync_folder, type(publication.folder(SHARD)).replace

    def synced(path: Path) -> None:
        did.append(("sync", str(path.relative_to(publication.folder(SHARD).parent.parent))))
        real(path)

    def renamed(self: Path, target: Path) -> Path:
        did.append(("rename", str(target.relative_to(publication.folder(SHARD)))))
        return rename(self, target)

    monkeypatch.setattr(files, "sync_folder", synced)
    monkeypatch.setattr(type(publication.folder(SHARD)), "replace", renamed)
    exported()
    last = did.index(("rename", "checkpoint"))
    before = did[:last]
    named = [path for deed, path in before if deed == "rename"]
    assert len(named) == 2
    folders = {path for deed, path in before if deed == "sync"}
    for path in named:
        assert {str(one) for one in Path(f"log/{SHARD}/{path}").parents} <= folders, path
    assert ("sync", f"log/{SHARD}") in did[last:]


def test_what_is_published_further_than_the_database_knows_stops_it(house: House) -> None:
    house.submit()
    sequenced()
    exported()
    head = Head.objects.get()
    more = checkpoint.sign(signer.signing_key(SHARD), size=head.size + 1, root=bytes(range(32)))
    (publication.folder(SHARD) / "checkpoint").write_text(more, encoding="utf-8")
    with pytest.raises(tiles.BrokenLogError, match="an older database"):
        exported()


def test_a_checkpoint_that_somebody_wrote_over_stops_it(house: House) -> None:
    house.submit()
    sequenced()
    exported()
    path = publication.folder(SHARD) / "checkpoint"
    path.write_text(path.read_text(encoding="utf-8").replace("\n1", "\n2", 1) + " ", encoding="utf-8")
    with pytest.raises(tiles.BrokenLogError, match="does not verify"):
        exported()


def test_who_was_stopped_in_the_middle_goes_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.submit()
    sequenced()
    real, stop = exporting._put, threading.Event()

    def stopping(path: Path, content: bytes, touched: set[Path], *, anew: bool = False) -> int:
        stop.set()
        return real(path, content, touched, anew=anew)

    with monkeypatch.context() as patched:
        patched.setattr(exporting, "_put", stopping)
        assert exporting.export(SHARD, stop=stop) == 1
    assert exporting.published(SHARD) == 0
    assert exported() == 2
    assert published().size == Head.objects.get().size


CALLS = ("open", "fsync", "replace")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=["no room", "disk error"])
def test_a_disk_that_refuses_anywhere_leaves_what_is_published_provable_and_is_not_believed_afterwards(
    house: House, monkeypatch: pytest.MonkeyPatch, call: str, error: int
) -> None:
    house.submit(key="one")
    sequenced()
    exported()
    before = published()
    house.submit(key="two")
    sequenced()
    real, refusals = getattr(os, call), 0
    while True:
        left = refusals

        def refusing(*words: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left == -1:
                raise OSError(error, os.strerror(error))
            return real(*words, **named)

        with monkeypatch.context() as patched:
            patched.setattr(os, call, refusing)
            try:
                exported()
            except OSError:
                refusals += 1
            else:
                break
        # Published is the former checkpoint, or where only its name's sync failed the new one: both can be proved.
        head = published()
        assert head.size in {before.size, Head.objects.get().size}
        assert TileReader(on_disk).root(head.size) == head.root
        assert not list(publication.folder(SHARD).rglob(".*"))
        if head.size != before.size:
            break
    assert refusals >= (3 if call == "replace" else 4)
    head = published()
    assert TileReader(on_disk).root(head.size) == head.root


def test_what_a_refused_export_wrote_is_written_anew(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.submit()
    sequenced()

    def refused(path: Path) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

    with monkeypatch.context() as patched:
        patched.setattr(files, "sync_folder", refused)
        with pytest.raises(OSError, match="Input/output error"):
            exported()
    # The files are there, whole; but the sync of their names failed, and a later one may say so of nothing.
    assert exported() == 3


def test_an_export_syncs_what_it_wrote_and_no_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.submit(key="one")
    sequenced()
    exported()
    house.submit(key="two")
    sequenced()
    synced, real = 0, os.fsync

    def counting(descriptor: int) -> None:
        nonlocal synced
        synced += 1
        real(descriptor)

    monkeypatch.setattr(os, "fsync", counting)
    exported()
    # A bundle, a tile and their two folders; the checkpoint and its folder. All that lies above was durable before.
    assert synced == 6


def test_a_file_that_is_not_what_the_log_says_is_written_anew(house: House) -> None:
    house.submit()
    sequenced()
    size = Head.objects.get().size
    path = publication.folder(SHARD) / paths.Tile(0, 0, size).path
    path.parent.mkdir(parents=True)
    path.write_bytes(b"left behind by nobody knows whom")
    assert exported() == 3
    assert TileReader(on_disk).root(size) == published().root


def test_the_slower_of_two_exports_never_puts_an_older_checkpoint_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.submit(key="one")
    sequenced()
    real = files.locked

    @contextmanager
    def late(path: Path) -> Iterator[None]:
        monkeypatch.setattr(files, "locked", real)
        house.submit(key="two")
        sequenced()
        exported()  # The other one, which was faster.
        with real(path):
            yield

    monkeypatch.setattr(files, "locked", late)
    assert exporting.export(SHARD) == 0
    assert published().size == Head.objects.get().size
