"""What others see of a notice: the JSON of the API, made in one place for the writer's answers and for every read."""

from __future__ import annotations

import base64
from datetime import UTC
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules import clock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.server.notices.queries import Whole


class ClockOut(msgspec.Struct, frozen=True):
    """A clock as the API shows it; ``state`` is running, met, overdue, missed or void."""

    name: str
    due_at: str
    state: str


class NoticeOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """A notice as the API shows it.

    ``notice`` is the body as it was sent, while it is not erased; ``erased_at`` says when it was. A time stands there
    once it has come, and ``in_hands_of`` is the viewer's own colleague.
    """

    id: str
    state: str
    received_at: str
    clocks: list[ClockOut]
    receipt: str
    leaf: str
    links: dict[str, str]
    notice: msgspec.Raw | None = None
    related: list[str] | None = None
    erased_at: str | None = None
    fetched_at: str | None = None
    delivered_at: str | None = None
    seen_at: str | None = None
    acknowledged_at: str | None = None
    in_hands_of: str | None = None

    @classmethod
    def made(
        cls, notice: str, *, at: datetime, due: Sequence[clock.DueClock], receipt: str, leaf_hash: bytes
    ) -> NoticeOut:
        """The first answer, before the rows are read back: nothing of what comes later stands in it."""
        clocks = [ClockOut(one.name, instant(one.due_at), clock.state_at(one.due_at, None, at=at).value) for one in due]
        leaf = base64.b64encode(leaf_hash).decode()
        return cls(notice, "received", instant(at), clocks, receipt, leaf, links(notice))

    @classmethod
    def of(
        cls,
        whole: Whole,
        *,
        at: datetime,
        body: bytes | None = None,
        related: list[str] | None = None,
        erased_at: datetime | None = None,
    ) -> NoticeOut:
        """From the rows, as they stand at this time."""
        notice = whole.notice
        clocks = [
            ClockOut(
                one.name, instant(one.due_at), clock.state_at(one.due_at, one.ended_at, at=at, void=one.void).value
            )
            for one in whole.clocks
        ]
        return cls(
            notice.id,
            notice.state,
            instant(notice.received_at),
            clocks,
            whole.custody,
            base64.b64encode(bytes(notice.leaf_hash)).decode(),
            {**links(notice.id), "messages": messages(notice.id)},
            msgspec.Raw(body) if body is not None else None,
            related,
            or_none(erased_at),
            or_none(notice.fetched_at),
            or_none(notice.delivered_at),
            or_none(notice.seen_at),
            or_none(notice.acknowledged_at),
            whole.hands,
        )


def or_none(at: datetime | None) -> str | None:
    """The instant, where there is one."""
    return instant(at) if at is not None else None


def instant(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def links(notice: str) -> dict[str, str]:
    """Where the rest of the notice is."""
    base = f"/api/v1/notices/{notice}"
    return {"self": base, "events": f"{base}/events", "receipt": f"{base}/receipt", "page": f"/desk/notices/{notice}"}


def messages(notice: str) -> str:
    """Where its conversation is."""
    return f"/api/v1/notices/{notice}/messages"


def encode(out: Any) -> bytes:
    """JSON bytes."""
    return msgspec.json.encode(out)
