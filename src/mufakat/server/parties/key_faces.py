"""A party's keys as everybody may see them: public lines, and from which leaf to which each is valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mufakat.proof import canonical
from mufakat.server.journal import signer
from mufakat.server.journal.models import Event, Opening
from mufakat.server.parties.models import PartyKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.server.parties.models import Party


class PartyKeyOut(msgspec.Struct, frozen=True):
    """A key with which a party signs events. ``label`` is how leaves name it.

    It counts from the leaf ``event`` (in the log ``origin``, at ``index``) to the leaf ``retired_event``; ``salt``
    opens the commitment to the line in the first of them.
    """

    id: str
    party: str
    vkey: str
    label: str
    origin: str
    event: str
    index: int
    salt: str | None
    enrolled_at: str
    retired_at: str | None
    retired_event: str | None
    retired_index: int | None


class PartyKeyList(msgspec.Struct, frozen=True):
    """Every key with which a party ever signed events, oldest first.

    ``signs_for`` is the log for which what it sends is signed now, ``keys_for`` the one for which a new key's enrolment
    is: the same, for a key counts in the log in which it was enrolled. ``must_sign`` says that what the party sends
    without a signature is refused.
    """

    party: str
    must_sign: bool
    signs_for: str
    keys_for: str
    items: list[PartyKeyOut]
    next: None = None


def listed(party: Party) -> PartyKeyList:
    """The keys of a party; with others it signs what it agrees, and they are for its counterparties."""
    rows = list(PartyKey.objects.select_related("party").filter(party=party, label__isnull=False).order_by("id"))
    live = signer.origin(signer.live_shard())
    return PartyKeyList(party.handle, party.must_sign, live, live, faces(rows))


def shown(row: PartyKey) -> PartyKeyOut:
    """One key."""
    return faces([row])[0]


def faces(rows: Sequence[PartyKey]) -> list[PartyKeyOut]:
    """The keys, with their places in the log."""
    named = [event for row in rows for event in (row.event, row.retired_event) if event is not None]
    events = Event.objects.filter(pk__in=named).values_list("id", "shard", "position")
    places = {event: (signer.origin(shard), position) for event, shard, position in events}
    openings = Opening.objects.filter(event__in=[row.event for row in rows], field="key", erased_at=None)
    salts = {one.event_id: canonical.to_base64(bytes(one.salt)) for one in openings if one.salt is not None}
    return [
        PartyKeyOut(
            id=row.id,
            party=row.party.handle,
            vkey=row.vkey,
            label=row.label or "",
            origin=places[row.event][0],
            event=row.event,
            index=places[row.event][1],
            salt=salts.get(row.event),
            enrolled_at=canonical.timestamp(row.enrolled_at),
            retired_at=canonical.timestamp(row.retired_at) if row.retired_at is not None else None,
            retired_event=row.retired_event,
            retired_index=places[row.retired_event][1] if row.retired_event is not None else None,
        )
        for row in rows
    ]
