"""Events of restrictions: who tells whom.

The authority and the platform learn of everything; operators of what stands on their lists, once it does. What is not
published yet is nobody else's, so that an order that is refused leaves no trace with those who would have closed it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.proof import canonical
from mufakat.rules.events import EventType
from mufakat.rules.restriction import CarryingState
from mufakat.server.journal import operations as journal
from mufakat.server.parties import queries as parties
from mufakat.server.parties.operations import HOUSE
from mufakat.server.restrictions.models import Carrying

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.rules.guard import Finding
    from mufakat.server.journal.operations import Happening
    from mufakat.server.restrictions.models import Restriction

OF_OPERATORS = frozenset({EventType.RESTRICTION_PUBLISHED, EventType.RESTRICTION_LIFTED, EventType.RESTRICTION_EXPIRED})
"""What the operators carry out."""


def happening(  # noqa: PLR0913 - an event has so many sides.
    type_: EventType,
    row: Restriction,
    *,
    actor: str = HOUSE,
    committed: Mapping[str, bytes] | None = None,
    ref: tuple[str, ...] = (),
    due: datetime | None = None,
    law: str | None = None,
) -> Happening:
    """The event, from whoever acts to the platform; where it acts itself, or there is none, to the authority.

    What the authority does where no platform is concerned, it tells the house.
    """
    handles = parties.handles()
    authority = handles[row.authority_id]
    platform = handles[row.platform_id] if row.platform_id is not None else None
    others = [handle for handle in (platform, authority) if handle is not None and handle != actor]
    told = others + (operators_of(row) if type_ in OF_OPERATORS else [])
    return journal.Happening(
        type=type_,
        sender=actor,
        recipient=others[0] if others else HOUSE,
        case=row.id,
        actor=actor,
        committed={name: value for name, value in (committed or {}).items() if value},
        due=due,
        law=law,
        ref=ref,
        to=tuple(f"party:{handle}" for handle in told),
        receipt=True,
    )


def operators_of(row: Restriction) -> list[str]:
    """The handles of the operators that it is addressed to, sorted."""
    return _handles(Carrying.objects.filter(restriction=row))


def opening(row: Restriction) -> list[str]:
    """The handles of those that have something to open, sorted."""
    return _handles(Carrying.objects.filter(restriction=row, state=CarryingState.OPENING.value))


def _handles(carried: QuerySet[Carrying]) -> list[str]:
    handles = parties.handles()
    return sorted(handles[pk] for pk in carried.values_list("operator", flat=True))


def named(match: str, names: Iterable[str]) -> bytes:
    """What an event commits to as `names`: a list is proved by opening it (RFC 8785)."""
    return canonical.encode({"match": match, "names": sorted(names)})


def listed(items: Iterable[str]) -> bytes:
    """What an event commits to as a plain list, sorted (RFC 8785)."""
    return canonical.encode(sorted(items))


def found(warnings: Iterable[Finding]) -> bytes:
    """What an event commits to as `warnings`; nothing where there are none."""
    told = [{"name": one.name, "code": one.code, "detail": one.detail} for one in warnings]
    return encoded(told) if told else b""


def encoded(value: Any) -> bytes:
    """JSON bytes of plain values."""
    return msgspec.json.encode(value)
