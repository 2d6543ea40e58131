"""What a policy says survives being written and read; no text of a stranger breaks the reading of one, or a verdict."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st
from msgspec.structs import replace

from mufakat.formats import policies
from mufakat.formats.policies import PolicyRefusedError
from mufakat.formats.screened import read_item
from mufakat.screening import banks as shelves
from mufakat.screening.backtest import compare
from mufakat.screening.bank import BankKind, Entry
from mufakat.screening.errors import ItemRefusedError, PrivateItemError
from mufakat.screening.item import Action, Item, ItemKind, Verdict, Visibility
from mufakat.screening.judging import Screener
from mufakat.screening.policy import Atom, Expected, Mode, Policy, PolicyTest, Rule, When, Words

if TYPE_CHECKING:
    from mufakat.screening.bank import Bank

AT = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
LIVE = Rule(
    name="live", when=When(any_of=(Atom(bank="words"),)), then=Action.HOLD, reason=Words(id="a", en="b"), mode=Mode.LIVE
)
POLICY = Policy(policy="p", version=1, rules=(LIVE,))

# What YAML can hold in quotes: no lone surrogates.
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
hostile = st.text(
    st.one_of(st.characters(), st.sampled_from("\u202e\u200b\u0301\ud800\x00pisang hijau\n.:/@")), max_size=60
)


def words(*, shadow: bool = False, allow: bool = False, name: str = "words") -> Bank:
    entry = Entry(id="e", value="pisang hijau", source="us", category="ripe", ground="terms", shadow=shadow)
    return shelves.make(name, BankKind.PHRASE, [entry], allow=allow)


def item(text: str, visibility: Visibility = Visibility.PUBLIC, name: str = "m") -> Item:
    return Item(item=name, at="2026-11-26T12:00:00Z", visibility=visibility, kind=ItemKind.POST, text=text)


@given(texts, texts, texts, texts, texts)
def test_what_is_written_is_read_back_alike(reason: str, name: str, category: str, text: str, author: str) -> None:
    rule = replace(LIVE, reason=Words(id=reason, en=reason))
    test = PolicyTest(
        name=name,
        item=Item(
            item=text,
            at="x",
            visibility=Visibility.PUBLIC,
            kind=ItemKind.POST,
            text=text,
            author=author,
            urls=(author,),
        ),
        found={"words": (category,)},
        expect=Expected(action=Action.HOLD, rule="live"),
    )
    policy = Policy(policy="p", version=1, rules=(rule,), tests=(test,))
    written = policies.write(policy)
    try:
        read = policies.parse(written)
    except PolicyRefusedError as refused:
        # The foreign part of a test takes no NUL, as nothing does that a database may keep.
        assert {fault.code.value for fault in refused.faults} == {"bad_text"}  # noqa: PT017  # Not always raised.
        return
    assert read == policy


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_no_bytes_break_the_reading_of_a_policy(raw: bytes) -> None:
    with pytest.raises(PolicyRefusedError):
        policies.parse(raw)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading_of_an_item(raw: bytes) -> None:
    assert isinstance(read_item(raw), tuple)


@given(hostile)
def test_every_text_has_a_verdict_whose_places_are_in_it(text: str) -> None:
    verdict = Screener(POLICY, [words()]).judge(item(text), at=AT)
    assert all(0 <= match.span[0] < match.span[1] <= len(text) for match in verdict.matches if match.span)


@pytest.mark.invariant("I-13")
@given(hostile)
def test_no_private_item_has_a_verdict(text: str) -> None:
    with pytest.raises(PrivateItemError):
        Screener(POLICY, [words()]).judge(item(text, Visibility.PRIVATE), at=AT)


@pytest.mark.invariant("I-17")
@given(hostile)
def test_what_nobody_reviewed_never_changes_what_follows(text: str) -> None:
    def said(*banks: Bank) -> tuple[Action, str | None]:
        verdict = Screener(POLICY, banks).judge(item(text), at=AT)
        return verdict.action, verdict.rule

    imported = (words(shadow=True, name="imported"), words(shadow=True, allow=True, name="allowed"))
    assert said(words(), *imported) == said(words())


@given(hostile)
def test_what_is_allowed_is_never_acted_upon(text: str) -> None:
    verdict = Screener(POLICY, [words(), words(allow=True, name="allowed")]).judge(item(text), at=AT)
    assert (verdict.action, verdict.rule) == (Action.NONE, None)


@given(st.lists(st.tuples(hostile, st.sampled_from(Visibility)), max_size=12))
def test_every_item_of_a_backtest_is_in_one_row_or_refused(given_: list[tuple[str, Visibility]]) -> None:
    items = [item(text, visibility, f"m{number}") for number, (text, visibility) in enumerate(given_)]
    table = compare(None, POLICY, items, banks=[words()], at=AT)
    verdicts = list(Screener(POLICY, [words()]).judge_many(items, at=AT))
    assert (table.items, table.refused) == (
        sum(isinstance(each, Verdict) for each in verdicts),
        sum(isinstance(each, ItemRefusedError) for each in verdicts),
    )
    assert table.changed == sum(isinstance(each, Verdict) and each.action is not Action.NONE for each in verdicts)
