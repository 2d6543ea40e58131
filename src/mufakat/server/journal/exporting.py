"""The log as files: what the database holds of it, for whoever serves, mirrors or audits it without us.

Written after the commit and never before. (1) Tiles and bundles that the last published checkpoint did not have: each
under another name first, synced, renamed; then their folders, those that are new included. (2) The checkpoint, last, in
the same way: so whatever is published can be proved from the files beside it, though the power goes at any moment.

A disk that refused once is not believed: a later sync may say that all is well and have dropped what was to be synced.
So whatever the failed export wrote is written anew. A file of a width that was published stays until the full one has
stood beside it for an hour.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings

from mufakat.proof.reader import TileReader
from mufakat.proof.tile import WIDTH, Bundle, Tile, bundles_of, edge_of, tiles_of
from mufakat.server.journal import files, notary, publication, sequencer, signer, standing, tiles
from mufakat.server.journal.parts import Swept
from mufakat.server.journal.publication import CHECKPOINT, folder
from mufakat.server.journal.tiles import BrokenLogError

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime

    from mufakat.proof.checkpoint import Checkpoint
    from mufakat.server.journal.models import Head

log = logging.getLogger(__name__)

KEPT: Final = timedelta(hours=1)
PUBLISHED: Final = 0o644


def part(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Publish the heads that are newer than what is published; how many files were written."""
    del at
    done = 0
    refusal: Exception | None = None
    for shard in signer.shards():
        if stop is not None and stop.is_set():
            break
        try:
            done += export(shard, stop=stop)
        except standing.REFUSALS as error:  # It keeps no other log from being published.
            refusal = refusal or error
    if refusal is not None:
        raise refusal
    return Swept(done, more=False)


def catch_up(*, at: datetime) -> list[str]:
    """Take in all that waits and publish it, at the end of a command without a server; in words what is in the way."""
    wrong: dict[str, None] = {}
    for deed in (sequencer.part, part):
        try:
            while deed(at=at).more:
                pass
        except standing.REFUSALS as error:
            wrong[str(error)] = None
        except OSError as error:
            wrong[f"the log is not published: {error.strerror}: {error.filename or settings.MUFAKAT_DATA}"] = None
    return list(wrong)


def prune(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Remove what a process that died left an hour ago, and narrow files whose full one has stood for an hour.

    What is wrong with one log keeps no other from being pruned; it is raised at the end.
    """
    done = 0
    refusal: Exception | None = None
    for shard in signer.shards():
        if stop is not None and stop.is_set():
            break
        try:
            size = published(shard)
        except standing.REFUSALS as error:
            refusal = refusal or error
            continue
        if size:
            with _alone(shard):
                done += _prune(folder(shard), size, before=(at - KEPT).timestamp())
    if refusal is not None:
        raise refusal
    return Swept(done, more=False)


def _prune(here: Path, size: int, *, before: float) -> int:
    done = 0
    partial: list[Tile | Bundle] = [*(one for one in edge_of(size) if one is not None), *_last_bundle(size)]
    current = {here / one.path for one in partial}
    for path in {*here.glob("tile/**/*.p/*"), *here.rglob(".*.*")}:
        # What a process that died left is as old as itself. A width that was published is no longer needed once whoever
        # began with its checkpoint had the time to read on in the full file.
        since = path if path.name.startswith(".") else path.parent.with_suffix("")
        if path not in current and _is_older(since, before):
            path.unlink(missing_ok=True)
            done += 1
    for path in here.glob("tile/**/*.p"):
        if not any(path.iterdir()):
            path.rmdir()
            _named.discard(path)
    return done


def _is_older(path: Path, before: float) -> bool:
    """Whether the file is there, and was written before that time."""
    try:
        return path.stat().st_mtime < before
    except FileNotFoundError:
        return False


def export(shard: str, *, stop: threading.Event | None = None) -> int:
    """Publish the newest head of a shard; how many files were written. Raises BrokenLogError, OSError.

    Where it is stopped nothing is published, and the next time goes on: a file that is there stays. What was found to
    be the newest head is not looked at again while neither it nor the head has changed.
    """
    head = tiles.head_of(shard)
    if head is None or _newest.get(folder(shard)) == _state(shard, head):
        return 0
    with _alone(shard):  # Or who is slower would put an older checkpoint in the place of a newer one.
        head = tiles.head_of(shard)
        if head is None:
            return 0
        state, found = _state(shard, head), publication.head_of(shard)
        if not _is_newer(shard, head, found):
            if found is not None and found.size == head.size:
                _newest[folder(shard)] = state
            return 0
        try:
            return _export(shard, head, 0 if found is None else found.size, stop=stop)
        except OSError:
            _doubtful.add(folder(shard))
            raise


def published(shard: str) -> int:
    """The size of the log that is published; 0 where none is. Raises BrokenLogError."""
    found = publication.head_of(shard)
    return 0 if found is None else found.size


def _alone(shard: str) -> AbstractContextManager[None]:
    return files.locked(notary.folder() / f"{shard}.export")


def _is_newer(shard: str, head: Head, found: Checkpoint | None) -> bool:
    """Whether there is something to publish. Raises BrokenLogError where it is another log than what is published."""
    if found is None:
        return True
    if found.size > tiles.leaves_of(shard):
        raise BrokenLogError(
            f"shard {shard} is published with {found.size} leaves, and the database knows {head.size}: an older "
            f"database was put back. {standing.MEND}"
        )
    if found.size > head.size:
        return False  # The sequencer looks whether they are the same, and signs them.
    root = TileReader(lambda tile: tiles.content_of(shard, tile), keep=64).root(found.size)
    if root != found.root:
        raise BrokenLogError(
            f"the published log of shard {shard} with {found.size} leaves is not the one of the database. "
            f"{standing.MEND}"
        )
    return found.size < head.size


def _state(shard: str, head: Head) -> State:
    """The head, and of the published checkpoint all that is another one once somebody wrote it."""
    try:
        found = (folder(shard) / CHECKPOINT).stat()
    except OSError:  # It is not there, or whoever reads it says what is wrong.
        return head.size, bytes(head.root), None
    return head.size, bytes(head.root), (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


State = tuple[int, bytes, tuple[int, int, int, int] | None]

_newest: dict[Path, State] = {}  # Folders of logs whose checkpoint was found to be that of the head, and both as then.
_doubtful: set[Path] = set()  # Folders of logs of which an export failed: nothing that it wrote is believed.
_named: set[Path] = set()  # Folders whose own name this process made durable, or found so.


def _export(shard: str, head: Head, since: int, *, stop: threading.Event | None) -> int:
    here = folder(shard)
    anew = here in _doubtful
    if anew:
        _named.clear()
    touched: set[Path] = set()
    count = 0
    for path, content in _contents(shard, head, since):
        if stop is not None and stop.is_set():
            return count
        count += _put(here / path, content, touched, anew=anew)
    for one in sorted(touched):
        files.sync_folder(one)
    _named.update(touched)
    count += _put(here / CHECKPOINT, head.note.encode(), touched, anew=True)
    files.sync_folder(here)
    _doubtful.discard(here)
    return count


def _last_bundle(size: int) -> list[Bundle]:
    return [one for one in bundles_of(size, since=size - 1) if one.width < WIDTH]


def _contents(shard: str, head: Head, since: int) -> Iterator[tuple[str, bytes]]:
    # Bundles first: whoever follows by the tiles finds the entries that they were made of.
    for bundle in bundles_of(head.size, since=since):
        yield bundle.path, tiles.bundle_of(shard, bundle, size=head.size)
    for tile in tiles_of(head.size, since=since):
        yield tile.path, tiles.content_of(shard, tile)


def _put(path: Path, content: bytes, touched: set[Path], *, anew: bool = False) -> int:
    """Write a file whole, unless it is there already; the folders in which a name is new are `touched`.

    Those are the folder of the file, and above it each whose name this process has not made durable yet: who died here
    before us may have made it and no more.
    """
    _touch(path.parent, touched)
    if not anew and _holds(path, content):
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PUBLISHED)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        draft.replace(path)
    except OSError:
        with suppress(OSError):  # The next one begins with a file of its own, not with pages that may be lost.
            draft.unlink(missing_ok=True)
        raise
    return 1


def _touch(parent: Path, touched: set[Path]) -> None:
    data = Path(settings.MUFAKAT_DATA)
    touched.add(parent)
    while parent != data and (parent not in _named or not parent.is_dir()):
        parent = parent.parent
        touched.add(parent)


def _holds(path: Path, content: bytes) -> bool:
    """Whether the file is there as it is to be, from an export that was cut off; no checkpoint speaks of it yet."""
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        return False
    if found != content:
        log.warning("a file of the log was not what it should be, and is written anew", extra={"file": str(path)})
    return found == content
