"""What deeds on a restriction take, one form for each, and what anybody is told about a name."""

from __future__ import annotations

from collections.abc import Sequence  # noqa: TC003 - msgspec evaluates the annotations of a struct.
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Struct

from mufakat.rules.notice import Category
from mufakat.rules.publicity import unnamed_words
from mufakat.rules.restriction import MAX_NAMES, Said
from mufakat.server.notices.faces import instant, or_none
from mufakat.server.restrictions.faces import opened, said

if TYPE_CHECKING:
    from mufakat.server.journal.models import Event
    from mufakat.server.restrictions.queries import Carrying, Closed


class ApprovalIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A word with an approval; `refuse` makes it a no."""

    note: Said = ""
    refuse: bool = False


class ObjectionIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What the platform has to say."""

    note: Said = ""


class LiftingIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A word with it; and which names, where it is not all of them."""

    note: Said = ""
    names: Annotated[tuple[str, ...], msgspec.Meta(max_length=MAX_NAMES)] = ()


class CarriedIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A word with it."""

    note: Said = ""


class ClosedAtOut(Struct, frozen=True):
    """How a name stands at an operator, by what it says itself."""

    operator: str
    state: str
    since: str
    overdue_at: str | None

    @classmethod
    def of(cls, row: Carrying) -> ClosedAtOut:
        return cls(row.operator.handle, row.state, instant(row.since), or_none(row.overdue_at))


class ClosedByOut(Struct, frozen=True):
    """A restriction that closes a name: by that name, or by one above it with everything below."""

    id: str
    name: str
    list: str
    match: str
    layer: str
    authority: str
    platform: str | None
    emergency: bool
    closed_from: str | None
    until: str
    review_at: str
    legal_ground: dict[str, str] | None
    reason: str | None
    operators: Sequence[ClosedAtOut]
    links: dict[str, str]

    @classmethod
    def of(cls, found: Closed) -> ClosedByOut:
        row, first = found.whole.row, found.whole.first
        worded = row.list != Category.CHILD_SEXUAL_ABUSE  # I-15: nothing that could lead there.
        return cls(
            row.id,
            found.closed.name,
            row.list,
            row.match,
            row.layer,
            row.authority.handle,
            row.platform.handle if row.platform is not None else None,
            row.emergency,
            or_none(row.published_at),
            instant(row.sunset_at),
            instant(row.review_at),
            ground_of(first),
            unnamed(said(first, "reason")) if worded else None,
            [ClosedAtOut.of(one) for one in found.whole.carried],
            {"entry": f"/api/v1/register/{row.id}", "page": "/restrictions/"},
        )


class ClosedNameOut(Struct, frozen=True):
    """Whether a name is closed, and by what: a name can stand in several orders."""

    name: str
    closed: bool
    restrictions: Sequence[ClosedByOut]

    @classmethod
    def of(cls, name: str, found: Sequence[Closed]) -> ClosedNameOut:
        return cls(name, bool(found), [ClosedByOut.of(one) for one in found])


def ground_of(first: Event) -> dict[str, str] | None:
    """The law, without anything that looks like another name (I-16)."""
    raw = opened(first, "legal_ground")
    if raw is None:
        return None
    found: dict[str, str | None] = msgspec.json.decode(raw)
    return {key: unnamed_words(value) for key, value in found.items() if value is not None}


def unnamed(text: str | None) -> str | None:
    """Words, without anything that looks like a name: whoever asked for one is told of no other (I-16)."""
    return unnamed_words(text) if text is not None else None
