"""Which rule of a policy decides, from what was found. The policy is compiled once, into bits and masks.

Each different question of a policy (an atom) has one bit. What was found sets the bits of the questions that hold, and
a rule then holds where its masks say so: a few operations on integers, however many banks there are. Only rules that
ask for something that was found are looked at, and those that need nothing found.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from mufakat.screening.policy import Mode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mufakat.screening.item import Item, ItemKind
    from mufakat.screening.policy import Atom, Policy, Rule, When

Question = tuple[str | None, str | None]
"""What entries are counted: of this bank, of this category; None is any."""

_HUNDREDTHS: Final = 100


class Found(NamedTuple):
    """One entry that stands in an item, wherever and however often; `shadow` is one that nobody reviewed yet."""

    bank: str
    entry: str
    category: str
    shadow: bool = False


class Outcome(NamedTuple):
    """The rule that decides, or None; the entries that its questions named; the rules that only would have decided."""

    rule: Rule | None
    basis: frozenset[tuple[str, str]]
    shadow: tuple[str, ...]


NOTHING: Final = Outcome(None, frozenset(), ())
"""No rule holds, and none would have."""


class _Row(NamedTuple):
    """A rule as masks: every bit of `every`, one of `some` where it has any, no bit of `none`; and what it asks for."""

    rule: Rule
    every: int
    some: int
    none: int
    asks: tuple[tuple[int, Question], ...]


def is_sampled(policy: str, rule: str, item: str, percent: int) -> bool:
    """Whether a rule in the mode `sample` acts on this item: the same answer for the same names, on every machine.

    SHA-256 of the three names decides, so that nobody chooses, and a higher `percent` takes in what a lower one did.
    """
    named = f"{policy}\n{rule}\n{item}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(named).digest()[:8]) % _HUNDREDTHS < percent


class Deciding:
    """A policy, ready to decide. Rules are asked by priority, then in the order in which they are written."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy.policy
        self._bits: dict[Atom, int] = {}
        self._asks: dict[Question, list[tuple[int, int]]] = {}
        ordered = sorted(policy.rules, key=lambda rule: -rule.priority)  # Sorting is stable.
        self._rows = [self._row(rule) for rule in ordered]
        self._unasked = sum(bit for atom, bit in self._bits.items() if question_of(atom) is None)
        self._blind = 0  # Rules by their place, as bits: those that may hold where no entry was found.
        self._woken: dict[Question, int] = {}  # And those that may hold once such an entry was found.
        for place, rule in enumerate(ordered):
            questions = _waits_for(rule.when)
            self._blind |= 0 if questions else 1 << place
            for question in questions:
                self._woken[question] = self._woken.get(question, 0) | 1 << place
        self._tied: dict[tuple[ItemKind | None, str | None], int] = {}
        for atom, bit in self._bits.items():
            tie = atom.kind, atom.language
            self._tied[tie] = self._tied.get(tie, 0) | bit

    def decide(self, item: Item, found: Sequence[Found]) -> Outcome:
        """Which rule decides this item, in which these entries were found (each once).

        Told as shadow is each rule that would have decided had it alone been live, or had what nobody reviewed counted.
        """
        if not found and not self._blind:
            return NOTHING
        context, counted = self._context(item), _counted(found)
        seen = sure = self._held(counted, context)
        if any(one.shadow for one in found):
            sure = self._held(_counted(one for one in found if not one.shadow), context)
        shadow: list[str] = []
        for row in self._awake(counted):
            rule, every, some, none, _ = row  # Written out: a call for each rule would cost more than the rest.
            if sure & every == every and not sure & none and (not some or sure & some):
                if self._is_in_force(rule, item):
                    return Outcome(rule, _basis(row, sure, found), tuple(shadow))
                shadow.append(rule.name)
            elif seen != sure and seen & every == every and not seen & none and (not some or seen & some):
                shadow.append(rule.name)
        return Outcome(None, frozenset(), tuple(shadow)) if shadow else NOTHING

    def _awake(self, counted: Iterable[Question]) -> Iterator[_Row]:
        """The rules that may hold, in the order in which they are asked."""
        places = self._blind
        for question in counted:
            places |= self._woken.get(question, 0)
        while places:
            lowest = places & -places
            yield self._rows[lowest.bit_length() - 1]
            places ^= lowest

    def _row(self, rule: Rule) -> _Row:
        when = rule.when
        every, some, none = self._mask(when.all_of), self._mask(when.any_of), self._mask(when.none_of)
        questions = ((self._mask([atom]), question_of(atom)) for atom in (*when.all_of, *when.any_of))
        return _Row(rule, every, some, none, tuple((bit, asked) for bit, asked in questions if asked is not None))

    def _mask(self, atoms: Iterable[Atom]) -> int:
        mask = 0
        for atom in atoms:
            one = replace(atom, least=None) if atom.least == 1 and (atom.bank or atom.category) else atom
            if one not in self._bits:
                self._bits[one] = 1 << len(self._bits)
                question = question_of(one)
                if question is not None:
                    self._asks.setdefault(question, []).append((one.least or 1, self._bits[one]))
            mask |= self._bits[one]
        return mask

    def _context(self, item: Item) -> int:
        """The bits of the questions that kind and language of the item leave open."""
        context = 0
        for (kind, language), bits in self._tied.items():
            if (kind is None or kind is item.kind) and (language is None or speaks(item.language, language)):
                context |= bits
        return context

    def _held(self, counted: Mapping[Question, int], context: int) -> int:
        held = self._unasked
        for question, count in counted.items():
            for least, bit in self._asks.get(question, ()):
                if count >= least:
                    held |= bit
        return held & context

    def _is_in_force(self, rule: Rule, item: Item) -> bool:
        if rule.mode is Mode.SAMPLE:
            return is_sampled(self._policy, rule.name, item.item, rule.percent or 0)
        return rule.mode is Mode.LIVE


def question_of(atom: Atom) -> Question | None:
    """Which entries an atom asks for; None where it asks of the item alone."""
    if atom.bank is None and atom.category is None and atom.least is None:
        return None
    return atom.bank, atom.category


def speaks(language: str | None, asked: str) -> bool:
    """Whether an item of this language is of the language asked for: `id` takes in `id-ID` (RFC 4647, 3.3.1)."""
    if language is None:
        return False
    said, wanted = language.lower(), asked.lower()
    return said == wanted or said.startswith(f"{wanted}-")


def _questions(one: Found) -> tuple[Question, ...]:
    return (one.bank, one.category), (one.bank, None), (None, one.category), (None, None)


def _counted(found: Iterable[Found]) -> dict[Question, int]:
    """How many entries were found for each question that they answer."""
    counted: dict[Question, int] = {}
    for one in found:
        for question in _questions(one):
            counted[question] = counted.get(question, 0) + 1
    return counted


def _waits_for(when: When) -> set[Question]:
    """Questions of which one must have an answer for the condition to hold; none where it may hold without any."""
    for atom in when.all_of:
        asked = question_of(atom)
        if asked is not None:
            return {asked}
    some = {question_of(atom) for atom in when.any_of}
    return set() if None in some else {asked for asked in some if asked is not None}


def _basis(row: _Row, held: int, found: Sequence[Found]) -> frozenset[tuple[str, str]]:
    """The entries that a question of this rule named which holds."""
    asked = {question for bit, question in row.asks if bit & held}
    return frozenset((one.bank, one.entry) for one in found if not one.shadow and not asked.isdisjoint(_questions(one)))
