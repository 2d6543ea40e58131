"""The verdict on one item: private items are refused, banks are asked, what allows ends the matter, a rule decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from mufakat.screening import extract
from mufakat.screening.deciding import Deciding, Found
from mufakat.screening.errors import (
    ItemRefusedError,
    NaiveTimeError,
    PrivateItemError,
    SameBankTwiceError,
    TextTooLongError,
)
from mufakat.screening.item import MAX_TEXT, Action, Match, Verdict, Visibility

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from mufakat.screening.bank import Bank, Hit, Seen
    from mufakat.screening.item import Item
    from mufakat.screening.policy import Policy

MAX_PLACES: Final = 10
"""Places of one entry that a verdict names; a text may hold one phrase ten thousand times."""

MAX_MATCHES: Final = 100
"""Matches that a verdict names."""

Told = tuple[str, "Hit"]
"""The name of a bank, and what it found."""


class Asked(NamedTuple):
    """What the banks found in one item; `allowed` is what ends the matter, and then nothing else was asked."""

    allowed: tuple[Told, ...]
    hits: tuple[Told, ...]


NOTHING_ASKED: Final = Asked((), ())


class Banks:
    """Banks that are asked together, each once for an item. Raises SameBankTwiceError."""

    def __init__(self, banks: Iterable[Bank], *, see: Callable[[Item], Seen] = extract.see) -> None:
        self._see = see
        named: dict[str, Bank] = {}
        for bank in banks:
            if bank.name in named:
                raise SameBankTwiceError(bank.name)
            named[bank.name] = bank
        self._allowing = [bank for bank in named.values() if bank.allow]
        self._accusing = [bank for bank in named.values() if not bank.allow]

    def ask(self, item: Item, *, at: datetime) -> Asked:
        """What is found in this item. Raises PrivateItemError, TextTooLongError, NaiveTimeError.

        What a bank that allows finds ends the matter before any other is asked; an entry that nobody reviewed allows
        nothing yet (I-17).
        """
        refuse(item)  # Before anything looks at it.
        if at.tzinfo is None:
            raise NaiveTimeError
        seen = self._see(item)
        if self._allowing and (allowed := _allowed(_ask(self._allowing, seen, at))):
            return Asked(allowed, ())
        hits = _ask(self._accusing, seen, at)
        return Asked((), tuple(hits)) if hits else NOTHING_ASKED


class Screener:
    """A policy and its banks, ready for any number of items. Without a policy nothing is done and nothing is asked.

    `banks` are asked in their order; a `Banks` is shared where several policies judge the same items. What is wrong
    with a policy is not looked for here: `policy_checks` does. Raises SameBankTwiceError.
    """

    def __init__(self, policy: Policy | None, banks: Banks | Iterable[Bank]) -> None:
        self.policy = policy
        self._deciding = None if policy is None else Deciding(policy)
        self._banks = banks if isinstance(banks, Banks) else Banks(banks)

    def judge(self, item: Item, *, at: datetime) -> Verdict:
        """The verdict on this item at this time. Raises PrivateItemError, TextTooLongError, NaiveTimeError."""
        if self.policy is None:
            refuse(item)
            return self.verdict(item, NOTHING_ASKED)
        return self.verdict(item, self._banks.ask(item, at=at))

    def verdict(self, item: Item, asked: Asked) -> Verdict:
        """The verdict on an item of which the banks were asked already."""
        if self.policy is None or self._deciding is None:
            return Verdict(item=item.item, action=Action.NONE, rule=None, policy=None)
        if asked.allowed:
            matches = _matches(asked.allowed)
            return Verdict(item=item.item, action=Action.NONE, rule=None, policy=self.policy.ref, matches=matches)
        rule, basis, shadow = self._deciding.decide(item, _entries(asked.hits) if asked.hits else ())
        return Verdict(
            item=item.item,
            action=Action.NONE if rule is None else rule.then,
            rule=None if rule is None else rule.name,
            policy=self.policy.ref,
            matches=_matches(each for each in asked.hits if (each[0], each[1].entry.id) in basis) if basis else (),
            shadow=shadow,
        )

    def judge_many(self, items: Iterable[Item], *, at: datetime) -> Iterator[Verdict | ItemRefusedError]:
        """The verdict on each item, in their order; an item that is refused has its error in its place."""
        for item in items:
            try:
                yield self.judge(item, at=at)
            except ItemRefusedError as refused:
                yield refused


def refuse(item: Item) -> None:
    """Refuse what is not screened: a private item (I-13), or a text longer than is taken."""
    if item.visibility is not Visibility.PUBLIC:
        raise PrivateItemError(item.item)
    if len(item.text) > MAX_TEXT:
        raise TextTooLongError(item.item, len(item.text), MAX_TEXT)


def _ask(banks: Sequence[Bank], seen: Seen, at: datetime) -> list[Told]:
    return [(bank.name, hit) for bank in banks for hit in bank.find(seen, at=at)]


def _allowed(hits: Iterable[Told]) -> tuple[Told, ...]:
    return tuple(each for each in hits if not each[1].entry.shadow)


def _entries(hits: Iterable[Told]) -> list[Found]:
    """Each entry that was found, once."""
    return list(dict.fromkeys(Found(bank, hit.entry.id, hit.entry.category, hit.entry.shadow) for bank, hit in hits))


def _matches(hits: Iterable[Told]) -> tuple[Match, ...]:
    """The matches that a verdict names: the first places of each entry."""
    places: dict[tuple[str, str], int] = {}
    told: list[Match] = []
    for bank, hit in hits:
        key = bank, hit.entry.id
        places[key] = places.get(key, 0) + 1
        if places[key] <= MAX_PLACES and len(told) < MAX_MATCHES:
            told.append(Match(bank, hit.entry.id) if hit.span is None else Match(bank, hit.entry.id, hit.span))
    return tuple(told)
