"""What deeds on a restriction take, one form for each, and what anybody is told about a name."""

from __future__ import annotations

from collections.abc import Sequence  # noqa: TC003 - msgspec evaluates the annotations of a struct.
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Struct

from mufakat.rules.restriction import MAX_NAMES, Said
from mufakat.server.notices.faces import instant, or_none
from mufakat.server.restrictions.protecting import ProtectedOut  # noqa: TC001 - the same.
from mufakat.server.restrictions.resolvers import ResolverOut  # noqa: TC001 - the same.

if TYPE_CHECKING:
    from mufakat.server.restrictions.looking_up import AtOperator, Seen, Told


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
    """A word with it; and, so that nothing is mistaken, whether it is carried out or opened."""

    note: Said = ""
    opened: bool | None = None


class SeenOut(Struct, frozen=True):
    """What an operator's resolvers answer for a name, taken together, and since when."""

    state: str
    since: str
    asked_at: str

    @classmethod
    def of(cls, seen: Seen) -> SeenOut:
        return cls(seen.state.value, instant(seen.since), instant(seen.asked_at))


class ClosedAtOut(Struct, frozen=True):
    """How a restriction stands at an operator: by what it says itself, and by what is seen for this name."""

    operator: str
    state: str
    since: str
    overdue_at: str | None
    seen: SeenOut | None

    @classmethod
    def of(cls, found: AtOperator) -> ClosedAtOut:
        row, seen = found.carrying, found.seen
        shown = SeenOut.of(seen) if seen is not None else None
        return cls(row.operator.handle, row.state, instant(row.since), or_none(found.named_since), shown)


class ClosedByOut(Struct, frozen=True):
    """A restriction that closes a name, or closed it: by that name, or by one above it with everything below."""

    id: str
    closes: bool
    name: str
    list: str
    match: str
    layer: str
    authority: str
    platform: str | None
    emergency: bool
    shadow: bool
    published_at: str | None
    review_at: str
    sunset_at: str
    opened_at: str | None
    legal_ground: dict[str, str]
    reason: str
    operators: Sequence[ClosedAtOut]
    links: dict[str, str]

    @classmethod
    def of(cls, told: Told) -> ClosedByOut:
        row = told.restriction
        return cls(
            row.id,
            told.is_live,
            told.closed.name,
            row.list,
            row.match,
            row.layer,
            row.authority.handle,
            row.platform.handle if row.platform is not None else None,
            row.emergency,
            row.shadow,
            or_none(row.published_at),
            instant(row.review_at),
            instant(row.sunset_at),
            or_none(told.opened_at),
            told.ground,
            told.reason,
            [ClosedAtOut.of(one) for one in told.operators],
            {"entry": f"/api/v1/register/{row.id}", "page": f"/register/restrictions/{row.id}"},
        )


class ClosedNameOut(Struct, frozen=True):
    """Whether a name is closed, and by what it is or was: a name can stand in several orders."""

    name: str
    closed: bool
    restrictions: Sequence[ClosedByOut]

    @classmethod
    def of(cls, name: str, found: Sequence[Told]) -> ClosedNameOut:
        return cls(name, any(one.is_live for one in found), [ClosedByOut.of(one) for one in found])


class ProtectedList(Struct, frozen=True):
    """A page of names that are never closed, in their order; ``next`` goes back as ``after``."""

    items: Sequence[ProtectedOut]
    next: str | None


class ResolverList(Struct, frozen=True):
    """The resolvers of an operator: those that are asked, then those that were."""

    items: Sequence[ResolverOut]
    next: None = None
