"""The public face of the log under ``/log/<shard>/``: keys, the signed head, tiles and entries (C2SP tlog-tiles)."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from django.http import HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response

from mufakat.formats import disclosure as documents
from mufakat.proof import tile as paths
from mufakat.proof.errors import TilePathError
from mufakat.rules.errors import TooOftenError
from mufakat.server.api import problems
from mufakat.server.journal import ids, signer, tiles
from mufakat.server.register import disclosing, doors

if TYPE_CHECKING:
    from django.http import HttpRequest

# Any page may read what is public: whoever verifies in a browser asks from a site of his own.
PUBLIC = {"Access-Control-Allow-Origin": "*"}
FRESH = {**PUBLIC, "Cache-Control": "no-cache"}
FOR_EVER = {**PUBLIC, "Cache-Control": "public, max-age=31536000, immutable"}

# What may be read of an event changes: something is published later, or erased.
FOR_A_MINUTE = {**PUBLIC, "Cache-Control": "public, max-age=60"}

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
def disclosure(request: HttpRequest, shard: str, event: str) -> HttpResponse:
    """``disclosure/<event>.json``: salt and value of the fields of an event that everybody may read.

    It is made of the whole history of a case, so it stands behind the same door as the register.
    """
    at = request.at  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    try:
        doors.READING.enter(doors.address_of(request.META), at=at)
    except TooOftenError as error:
        turned_away = problems.response(error)
        turned_away["Access-Control-Allow-Origin"] = PUBLIC["Access-Control-Allow-Origin"]
        return turned_away
    known = shard in signer.shards() and ids.is_id(event, "evt")
    found = disclosing.of(shard, event, at=at) if known else None
    if found is None:
        return problems.plain(problems.NOT_FOUND, "The log holds no such event.")
    content = documents.encode(found)
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    answer = HttpResponse(content, content_type="application/json", headers={**FOR_A_MINUTE, "ETag": tag})
    return get_conditional_response(request, etag=tag, response=answer) or answer


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
