from __future__ import annotations

from typing import Any

import pytest

from mufakat.screening.errors import BadPolicyError
from mufakat.screening.item import MAX_TEXT, Action, Item, ItemKind, Visibility
from mufakat.screening.policy import Atom, Expected, Mode, Policy, PolicyTest, Rule, When, Words
from mufakat.screening.policy_checks import check, require, run

WHY = Words(id="Pisang belum masak.", en="The banana is not ripe.")
FRUIT = Atom(bank="fruit")
RIPE = Atom(category="ripe")


def rule(name: str = "one", when: When | None = None, then: Action = Action.HOLD, **members: Any) -> Rule:
    return Rule(name=name, when=when or When(any_of=(FRUIT,)), then=then, reason=WHY, **{"mode": Mode.LIVE, **members})


def trial(name: str = "t", *, expect: Expected | None = None, text: str = "", **members: Any) -> PolicyTest:
    item = Item(
        item="m",
        at="2026-11-26T12:00:00Z",
        kind=ItemKind.MESSAGE,
        text=text,
        **{"visibility": Visibility.PUBLIC, **members},
    )
    return PolicyTest(name=name, item=item, found={"fruit": ("ripe",)}, expect=expect or Expected(action=Action.HOLD))


def policy(*rules: Rule, tests: tuple[PolicyTest, ...] = ()) -> Policy:
    return Policy(policy="garden", version=1, rules=rules, tests=tests)


def places(made: Policy, banks: dict[str, bool] | None = None) -> list[str]:
    return [fault.pointer for fault in check(made, banks=banks)]


def test_a_sound_policy_has_no_faults() -> None:
    assert check(policy(rule(), tests=(trial(),)), banks={"fruit": False}) == ()


@pytest.mark.parametrize(
    ("made", "place"),
    [
        (policy(rule(), rule(when=When(any_of=(RIPE,)))), "/rules/1/name"),
        (policy(rule(), tests=(trial(), trial())), "/tests/1/name"),
        (policy(rule(mode=Mode.SAMPLE)), "/rules/0/percent"),
        (policy(rule(mode=Mode.SHADOW, percent=5)), "/rules/0/percent"),
        (policy(rule(percent=5)), "/rules/0/percent"),
        (policy(rule(when=When(any_of=(FRUIT,), all_of=(Atom(),)))), "/rules/0/when/all_of/0"),
        (policy(rule(when=When())), "/rules/0/when"),
        (policy(rule(when=When(none_of=(FRUIT,)))), "/rules/0/when"),
        (policy(rule(when=When(any_of=(FRUIT, Atom(kind=ItemKind.POST))))), "/rules/0/when"),
        (policy(rule(when=When(all_of=(Atom(language="id"),)), then=Action.BLOCK)), "/rules/0/when"),
        (policy(rule(when=When(any_of=(FRUIT,), none_of=(FRUIT,)))), "/rules/0/when"),
        (policy(rule(when=When(all_of=(Atom(bank="fruit", least=3),), none_of=(FRUIT,)))), "/rules/0/when"),
        (policy(rule(), tests=(trial(visibility=Visibility.PRIVATE),)), "/tests/0/item"),
        (policy(rule(), tests=(trial(text="a" * (MAX_TEXT + 1)),)), "/tests/0/item"),
        (policy(rule(), tests=(trial(expect=Expected(action=Action.HOLD, rule="two")),)), "/tests/0/expect/rule"),
        (policy(rule(), tests=(trial(expect=Expected(action=Action.BLOCK)),)), "/tests/0/expect"),
        (policy(rule(), tests=(trial(expect=Expected()),)), "/tests/0/expect"),
    ],
)
def test_a_fault_is_found_in_its_place(made: Policy, place: str) -> None:
    assert places(made) == [place]


@pytest.mark.parametrize("then", [Action.NONE, Action.LABEL])
def test_a_rule_for_everything_may_be_mild(then: Action) -> None:
    assert places(policy(rule(when=When(), then=then))) == []


def test_a_test_says_what_was_expected_and_what_followed() -> None:
    (fault,) = check(policy(rule(), tests=(trial(expect=Expected(action=Action.BLOCK, rule="one")),)))
    assert fault.detail == (
        "This test does not hold: block by the rule one was expected, and hold by the rule one followed."
    )


def test_tests_are_run_as_if_every_rule_were_live() -> None:
    (tried,) = run(policy(rule(mode=Mode.SHADOW), tests=(trial(),)))
    assert (tried.holds, tried.rule) == (True, "one")


def test_a_bank_that_is_not_there_is_named_where_it_is_asked_and_where_it_is_tested() -> None:
    assert places(policy(rule(), tests=(trial(),)), banks={"other": False}) == [
        "/rules/0/when/any_of/0/bank",
        "/tests/0/found/fruit",
    ]


def test_a_rule_that_asks_a_bank_that_allows_is_a_mistake() -> None:
    assert places(policy(rule()), banks={"fruit": True}) == ["/rules/0/when/any_of/0/bank"]


def test_require_refuses_with_all_faults() -> None:
    with pytest.raises(BadPolicyError) as refused:
        require(policy(rule(percent=5), rule()))
    assert [fault.pointer for fault in refused.value.faults] == ["/rules/1/name", "/rules/0/percent", "/rules/1"]


def any_of(*atoms: Atom) -> When:
    return When(any_of=atoms)


@pytest.mark.parametrize(
    ("above", "below"),
    [
        (any_of(FRUIT), any_of(FRUIT)),
        (any_of(FRUIT, RIPE), any_of(FRUIT)),
        (any_of(FRUIT), When(all_of=(FRUIT, RIPE))),
        (any_of(FRUIT), any_of(Atom(bank="fruit", category="ripe"))),
        (any_of(RIPE), any_of(Atom(bank="fruit", category="ripe"))),
        (any_of(FRUIT), any_of(Atom(bank="fruit", least=2))),
        (any_of(Atom(bank="fruit", least=2)), any_of(Atom(bank="fruit", least=2))),
        (any_of(Atom(bank="fruit", least=1)), any_of(FRUIT)),
        (any_of(FRUIT), any_of(Atom(bank="fruit", kind=ItemKind.POST))),
        (any_of(Atom(bank="fruit", language="id")), any_of(Atom(bank="fruit", language="ID-id"))),
        (any_of(FRUIT), When(any_of=(FRUIT,), none_of=(RIPE,))),
        (When(any_of=(FRUIT,), none_of=(Atom(category="ripe", least=2),)), When(any_of=(FRUIT,), none_of=(RIPE,))),
        (When(all_of=(FRUIT,)), any_of(Atom(bank="fruit", category="a"), Atom(bank="fruit", category="b"))),
    ],
)
def test_a_rule_behind_a_weaker_live_one_is_never_reached(above: When, below: When) -> None:
    assert places(policy(rule("above", above), rule("below", below))) == ["/rules/1"]


@pytest.mark.parametrize(
    ("above", "below"),
    [
        (any_of(RIPE), any_of(FRUIT)),
        (any_of(FRUIT), any_of(FRUIT, RIPE)),
        (any_of(Atom(bank="fruit", least=2)), any_of(FRUIT)),
        (any_of(Atom(bank="fruit", kind=ItemKind.POST)), any_of(FRUIT)),
        (any_of(Atom(bank="fruit", language="id-ID")), any_of(Atom(bank="fruit", language="id"))),
        (When(any_of=(FRUIT,), none_of=(RIPE,)), any_of(FRUIT)),
        (When(all_of=(FRUIT, RIPE)), any_of(FRUIT)),
    ],
)
def test_a_rule_behind_a_stronger_one_is_reached(above: When, below: When) -> None:
    assert places(policy(rule("above", above), rule("below", below))) == []


@pytest.mark.parametrize("mode", [{"mode": Mode.SHADOW}, {"mode": Mode.SAMPLE, "percent": 99}])
def test_a_rule_is_hidden_by_a_live_one_alone(mode: dict[str, Any]) -> None:
    assert places(policy(rule("above", **mode), rule("below"))) == []


def test_the_order_that_counts_is_that_of_the_priorities() -> None:
    made = policy(rule("low"), rule("high", When(all_of=(FRUIT, RIPE)), priority=5))
    assert places(made) == []


def test_ten_thousand_different_questions_are_compared() -> None:
    rules = tuple(
        rule(f"r{number}", any_of(*(Atom(bank="b", language=f"x-{number}-{each}-a-b-c-d-e-f") for each in range(50))))
        for number in range(200)
    )
    assert check(policy(*rules)) == ()
