"""Deciding by masks equals what the words of a policy say, and what is called unreachable is never reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, strategies as st
from msgspec.structs import replace

from mufakat.screening.deciding import Deciding, Found, speaks
from mufakat.screening.item import Action, Item, ItemKind, Visibility
from mufakat.screening.policy import Atom, Mode, Policy, Rule, When, Words
from mufakat.screening.policy_checks import check

if TYPE_CHECKING:
    from collections.abc import Sequence

BANKS, CATEGORIES, LANGUAGES = ("a", "b"), ("x", "y"), ("id", "id-ID", "en")
WHY = Words(id="Sebab.", en="Why.")

atoms = st.builds(
    Atom,
    bank=st.sampled_from((None, *BANKS)),
    category=st.sampled_from((None, *CATEGORIES)),
    least=st.sampled_from((None, 1, 2, 3)),
    kind=st.sampled_from((None, ItemKind.MESSAGE, ItemKind.POST)),
    language=st.sampled_from((None, *LANGUAGES)),
)
lists = st.lists(atoms, max_size=3).map(tuple)
whens = st.builds(When, any_of=lists, all_of=st.lists(atoms, max_size=2).map(tuple), none_of=lists)
rules = st.builds(
    Rule,
    name=st.just("r"),
    when=whens,
    then=st.sampled_from(Action),
    reason=st.just(WHY),
    mode=st.sampled_from((Mode.LIVE, Mode.SHADOW)),
    percent=st.none(),
    priority=st.integers(0, 2),
)
policies = st.lists(rules, min_size=1, max_size=6).map(
    lambda made: Policy(
        policy="p",
        version=1,
        rules=tuple(replace(rule, name=f"r{number}") for number, rule in enumerate(made)),
    )
)
items = st.builds(
    Item,
    item=st.text(min_size=1, max_size=3),
    at=st.just("2026-11-26T12:00:00Z"),
    visibility=st.just(Visibility.PUBLIC),
    kind=st.sampled_from(ItemKind),
    language=st.sampled_from((None, *LANGUAGES)),
)
found = st.lists(
    st.builds(
        Found, st.sampled_from(BANKS), st.sampled_from(("1", "2", "3", "4")), st.sampled_from(CATEGORIES), st.booleans()
    ),
    max_size=6,
    unique_by=lambda one: (one.bank, one.entry),
)


def holds(atom: Atom, item: Item, entries: Sequence[Found]) -> bool:
    if atom.kind is not None and atom.kind is not item.kind:
        return False
    if atom.language is not None and not speaks(item.language, atom.language):
        return False
    if atom.bank is None and atom.category is None and atom.least is None:
        return True
    named = [one for one in entries if atom.bank in {None, one.bank} and atom.category in {None, one.category}]
    return len(named) >= (atom.least or 1)


def met(when: When, item: Item, entries: Sequence[Found]) -> bool:
    return (
        all(holds(atom, item, entries) for atom in when.all_of)
        and (not when.any_of or any(holds(atom, item, entries) for atom in when.any_of))
        and not any(holds(atom, item, entries) for atom in when.none_of)
    )


@given(policies, items, found)
def test_deciding_by_masks_equals_the_words_of_the_policy(policy: Policy, item: Item, entries: list[Found]) -> None:
    sure = [one for one in entries if not one.shadow]
    decided, shadow = None, []
    for rule in sorted(policy.rules, key=lambda each: -each.priority):
        if rule.mode is Mode.LIVE and met(rule.when, item, sure):
            decided = rule
            break
        if met(rule.when, item, sure) or met(rule.when, item, entries):
            shadow.append(rule.name)
    outcome = Deciding(policy).decide(item, entries)
    assert (outcome.rule, list(outcome.shadow)) == (decided, shadow)


@given(policies, items, found)
def test_a_rule_that_is_called_unreachable_never_decides(policy: Policy, item: Item, entries: list[Found]) -> None:
    unreached = {fault.pointer for fault in check(policy) if "never" in fault.detail}
    decided = Deciding(policy).decide(item, entries).rule
    if decided is not None:
        number = policy.rules.index(decided)
        assert not {f"/rules/{number}", f"/rules/{number}/when"} & unreached


@given(policies, items, found)
def test_the_basis_is_never_empty_where_more_than_a_label_follows_from_a_sound_policy(
    policy: Policy, item: Item, entries: list[Found]
) -> None:
    if any("needs one as its basis" in fault.detail for fault in check(policy)):
        return
    outcome = Deciding(policy).decide(item, entries)
    if outcome.rule is not None and outcome.rule.then not in {Action.NONE, Action.LABEL}:
        assert outcome.basis
