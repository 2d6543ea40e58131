from __future__ import annotations

import re

from hypothesis import given, strategies as st

from mufakat.server.journal.ids import Ids, base32, salts


@given(st.lists(st.integers(0, 3), min_size=1, max_size=200), st.integers(0, 2**48 - 1000))
def test_ids_rise_while_time_does_not_fall(steps, start):
    ids, now, found = Ids(), start, []
    for step in steps:
        now += step
        found.append(ids.next("ntc", now))
    assert found == sorted(set(found))


@given(st.integers(0, 2**48 - 1))
def test_an_id_is_a_uuid_of_version_seven(millisecond):
    text = Ids().next("evt", millisecond)
    assert re.fullmatch(r"evt_[0-7][0-9a-hjkmnp-tv-z]{25}", text)
    value = 0
    for character in text[4:]:
        value = value * 32 + "0123456789abcdefghjkmnpqrstvwxyz".index(character)
    assert (value >> 80, value >> 76 & 15, value >> 62 & 3) == (millisecond, 7, 2)


def test_base32_is_as_crockford_has_it():
    assert base32((1 << 128) - 1) == "7" + "z" * 25


def test_salts_are_fresh():
    made = salts(100)
    assert len(set(made)) == 100
    assert {len(one) for one in made} == {32}
