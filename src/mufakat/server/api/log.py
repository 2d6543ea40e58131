"""The public face of the log under ``/log/<shard>/``: keys, the signed head, tiles and entries (C2SP tlog-tiles)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse, JsonResponse

from mufakat.proof import tile as paths
from mufakat.proof.errors import TilePathError
from mufakat.server.api import problems
from mufakat.server.journal import signer, tiles

if TYPE_CHECKING:
    from django.http import HttpRequest

# Any page may read what is public: whoever verifies in a browser asks from a site of his own.
PUBLIC = {"Access-Control-Allow-Origin": "*"}
FRESH = {**PUBLIC, "Cache-Control": "no-cache"}
FOR_EVER = {**PUBLIC, "Cache-Control": "public, max-age=31536000, immutable"}

NOTHING = "No leaf of this shard is in the log yet: leaves are kept and wait for it. Custody receipts are given."


@problems.only_read
def keys(request: HttpRequest, shard: str) -> HttpResponse:
    """``keys.json``: by which keys receipts of this shard are verified."""
    del request
    if shard not in signer.shards():
        return problems.plain(problems.NOT_FOUND, "There is no such shard.")
    return JsonResponse(signer.published(shard), headers={**PUBLIC, "Cache-Control": "max-age=60"})


@problems.only_read
def checkpoint(request: HttpRequest, shard: str) -> HttpResponse:
    """The signed head of the log: its origin, size and root."""
    del request
    head = tiles.head_of(shard) if shard in signer.shards() else None
    if head is None:
        return problems.plain(problems.NOT_FOUND, NOTHING)
    return HttpResponse(head.note, content_type="text/plain; charset=utf-8", headers=FRESH)


@problems.only_read
def tile(request: HttpRequest, shard: str, rest: str) -> HttpResponse:
    """A tile or a bundle of entries, full or as wide as it is asked for; a width once there stays there for ever."""
    del request
    head = tiles.head_of(shard) if shard in signer.shards() else None
    if head is None:
        return problems.plain(problems.NOT_FOUND, NOTHING)
    try:
        asked = paths.parse(f"tile/{rest}")
        if isinstance(asked, paths.Tile):
            content = tiles.content_of(shard, asked)
        else:
            content = tiles.bundle_of(shard, asked, size=head.size)
    except TilePathError:
        return problems.plain(problems.NOT_FOUND, "This is no path of a tile.")
    except tiles.MissingTileError:
        return problems.plain(problems.NOT_FOUND, "The log does not reach this tile in this width.")
    return HttpResponse(content, content_type="application/octet-stream", headers=FOR_EVER)
