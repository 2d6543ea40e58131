"""Differences: whatever two texts are, their pieces are those texts to the letter."""

from __future__ import annotations

import itertools

from hypothesis import given, strategies as st

from mufakat.rules import differences
from mufakat.rules.differences import Kind

WORDS = st.lists(
    st.sampled_from(["dan ", "the ", "24 ", "hours", ", ", "\n\n", "<b>", "tidak ", "\u202e"]), max_size=300
)
TEXTS = st.one_of(st.text(max_size=400), WORDS.map("".join))


@given(old=TEXTS, new=TEXTS)
def test_the_pieces_are_both_texts_to_the_letter(old: str, new: str) -> None:
    pieces = differences.of_text(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind is not Kind.ADDED) == old
    assert "".join(piece.text for piece in pieces if piece.kind is not Kind.REMOVED) == new


@given(text=TEXTS)
def test_equal_texts_have_nothing_new(text: str) -> None:
    assert {piece.kind for piece in differences.of_text(text, text)} <= {Kind.KEPT}


@given(old=TEXTS, new=TEXTS)
def test_no_piece_is_empty_and_neighbours_are_of_two_kinds(old: str, new: str) -> None:
    pieces = differences.of_text(old, new)
    assert all(piece.text for piece in pieces)
    assert all(one.kind is not next_.kind for one, next_ in itertools.pairwise(pieces))
