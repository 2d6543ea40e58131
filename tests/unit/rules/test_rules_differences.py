"""What two proposals differ in: nothing is left out, nothing made up, and nobody can make it slow."""

from __future__ import annotations

import pytest

from mufakat.rules import differences
from mufakat.rules.agreement import Frame, PointTerms, Text
from mufakat.rules.condition import Condition
from mufakat.rules.differences import Kind, Member, Piece
from mufakat.rules.notice import Category, LegalGround, MeasureName
from mufakat.rules.obligation import ObligationKind, ObligationTerms

OLD = "The platform answers within 24 hours, and names a person."
NEW = "The platform answers within 48 hours, and names two persons."
TERMS = PointTerms(owner="telegram", text=Text("Kanal.", OLD), evidence=("A telephone number", "An address"))


def test_a_text_differs_word_by_word() -> None:
    assert differences.of_text(OLD, NEW) == (
        Piece(Kind.KEPT, "The platform answers within "),
        Piece(Kind.REMOVED, "24 "),
        Piece(Kind.ADDED, "48 "),
        Piece(Kind.KEPT, "hours, and names "),
        Piece(Kind.REMOVED, "a person"),
        Piece(Kind.ADDED, "two persons"),
        Piece(Kind.KEPT, "."),
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", ()),
        ("same", "same", (Piece(Kind.KEPT, "same"),)),
        ("", "all new", (Piece(Kind.ADDED, "all new"),)),
        ("all gone", "", (Piece(Kind.REMOVED, "all gone"),)),
        ("a  b", "a b", (Piece(Kind.REMOVED, "a  "), Piece(Kind.ADDED, "a "), Piece(Kind.KEPT, "b"))),
    ],
)
def test_the_ends_of_a_text_are_sound(old: str, new: str, expected: tuple[Piece, ...]) -> None:
    assert differences.of_text(old, new) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [("." * 4_000, ".," * 2_000), ("a " * 2_000, "b a " * 1_000), ("a b " * 1_000, "b a " * 1_000)],
    ids=["signs", "one word", "two words"],
)
def test_what_is_written_to_be_slow_is_replaced_as_a_whole(old: str, new: str) -> None:
    assert {piece.kind for piece in differences.of_text(old, new)} >= {Kind.REMOVED, Kind.ADDED}


def test_equal_proposals_differ_in_nothing() -> None:
    assert differences.of_terms(TERMS, TERMS) == ()


def test_every_member_that_differs_is_named_in_its_order() -> None:
    frame = Frame(
        profile="id-2017",
        ends_at="2018-08-01T00:00:00+07:00",
        categories=(Category.TERRORISM,),
        automatic=(MeasureName.LABEL,),
        grounds=(LegalGround("id", "UU 11/2008", "Pasal 40"),),
        reopening=Condition(all_of=("representative",), any_of=("trusted_flagger",)),
    )
    new = PointTerms(
        owner="kominfo",
        text=Text("Saluran.", NEW),
        evidence=("An address",),
        due_at="2017-08-10T00:00:00+07:00",
        from_at="2017-08-05T00:00:00+07:00",
        obligations=(ObligationTerms(kind=ObligationKind.ANSWERED_IN_TIME, at_least=95),),
        frame=frame,
    )
    assert [change.member for change in differences.of_terms(TERMS, new)] == list(Member)


def test_a_list_shows_the_lines_that_went_and_came() -> None:
    new = PointTerms(owner="telegram", text=TERMS.text, evidence=("A telephone number", "A drill"))
    (change,) = differences.of_terms(TERMS, new)
    assert change.pieces == (
        Piece(Kind.KEPT, "A telephone number"),
        Piece(Kind.REMOVED, "An address"),
        Piece(Kind.ADDED, "A drill"),
    )


def test_an_obligation_is_one_line_of_codes() -> None:
    found = ObligationTerms(kind=ObligationKind.ANSWERED_IN_TIME, at_least=95, over_days=90)
    assert differences.obligation_line(found) == "answered_in_time at_least=95 over_days=90"
