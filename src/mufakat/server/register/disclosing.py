"""What everybody may read of the committed fields of one event, as the document that the log serves beside its leaf.

What may be read says `rules.disclosing`, by the entries that the register makes of the same history. What is erased is
named with the event that erased it: a value that is gone without one would be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mufakat.formats.disclosure import Disclosure, Opening
from mufakat.proof import canonical
from mufakat.rules import disclosing
from mufakat.rules.entries import entries_of
from mufakat.rules.events import ERASING, EventType
from mufakat.server.journal import queries as journal, signer, tiles
from mufakat.server.register import histories

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from mufakat.rules.entry import Happened, Projected
    from mufakat.server.journal.models import Event, Opening as Row

_ERASURES = sorted(type_.value for type_ in ERASING)
_FIRST_ALONE = frozenset({EventType.PARTY_REGISTERED})
"""What is said of these is said by their own event; the case of a party may have a hundred thousand others."""


class _Refs(msgspec.Struct):
    ref: tuple[str, ...]


_refs = msgspec.json.Decoder(_Refs)


def of(shard: str, id_: str, *, at: datetime) -> Disclosure | None:
    """The document of an event of this shard's log at this time; None where the log holds no such event."""
    event = journal.by_id([id_]).get(id_)
    head = tiles.head_of(shard)
    if event is None or head is None or event.shard != shard or event.position >= head.size:
        return None
    rows = sorted(event.openings.all(), key=lambda row: row.field)
    told = _told(event, at=at)
    return Disclosure(
        event=event.id,
        origin=signer.origin(shard),
        index=event.position,
        leaf=canonical.to_base64(bytes(event.leaf_hash)),
        fields={row.field: _opening(row) for row in rows if row.field in told},
        erased=_erased(event, [row for row in rows if row.erased_at is not None]),
        withheld=tuple(row.field for row in rows if row.erased_at is None and row.field not in told),
    )


def _told(event: Event, *, at: datetime) -> frozenset[str]:
    history = [histories.happened(one) for one in _history(event)]
    this = next(one for one in history if one.id == event.id)
    return disclosing.disclosed(this, _entries(history, this, at=at))


def _history(event: Event) -> Iterable[journal.Told]:
    """The events of its case where they are needed, else this one."""
    if not disclosing.needs_entries(event.type) or event.type in _FIRST_ALONE:
        return journal.told([event.id])
    return journal.histories([event.case])[event.case]


def _entries(history: Sequence[Happened], this: Happened, *, at: datetime) -> tuple[Projected, ...]:
    if not disclosing.needs_entries(this.type):
        return ()
    handles = {handle for one in history for handle in (one.sender, one.recipient)}
    named = histories.parties(handles)
    return entries_of(history, parties=named, at=at)


def _opening(row: Row) -> Opening:
    return Opening.of(bytes(row.salt or b""), bytes(row.value or b""))


def _erased(event: Event, rows: Sequence[Row]) -> dict[str, str]:
    """Of each field that was erased the event that says so; "" where there is none, which whoever watches will see."""
    if not rows:
        return {}
    found = journal.erasures_of(event.case, _ERASURES)
    return {row.field: _by(event, row, found) for row in rows}


def _by(event: Event, row: Row, erasures: Sequence[Event]) -> str:
    """They were written in the commit that erased; of several then, the one that names this event."""
    then = [one for one in erasures if one.at == row.erased_at and one.shard == event.shard]
    naming = [one for one in then if event.id in _refs.decode(bytes(one.leaf)).ref]
    return next((one.id for one in [*naming, *then]), "")
