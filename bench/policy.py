"""``filter.policy``: which of two hundred rules decides an item in which entries were found.

The items are those few for which banks found something (an item in which nothing was found costs no look at any rule):
one to three entries of twenty banks. Half of the rules are in shadow, so that the search goes on behind them. The peer
is what one writes in an hour: a list of rules, each a closure over its questions, asked one after the other.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench import suite
from bench.contest import Contest, Target, WrongError
from bench.loops import Loop
from mufakat.screening.deciding import Deciding, Found
from mufakat.screening.item import Action, Item, ItemKind, Visibility
from mufakat.screening.policy import Atom, Mode, Policy, Rule, When, Words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BANKS, RULES, ITEMS = 20, 200, 2_000
CATEGORIES = ("a", "b", "c")
WHY = Words(id="Dibuat untuk diukur.", en="Made up to be measured.")
ITEM = Item(item="m", at="2026-11-26T09:00:00Z", visibility=Visibility.PUBLIC, kind=ItemKind.MESSAGE, language="id")

Judged = Sequence[Found]
Ask = Callable[[Judged], bool]


def policy(chance: random.Random) -> Policy:
    """Rules of four questions each."""

    def atom() -> Atom:
        return Atom(
            bank=f"bank-{chance.randrange(BANKS)}",
            category=chance.choice((None, *CATEGORIES)),
            least=chance.choice((None, None, 2)),
            language=chance.choice((None, None, "id")),
        )

    rules = [
        Rule(
            name=f"rule-{number}",
            when=When(all_of=(atom(),), any_of=(atom(), atom()), none_of=(atom(),)),
            then=Action.HOLD,
            reason=WHY,
            mode=chance.choice((Mode.LIVE, Mode.SHADOW)),
        )
        for number in range(RULES)
    ]
    return Policy(policy="measured", version=1, rules=tuple(rules))


def items(chance: random.Random) -> Sequence[Judged]:
    """What was found in each item."""
    return [
        [
            Found(f"bank-{chance.randrange(BANKS)}", f"e{number}", chance.choice(CATEGORIES))
            for number in range(chance.randint(1, 3))
        ]
        for _ in range(ITEMS)
    ]


def by_hand(rules: Policy) -> Callable[[Judged], str | None]:
    """Each rule a closure over its questions; it tells neither what was in shadow nor on what basis."""

    def question(atom: Atom) -> Ask:
        def holds(found: Judged) -> bool:
            named = [one for one in found if one.bank == atom.bank and atom.category in {None, one.category}]
            return len(named) >= (atom.least or 1) and atom.language in {None, ITEM.language}

        return holds

    def rule(when: When) -> Ask:
        every, some, none = ([question(atom) for atom in part] for part in (when.all_of, when.any_of, when.none_of))
        return lambda found: (
            all(ask(found) for ask in every) and any(ask(found) for ask in some) and not any(ask(found) for ask in none)
        )

    live = [(each.name, rule(each.when)) for each in rules.rules if each.mode is Mode.LIVE]

    def decide(found: Judged) -> str | None:
        return next((name for name, holds in live if holds(found)), None)

    return decide


def counted_alone(found: Judged) -> int:
    """The one step that cannot be left out: looking at what was found."""
    return len({(one.bank, one.category) for one in found})


@contextmanager
def contest(_work: Path) -> Iterator[Contest]:
    """The whole decision, with its basis and what was in shadow."""
    chance = random.Random(2017)  # noqa: S311 - no secret.
    made, found = policy(chance), items(chance)
    deciding, hand = Deciding(made), by_hand(made)
    for one in found:
        decided = deciding.decide(ITEM, one).rule
        if (decided and decided.name) != hand(one):
            raise WrongError(f"two answers for {one}")
    yield Contest(
        "filter.policy",
        f"items with something found/s of one core, {RULES} rules",
        Loop("mufakat.screening.deciding", lambda one: deciding.decide(ITEM, one), found),
        Loop("a list of closures by hand", hand, found),
        Loop("looking at what was found", counted_alone, found),
        targets=[Target("ours", 50_000)],
        remarks=["the peer tells neither what was in shadow nor on what basis; one of a hundred items comes so far"],
    )


if __name__ == "__main__":
    sys.exit(suite.main("policy", {"filter.policy": contest}))
