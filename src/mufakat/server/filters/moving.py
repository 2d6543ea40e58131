"""How entries that are there move: which of those that somebody names, in one event, by one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules import filtering
from mufakat.rules.errors import BadScreeningError
from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.filtering import EntryState, Origin
from mufakat.server.filters import entering, telling
from mufakat.server.filters.models import Entry
from mufakat.server.journal import operations as journal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.rules.events import EventType
    from mufakat.rules.filtering import EntryDeed
    from mufakat.server.filters.models import Bank
    from mufakat.server.journal.work import Moment

UNKNOWN = "There is no entry of this id in the bank."


def named(bank: Bank, names: Sequence[str]) -> list[Entry]:
    """The entries of these names, in this order. Raises BadScreeningError with every name that is none."""
    found = {row.name: row for row in Entry.objects.filter(bank=bank, name__in=list(names))}
    faults = [
        Fault(f"/entries/{place}", FaultCode.NOT_IN_LIST, UNKNOWN)
        for place, name in enumerate(names)
        if name not in found
    ]
    if faults:
        raise BadScreeningError(faults)
    return [found[name] for name in names]


def split(rows: Sequence[Entry], deed: EntryDeed) -> tuple[list[Entry], list[Entry]]:
    """Those that the deed moves, and those that stand so already. Raises ScreeningStandsError where one cannot be."""
    after = filtering.AFTER[deed]
    moved = [row for row in rows if row.state != after]
    for row in moved:
        filtering.advance(EntryState(row.state), deed)
    return moved, [row for row in rows if row.state == after]


def tell(  # noqa: PLR0913 - what an event says, each by name.
    type_: EventType,
    bank: Bank,
    rows: Sequence[Entry],
    deed: EntryDeed,
    *,
    moment: Moment,
    actor: str | None = None,
    ref: tuple[str, ...] = (),
    **said: str,
) -> str:
    """Append the event that moves these entries; its id."""
    marks = [(row.name, entering.mark(row.digest, Origin(row.origin))) for row in rows]
    committed = {
        "entries": entering.listed(marks, filtering.AFTER[deed]),
        **{name: text.encode() for name, text in said.items()},
    }
    happening = telling.happening(
        type_, bank.id, platform=bank.platform_id, actor=actor, committed=committed, ref=(bank.event, *ref)
    )
    return journal.append([happening], moment)[0].id
