"""What an authority is told of a screening hit, and under what it may be told (I-14).

A notification is codes: which platform, which category, by which version of whose policy, what kind of thing it was, on
which day. No type here has room for an author, a contact, a locator or a word of what was said: who wants that asks by
a request or an order of its own, which is a notice with its ground and its answer.

Nothing here goes out by itself. A named person of the platform releases each one, to an authority with which the
platform has an agreement in force, under a ground that the frame of this agreement lists. An agreement that lists none
lets nothing out, whatever its profile or a mandate says elsewhere: a ground that nobody put there is not one that the
two agreed. What the agreement is not about (its categories, else its profile's) is not told either.

Pure: plain values in, plain values out.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final

import rfc8785
from msgspec import Meta, Struct, to_builtins

from mufakat.rules.errors import BadScreeningError
from mufakat.rules.fault import FaultCode, Faults, excerpt
from mufakat.rules.notice import Category, LegalGround
from mufakat.rules.parties import MAX_HANDLE_LENGTH, PartyKind

AUTHORITIES: Final = frozenset({PartyKind.REGULATOR, PartyKind.COURT})
"""Who can be told. A trusted flagger tells; it has no office by which it would be told."""

MAX_REASON: Final = 2_000


class Thing(StrEnum):
    """What kind of thing was hit."""

    MESSAGE = "message"
    POST = "post"
    PROFILE = "profile"
    MEDIA = "media"


class ToldCodes(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All that an authority is told of one hit. `day` is a day (UTC), so that no time of it points at an item.

    `policy` and `version` name a text whose digest stands in the log; `count` is one: how many there are of a category
    is told by the week, ten at least. `kind` is null where it is not known any more.
    """

    platform: str
    category: Category
    action: str
    policy: str
    version: int
    kind: Thing | None
    day: str
    count: int = 1


class NotificationReleaseIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whom a notification is released to, and on which ground: one of those that the agreement with it lists."""

    to: Annotated[str, Meta(min_length=1, max_length=MAX_HANDLE_LENGTH, description="a party's handle")]
    legal_ground: LegalGround


class NotificationRefusalIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why nobody is told."""

    reason: Annotated[str, Meta(min_length=1, max_length=MAX_REASON)]


class Between(Struct, frozen=True):
    """An agreement in force between a platform and an authority, as a release is judged by it.

    `version` is the number by which it is stored; `categories` are those that it is about.
    """

    agreement: str
    version: int
    grounds: tuple[LegalGround, ...]
    categories: frozenset[Category]


def category_of(text: str) -> Category:
    """What banks call it, in the words of notices; what is no such word is `other`."""
    return Category(text) if text in _CATEGORIES else Category.OTHER


def thing_of(text: object) -> Thing | None:
    """The kind of thing; None for whatever is none of ours."""
    return Thing(text) if isinstance(text, str) and text in _THINGS else None


def day_of(at: datetime) -> str:
    """The day (UTC) of a time."""
    return at.astimezone(UTC).date().isoformat()


def to_json(told: ToldCodes | LegalGround) -> bytes:
    """What the event of a release commits to; RFC 8785, so that anybody makes the same bytes."""
    return rfc8785.dumps(to_builtins(told))


def choose(
    told: NotificationReleaseIn,
    category: Category,
    *,
    kind_of: Callable[[str], PartyKind | None],
    between: Sequence[Between],
) -> Between:
    """The agreement under which this may be released.

    `between` are those in force between the platform and whom it names. Raises BadScreeningError with every fault.
    """
    faults = Faults()
    kind = kind_of(told.to)
    if kind is None:
        faults.add("/to", FaultCode.UNKNOWN_PARTY, f"There is no party called {excerpt(told.to)}.")
    elif kind not in AUTHORITIES:
        detail = f"A notification goes to a regulator or a court; {excerpt(told.to)} is neither ({kind.value})."
        faults.add("/to", FaultCode.WRONG_RECIPIENT, detail)
    elif not between:
        detail = f"No agreement between you and {excerpt(told.to)} is in force: nobody else is told (I-14)."
        faults.add("/to", FaultCode.NOT_AGREED, detail)
    if faults.found:
        raise BadScreeningError(faults.found)
    about = [one for one in between if category in one.categories]
    if not about:
        detail = f"No agreement in force with {excerpt(told.to)} is about {category.value}."
        faults.add("/to", FaultCode.NOT_AGREED, detail)
    found = next((one for one in about if told.legal_ground in one.grounds), None)
    if found is None and not any(told.legal_ground in one.grounds for one in between):
        faults.add("/legal_ground", FaultCode.NOT_AGREED, _lacking(between))
    if found is None and not faults.found:  # Each is met by an agreement, and no agreement meets both.
        detail = f"The agreement that lists this ground is not about {category.value}."
        faults.add("/legal_ground", FaultCode.NOT_AGREED, detail)
    if faults.found or found is None:
        raise BadScreeningError(faults.found)
    return found


def _lacking(between: Sequence[Between]) -> str:
    if any(one.grounds for one in between):
        return "The agreement lists other grounds than this one (terms, frame, grounds)."
    return "The agreement lists no ground: under it nothing is told but counts (terms, frame, grounds)."


_CATEGORIES: Final = frozenset(Category)
_THINGS: Final = frozenset(Thing)
