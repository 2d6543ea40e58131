"""An entry as machines get it: what `rules.entry` says of it, and where the rest is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules.entry import Entry
from mufakat.rules.errors import NotFoundError
from mufakat.server.journal import queries as journal

if TYPE_CHECKING:
    from mufakat.server.journal.models import Event
    from mufakat.server.register.queries import Page

RECEIPTED = frozenset({"notice", "decision", "statement", "appeal", "restriction"})
"""The kinds whose case is a notice or a restriction: there is a receipt of each of their events."""

PLURALS = {"party": "parties"}


class EntryOut(Entry, frozen=True, kw_only=True):
    """An entry of the register and its addresses."""

    links: dict[str, str]

    @classmethod
    def of(cls, entry: Entry) -> EntryOut:
        base = f"/api/v1/register/{entry.id}"
        links = {"self": base, "page": page_of(entry)}
        if entry.kind in RECEIPTED:
            links["receipt"] = f"{base}/receipt"
        members: dict[str, Any] = {name: getattr(entry, name) for name in Entry.__struct_fields__}
        return cls(**members, links=links)


class EntryList(msgspec.Struct, frozen=True):
    """A page of entries, newest first; ``next`` goes back as ``after``."""

    items: list[EntryOut]
    next: str | None

    @classmethod
    def of(cls, page: Page) -> EntryList:
        return cls([EntryOut.of(entry) for entry in page.items], page.next)


def page_of(entry: Entry) -> str:
    """Where people read it."""
    return f"/register/{PLURALS.get(entry.kind, entry.kind + 's')}/{entry.id}"


def event_of(entry: Entry, event: str | None = None) -> Event:
    """A public event of an entry that has receipts, its first where none is named. Raises NotFoundError."""
    wanted = event or entry.event
    if entry.kind not in RECEIPTED or all(step.event != wanted for step in entry.steps):
        raise NotFoundError("receipt")
    return journal.by_id([wanted])[wanted]
