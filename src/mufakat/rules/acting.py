"""What follows from an action that a rule asks for: told, held, blocked by a machine, or proposed to be told (I-06).

The engine answers and does nothing; an agreement in force says which measures a machine may take by itself. What no
agreement lists, what cannot be undone, and what points at nothing that a decision could be about waits for a person.

Pure: plain values in, plain values out.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Final, NamedTuple

from mufakat.rules.filtering import HitState
from mufakat.rules.measure import IRREVERSIBLE
from mufakat.rules.notice import Category, MeasureName

BLOCKING: Final = (MeasureName.DISABLE, MeasureName.REMOVE)
"""What a rule means by `block`, the less restrictive first: what is disabled is still there, and is enabled again."""


class Asked(StrEnum):
    """The actions of which something follows: those of the engine, `none` apart."""

    LABEL = "label"
    WARN = "warn"
    HOLD = "hold"
    BLOCK = "block"
    PROPOSE_NOTIFICATION = "propose_notification"


class Course(NamedTuple):
    """What follows: how the hit stands, the measure that a machine takes, whether an authority might be told."""

    state: HitState
    measure: MeasureName | None = None
    notifies: bool = False


def follow(asked: Asked, *, automatic: Collection[MeasureName], decidable: bool) -> Course:
    """What follows from this action for one item.

    `automatic` are the measures that one agreement in force lists for a machine; `decidable` says that the item points
    at something a decision can be about. Whatever they are: never a measure that the agreement does not list, and never
    one that cannot be undone.
    """
    match asked:
        case Asked.LABEL | Asked.WARN:
            return Course(HitState.TOLD)
        case Asked.HOLD:
            return Course(HitState.HELD)
        case Asked.PROPOSE_NOTIFICATION:
            return Course(HitState.TOLD, notifies=True)
        case Asked.BLOCK:
            measure = by_machine(automatic) if decidable else None
            return Course(HitState.HELD if measure is None else HitState.BLOCKED, measure)


def by_machine(automatic: Collection[MeasureName]) -> MeasureName | None:
    """The least restrictive blocking measure that a machine may take; None where a person decides."""
    return next((each for each in BLOCKING if each in automatic and each not in IRREVERSIBLE), None)


def category_of(written: Collection[str]) -> Category:
    """The category of a hit, of what its entries name: their one word where a notice knows it, else `other`.

    Whatever else is named, child sexual abuse goes before: of it no text is kept (I-15).
    """
    if is_sensitive(written):
        return Category.CHILD_SEXUAL_ABUSE
    known = {word for word in map(plain, written) if word in set(Category)}
    return Category(next(iter(known))) if len(known) == 1 else Category.OTHER


def is_sensitive(written: Collection[str]) -> bool:
    """Whether any of these categories is child sexual abuse, however it is spelt."""
    return any(plain(word) == Category.CHILD_SEXUAL_ABUSE for word in written)


def plain(category: str) -> str:
    """A category that somebody typed, as codes are written."""
    return "_".join(category.casefold().replace("-", " ").replace("_", " ").split())
