"""The verdict on one item: private items are refused, banks are asked, what allows ends the matter, a rule decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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

_Found = list[tuple[str, "Hit"]]


class Screener:
    """A policy and its banks, ready for any number of items. Without a policy nothing is done and nothing is asked.

    Raises SameBankTwiceError. What is wrong with a policy is not looked for here: `policy_checks` does.
    """

    def __init__(
        self, policy: Policy | None, banks: Iterable[Bank], *, see: Callable[[Item], Seen] = extract.see
    ) -> None:
        self.policy = policy
        self._deciding = None if policy is None else Deciding(policy)
        self._see = see
        named: dict[str, Bank] = {}
        for bank in banks:
            if bank.name in named:
                raise SameBankTwiceError(bank.name)
            named[bank.name] = bank
        self._allowing = [bank for bank in named.values() if bank.allow]
        self._accusing = [bank for bank in named.values() if not bank.allow]

    def judge(self, item: Item, *, at: datetime) -> Verdict:
        """The verdict on this item at this time. Raises PrivateItemError, TextTooLongError, NaiveTimeError."""
        refuse(item)  # (1) Before anything looks at it.
        if at.tzinfo is None:
            raise NaiveTimeError
        if self.policy is None or self._deciding is None:
            return Verdict(item=item.item, action=Action.NONE, rule=None, policy=None)
        # (2) What was found by a bank that allows ends the matter, before anything that accuses is asked. An entry
        # that nobody reviewed allows nothing yet (I-17).
        seen = self._see(item)
        allowed = [each for each in _ask(self._allowing, seen, at) if not each[1].entry.shadow]
        if allowed:
            return Verdict(
                item=item.item, action=Action.NONE, rule=None, policy=self.policy.ref, matches=_matches(allowed)
            )
        # (3) Each other bank is asked once, and the rules decide on what was found.
        hits = _ask(self._accusing, seen, at)
        outcome = self._deciding.decide(item, _entries(hits))
        basis = [each for each in hits if (each[0], each[1].entry.id) in outcome.basis] if outcome.basis else []
        rule = outcome.rule
        return Verdict(
            item=item.item,
            action=Action.NONE if rule is None else rule.then,
            rule=None if rule is None else rule.name,
            policy=self.policy.ref,
            matches=_matches(basis),
            shadow=outcome.shadow,
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


def _ask(banks: Sequence[Bank], seen: Seen, at: datetime) -> _Found:
    return [(bank.name, hit) for bank in banks for hit in bank.find(seen, at=at)]


def _entries(hits: _Found) -> list[Found]:
    """Each entry that was found, once."""
    return list(dict.fromkeys(Found(bank, hit.entry.id, hit.entry.category, hit.entry.shadow) for bank, hit in hits))


def _matches(hits: _Found) -> tuple[Match, ...]:
    """The matches that a verdict names: the first places of each entry."""
    places: dict[tuple[str, str], int] = {}
    told: list[Match] = []
    for bank, hit in hits:
        key = bank, hit.entry.id
        places[key] = places.get(key, 0) + 1
        if places[key] <= MAX_PLACES and len(told) < MAX_MATCHES:
            told.append(Match(bank, hit.entry.id) if hit.span is None else Match(bank, hit.entry.id, hit.span))
    return tuple(told)
