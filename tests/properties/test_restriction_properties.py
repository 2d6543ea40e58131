"""I-07, whatever comes in which order: nothing is published that lacks anything, and nobody counts twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from mufakat.rules import profile as profiles, restriction_checks as checks
from mufakat.rules.errors import BadRestrictionError, NotPermittedError
from mufakat.rules.permissions import Role
from mufakat.rules.restriction import MAX_NAMES, NoteIn, RestrictionIn
from mufakat.rules.restriction_checks import Lack, Made, Place, Stand
from mufakat.rules.restriction_reading import read_note, read_order

pytestmark = pytest.mark.invariant("I-07")

START = datetime(2017, 7, 14, tzinfo=UTC)
PROFILES = [profiles.load(name) for name in profiles.names()]

moments = st.integers(-200, 400).map(lambda hours: START + timedelta(hours=hours))
persons = st.none() | st.integers(1, 4)
stands = st.builds(
    Stand,
    made=st.builds(Made, st.integers(1, 4), persons, persons),
    emergency=st.booleans(),
    platform=st.booleans(),
    answered_at=st.none() | moments,
    wait_until=st.none() | moments,
    proposed_at=st.just(START),
    sunset_at=moments,
)


@given(stands, moments)
def test_nothing_is_published_that_lacks_anything(stand: Stand, at: datetime) -> None:
    if checks.missing(stand, at=at):
        return
    assert stand.made.first is not None and stand.made.second is not None  # noqa: PT018 - one promise.
    assert at < stand.sunset_at
    heard = [time for time in (stand.answered_at, stand.wait_until) if time is not None and time <= at]
    assert heard or stand.emergency or not stand.platform
    assert not stand.emergency or stand.sunset_at - stand.proposed_at <= timedelta(hours=72)


@given(stands, moments, moments)
def test_the_answer_is_not_asked_for_twice_and_its_end_stays_its_end(
    stand: Stand, one: datetime, two: datetime
) -> None:
    before, after = checks.missing(stand, at=min(one, two)), checks.missing(stand, at=max(one, two))
    assert (Lack.ANSWER in after) <= (Lack.ANSWER in before)
    assert (Lack.TIME in before) <= (Lack.TIME in after)


@given(stands)
def test_it_is_looked_at_when_the_answer_is_there(stand: Stand) -> None:
    ready = checks.ready_at(stand)
    if ready is not None:
        assert Lack.ANSWER not in checks.missing(stand, at=ready)
    else:
        assert Lack.ANSWER in checks.missing(stand, at=START + timedelta(days=10_000))


approvals = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 4)), max_size=8)


@given(st.integers(1, 5), approvals, st.sampled_from(PROFILES))
def test_three_persons_whoever_tries_in_which_order(
    proposer: int, tries: list[tuple[int, int]], profile: profiles.Profile
) -> None:
    made = Made(proposer, None, None)
    seats: dict[Place, int] = {}
    for person, ordinal in tries:
        if made.first is not None and made.second is not None:
            break
        try:
            place = checks.place_of(made, person=person, role=Role.APPROVER, ordinal=ordinal, profile=profile)
        except NotPermittedError:
            continue
        assert getattr(made, "first" if place is Place.FIRST else "second") is None
        first, second = (person, made.second) if place is Place.FIRST else (made.first, person)
        made, seats[place] = Made(proposer, first, second), ordinal
    there = [one for one in (made.proposer, made.first, made.second) if one is not None]
    assert len(set(there)) == len(there)
    review = profile.restriction.legal_review if profile.restriction is not None else None
    if review is not None and Place.SECOND in seats:
        assert f"approver-{seats[Place.SECOND]}" == review.value


texts = st.text(max_size=60)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts, lambda inner: st.lists(inner, max_size=4), max_leaves=12
)
documents = st.dictionaries(
    st.sampled_from([*RestrictionIn.__struct_fields__, *NoteIn.__struct_fields__, "other"]), values, max_size=18
)


@given(st.binary(max_size=200) | documents.map(lambda one: json.dumps(one).encode()))
def test_whatever_comes_is_read_or_refused_with_places(raw: bytes) -> None:
    for read in (read_order, read_note):
        refused, names = None, 0
        try:
            names = len(read(raw).names)
        except BadRestrictionError as error:
            refused = error
        assert names <= MAX_NAMES
        if refused is not None:
            assert str(refused).isascii()
            assert all(not fault.pointer or fault.pointer.startswith("/") for fault in refused.faults)
