"""Events of agreements: who tells whom. Every side learns what another did; what came by itself the house tells all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.proof import canonical
from mufakat.server.journal import operations as journal
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mufakat.rules.events import EventType
    from mufakat.server.agreements.models import Agreement, Point
    from mufakat.server.journal.operations import Happening


def happening(  # noqa: PLR0913 - an event has so many sides.
    type_: EventType,
    agreement: Agreement,
    handles: Sequence[str],
    *,
    actor: str = HOUSE,
    committed: Mapping[str, bytes],
    ref: tuple[str, ...] = (),
    due: datetime | None = None,
) -> Happening:
    """The event: from a side to the only other one, or to the house where there are several; all others are told."""
    others = [handle for handle in handles if handle != actor]
    recipient = others[0] if actor == HOUSE or len(others) == 1 else HOUSE
    return journal.Happening(
        type=type_,
        sender=actor,
        recipient=recipient,
        case=agreement.id,
        actor=actor,
        committed={name: value for name, value in committed.items() if value},
        due=due,
        ref=ref,
        to=tuple(f"party:{handle}" for handle in others),
    )


def named(point: Point, proposal: int | None = None) -> bytes:
    """What an event commits to as `point`: the name, the version, and the proposal that it is about."""
    return encoded({"name": point.name, "version": point.version, "proposal": proposal or point.proposals})


def encoded(value: Any) -> bytes:
    """JSON bytes of plain values."""
    return msgspec.json.encode(value)


def instant(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return canonical.timestamp(at)
