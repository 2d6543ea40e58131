"""Which rule of a policy decides, from what was found. The policy is compiled once, into bits and masks.

Each different question of a policy (an atom) has one bit. What was found sets the bits of the questions that hold, and
a rule then holds where its masks say so: a few operations on integers, however many banks there are.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from mufakat.screening.policy import Mode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mufakat.screening.item import Item, ItemKind
    from mufakat.screening.policy import Atom, Policy, Rule

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
    """A rule as masks: every bit of `every`, one of `some` where it has any, no bit of `none`."""

    rule: Rule
    every: int
    some: int
    none: int


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
        self._blind = [row for row in self._rows if self._can_hold_without_entries(row)]
        self._tied: dict[tuple[ItemKind | None, str | None], int] = {}
        for atom, bit in self._bits.items():
            tie = atom.kind, atom.language
            self._tied[tie] = self._tied.get(tie, 0) | bit

    def decide(self, item: Item, found: Sequence[Found]) -> Outcome:
        """Which rule decides this item, in which these entries were found (each once).

        Told as shadow is each rule that would have decided had it alone been live, or had what nobody reviewed counted.
        """
        rows = self._rows if found else self._blind
        if not rows:
            return NOTHING
        context = self._context(item)
        sure = self._held((one for one in found if not one.shadow), context)
        seen = self._held(found, context) if any(one.shadow for one in found) else sure
        shadow: list[str] = []
        for row in rows:
            rule, every, some, none = row  # Written out: a call for each rule would cost more than the rest.
            if sure & every == every and not sure & none and (not some or sure & some):
                if self._is_in_force(rule, item):
                    return Outcome(rule, self._basis(row, sure, found), tuple(shadow))
                shadow.append(rule.name)
            elif seen != sure and seen & every == every and not seen & none and (not some or seen & some):
                shadow.append(rule.name)
        return Outcome(None, frozenset(), tuple(shadow)) if shadow else NOTHING

    def _row(self, rule: Rule) -> _Row:
        when = rule.when
        return _Row(rule, self._mask(when.all_of), self._mask(when.any_of), self._mask(when.none_of))

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

    def _can_hold_without_entries(self, row: _Row) -> bool:
        return row.every & self._unasked == row.every and (not row.some or row.some & self._unasked != 0)

    def _context(self, item: Item) -> int:
        """The bits of the questions that kind and language of the item leave open."""
        context = 0
        for (kind, language), bits in self._tied.items():
            if (kind is None or kind is item.kind) and (language is None or speaks(item.language, language)):
                context |= bits
        return context

    def _held(self, found: Iterable[Found], context: int) -> int:
        counted: dict[Question, int] = {}
        for one in found:
            for question in _questions(one):
                counted[question] = counted.get(question, 0) + 1
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

    def _basis(self, row: _Row, held: int, found: Sequence[Found]) -> frozenset[tuple[str, str]]:
        """The entries that a question of this rule named which holds."""
        named = held & (row.every | row.some)
        asked = {question for question, asks in self._asks.items() if any(bit & named for _least, bit in asks)}
        return frozenset(
            (one.bank, one.entry) for one in found if not one.shadow and not asked.isdisjoint(_questions(one))
        )


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
