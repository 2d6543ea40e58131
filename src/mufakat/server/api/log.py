"""The public face of the log under ``/log/<shard>/``: its keys now; tiles and checkpoints when the log runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import JsonResponse

from mufakat.server.api import problems
from mufakat.server.journal import signer

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@problems.only_read
def keys(request: HttpRequest, shard: str) -> HttpResponse:
    """``keys.json``: by which keys receipts of this shard are verified."""
    del request
    if shard not in signer.shards():
        return problems.plain(problems.NOT_FOUND, "There is no such shard.")
    return JsonResponse(
        signer.published(shard), headers={"Cache-Control": "max-age=60", "Access-Control-Allow-Origin": "*"}
    )


@problems.only_read
def checkpoint(request: HttpRequest, shard: str) -> HttpResponse:
    """The signed head of the log, once it runs."""
    del request, shard
    says = "The log is not running yet: leaves are kept and wait for it. Custody receipts are given already."
    return problems.plain(problems.NOT_FOUND, says)
