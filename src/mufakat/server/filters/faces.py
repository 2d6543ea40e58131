"""What a platform sees of its hits: the JSON of the API, made in one place for the writer's answers and every read."""

from __future__ import annotations

from collections.abc import Sequence  # noqa: TC003 - msgspec evaluates the annotations of a struct.
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules.events import EventType
from mufakat.rules.permissions import Role, seat_name
from mufakat.server.filters import hits
from mufakat.server.notices.faces import encode as encode, instant, or_none  # noqa: PLC0414 - given on.

if TYPE_CHECKING:
    from mufakat.server.filters.hits import Whole
    from mufakat.server.journal.models import Event
    from mufakat.server.parties.queries import Caller


class HitItemOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """The item, while it is kept. Of child sexual abuse: digests, codes and what it points at."""

    item_sha256: str
    kind: str | None = None
    item: str | None = None
    at: str | None = None
    author: str | None = None
    channel: str | None = None
    text: str | None = None
    urls: Sequence[str] | None = None
    sha256: str | None = None
    language: str | None = None
    locator: str | None = None


class HitEntryOut(msgspec.Struct, frozen=True):
    """An entry that it rests on, and where it stands in the text, as often as the verdict tells it."""

    bank: str
    entry: str
    category: str
    spans: Sequence[tuple[int, int]]


class HitOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """A hit as its platform sees it. In a list the item's text and what was said with its end are left out."""

    id: str
    state: str
    action: str
    category: str
    policy: str
    rule: str
    at: str
    item: HitItemOut
    entries: Sequence[HitEntryOut]
    links: dict[str, str]
    due_at: str | None = None
    decided_at: str | None = None
    decided_by: str | None = None
    restored_at: str | None = None
    erased_at: str | None = None
    notice: str | None = None
    decision: str | None = None
    note: str | None = None

    @classmethod
    def of(cls, whole: Whole, *, viewer: Caller, brief: bool = False) -> HitOut:
        """All of it; `brief` as it stands in a list."""
        del viewer  # One platform sees a hit, and sees all of it.
        row = whole.row
        return cls(
            row.id,
            row.state,
            row.action,
            row.category,
            f"{row.policy.name}/{row.policy.version}",
            row.rule,
            instant(row.at),
            _item(whole, brief=brief),
            _entries(whole),
            links(row.id),
            due_at=or_none(row.due_at),
            decided_at=or_none(row.decided_at),
            decided_by=seat(row.decided_by) if row.decided_by is not None else None,
            restored_at=or_none(row.restored_at),
            erased_at=or_none(row.erased_at),
            notice=row.notice or None,
            decision=row.decision or None,
            note=None if brief else _note(whole),
        )


class HitList(msgspec.Struct, frozen=True):
    """A page of hits, newest first; ``next`` goes back as ``after``."""

    items: Sequence[HitOut]
    next: str | None


def _item(whole: Whole, *, brief: bool) -> HitItemOut:
    told: dict[str, Any] = hits.plain(whole.first, "item") or {}
    found = msgspec.convert({"item_sha256": bytes(whole.row.item).hex()} | told, HitItemOut)
    return msgspec.structs.replace(found, text=None, urls=None) if brief else found


def _entries(whole: Whole) -> list[HitEntryOut]:
    spans: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for one in (hits.plain(whole.first, "verdict") or {}).get("matches") or ():
        found = spans.setdefault((one["bank"], one["entry"]), [])
        if one.get("span"):
            found.append((one["span"][0], one["span"][1]))
    return [HitEntryOut(one.bank, one.entry, one.category, spans.get((one.bank, one.entry), [])) for one in whole.basis]


def _note(whole: Whole) -> str | None:
    said: list[Event | None] = [whole.of_type(type_) for type_ in (EventType.HIT_RELEASED, EventType.HIT_BLOCKED)]
    found = next((value for event in said if event is not None and (value := hits.opened(event, "note"))), None)
    return found.decode() if found is not None else None


def seat(person: Any) -> str:
    """``reviewer-2``, of a person's row."""
    return seat_name(Role(person.role), person.ordinal)


def links(hit: str) -> dict[str, str]:
    """Where the rest of it is."""
    return {"self": f"/api/v1/hits/{hit}", "page": f"/desk/screening/hits/{hit}"}
