"""The statement of reasons, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, strategies as st

from mufakat.rules import statement_text, statement_words as words
from mufakat.rules.decision import Automation, Ground, Outcome, Refusal
from mufakat.rules.measure import IRREVERSIBLE
from mufakat.rules.notice import Category, LegalGround, MeasureName, NoticeKind, TermsGround
from mufakat.rules.statement_text import Done, Told
from mufakat.rules.statement_words import Tongue

AT = datetime(2017, 7, 12, 3, 0, tzinfo=UTC)
JAKARTA = ZoneInfo("Asia/Jakarta")

TOLD = Told(
    decision="dec_01",
    notice="ntc_01",
    party="Telegram (example)",
    sender="Ministry (example)",
    kind=NoticeKind.REQUEST,
    category=Category.TERRORISM,
    outcome=Outcome.ACT_PARTIAL,
    refusal=None,
    decided_at=AT,
    locators=3,
    done=(Done(0, "hxxps[:]//t[.]me/s/x/12", MeasureName.DISABLE, ("ID",), AT + timedelta(days=30)),),
    ground=Ground(LegalGround("id", "UU 11/2008", "Pasal 28 ayat (2)")),
    facts="First line.\nSecond line.",
    reasons="Because of this.",
    detected=False,
    automation=Automation.NONE,
    language="en",
    appeal_until=AT + timedelta(days=30),
    appeal_at="https://mufakat.example/appeal/ABCD",
)


def written(told: Told = TOLD, *, at: datetime = AT, tongue: Tongue | None = None) -> str:
    return statement_text.statement(told, zone=JAKARTA, at=at, tongue=tongue).text


def changed(**members: Any) -> Told:
    return msgspec.structs.replace(TOLD, **members)


def test_it_says_what_was_done_where_and_until_when() -> None:
    done = "Link 1 (hxxps[:]//t[.]me/s/x/12): access to it is disabled (disable); "
    assert f"{done}in: ID; until 11 August 2017 at 10:00 WIB." in written()


def test_it_says_which_links_were_left_alone() -> None:
    assert "Link 2, 3: nothing was done." in written()


def test_the_language_of_the_decision_is_the_language_of_its_frame() -> None:
    text = written(changed(language="id-ID"))
    assert "Pernyataan alasan".upper() in text
    assert "sampai 11 Agustus 2017 pukul 10.00 WIB" in text
    assert "Statement of reasons".upper() in written(changed(language="jv"))


def test_the_frame_can_be_read_in_the_other_language() -> None:
    assert "Apa yang diputuskan" in written(tongue=Tongue.ID)


def test_a_user_who_reported_is_never_named_and_an_authority_always_is() -> None:
    assert TOLD.sender in written()
    assert TOLD.sender not in written(changed(kind=NoticeKind.USER_REPORT))


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("tongue", Tongue)
def test_every_kind_has_a_sentence_without_a_gap(kind: NoticeKind, tongue: Tongue) -> None:
    text = written(changed(kind=kind), tongue=tongue)
    assert "{" not in text
    assert (TOLD.sender in text) is (kind in statement_text.NAMED)


@pytest.mark.parametrize("name", MeasureName)
def test_every_measure_stands_there_by_word_and_by_code(name: MeasureName) -> None:
    text = written(changed(done=(Done(0, "x", name),)))
    assert f"{words.MEASURES[name][Tongue.EN]} ({name.value}); everywhere; without an end." in text
    assert (words.SECOND_PERSON[Tongue.EN] in text) is (name in IRREVERSIBLE)


def test_an_erased_link_keeps_its_number_and_its_measure() -> None:
    assert "Link 1 (erased from the record): removed (remove)" in written(
        changed(done=(Done(0, None, MeasureName.REMOVE),))
    )


def test_the_way_to_an_appeal_stands_there_while_it_is_open() -> None:
    assert "https://mufakat.example/appeal/ABCD" in written()
    over = written(at=AT + timedelta(days=30))
    assert "The time for an appeal ended" in over
    assert "/appeal/" not in over
    assert "name no time for an appeal" in written(changed(appeal_until=None))


def test_whoever_does_not_hold_the_code_is_told_no_link() -> None:
    assert "/appeal/" not in written(changed(appeal_at=""))


def test_a_clause_of_the_terms_is_told_with_its_address() -> None:
    text = written(changed(ground=Ground(None, TermsGround("Terms", "3", "https://example.org/terms"))))
    assert "Terms of the service: Terms, 3." in text
    assert "https://example.org/terms" in text
    assert "Law:" not in text


def test_where_no_ground_was_applied_it_says_so() -> None:
    assert words.NO_GROUND[Tongue.EN] in written(changed(outcome=Outcome.NOT_FOUND, done=(), ground=None))


def test_every_code_of_a_decision_has_its_words() -> None:
    for table, codes in ((words.OUTCOMES, Outcome), (words.REFUSALS, Refusal), (words.AUTOMATION, Automation)):
        assert set(table) == set(codes)
        assert all(set(said) == set(Tongue) for said in table.values())


def test_what_was_erased_leaves_its_heading_and_nothing_else() -> None:
    found = statement_text.statement(changed(facts=None, reasons=None), zone=JAKARTA, at=AT)
    assert {part.name: part.lines for part in found.parts if part.typed} == {"facts": (), "reasons": ()}


@pytest.mark.invariant("I-05")
@pytest.mark.parametrize("tongue", Tongue)
def test_a_refusal_is_told_in_the_same_parts_as_an_act(tongue: Tongue) -> None:
    acted = statement_text.statement(changed(outcome=Outcome.ACT_FULL), zone=JAKARTA, at=AT, tongue=tongue)
    refused = statement_text.statement(
        changed(outcome=Outcome.REFUSE, refusal=Refusal.NOT_ILLEGAL, done=()), zone=JAKARTA, at=AT, tongue=tongue
    )
    assert [part.name for part in acted.parts] == [part.name for part in refused.parts]
    differing = [one.name for one, other in zip(acted.parts, refused.parts, strict=True) if one != other]
    assert differing == ["decided"]
    assert refused.parts[0].lines[1] == words.REFUSALS[Refusal.NOT_ILLEGAL][tongue]


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\x00"), min_size=1, max_size=60)


@given(typed=TEXTS)
def test_what_people_typed_stands_there_as_it_is_and_moves_nothing(typed: str) -> None:
    told = changed(
        facts=typed, reasons=typed, sender=typed, party=typed, ground=Ground(LegalGround("id", typed, typed))
    )
    found = statement_text.statement(told, zone=JAKARTA, at=AT)
    assert [part.lines for part in found.parts if part.typed] == [(typed,), (typed,)]
    assert [part.name for part in found.parts] == [
        *("decided", "source", "facts", "ground", "reasons", "machines", "redress")
    ]
