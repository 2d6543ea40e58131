"""Which ways of hiding a phrase are caught, and which are missed: as the page on what screening misses says."""

from __future__ import annotations

import pytest
from bench.evasion_classes import ADDRESSES, WAYS, Way
from bench.evasions import Speech, addresses, false_hits, recall

COUNT = 25

LONG_ONLY = {
    "spaced letters",
    "no blanks",
    "emoji inside words",
    "a hyphen inside words",
    "1 for l",
    "I for l",
    "vv for w",
    "ending -nya or -kan",
}
"""Caught only where the phrase has twelve letters or more."""

MISSED = {
    "rn for m",
    "beginning me- or di-",
    "dropped vowels",
    "one typo in each word",
    "a word between",
    "words in another order",
    "syllables turned around",
    "ROT13",
    "Base64",
}
PARTLY = {"digits for letters", "signs for letters", "digits and unseen characters"}
"""A word all of digits is a number, and a sign at the end of a word is a sign."""

MISSED_ADDRESSES = {"Cyrillic look-alike", "a short link"}

HIDDEN = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)


@pytest.fixture
def speech() -> Speech:
    return Speech(2017, count=2_000)


@HIDDEN
def test_long_phrases_are_caught_but_in_what_is_named_as_missed(speech: Speech, way: Way) -> None:
    found = recall(speech, way, is_long=True, count=COUNT).part
    if way.name in PARTLY:
        assert found >= COUNT // 2
    else:
        assert found <= 1 if way.name in MISSED else found == COUNT


@HIDDEN
def test_short_phrases_are_caught_but_in_what_is_named_as_missed(speech: Speech, way: Way) -> None:
    found = recall(speech, way, is_long=False, count=COUNT).part
    if way.name in PARTLY:
        assert found >= COUNT // 2
    else:
        assert found <= 1 if way.name in MISSED | LONG_ONLY else found == COUNT


@pytest.mark.parametrize("name", ADDRESSES)
def test_addresses_are_caught_but_in_what_is_named_as_missed(name: str) -> None:
    assert addresses()[name] == (name not in MISSED_ADDRESSES)


def test_nothing_is_found_that_does_not_stand_there() -> None:
    assert false_hits(2_000, chaff=500).part == 0


def test_every_way_has_a_name_of_its_own() -> None:
    assert len({way.name for way in WAYS}) == len(WAYS)


def test_what_is_named_as_missed_is_tried() -> None:
    assert {way.name for way in WAYS} >= (LONG_ONLY | MISSED | PARTLY)
