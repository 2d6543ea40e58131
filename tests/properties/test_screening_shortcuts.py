"""What is left out because most texts do not need it changes nothing: with and without each shortcut it is the same."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings, strategies as st

from mufakat.screening import extract, fold, fold_tables, fold_words, pointers, views
from mufakat.screening.banks import phrase_index
from mufakat.screening.fold import View
from mufakat.screening.item import Item, ItemKind, Visibility

# Letters that meet, and whatever may stand between, hide or stand for them; every code point besides.
ODD = (
    "aabbllwwixyzgn2210 \n\t\x00\x1c\x1f\x7f__@$!|--..''?/\\:[({<\"\u00b2\u00e9\u0301\u200b\u00ad\u202e\u202c\u0430"
    "\u0967\u0915\u093f\u2024\uff0e\u3002\u24d0\u3000\u2028\ufe0f\U0001f34c\U0001f1ee\u2014\u20ac\uffff\ud800"
)
CHARACTERS = st.one_of(st.sampled_from(ODD), st.characters(exclude_categories=()))
PIECES = (
    *("pisang", "hijau", "angga", "yg", "gpp", "anak2", "p1s", "aaa", "x", "a b c", "p.i.s", "t.me/x", "@pisang"),
    *("a.", "situs . example", "situs dot example", "situs titik co", "situs[.]example"),
    *("[.](", "{at}[", ":", "...", "!!", "17:30", "(@", " "),
)
TEXTS = st.one_of(
    st.text(CHARACTERS, max_size=40),
    st.text(st.characters(max_codepoint=0x7F), max_size=40),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(CHARACTERS, max_size=3)), max_size=12).map("".join),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(CHARACTERS, max_size=3)), max_size=12).map(" ".join),
)

Told = dict[View, tuple[str, list[int], list[int]]]


def by_pattern(text: str) -> list[tuple[str, tuple[int, int]]]:
    """The words of any text and their places, without a look at whether it is a plain one."""
    return [(one[0], one.span()) for one in views._word().finditer(text.replace("_", " "))]


def folded(text: str) -> Told:
    return {view: (one.text, [*one.begins], [*one.ends]) for view, one in fold.views(text).items()}


def slowly_folded(text: str) -> Told:
    """The same, and nothing is left out."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fold_words, "is_as_meant", lambda _: False)
        patched.setattr(fold_words, "is_in_words", lambda _: False)
        patched.setattr(fold, "_is_bare", lambda *_: False)
        patched.setattr(fold, "has_plain_letters", lambda _: False)
        return folded(text)


@given(TEXTS)
@example("".join(map(chr, range(0x80))))
@example("a?b \U0001f34c?c")
@settings(max_examples=400)
def test_words_are_those_of_the_pattern(text: str) -> None:
    expected = by_pattern(text)
    assert [*zip(views.words(text), views.places_of_words(text), strict=True)] == expected


@pytest.mark.parametrize("between", [chr(point) for point in range(0x80)])
def test_each_character_of_ascii_joins_or_parts_words_as_the_pattern_says(between: str) -> None:
    texts = [f"a{between}b", f"{between}1{between}", between, f" {between}_{between}?", f"\U0001f34c{between}b"]
    assert [views.words(text) for text in texts] == [[word for word, _ in by_pattern(text)] for text in texts]


@given(TEXTS)
@example("ab yg cd")
@example("a yg b c")
@example("pisang y-g k")
@example("e\u0301 yg \U0001f34c")
@example("pissang \U0001f34c hijjau wvl\u20ac")
@settings(max_examples=800)
def test_views_are_the_same_where_nothing_is_left_out(text: str) -> None:
    assert folded(text) == slowly_folded(text)


def test_what_stands_for_letters_is_known_to_be_looked_for() -> None:
    assert {chr(point) for point in fold_tables.leet()} <= set(fold_words._SIGNS.decode())


@given(st.text("aab.\x00\x7f", max_size=12), st.integers(0, 1_200))
@example("aaa", 997)
@example("aaa", 998)
def test_drawn_letters_are_those_of_the_pattern(text: str, length: int) -> None:
    plain = f"{'pisang' * (length // 6)}{text}{'hijau' * (length % 7)}".encode()
    assert fold_words._is_drawn(plain) is (re.search(rb"([a-z])\1\1", plain) is not None)


@given(TEXTS)
@example("pisang.")
@example("pisang . hijau")
@example("a\u200b.")
@example("a \u200b@")
@example("x\uff0eid")
@settings(max_examples=800)
def test_what_may_not_point_has_no_pieces(text: str) -> None:
    found = list(pointers.pieces(text))
    assert pointers.may_point(text) or found == []


@given(TEXTS)
def test_what_looks_like_plain_signs_is_taken_for_them_wherever_it_stands(text: str) -> None:
    assert pointers._plain(text) == text.translate(pointers.COMPATIBLE)


@given(st.text("0fA g", max_size=70), st.text("09afAF", min_size=62, max_size=66), st.text("0fA g", max_size=20))
@example("", "a" * 64, "")
@settings(max_examples=400)
def test_digests_are_those_of_the_pattern_wherever_they_stand(before: str, digest: str, behind: str) -> None:
    text = before + digest + behind
    expected = dict.fromkeys(found[0].lower() for found in extract.DIGEST.finditer(text))
    told = Item(item="i", at="now", visibility=Visibility.PUBLIC, kind=ItemKind.MESSAGE, text=text)
    assert extract.see(told).digests == list(expected)


@given(st.text("ab", min_size=8, max_size=80), st.integers(0, 30))
@settings(max_examples=300)
def test_letters_are_found_whether_they_are_cut_out_at_once_or_not(text: str, start: int) -> None:
    held = [text[start : start + 12], text[start + 1 :], "abababababab"]
    index = phrase_index._LetterIndex([one for one in held if len(one) >= 12])
    found = index.find(text)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(phrase_index, "MANY", 0)
        assert index.find(text) == found
