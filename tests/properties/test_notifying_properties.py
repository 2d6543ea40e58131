"""I-14, whatever was counted and whatever was said: nothing of an item is told, and no cell below ten follows."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import assume, given, strategies as st

from mufakat.rules import notifying, weekly
from mufakat.rules.errors import BadScreeningError, DocumentRefusedError
from mufakat.rules.filtering import LEAST
from mufakat.rules.notice import Category, LegalGround
from mufakat.rules.notifying import AUTHORITIES, Between, NotificationRefusalIn, NotificationReleaseIn, Thing, ToldCodes
from mufakat.rules.notifying_reading import read_refusal, read_release
from mufakat.rules.parties import PartyKind
from mufakat.rules.weekly import MOST_UNTOLD, CountsTold

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.invariant("I-14")

SMALL = st.integers(0, MOST_UNTOLD)
many = SMALL | st.integers(LEAST, 40) | st.integers(0, 10_000)
counts = st.fixed_dictionaries(dict.fromkeys(Category, many))
clean = many


def told_of(cells: Mapping[Category, int], more: int) -> CountsTold:
    return weekly.tell([(one.value, many) for one, many in cells.items()], sum(cells.values()) + more)


# -- Counts --


@given(counts, clean)
def test_what_is_told_is_true_and_ten_at_least(cells: dict[Category, int], more: int) -> None:
    told = told_of(cells, more)
    assert {one: many if many >= LEAST else None for one, many in cells.items()} == told.cells
    assert told.hits in {None, sum(cells.values())}
    assert told.screened in {None, sum(cells.values()) + more}
    assert all(many is None or many >= LEAST for many in (*told.cells.values(), told.hits, told.screened))


@given(counts, clean, st.data())
def test_a_cell_that_is_not_told_can_still_be_anything_below_ten(
    cells: dict[Category, int], more: int, data: st.DataObject
) -> None:
    """Whoever knows these rules and everything that was told finds a world that fits, for each value of each cell."""
    told = told_of(cells, more)
    untold = [one for one, many in told.cells.items() if many is None]
    assume(untold)
    chosen, value = data.draw(st.sampled_from(untold)), data.draw(SMALL)
    others = [one for one in untold if one is not chosen]
    left = 0 if told.hits is None else told.hits - sum(many for many in told.cells.values() if many is not None) - value
    other = {**cells, chosen: value}
    for one in others:
        other[one] = min(MOST_UNTOLD, left)
        left -= other[one]
    assert left == 0
    screened = sum(other.values()) if told.screened is None else told.screened
    assert screened >= sum(other.values())
    assert weekly.tell([(one.value, many) for one, many in other.items()], screened) == told


@given(counts, clean)
def test_no_difference_of_sums_that_are_told_is_below_ten(cells: dict[Category, int], more: int) -> None:
    told = told_of(cells, more)
    shown = sum(many for many in told.cells.values() if many is not None)
    if told.hits is not None and None in told.cells.values():
        assert told.hits - shown >= LEAST
    if told.screened is not None:
        assert told.screened - shown >= LEAST
        assert told.hits is None or told.screened - told.hits >= LEAST


@given(counts, clean)
def test_the_same_counts_are_told_in_the_same_bytes(cells: dict[Category, int], more: int) -> None:
    one = told_of(cells, more)
    other = told_of(dict(reversed(cells.items())), more)
    assert weekly.to_json(one) == weekly.to_json(other)
    assert msgspec.json.decode(weekly.to_json(one), type=CountsTold) == one


@given(st.lists(st.tuples(st.text(max_size=30), st.integers(0, 50)), max_size=20), st.integers(0, 2_000))
def test_no_word_of_a_bank_is_told(counted: list[tuple[str, int]], screened: int) -> None:
    told = json.loads(weekly.to_json(weekly.tell(counted, screened)))
    assert set(told) == {"cells", "hits", "screened"}
    assert set(told["cells"]) == {one.value for one in Category}


moments = st.integers(0, 200_000).map(lambda hours: datetime(2017, 1, 1, tzinfo=UTC) + timedelta(hours=hours))
zones = st.sampled_from(["Asia/Jakarta", "UTC", "America/Los_Angeles", "Pacific/Kiritimati", "Europe/Brussels"])


@given(zones, moments)
def test_a_week_is_told_after_it_ended_everywhere_and_no_day_is_in_two(zone: str, at: datetime) -> None:
    week = weekly.last_over(zone=zone, at=at)
    assert week.weekday() == 0
    assert weekly.is_over(week, zone=zone, at=at)
    assert not weekly.is_over(week + weekly.WEEK, zone=zone, at=at)
    assert week + weekly.WEEK <= at.date()
    assert week + weekly.WEEK <= at.astimezone(ZoneInfo(zone)).date()


@given(st.lists(st.dates(date(2017, 1, 1), date(2017, 3, 1)), min_size=2, max_size=8))
def test_weeks_do_not_overlap(days: list[date]) -> None:
    weeks = sorted({weekly.monday(day) for day in days})
    assert all(after - before >= weekly.WEEK for before, after in pairwise(weeks))
    assert all(timedelta(0) <= day - weekly.monday(day) < weekly.WEEK for day in days)


# -- Notifications --

KINDS = {"kominfo": PartyKind.REGULATOR, "bnpt": PartyKind.TRUSTED_FLAGGER, "court": PartyKind.COURT}

words = st.text(min_size=1, max_size=40).filter(lambda text: not text.isspace() and text.isprintable())
grounds = st.builds(LegalGround, system=st.sampled_from(["id", "eu"]), instrument=words, provision=words)
agreements = st.builds(
    Between,
    agreement=st.just("agr_1"),
    version=st.integers(1, 9),
    grounds=st.lists(grounds, max_size=3).map(tuple),
    categories=st.frozensets(st.sampled_from(Category)),
)


@st.composite
def asked(draw: st.DrawFn) -> tuple[NotificationReleaseIn, list[Between]]:
    """A release, often on a ground that one of the agreements lists."""
    between = draw(st.lists(agreements, max_size=3))
    listed = [ground for one in between for ground in one.grounds]
    ground = draw(st.sampled_from(listed) | grounds) if listed else draw(grounds)
    return NotificationReleaseIn(to=draw(st.sampled_from([*KINDS, "nobody"])), legal_ground=ground), between


@given(asked(), st.sampled_from(Category))
def test_nothing_is_released_but_under_a_ground_and_about_a_category_of_an_agreement(
    what: tuple[NotificationReleaseIn, list[Between]], category: Category
) -> None:
    told, between = what
    fits = [one for one in between if category in one.categories and told.legal_ground in one.grounds]
    if fits and KINDS.get(told.to) in AUTHORITIES:
        assert notifying.choose(told, category, kind_of=KINDS.get, between=between) in fits
        return
    with pytest.raises(BadScreeningError) as caught:
        notifying.choose(told, category, kind_of=KINDS.get, between=between)
    assert {fault.pointer for fault in caught.value.faults} <= {"/to", "/legal_ground"}


@given(st.text(max_size=64), st.text(max_size=24), st.text(max_size=24), moments)
def test_what_is_told_of_a_hit_has_room_for_codes_alone(category: str, kind: str, action: str, at: datetime) -> None:
    made = ToldCodes(
        platform="telegram",
        category=notifying.category_of(category),
        action=action,
        policy="pol_1",
        version=1,
        kind=notifying.thing_of(kind),
        day=notifying.day_of(at),
    )
    said = json.loads(notifying.to_json(made))
    assert set(said) == {"platform", "category", "action", "policy", "version", "kind", "day", "count"}
    assert said["category"] in set(Category)
    assert said["kind"] in {None, *Thing}
    assert (said["day"], said["count"]) == (at.date().isoformat(), 1)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=60),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(st.sampled_from(["to", "legal_ground", "reason", "author"]), values, max_size=4)


@given(documents.map(lambda one: json.dumps(one).encode()) | st.binary(max_size=80))
def test_whatever_is_sent_is_read_or_refused_with_its_faults(raw: bytes) -> None:
    for reader, kind in ((read_release, NotificationReleaseIn), (read_refusal, NotificationRefusalIn)):
        try:
            found: object = reader(raw)
        except DocumentRefusedError as refused:
            found = refused.faults
        assert found
        assert isinstance(found, kind | tuple | list)
