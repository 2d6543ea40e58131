"""What holds of every text that is folded: the way back leads into it, and folding twice changes nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, strategies as st

from mufakat.screening.fold import SEAM, View, fold, views

# Every code point, lone surrogates too; and those that join, hide, turn around or stand for others, more often.
ODD = (
    "a\u0301\u0327\u0345 \n\t\x00\x1c\u00a0\u3000\u2800\u200b\u200d\u00ad\ufe0f\U000e0041"
    "\u202e\u202d\u202c\u2066\u2069\u1100\u1161\u11a8\u314f\u3133\uff76\uff9e\uffc2\u09c7\u09be\u0e33"
    "\u0130\u00df\u017f\ufb01\u1e9e\u1f88\u0410\u0391\uff21\U0001d400\u24d0\U0001f150\U0001f1ee\u00bd\u2460"
    "\ud800\udfff\uffff2014@$!|_-.yg"
)
TEXTS = st.text(st.one_of(st.sampled_from(ODD), st.characters(exclude_categories=())), max_size=60)
VIEWS = st.sampled_from(View)


@given(TEXTS, st.sampled_from([View.PLAIN, View.BARE]))
@example("a" + "\u0345" * 40, View.PLAIN)
@example("a b c  d  e  f\ng h i.j.k ! a b", View.BARE)
@example("p.i.s-a.n.g y.g aaa.b1111b", View.BARE)
def test_folding_twice_changes_nothing(text: str, view: View) -> None:
    once = fold(text, view).text
    assert fold(once, view).text == once


@given(TEXTS, VIEWS)
def test_every_character_came_from_a_place_in_the_text(text: str, view: View) -> None:
    folded = fold(text, view)
    assert len(folded.begins) == len(folded.ends) == len(folded.text)
    for begin, end in zip(folded.begins, folded.ends, strict=True):
        assert 0 <= begin <= end <= len(text)


@given(TEXTS, VIEWS)
def test_the_places_go_forward_up_to_the_seam(text: str, view: View) -> None:
    folded = fold(text, view)
    length = len(folded.text.partition(SEAM)[0])
    begins, ends = list(folded.begins)[:length], list(folded.ends)[:length]
    assert begins == sorted(begins)
    assert ends == sorted(ends)


@given(TEXTS)
def test_plain_is_the_compatibility_form_in_one_case(text: str) -> None:
    expected = text
    for _ in range(4):
        expected = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", expected).casefold())
    blanks = "".join(" " if one.isspace() else one for one in expected)
    while "  " in blanks:
        blanks = blanks.replace("  ", " ")
    assert fold(text, View.PLAIN).text == blanks


@given(TEXTS, st.integers(0, 59), st.integers(1, 60))
def test_what_a_part_of_plain_came_from_folds_to_what_holds_it(text: str, start: int, length: int) -> None:
    folded = fold(text, View.PLAIN)
    part = folded.text[start : start + length]
    if part:
        begin, end = folded.span(start, start + len(part))
        assert part in fold(text[begin:end], View.PLAIN).text


@given(TEXTS)
def test_the_views_are_those_that_are_made_alone(text: str) -> None:
    for view, folded in views(text).items():
        alone = fold(text, view)
        assert (folded.text, [*folded.begins], [*folded.ends]) == (alone.text, [*alone.begins], [*alone.ends])


@given(TEXTS)
def test_letters_are_letters_and_none_twice_in_a_row(text: str) -> None:
    letters = fold(text, View.LETTERS).text.replace(SEAM, "")
    assert all(map(str.isalpha, letters))


@pytest.mark.parametrize("view", View)
@given(st.text("abcdefghijklmnopqrstuvwxyz ", max_size=60))
def test_marks_between_letters_change_nothing_but_the_places(view: View, text: str) -> None:
    marked = "".join(f"{one}\u0301" for one in text)
    if view is not View.PLAIN:
        assert fold(marked, view).text == fold(text, view).text


@given(TEXTS)
def test_what_stands_around_a_text_changes_nothing_in_it(text: str) -> None:
    around = "pisang " * 60
    for view in (View.PLAIN, View.BARE):
        longer, shorter = (fold(f"{text}\n{tail}", view) for tail in (around, ""))
        if SEAM not in longer.text:
            assert longer.text.startswith(shorter.text)
            assert [*longer.begins][: len(shorter.text)] == [*shorter.begins]
