"""The facts by which notices are counted: between whom, of which kind, about what, since when. No content."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mufakat.server.notices.models import Notice

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


class Facts(NamedTuple):
    """What a count knows of a notice."""

    id: str
    sender: str
    recipient: str
    kind: str
    category: str
    received_at: datetime
    profile: str
    version: int | None  # Of an agreement, under which it came.


def of(notices: Collection[str]) -> dict[str, Facts]:
    """The facts of these notices, in one query; an id that is none is left out."""
    columns = ("id", "sender_id", "recipient_id", "kind", "category", "received_at", "profile", "version_id")
    rows = Notice.objects.filter(pk__in=notices).values_list(*columns)
    return {row[0]: Facts(*row) for row in rows}
