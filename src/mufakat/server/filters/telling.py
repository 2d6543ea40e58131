"""Events of the filters room: who tells whom.

A platform screens its own content: what happens in it is told to the platform's own systems, and its channel is that
between the platform and the house. No other party is in it (I-14); what an authority learns goes out by
`notifying` and `counting` alone, which name it themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.server.journal import operations as journal
from mufakat.server.parties import queries as parties
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mufakat.rules.events import EventType


def happening(  # noqa: PLR0913 - an event has so many sides.
    type_: EventType,
    case: str,
    *,
    platform: str,
    actor: str | None = None,
    committed: Mapping[str, bytes] | None = None,
    ref: tuple[str, ...] = (),
) -> journal.Happening:
    """The event of a platform (its id), by a person of it or by the house itself, where no `actor` is given.

    `actor` is the handle of the party whose person acts; what the house does by itself is told to the platform.
    """
    handle = parties.handles()[platform]
    return journal.Happening(
        type=type_,
        sender=actor or HOUSE,
        recipient=HOUSE if actor else handle,
        case=case,
        actor=actor or HOUSE,
        committed={name: value for name, value in (committed or {}).items() if value},
        ref=ref,
        to=(f"party:{handle}",),
    )
