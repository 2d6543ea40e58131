"""The pages that are open to everybody, and a person's own account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from mufakat.server.journal import custody, signer, standing, tiles
from mufakat.server.register import counts
from mufakat.server.web import agreement_board, seat

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit


@require_safe
def front(request: Visit) -> HttpResponse:
    """What this is, how every agreement stands, and how much there is in the register."""
    context = {"counts": counts.remembered.get(), **agreement_board.part(request.at)}
    return render(request, "web/front.html", context)


@require_safe
def log(request: Visit) -> HttpResponse:
    """The shards of the log, the live one first, and what is there of each."""
    live = signer.live_shard()
    heads, found = tiles.heads(), {one.shard: one for one in standing.remembered.get()}
    shards = [
        {
            "name": name,
            "origin": signer.origin(name),
            "live": name == live,
            "head": heads.get(name),
            "refused": name in found and bool(found[name].wrong),
            "late": name in found and name != signer.EXAMPLE and found[name].waits(request.at) > custody.MMD,
        }
        for name in signer.shards()
    ]
    return render(request, "web/log.html", {"shards": shards})


@require_safe
def no_reset(request: HttpRequest) -> HttpResponse:
    """Where a reset by mail would be."""
    return render(request, "account/password_reset.html")


@require_safe
@seat.seated
def account(request: Visit, caller: Caller) -> HttpResponse:
    """A person's own account: seat, password, second factor."""
    del caller
    return render(request, "web/account.html")
