"""The operator's deeds about what is kept: erase a notice, place and release a hold, run the chores now.

Like every deed of the console they are reachable on the local socket and in the process, never from the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules.retention import OF_A_NOTICE, Erasable
from mufakat.server.connectors import dispatch
from mufakat.server.notices import erasure, holds
from mufakat.server.notices.faces import instant
from mufakat.server.runtime import housekeeping, worker

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.server.notices.holds import Placed


class NoticeErase(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat notice erase``; no class named is all of them."""

    notice: str
    reason: str
    classes: list[Erasable] = []


class HoldDeed(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat notice hold place`` and ``mufakat notice hold release``."""

    notice: str
    reason: str


class Work(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat work``."""


def notice_erase(told: NoticeErase, at: datetime) -> Any:
    del at
    done = erasure.erase(told.notice, classes=told.classes or OF_A_NOTICE, reason=told.reason)
    return {
        "notice": done.notice,
        "classes": list(done.classes),
        "event": done.event,
        "at": instant(done.at),
        "overwritten": done.overwritten,
    }


def hold_place(told: HoldDeed, at: datetime) -> Any:
    del at
    return shown(holds.place(told.notice, reason=told.reason))


def hold_release(told: HoldDeed, at: datetime) -> Any:
    del at
    return shown(holds.release(told.notice, reason=told.reason))


def shown(hold: Placed) -> dict[str, Any]:
    """A hold."""
    return {
        "notice": hold.notice,
        "hold": hold.hold,
        "placed_by": hold.placed_by,
        "placed_at": instant(hold.placed_at),
        "released_at": instant(hold.released_at) if hold.released_at else None,
    }


def work(told: Work, at: datetime) -> Any:
    del told
    # Beside the server's own worker there is nothing left to do.
    rounds = [*([] if worker.is_working() else worker.run(at=at)), *housekeeping.run(at=at)]
    more = any(one.more for one in rounds)
    if not more and not worker.is_working():
        dispatch.close(at=at)
    return {"chores": [msgspec.structs.asdict(one) for one in rounds], "more": more}
