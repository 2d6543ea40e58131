"""Beginnings of reasons: as many for refusing as for acting, with blanks that only a person can fill."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from mufakat.rules import reason_templates, statement_words as words
from mufakat.rules.decision import Outcome
from mufakat.rules.reason_templates import TEMPLATES
from mufakat.rules.statement_words import Tongue

GROUND = "UU 11/2008, Pasal 28 ayat (2)"


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("tongue", Tongue)
def test_each_tells_the_notice_and_leaves_blanks_for_its_reviewer(name: str, tongue: Tongue) -> None:
    found = reason_templates.fill(name, tongue=tongue, ground=GROUND, links=2)
    assert found is not None
    assert GROUND in found.reasons
    assert "2 " in found.facts
    assert reason_templates.blanks(found.facts)
    assert reason_templates.blanks(found.reasons)
    assert "{" not in found.facts + found.reasons


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_blank_stands_where_the_notice_names_no_ground(name: str) -> None:
    found = reason_templates.fill(name, tongue=Tongue.EN, ground="", links=1)
    assert found is not None
    assert "[… law or clause …]" in reason_templates.blanks(found.reasons)


@pytest.mark.invariant("I-05")
def test_there_is_one_for_every_outcome_and_every_code_of_a_refusal() -> None:
    told = {(one.outcome, one.refusal) for one in TEMPLATES.values()}
    assert all(isinstance(outcome, Outcome) for outcome, _refusal in told)
    assert {refusal for outcome, refusal in told if outcome is Outcome.REFUSE} == set(words.REFUSALS)
    assert all(name == one.name for name, one in TEMPLATES.items())
    assert {outcome for outcome, _refusal in told} == set(words.OUTCOMES)


@pytest.mark.invariant("I-05")
@pytest.mark.parametrize("tongue", Tongue)
def test_refusing_asks_for_no_more_words_than_acting(tongue: Tongue) -> None:
    def asked(name: str) -> int:
        found = TEMPLATES[name]
        return len(reason_templates.blanks(found.facts[tongue] + found.reasons[tongue]))

    acting = max(asked(name) for name, one in TEMPLATES.items() if one.outcome == "act_full")
    assert max(asked(name) for name, one in TEMPLATES.items() if one.outcome == "refuse") <= acting


def test_an_unknown_name_is_none() -> None:
    assert reason_templates.fill("../etc", tongue=Tongue.EN, ground=GROUND, links=1) is None


@given(ground=st.text(max_size=80))
def test_a_ground_with_braces_is_text_like_any_other(ground: str) -> None:
    found = reason_templates.fill("act_law", tongue=Tongue.EN, ground=ground, links=1)
    assert found is not None
    assert not ground or ground in found.reasons
