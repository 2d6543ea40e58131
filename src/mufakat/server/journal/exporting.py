"""The log as files: what the database holds of it, for whoever serves, mirrors or audits it without us.

Written after the commit and never before. (1) Tiles and bundles that the last published checkpoint did not have: each
under another name first, synced, renamed; then their folders, those that are new included. (2) The checkpoint, last, in
the same way: so whatever is published can be proved from the files beside it, though the power goes at any moment.

A file of a width that was published stays an hour at least, and as long as no full one stands in its place.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings

from mufakat.proof import checkpoint
from mufakat.proof.errors import ProofError
from mufakat.proof.tile import WIDTH, Bundle, Tile, bundles_of, edge_of, tiles_of
from mufakat.server.journal import files, signer, tiles
from mufakat.server.journal.parts import Swept
from mufakat.server.journal.sequencer import BrokenLogError

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from datetime import datetime

    from mufakat.server.journal.models import Head

KEPT: Final = timedelta(hours=1)
PUBLISHED: Final = 0o644


def folder(shard: str) -> Path:
    """Where the files of a shard lie; their paths below it are those of the addresses."""
    return Path(settings.MUFAKAT_DATA, "log", shard)


def part(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Publish the heads that are newer than what is published; how many files were written."""
    del at
    done = 0
    for shard in signer.shards():
        if stop is not None and stop.is_set():
            break
        done += export(shard, stop=stop)
    return Swept(done, more=False)


def prune(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Remove files of a former width: an hour old at least, and not of the checkpoint that is published."""
    done = 0
    for shard in signer.shards():
        size = published(shard)
        if not size or (stop is not None and stop.is_set()):
            continue
        here = folder(shard)
        partial: list[Tile | Bundle] = [*(one for one in edge_of(size) if one is not None), *_last_bundle(size)]
        current = {here / one.path for one in partial}
        for path in here.glob("tile/**/*.p/*"):
            if path not in current and path.stat().st_mtime < (at - KEPT).timestamp():
                path.unlink(missing_ok=True)
                done += 1
        for path in here.glob("tile/**/*.p"):
            if not any(path.iterdir()):
                path.rmdir()
    return Swept(done, more=False)


def export(shard: str, *, stop: threading.Event | None = None) -> int:
    """Publish the newest head of a shard; how many files were written. Raises BrokenLogError.

    Where it is stopped nothing is published, and the next time goes on: a file that is there stays.
    """
    head = tiles.head_of(shard)
    if head is None:
        return 0
    since = published(shard)
    if since > head.size:
        raise BrokenLogError(
            f"shard {shard} is published with {since} leaves, and the database knows {head.size}: an older database "
            "was put back. See `mufakat log recover`."
        )
    if since == head.size:
        return 0
    here = folder(shard)
    touched: set[Path] = set()
    count = 0
    for path, content in _contents(shard, head, since):
        if stop is not None and stop.is_set():
            break
        count += _put(here / path, content, touched)
    else:
        for one in sorted(touched):
            files.sync_folder(one)
        count += _put(here / "checkpoint", head.note.encode(), touched, anew=True)
        files.sync_folder(here)
    return count


def published(shard: str) -> int:
    """The size of the log that is published; 0 where none is. Raises BrokenLogError."""
    try:
        raw = (folder(shard) / "checkpoint").read_bytes()
    except FileNotFoundError:
        return 0
    try:
        return checkpoint.open(raw, signer.verify_keys(shard)).checkpoint.size
    except ProofError as error:
        raise BrokenLogError(f"the published checkpoint of shard {shard} does not verify: {error}") from None


def _last_bundle(size: int) -> list[Bundle]:
    return [one for one in bundles_of(size, since=size - 1) if one.width < WIDTH]


def _contents(shard: str, head: Head, since: int) -> Iterator[tuple[str, bytes]]:
    # Bundles first: whoever follows by the tiles finds the entries that they were made of.
    for bundle in bundles_of(head.size, since=since):
        yield bundle.path, tiles.bundle_of(shard, bundle, size=head.size)
    for tile in tiles_of(head.size, since=since):
        yield tile.path, tiles.content_of(shard, tile)


def _put(path: Path, content: bytes, touched: set[Path], *, anew: bool = False) -> int:
    """Write a file whole; the folders above it are `touched`.

    All of them and always: who died here before us may have made a name that is not durable yet.
    """
    data = Path(settings.MUFAKAT_DATA)
    touched.update(one for one in path.parents if one == data or data in one.parents)
    if not anew and path.exists():
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PUBLISHED)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    draft.replace(path)
    return 1
