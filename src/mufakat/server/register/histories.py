"""From events as the journal keeps them to what the projection reads (`rules.entry.Happened`)."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the annotations.
from typing import TYPE_CHECKING

import msgspec

from mufakat.rules.entries import entries_of
from mufakat.rules.entry import Happened, Party, Projected, text_of
from mufakat.rules.events import EventType
from mufakat.server.journal import queries as journal
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from collections.abc import Collection

    from mufakat.server.journal.queries import Told


class _Said(msgspec.Struct):
    """What of a leaf is no column."""

    law: str | None
    due: datetime | None
    ref: tuple[str, ...]


_decoder = msgspec.json.Decoder(_Said)


def projected(cases: Collection[str], *, at: datetime) -> list[Projected]:
    """Every entry of these cases at this time, from the journal alone."""
    found = {case: [happened(event) for event in events] for case, events in journal.histories(cases).items()}
    handles = {handle for events in found.values() for one in events for handle in (one.sender, one.recipient)}
    known = parties(handles)
    return [one for events in found.values() for one in entries_of(events, parties=known, at=at)]


def parties(handles: Collection[str]) -> dict[str, Party]:
    """These parties as they were registered."""
    found: dict[str, Party] = {}
    for event in journal.first_between(HOUSE, handles, type_=EventType.PARTY_REGISTERED):
        one = happened(event)
        kind, name = text_of(one, "kind"), text_of(one, "name") or ""
        found.setdefault(one.recipient, Party(one.recipient, kind, name))
    return found


def happened(told: Told) -> Happened:
    """One event as the projection reads it."""
    said = _decoder.decode(told.leaf)
    return Happened(
        id=told.id,
        shard=told.shard,
        position=told.position,
        type=told.type,
        at=told.at,
        case=told.case,
        sender=told.sender,
        recipient=told.recipient,
        leaf_hash=told.leaf_hash,
        law=said.law,
        due=said.due,
        refs=said.ref,
        openings=told.openings,
    )
