"""What is wrong with a policy whose parts are sound each by itself; and its own tests.

A policy that has a fault is not used: a rule that is never reached, or a test that does not hold, is a mistake about
what people's words will meet. The tests are run as if every rule were live, so that they say what the rules mean
before they are promoted, and still do afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from mufakat.screening.deciding import Deciding, Found, question_of
from mufakat.screening.errors import BadPolicyError, ItemRefusedError
from mufakat.screening.implying import Implications, contradicts_itself, implies
from mufakat.screening.item import Action
from mufakat.screening.judging import refuse
from mufakat.screening.policy import Atom, Mode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mufakat.screening.policy import Policy, PolicyTest, Rule, When

MILD: Final = frozenset({Action.NONE, Action.LABEL})
"""What may follow where no entry was found: anything more needs a basis that a statement of reasons can name."""


_ASKS_NOTHING: Final = Atom()


class PolicyFault(NamedTuple):
    """One thing that is wrong: where (a JSON pointer into the policy, RFC 6901), and a sentence that says what."""

    pointer: str
    detail: str


class Tried(NamedTuple):
    """A test of the policy, and what followed; `rule` is the one that decided, if any did."""

    test: PolicyTest
    action: Action
    rule: str | None

    @property
    def holds(self) -> bool:
        """Whether what followed is what the test expects. The rule counts where the test names one."""
        expect = self.test.expect
        return self.action is expect.action and expect.rule in {None, self.rule}


def check(policy: Policy, *, banks: Mapping[str, bool] | None = None, tests: bool = True) -> tuple[PolicyFault, ...]:
    """Everything that is wrong with this policy: names first, then rules, then tests.

    `banks` are those there are, by name, and whether each allows; None where they are not known. The tests are run,
    unless they are left out, where nothing else is wrong.
    """
    found = [*_twice(policy), *_rules(policy), *_unreached(policy), *_items(policy)]
    if banks is not None:
        found += [*_strangers(policy, banks), *_allowing(policy, banks)]
    if tests and not found:
        found += _failing(policy)
    return tuple(found)


def require(policy: Policy, *, banks: Mapping[str, bool] | None = None) -> None:
    """Refuse a policy in which `check` finds anything. Raises BadPolicyError."""
    found = check(policy, banks=banks)
    if found:
        raise BadPolicyError(found)


def run(policy: Policy) -> Iterator[Tried]:
    """Each test of the policy with what follows from it. Raises ItemRefusedError where its item is not screened."""
    deciding = Deciding(replace(policy, rules=tuple(_live(rule) for rule in policy.rules)))
    for test in policy.tests:
        refuse(test.item)
        found = [
            Found(bank, str(number), category)
            for bank, categories in test.found.items()
            for number, category in enumerate(categories)
        ]
        rule = deciding.decide(test.item, found).rule
        yield Tried(test, Action.NONE if rule is None else rule.then, None if rule is None else rule.name)


def _live(rule: Rule) -> Rule:
    return replace(rule, mode=Mode.LIVE, percent=None)


def _twice(policy: Policy) -> Iterator[PolicyFault]:
    for part, names in (
        ("rules", [each.name for each in policy.rules]),
        ("tests", [each.name for each in policy.tests]),
    ):
        seen: set[str] = set()
        for number, name in enumerate(names):
            if name in seen:
                yield PolicyFault(f"/{part}/{number}/name", "This name stands above already.")
            seen.add(name)


def _rules(policy: Policy) -> Iterator[PolicyFault]:
    for number, rule in enumerate(policy.rules):
        pointer = f"/rules/{number}"
        if rule.mode is Mode.SAMPLE and rule.percent is None:
            yield PolicyFault(f"{pointer}/percent", "A rule in the mode sample says on how many percent it acts.")
        if rule.mode is not Mode.SAMPLE and rule.percent is not None:
            yield PolicyFault(f"{pointer}/percent", "Only a rule in the mode sample has a percent.")
        for place, atom in _placed(rule.when, pointer):
            if atom == _ASKS_NOTHING:
                yield PolicyFault(place, "This asks nothing; name a bank, a category, a least, a kind or a language.")
        if rule.then not in MILD and _needs_no_entry(rule.when):
            yield PolicyFault(
                f"{pointer}/when",
                f"This may hold where no entry was found, and {rule.then} needs one as its basis: "
                "ask for a bank or a category, or let it be none or label.",
            )


def _needs_no_entry(when: When) -> bool:
    """Whether a condition may hold for an item in which nothing was found."""
    some = [question_of(atom) is None for atom in when.any_of]
    return all(question_of(atom) is None for atom in when.all_of) and (not some or any(some))


def _unreached(policy: Policy) -> Iterator[PolicyFault]:
    known = Implications(policy)
    masks = [known.masks(rule.when) for rule in policy.rules]
    order = sorted(range(len(policy.rules)), key=lambda number: -policy.rules[number].priority)
    before: list[int] = []
    for number in order:
        pointer = f"/rules/{number}"
        if contradicts_itself(masks[number]):
            yield PolicyFault(f"{pointer}/when", "This never holds: what it asks for is what its none_of excludes.")
            continue
        above = next((one for one in before if implies(masks[number], masks[one])), None)
        if above is not None:
            detail = f"This rule is never reached: {policy.rules[above].name} is live, is asked before, and holds"
            yield PolicyFault(pointer, f"{detail} whenever this one does.")
        elif policy.rules[number].mode is Mode.LIVE:
            before.append(number)


def _items(policy: Policy) -> Iterator[PolicyFault]:
    names = {rule.name for rule in policy.rules}
    for number, test in enumerate(policy.tests):
        pointer = f"/tests/{number}"
        try:
            refuse(test.item)
        except ItemRefusedError as refused:
            yield PolicyFault(f"{pointer}/item", str(refused))
        if test.expect.rule is not None and test.expect.rule not in names:
            yield PolicyFault(f"{pointer}/expect/rule", "No rule of this policy has this name.")


def _strangers(policy: Policy, banks: Iterable[str]) -> Iterator[PolicyFault]:
    known = frozenset(banks)
    for place, atom in _all_placed(policy):
        if atom.bank is not None and atom.bank not in known:
            yield PolicyFault(f"{place}/bank", "There is no bank of this name.")
    for number, test in enumerate(policy.tests):
        for name in test.found:
            if name not in known:
                yield PolicyFault(f"/tests/{number}/found/{name}", "There is no bank of this name.")


def _allowing(policy: Policy, banks: Mapping[str, bool]) -> Iterator[PolicyFault]:
    """A rule that asks for what a bank allows: that ends the matter before any rule is asked."""
    for place, atom in _all_placed(policy):
        if atom.bank is not None and banks.get(atom.bank):
            yield PolicyFault(f"{place}/bank", "This bank allows: what it finds ends the matter before any rule.")
    for number, test in enumerate(policy.tests):
        for name in test.found:
            if banks.get(name):
                detail = "This bank allows: what it finds ends the matter, so that no rule is tested."
                yield PolicyFault(f"/tests/{number}/found/{name}", detail)


def _failing(policy: Policy) -> Iterator[PolicyFault]:
    for number, tried in enumerate(run(policy)):
        if not tried.holds:
            yield PolicyFault(f"/tests/{number}/expect", f"This test does not hold: {told(tried)}.")


def told(tried: Tried) -> str:
    """What a test expects and what followed, in a few words."""
    expect = tried.test.expect
    return f"{_words(expect.action, expect.rule)} was expected, and {_words(tried.action, tried.rule)} followed"


def _words(action: Action, rule: str | None) -> str:
    return f"{action}" if rule is None else f"{action} by the rule {rule}"


def _all_placed(policy: Policy) -> Iterator[tuple[str, Atom]]:
    for number, rule in enumerate(policy.rules):
        yield from _placed(rule.when, f"/rules/{number}")


def _placed(when: When, pointer: str) -> Iterator[tuple[str, Atom]]:
    for name, atoms in (("any_of", when.any_of), ("all_of", when.all_of), ("none_of", when.none_of)):
        for number, atom in enumerate(atoms):
            yield f"{pointer}/when/{name}/{number}", atom
