"""Who can be reached at another party, as far as the one who looks may know (I-18)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from mufakat.rules.publicity import Standing
from mufakat.server.notices import counterparties
from mufakat.server.parties import contact_lists
from mufakat.server.web import words

if TYPE_CHECKING:
    from mufakat.server.parties.contact_faces import ContactOut
    from mufakat.server.parties.queries import Caller, Party


def reached(caller: Caller, owner: Party, *, at: datetime) -> dict[str, Any]:
    """Who can be reached at a party, for a page of the caller."""
    seen_from = counterparties.standing(caller, owner, at=at)
    people = [theirs(one) for one in contact_lists.seen(owner.id, seen_from, at=at)]
    return {
        "people": people,
        "known": seen_from is not Standing.PUBLIC,
        "all_unreachable": bool(people) and all(one["unreachable_since"] for one in people),
    }


def theirs(one: ContactOut) -> dict[str, Any]:
    """A contact of another party, for the page."""
    plain = {name: getattr(one, name) for name in one.__struct_fields__}
    return {
        **plain,
        "role": words.coded(words.CONTACT_ROLES, one.role),
        "verified_at": instant(one.verified_at),
        "unreachable_since": instant(one.unreachable_since),
    }


def instant(text: str | None) -> datetime | None:
    """A time as templates show it."""
    return datetime.fromisoformat(text) if text is not None else None
