from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from mufakat.screening.bank import BankKind, Entry, Hit, Seen
from mufakat.screening.errors import NaiveTimeError, PrivateItemError, SameBankTwiceError, TextTooLongError
from mufakat.screening.item import MAX_TEXT, Action, Item, ItemKind, Match, Verdict, Visibility
from mufakat.screening.judging import MAX_MATCHES, MAX_PLACES, Banks, Screener
from mufakat.screening.policy import Atom, Mode, Policy, Rule, When, Words
from mufakat.screening.views import Views

if TYPE_CHECKING:
    from collections.abc import Iterator

AT = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
WHY = Words(id="Pisang belum masak.", en="The banana is not ripe.")


@dataclass
class WordBank:
    """Finds the words that it lists, and counts how often it was asked."""

    words: dict[str, str]
    name: str = "fruit"
    allow: bool = False
    shadow: bool = False
    kind: BankKind = BankKind.PHRASE
    asked: list[str] = field(default_factory=list)

    def find(self, seen: Seen, *, at: datetime) -> Iterator[Hit]:
        assert at == AT
        self.asked.append(seen.item.item)
        text = seen.item.text
        for word, category in self.words.items():
            start = text.find(word)
            while start >= 0:
                yield Hit(entry(word, category, shadow=self.shadow), (start, start + len(word)))
                start = text.find(word, start + 1)


def entry(word: str, category: str, *, shadow: bool = False) -> Entry:
    return Entry(id=word, value=word, source="us", category=category, ground="rule 1", shadow=shadow)


def see(item: Item) -> Seen:
    return Seen(item=item, views=Views(item.text), locators=(), digests=(), pdq=None)


def item(text: str = "", **members: Any) -> Item:
    members = {"item": "m1", "visibility": Visibility.PUBLIC, "kind": ItemKind.MESSAGE, **members}
    return Item(at="2026-11-26T12:00:00Z", text=text, **members)


def rule(name: str, when: When, then: Action = Action.HOLD, **members: Any) -> Rule:
    return Rule(name=name, when=when, then=then, reason=WHY, **{"mode": Mode.LIVE, **members})


def policy(*rules: Rule) -> Policy:
    return Policy(policy="garden", version=3, rules=rules)


def judge(text: str, *rules: Rule, banks: tuple[WordBank, ...] = (), **members: Any) -> Verdict:
    banks = banks or (WordBank({"pisang": "ripe", "mangga": "ripe", "jeruk": "sour"}),)
    return Screener(policy(*rules), banks).judge(item(text, **members), at=AT)


def any_of(*atoms: Atom) -> When:
    return When(any_of=atoms)


FRUIT = any_of(Atom(bank="fruit"))


def test_a_verdict_cites_policy_version_rule_bank_entry_and_place() -> None:
    verdict = judge("satu pisang", rule("ripe", FRUIT, Action.WARN))
    assert verdict == Verdict(
        item="m1", action=Action.WARN, rule="ripe", policy="garden/3", matches=(Match("fruit", "pisang", (5, 11)),)
    )


def test_where_no_rule_holds_nothing_is_done() -> None:
    assert judge("satu", rule("ripe", FRUIT)) == Verdict(item="m1", action=Action.NONE, rule=None, policy="garden/3")


@pytest.mark.invariant("I-13")
def test_a_private_item_is_refused_before_anything_looks_at_it() -> None:
    looked: list[Item] = []
    bank = WordBank({"pisang": "ripe"})

    def noting(one: Item) -> Seen:
        looked.append(one)
        return see(one)

    screener = Screener(policy(rule("ripe", FRUIT)), Banks([bank], see=noting))
    with pytest.raises(PrivateItemError):
        screener.judge(item("pisang", visibility=Visibility.PRIVATE), at=AT)
    assert (looked, bank.asked) == ([], [])


@pytest.mark.invariant("I-13")
def test_a_private_item_is_refused_without_a_policy_too() -> None:
    with pytest.raises(PrivateItemError):
        Screener(None, []).judge(item("pisang", visibility=Visibility.PRIVATE), at=AT)


def test_a_text_that_is_too_long_is_refused_and_not_cut() -> None:
    with pytest.raises(TextTooLongError, match="100001 characters"):
        judge("a" * (MAX_TEXT + 1), rule("ripe", FRUIT))


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(NaiveTimeError):
        Screener(policy(rule("ripe", FRUIT)), []).judge(item(), at=AT.replace(tzinfo=None))


def test_two_banks_of_one_name_are_refused() -> None:
    with pytest.raises(SameBankTwiceError):
        Screener(None, [WordBank({}), WordBank({})])


def test_without_a_policy_nothing_is_done_and_no_bank_is_asked() -> None:
    bank = WordBank({"pisang": "ripe"})
    verdict = Screener(None, [bank]).judge(item("pisang"), at=AT)
    assert (verdict, bank.asked) == (Verdict(item="m1", action=Action.NONE, rule=None, policy=None), [])


def test_every_bank_is_asked_once_however_many_rules_name_it() -> None:
    bank = WordBank({"pisang": "ripe"})
    judge("pisang", *(rule(f"r{number}", FRUIT, mode=Mode.SHADOW) for number in range(9)), banks=(bank,))
    assert bank.asked == ["m1"]


def test_what_is_allowed_ends_the_matter_and_is_told() -> None:
    allow = WordBank({"kebun": "news"}, name="good", allow=True)
    verdict = judge("pisang di kebun", rule("ripe", FRUIT), banks=(WordBank({"pisang": "ripe"}), allow))
    told = (verdict.action, verdict.rule, verdict.policy, verdict.matches)
    assert told == (Action.NONE, None, "garden/3", (Match("good", "kebun", (10, 15)),))


@pytest.mark.invariant("I-17")
def test_an_entry_that_nobody_reviewed_allows_nothing() -> None:
    allow = WordBank({"kebun": "news"}, name="good", allow=True, shadow=True)
    verdict = judge("pisang di kebun", rule("ripe", FRUIT), banks=(WordBank({"pisang": "ripe"}), allow))
    assert verdict.rule == "ripe"


@pytest.mark.invariant("I-17")
def test_an_entry_that_nobody_reviewed_only_tells_the_rule_that_would_have_decided() -> None:
    verdict = judge("pisang", rule("ripe", FRUIT), banks=(WordBank({"pisang": "ripe"}, shadow=True),))
    assert (verdict.action, verdict.rule, verdict.matches, verdict.shadow) == (Action.NONE, None, (), ("ripe",))


def test_a_rule_in_shadow_is_told_and_does_nothing() -> None:
    verdict = judge("pisang", rule("try", FRUIT, Action.BLOCK, mode=Mode.SHADOW))
    assert (verdict.action, verdict.rule, verdict.shadow) == (Action.NONE, None, ("try",))


def test_a_rule_in_shadow_does_not_hide_the_live_rule_behind_it() -> None:
    verdict = judge("pisang", rule("try", FRUIT, Action.BLOCK, mode=Mode.SHADOW, priority=9), rule("ripe", FRUIT))
    assert (verdict.rule, verdict.shadow) == ("ripe", ("try",))


def test_a_rule_in_shadow_behind_the_one_that_decides_would_not_have_decided() -> None:
    verdict = judge("pisang", rule("ripe", FRUIT), rule("try", FRUIT, Action.BLOCK, mode=Mode.SHADOW))
    assert (verdict.rule, verdict.shadow) == ("ripe", ())


def test_the_highest_priority_decides() -> None:
    verdict = judge("pisang", rule("low", FRUIT), rule("high", FRUIT, Action.BLOCK, priority=1))
    assert (verdict.rule, verdict.action) == ("high", Action.BLOCK)


def test_of_one_priority_the_one_written_first_decides() -> None:
    assert judge("pisang", rule("first", FRUIT), rule("second", FRUIT, Action.BLOCK)).rule == "first"


@pytest.mark.parametrize("then", [Action.NONE, Action.LABEL])
def test_a_mild_rule_ends_the_search_too(then: Action) -> None:
    verdict = judge("pisang", rule("mild", FRUIT, then, priority=1), rule("ripe", FRUIT, Action.BLOCK))
    assert (verdict.rule, verdict.action) == ("mild", then)


RIPE, SOUR = Atom(category="ripe"), Atom(category="sour")


@pytest.mark.parametrize(
    ("when", "text", "holds"),
    [
        (When(all_of=(RIPE, SOUR)), "pisang jeruk", True),
        (When(all_of=(RIPE, SOUR)), "pisang", False),
        (When(any_of=(RIPE, SOUR)), "jeruk", True),
        (When(any_of=(RIPE,), none_of=(SOUR,)), "pisang", True),
        (When(any_of=(RIPE,), none_of=(SOUR,)), "pisang jeruk", False),
        (When(all_of=(SOUR,), any_of=(RIPE,)), "jeruk", False),
        (When(any_of=(Atom(bank="fruit", category="sour"),)), "pisang", False),
        (When(any_of=(Atom(bank="fruit", category="sour"),)), "jeruk", True),
        (When(any_of=(Atom(bank="other", category="sour"),)), "jeruk", False),
        (When(any_of=(Atom(category="ripe", least=2),)), "pisang pisang", False),
        (When(any_of=(Atom(category="ripe", least=2),)), "pisang jeruk", False),
        (When(any_of=(Atom(category="ripe", least=2),)), "pisang mangga", True),
        (When(any_of=(Atom(bank="fruit", least=3),)), "pisang mangga jeruk", True),
        (When(any_of=(Atom(least=2),)), "pisang jeruk", True),
        (When(any_of=(Atom(least=1),)), "", False),
        (When(any_of=(Atom(kind=ItemKind.MESSAGE),)), "", True),
        (When(any_of=(Atom(kind=ItemKind.POST),)), "pisang", False),
        (When(any_of=(Atom(bank="fruit", kind=ItemKind.POST),)), "pisang", False),
        (When(any_of=(Atom(bank="fruit", kind=ItemKind.MESSAGE),)), "pisang", True),
        (When(any_of=(Atom(bank="fruit", kind=ItemKind.MESSAGE),)), "", False),
        (When(), "", True),
        (When(none_of=(RIPE,)), "", True),
        (When(none_of=(RIPE,)), "pisang", False),
    ],
)
def test_a_condition_holds_as_it_is_written(when: When, text: str, *, holds: bool) -> None:
    assert (judge(text, rule("one", when)).rule == "one") is holds


@pytest.mark.parametrize(
    ("said", "asked", "holds"),
    [
        ("id", "id", True),
        ("ID", "id", True),
        ("id-ID", "id", True),
        ("id", "id-ID", False),
        ("idu", "id", False),
        (None, "id", False),
    ],
)
def test_a_language_takes_in_its_regions(said: str | None, asked: str, *, holds: bool) -> None:
    found = judge("", rule("one", any_of(Atom(language=asked))), language=said).rule
    assert (found == "one") is holds


def test_the_matches_told_are_those_that_a_question_of_the_rule_named() -> None:
    verdict = judge("pisang jeruk", rule("ripe", any_of(RIPE, Atom(category="sour", least=2))))
    assert verdict.matches == (Match("fruit", "pisang", (0, 6)),)


def test_one_entry_is_told_at_its_first_places() -> None:
    verdict = judge("pisang " * 500, rule("ripe", FRUIT))
    assert [each.span for each in verdict.matches] == [(7 * place, 7 * place + 6) for place in range(MAX_PLACES)]


def test_a_verdict_stays_small_whatever_is_found() -> None:
    words = [f"buah{number:03}" for number in range(300)]
    bank = WordBank(dict.fromkeys(words, "ripe"))
    assert len(judge(" ".join(words), rule("ripe", FRUIT), banks=(bank,)).matches) == MAX_MATCHES


def test_a_match_beside_the_text_has_no_place() -> None:
    class Beside(WordBank):
        def find(self, seen: Seen, *, at: datetime) -> Iterator[Hit]:
            del seen, at
            yield Hit(entry("pisang", "ripe"), None)

    assert judge("", rule("ripe", FRUIT), banks=(Beside({}),)).matches == (Match("fruit", "pisang"),)


def test_a_sample_is_always_the_same_part() -> None:
    screener = Screener(policy(rule("part", FRUIT, mode=Mode.SAMPLE, percent=20)), [WordBank({"pisang": "ripe"})])
    items = [item("pisang", item=f"m{number}") for number in range(2_000)]
    once = [screener.judge(each, at=AT).rule for each in items]
    again = [screener.judge(each, at=AT).rule for each in reversed(items)]
    assert once == again[::-1]
    assert 320 <= sum(name == "part" for name in once) <= 480


def test_what_is_outside_of_the_sample_is_told_as_shadow() -> None:
    screener = Screener(policy(rule("part", FRUIT, mode=Mode.SAMPLE, percent=50)), [WordBank({"pisang": "ripe"})])
    verdicts = [screener.judge(item("pisang", item=f"m{number}"), at=AT) for number in range(50)]
    assert {(each.rule, each.shadow) for each in verdicts} == {("part", ()), (None, ("part",))}


def test_a_larger_sample_takes_in_the_smaller_one() -> None:
    items = [item("pisang", item=f"m{number}") for number in range(500)]
    banks = [WordBank({"pisang": "ripe"})]
    small, large = (
        {
            each.item
            for each in Screener(policy(rule("part", FRUIT, mode=Mode.SAMPLE, percent=percent)), banks).judge_many(
                items, at=AT
            )
            if isinstance(each, Verdict) and each.rule
        }
        for percent in (10, 30)
    )
    assert small < large


def test_a_batch_gives_a_refusal_in_its_place_and_goes_on() -> None:
    screener = Screener(policy(rule("ripe", FRUIT)), [WordBank({"pisang": "ripe"})])
    items = [item("pisang", item="a"), item("pisang", item="b", visibility=Visibility.PRIVATE), item("", item="c")]
    told = [(type(each), each.item) for each in screener.judge_many(items, at=AT)]
    assert told == [(Verdict, "a"), (PrivateItemError, "b"), (Verdict, "c")]


def test_half_a_character_in_the_name_of_an_item_is_sampled_like_any_other() -> None:
    verdict = judge("pisang", rule("part", FRUIT, mode=Mode.SAMPLE, percent=50), item="\ud800\x00")
    assert verdict.rule == "part" or verdict.shadow == ("part",)
