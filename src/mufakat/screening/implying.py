"""Which conditions of a policy imply each other, as far as it can be read off them: for rules that are never reached.

Each different atom has one bit; `weaker` of an atom is the mask of all atoms that hold whenever it does. What is proved
here is true; not all that is true is proved: nothing is known of several rules that only together leave none over.
"""

from __future__ import annotations

from functools import reduce
from itertools import product
from operator import and_, or_
from typing import TYPE_CHECKING, NamedTuple

from mufakat.screening.deciding import question_of
from mufakat.screening.item import ItemKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mufakat.screening.policy import Atom, Policy, When

_Place = tuple[bool, str | None, str | None, ItemKind | None, str | None]
"""Whether entries are asked for; of which bank and category; kind and language of the item."""


class Masks(NamedTuple):
    """A condition as bits of its atoms; `one_of` and `no` keep its atoms apart, as the masks of what each implies."""

    every: int
    some: int
    none: int
    sure: int  # All that holds whenever the condition does.
    one_of: tuple[int, ...]
    no: tuple[int, ...]


class Implications:
    """The conditions of a policy, compared."""

    def __init__(self, policy: Policy) -> None:
        self._bits: dict[Atom, int] = {}
        places: dict[_Place, list[tuple[int, int]]] = {}
        for atom in _atoms(policy):
            if atom not in self._bits:
                self._bits[atom] = 1 << len(self._bits)
                places.setdefault(_place(atom), []).append((atom.least or 1, self._bits[atom]))
        self._weaker = {atom: _weaker(atom, places) for atom in self._bits}

    def masks(self, when: When) -> Masks:
        """This condition, which stands in the policy, as bits."""
        one_of = tuple(self._weaker[atom] for atom in when.any_of)
        sure = self._all(self._weaker[atom] for atom in when.all_of)
        if one_of:
            sure |= reduce(and_, one_of)  # What every one of them implies.
        return Masks(
            every=self._all(self._bits[atom] for atom in when.all_of),
            some=self._all(self._bits[atom] for atom in when.any_of),
            none=self._all(self._bits[atom] for atom in when.none_of),
            sure=sure,
            one_of=one_of,
            no=tuple(self._weaker[atom] for atom in when.none_of),
        )

    @staticmethod
    def _all(masks: Iterable[int]) -> int:
        return reduce(or_, masks, 0)


def implies(one: Masks, other: Masks) -> bool:
    """Whether the other condition is seen to hold whenever this one does.

    Proved by their atoms alone: an atom implies another of the same or more banks, categories, kinds and languages
    that asks for no more entries.
    """
    if other.every & ~one.sure:
        return False
    reaches = bool(one.one_of) and all(mask & other.some for mask in one.one_of)
    if other.some and not (one.sure & other.some or reaches):
        return False
    # Where one of its `none_of` held, one of ours would, too.
    return all(mask & one.none for mask in other.no)


def contradicts_itself(one: Masks) -> bool:
    """Whether a condition is seen to never hold: what it asks for is what it excludes."""
    return bool(one.sure & one.none) or (bool(one.one_of) and all(mask & one.none for mask in one.one_of))


def _atoms(policy: Policy) -> Iterator[Atom]:
    for rule in policy.rules:
        yield from rule.when.any_of
        yield from rule.when.all_of
        yield from rule.when.none_of


def _place(atom: Atom) -> _Place:
    language = None if atom.language is None else atom.language.lower()
    return question_of(atom) is not None, atom.bank, atom.category, atom.kind, language


def _weaker(atom: Atom, places: Mapping[_Place, list[tuple[int, int]]]) -> int:
    """The bits of all atoms that hold whenever this one does; its own among them."""
    asks, bank, category, kind, language = _place(atom)
    least = atom.least or 1
    mask = 0
    for place in product({asks, False}, {bank, None}, {category, None}, {kind, None}, {None, *_with_parents(language)}):
        for other, bit in places.get(place, ()):
            if other <= least or not place[0]:
                mask |= bit
    return mask


def _with_parents(language: str | None) -> Iterator[str]:
    """A language and those that take it in: `id-id` and `id`."""
    while language:
        yield language
        language = language.rpartition("-")[0]
