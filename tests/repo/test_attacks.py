from __future__ import annotations

from tests.repo import attacks


def test_the_attacks_are_numbered_without_gaps():
    assert list(attacks.ATTACKS) == list(range(1, 41))
    assert set(attacks.caught_by()) == set(attacks.ATTACKS)


def test_every_test_that_is_named_is_there():
    there = {f"{path}::{name}" for path, name in attacks.tests()}
    named = {one for others in attacks.also().values() for one in others}
    assert named - there == set()


def test_an_attack_is_caught_by_a_test_or_named_as_missing():
    uncaught = {number for number, found in attacks.caught_by().items() if not found}
    assert uncaught - set(attacks.MISSING) == set()


def test_what_has_a_test_in_its_name_is_not_missing():
    assert {number: found for number, found in attacks.named().items() if found and number in attacks.MISSING} == {}


def test_the_page_holds_the_table():
    """`python -m tests.repo.attacks` writes it."""
    assert attacks.PAGE.read_text(encoding="utf-8") == attacks.page()
