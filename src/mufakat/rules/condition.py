"""Reopening conditions: what has to be settled before something that was closed is opened. Data, no expression. Pure.

A condition names points of an agreement (`representative`: that point is in force) and obligations
(`representative.representative_reachable`: that one is kept; `representative.kept`: all of that point are). It holds
when everything in `all_of` holds, and one of `any_of` where something stands there.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated

from msgspec import Meta, Struct

KEPT = "kept"

Term = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*(\.[a-z][a-z0-9]*(_[a-z0-9]+)*)?$(?!\n)",
        max_length=81,
        description="a point such as representative, or an obligation such as representative.kept",
    ),
]


class Condition(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What must hold: all of these, and one of those."""

    all_of: Annotated[tuple[Term, ...], Meta(max_length=40)] = ()
    any_of: Annotated[tuple[Term, ...], Meta(max_length=40)] = ()


class Outcome(Struct, frozen=True):
    """Whether a condition holds, by which of its terms, and what is missing for it."""

    holds: bool
    by: tuple[str, ...]
    missing: tuple[str, ...]


def terms_of(condition: Condition) -> tuple[str, ...]:
    """Everything that it names, each once."""
    return tuple(dict.fromkeys((*condition.all_of, *condition.any_of)))


def parts(term: str) -> tuple[str, str]:
    """The point of a term, and the obligation; empty where the point alone is named."""
    point, _, obligation = term.partition(".")
    return point, obligation


def evaluate(condition: Condition, holds: Callable[[str], bool]) -> Outcome:
    """Ask each term, and say how it stands. One that names nothing never holds: nothing would be settled."""
    all_of, any_of = _held(condition.all_of, holds), _held(condition.any_of, holds)
    if not condition.all_of and not condition.any_of:
        return Outcome(holds=False, by=(), missing=())
    whole = len(all_of) == len(condition.all_of) and (bool(any_of) or not condition.any_of)
    missing = [term for term in condition.all_of if term not in all_of]
    if condition.any_of and not any_of:
        missing += condition.any_of
    return Outcome(holds=whole, by=tuple(dict.fromkeys((*all_of, *any_of))), missing=tuple(dict.fromkeys(missing)))


def _held(terms: Sequence[str], holds: Callable[[str], bool]) -> tuple[str, ...]:
    return tuple(term for term in terms if holds(term))


def unknown(condition: Condition, *, points: Iterable[str]) -> tuple[str, ...]:
    """The terms whose point is none of these."""
    known = set(points)
    return tuple(term for term in terms_of(condition) if parts(term)[0] not in known)
