"""Which chats are told of which events: every chat of a party that is told, of what happens to its notices.

No chat stands for a party: what is told there is told besides its systems, its contacts and its desk.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from mufakat.rules import chats as rules
from mufakat.server.connectors.government_bot import chats, configuration, words
from mufakat.server.journal.models import Event

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.server.connectors.government_bot.models import Chat
    from mufakat.server.journal.outbox import Address

HOUR = timedelta(hours=1)
PARTY = "party:"


def told(rows: Sequence[Address], handles: dict[str, str]) -> list[tuple[str, Chat]]:
    """The events of these rows with the chats that are told of them; `handles` gives the id of each party's handle.

    In an operation of the writer: what a chat was told within an hour is counted, and beyond the measure it is told no
    more, but for the last message, which says so (``telling``).
    """
    if not configuration.is_configured():
        return []
    parties = {row.to: handles[row.to] for row in rows if row.to in handles}
    open_ = chats.bound_to(set(parties.values())) if parties else []
    if not open_:
        return []
    of_notices = _of_notices({row.event for row in rows if row.to in parties})
    of_party: dict[str, list[Chat]] = {}
    for chat in open_:
        of_party.setdefault(chat.party_id, []).append(chat)
    return [
        (row.event, chat)
        for row in rows
        if row.event in of_notices and row.to in parties
        for chat in of_party.get(parties[row.to], ())
    ]


def within_measure(pairs: Sequence[tuple[str, Chat]], *, at: datetime) -> list[tuple[str, Chat]]:
    """Those of the pairs that a chat still is told in this hour; what it was told is counted with them."""
    counted = {chat.pk: chat for _, chat in pairs}
    kept = []
    for event, pair in pairs:
        chat = counted[pair.pk]
        if chat.hour is None or at - chat.hour >= HOUR:
            chat.hour, chat.told = at, 0
        chat.told += 1
        if chat.told <= rules.TOLD_AN_HOUR:
            kept.append((event, chat))
    for chat in counted.values():
        chat.save(update_fields=["hour", "told"])
    return kept


def _of_notices(events: set[str]) -> set[str]:
    found = Event.objects.filter(pk__in=events, type__in=list(words.EVENTS), case__startswith="ntc_")
    return set(found.values_list("pk", flat=True))
