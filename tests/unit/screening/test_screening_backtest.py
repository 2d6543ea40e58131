from __future__ import annotations

import random
import tracemalloc
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from mufakat.screening import banks as shelves
from mufakat.screening.backtest import Difference, Table, compare, live
from mufakat.screening.bank import Bank, BankKind, Entry
from mufakat.screening.item import Action, Item, ItemKind, Visibility
from mufakat.screening.policy import Atom, Mode, Policy, Rule, When, Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

AT = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
WHY = Words(id="Sebab.", en="Why.")
RIPE, SOUR = "a" * 64, "b" * 64


def bank() -> Bank:
    def entry(value: str, category: str) -> Entry:
        return Entry(id=category, value=value, source="us", category=category, ground="terms")

    return shelves.reference("files", BankKind.DIGEST, [entry(RIPE, "ripe"), entry(SOUR, "sour")])


def item(number: int, digest: str | None = None, **members: Any) -> Item:
    members = {"visibility": Visibility.PUBLIC, **members}
    return Item(item=f"m{number}", at="2026-11-26T12:00:00Z", kind=ItemKind.MEDIA, sha256=digest, **members)


def rule(name: str, category: str, then: Action, mode: Mode = Mode.LIVE) -> Rule:
    return Rule(name=name, when=When(any_of=(Atom(category=category),)), then=then, reason=WHY, mode=mode)


def policy(version: int, *rules: Rule) -> Policy:
    return Policy(policy="garden", version=version, rules=rules)


OLD = policy(1, rule("ripe", "ripe", Action.HOLD))
NEW = policy(2, rule("ripe", "ripe", Action.WARN), rule("sour", "sour", Action.BLOCK, Mode.SHADOW))
ITEMS = [item(number, (None, RIPE, SOUR, RIPE)[number % 4]) for number in range(400)]


def table(old: Policy | None, new: Policy, items: Iterable[Item] = ITEMS, *, samples: int = 3) -> Table:
    return compare(old, new, items, banks=[bank()], at=AT, samples=samples)


def facts(found: Table) -> list[tuple[str, str | None, str, str | None, int]]:
    return [(*row.before, *row.after, row.count) for row in found.rows]


def test_the_table_says_what_was_and_what_would_be_and_how_often() -> None:
    assert facts(table(OLD, NEW)) == [("hold", "ripe", "warn", "ripe", 200), ("none", None, "none", None, 200)]


def test_what_is_in_shadow_is_counted_beside_the_table() -> None:
    assert table(OLD, NEW).would == {"sour": 100}


def test_it_can_be_asked_what_would_follow_if_all_rules_were_live() -> None:
    assert facts(table(OLD, live(NEW))) == [
        ("hold", "ripe", "warn", "ripe", 200),
        ("none", None, "block", "sour", 100),
        ("none", None, "none", None, 100),
    ]


def test_without_an_old_policy_nothing_was_done_before() -> None:
    found = table(None, OLD)
    assert (found.before, found.after, found.changed) == (None, "garden/1", 200)


def test_another_rule_with_the_same_action_is_a_difference_that_nobody_would_notice() -> None:
    renamed = policy(2, rule("renamed", "ripe", Action.HOLD))
    found = table(OLD, renamed)
    assert (found.changed, facts(found)[0]) == (0, ("hold", "ripe", "hold", "renamed", 200))


@pytest.mark.invariant("I-13")
def test_private_items_are_counted_as_refused_and_not_judged() -> None:
    found = table(OLD, NEW, [item(1, RIPE), item(2, RIPE, visibility=Visibility.PRIVATE)])
    assert (found.items, found.refused) == (1, 1)


def test_every_item_is_in_one_row() -> None:
    found = table(OLD, live(NEW))
    assert found.items == len(ITEMS) == sum(row.count for row in found.rows)


def test_the_same_items_give_the_same_table_in_any_order() -> None:
    shuffled = random.Random(8).sample(ITEMS, len(ITEMS))  # noqa: S311  # An order, no secret.
    assert table(OLD, NEW) == table(OLD, NEW, shuffled)


def test_samples_are_items_of_their_row_and_no_more_than_asked_for() -> None:
    (changed, _) = table(OLD, NEW).rows
    numbers = [int(name.removeprefix("m")) for name in changed.samples]
    assert (len(numbers), {number % 2 for number in numbers}) == (3, {1})


def test_no_samples_are_kept_where_none_are_asked_for() -> None:
    assert {row.samples for row in table(OLD, NEW, samples=0).rows} == {()}


def test_an_item_that_comes_twice_is_counted_twice_and_sampled_once() -> None:
    (row,) = table(OLD, NEW, [item(1, RIPE)] * 2).rows
    assert row == Difference((Action.HOLD, "ripe"), (Action.WARN, "ripe"), 2, ("m1",))


def test_the_memory_does_not_grow_with_the_items() -> None:
    def many(count: int) -> Iterator[Item]:
        return (item(number, RIPE) for number in range(count))

    def peak(count: int) -> int:
        tracemalloc.start()
        table(OLD, NEW, many(count))
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(50)  # What is loaded once is loaded.
    assert peak(5_000) < peak(500) + 50_000
