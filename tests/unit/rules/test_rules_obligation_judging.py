"""How obligations are judged: by counts, times and ids, for either side alike, and never by what was decided."""

from __future__ import annotations

import typing
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from mufakat.rules import obligation_judging as judging
from mufakat.rules.decision import Outcome, Refusal
from mufakat.rules.obligation import Judged, ObligationKind, ObligationState, ObligationTerms, Verdict, judged_json
from mufakat.rules.obligation_judging import Counted, Done, Granted, Reach, Standing, judge

AT = datetime(2017, 9, 1, 12, tzinfo=UTC)
SINCE = AT - timedelta(days=20)
DAY = timedelta(days=1)
STANDING = Standing(since=SINCE)
DUE, KEPT, LATE, BROKEN = ObligationState.DUE, ObligationState.KEPT, ObligationState.LATE, ObligationState.BROKEN


def state(kind: str, figures: Any, *, standing: Standing = STANDING, **terms: Any) -> ObligationState:
    return judge(ObligationTerms(kind=ObligationKind(kind), **terms), figures, standing, at=AT).state


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        (Reach(), LATE),
        (Reach(contacts=1), DUE),
        (Reach(contacts=1, open_until=AT + DAY), DUE),
        (Reach(contacts=1, open_until=AT), LATE),
        (Reach(contacts=1, answered_at=AT - DAY), KEPT),
        (Reach(contacts=2, unreachable=1, answered_at=AT - DAY, missed_at=AT), KEPT),
        (Reach(contacts=1, unreachable=1, answered_at=AT - DAY, missed_at=AT), BROKEN),
        (Reach(contacts=1, answered_at=AT - 45 * DAY), LATE),
        (Reach(contacts=1, answered_at=AT - 45 * DAY, open_until=AT + DAY), KEPT),
        (Reach(contacts=1, answered_at=AT - 90 * DAY), BROKEN),
    ],
)
def test_a_representative_is_there_and_answers(figures: Reach, expected: ObligationState) -> None:
    assert state("representative_reachable", figures) is expected


def test_a_representative_who_is_not_named_yet_is_due_until_the_point_says() -> None:
    standing = Standing(since=SINCE, due_at=AT + DAY)
    assert state("representative_reachable", Reach(), standing=standing) is DUE


@pytest.mark.parametrize("kind", sorted(judging.COUNTED))
@pytest.mark.parametrize(
    ("part", "whole", "at_least", "expected"),
    [(0, 0, None, KEPT), (95, 100, None, KEPT), (94, 100, None, BROKEN), (1, 2, 50, KEPT), (0, 1, 1, BROKEN)],
)
def test_a_share_is_reached_or_not(
    kind: ObligationKind, part: int, whole: int, at_least: int | None, expected: ObligationState
) -> None:
    assert state(kind, Counted(part=part, whole=whole, since=SINCE.date()), at_least=at_least) is expected


@pytest.mark.parametrize(
    ("figures", "due_at", "expected"),
    [
        (Granted(party="kominfo", mandate="mnd_1", in_force=True, since=SINCE), None, KEPT),
        (Granted(party="kominfo", mandate="mnd_1", in_force=False, since=SINCE), AT + DAY, BROKEN),
        (Granted(party="kominfo"), AT + DAY, DUE),
        (Granted(party="kominfo"), None, LATE),
    ],
)
def test_a_mandate_is_granted_or_due(figures: Granted, due_at: datetime | None, expected: ObligationState) -> None:
    assert state("mandate_granted", figures, standing=Standing(since=SINCE, due_at=due_at)) is expected


@pytest.mark.parametrize("kind", ["review_held", "confirmed"])
@pytest.mark.parametrize(
    ("at", "expected"),
    [(None, DUE), (AT - DAY, KEPT), (AT - 30 * DAY, LATE), (AT - 59 * DAY, LATE), (AT - 60 * DAY, BROKEN)],
)
def test_what_is_done_anew_is_late_before_it_is_broken(
    kind: str, at: datetime | None, expected: ObligationState
) -> None:
    assert state(kind, Done(at=at), every_days=30) is expected


def test_what_was_never_done_is_late_and_then_broken() -> None:
    assert state("review_held", Done(), every_days=15) is LATE
    assert state("review_held", Done(), every_days=10) is BROKEN


@pytest.mark.parametrize(
    ("at", "due_at", "expected"),
    [(None, None, DUE), (None, AT + DAY, DUE), (None, AT, LATE), (AT - DAY, AT - 5 * DAY, KEPT)],
)
def test_late_evidence_mends(at: datetime | None, due_at: datetime | None, expected: ObligationState) -> None:
    standing = Standing(since=SINCE, due_at=due_at)
    assert state("evidence_given", Done(at=at, asked=2), standing=standing) is expected


@pytest.mark.parametrize("kind", sorted(judging.UNMEASURED))
def test_what_nothing_measures_is_neither_kept_nor_broken(kind: ObligationKind) -> None:
    assert state(kind, Done(at=AT)) is ObligationState.NOT_MEASURED
    assert judging.takes(kind) is None


@pytest.mark.parametrize("kind", sorted(set(ObligationKind) - judging.UNMEASURED))
def test_every_other_kind_is_measured(kind: ObligationKind) -> None:
    assert judging.takes(kind) is not None
    assert state(kind, None) is ObligationState.NOT_MEASURED


def test_nobody_is_judged_by_what_was_before() -> None:
    terms = ObligationTerms(kind=ObligationKind.ANSWERED_IN_TIME, over_days=90)
    assert judging.first_day(terms, since=SINCE.date(), at=AT) == SINCE.date()
    assert judging.first_day(terms, since=date(2016, 1, 1), at=AT) == AT.date() - timedelta(days=89)


def test_evidence_says_what_was_counted_and_never_more_than_was_reached() -> None:
    terms = ObligationTerms(kind=ObligationKind.ANSWERED_IN_TIME, at_least=95)
    verdict = judge(terms, Counted(part=2_849, whole=2_999, since=SINCE.date()), STANDING, at=AT)
    assert verdict == Verdict(
        BROKEN, {"part": 2_849, "whole": 2_999, "percent": 94.9, "at_least": 95, "since": "2017-08-12"}
    )


def test_an_event_names_the_owner_by_its_handle() -> None:
    one = Judged(
        point="representative",
        kind=ObligationKind.CONFIRMED,
        owner="pty_1",
        verdict=Verdict(DUE, {"at": None}, "2017-09-02T00:00:00.000Z"),
    )
    told = msgspec.json.decode(judged_json(one, owner="telegram"))
    assert told == {
        "point": "representative",
        "kind": "confirmed",
        "party": None,
        "owner": "telegram",
        "state": "due",
        "due_at": "2017-09-02T00:00:00.000Z",
        "evidence": {"at": None},
    }


# -- No outcome is an input (I-05) --

DECIDED = {one.value for one in Outcome} | {one.value for one in Refusal} | {"outcome", "refusal", "refused"}


def reachable(type_: Any, seen: set[Any]) -> set[Any]:
    """Every type that a value of this type may hold."""
    if type_ in seen:
        return seen
    seen.add(type_)
    for inner in typing.get_args(type_):
        reachable(inner, seen)
    if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
        for hint in typing.get_type_hints(type_).values():
            reachable(hint, seen)
    return seen


@pytest.mark.invariant("I-05")
def test_no_type_that_comes_in_knows_what_was_decided() -> None:
    hints = typing.get_type_hints(judge)
    inputs = set().union(*(reachable(hint, set()) for name, hint in hints.items() if name != "return"))
    assert not inputs & {Outcome, Refusal}
    members = {
        name
        for type_ in inputs
        if isinstance(type_, type) and issubclass(type_, msgspec.Struct)
        for name in type_.__struct_fields__
    }
    assert not members & DECIDED
    assert not {kind.value for kind in ObligationKind} & DECIDED


times = st.datetimes(datetime(2017, 1, 1), datetime(2018, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds.
maybe = st.none() | times
few = st.integers(0, 5)
figures = st.one_of(
    st.none(),
    st.builds(Reach, contacts=few, unreachable=few, answered_at=maybe, missed_at=maybe, open_until=maybe),
    st.tuples(few, few).map(lambda two: Counted(part=min(two), whole=max(two), since=SINCE.date())),
    st.builds(Granted, party=st.just("kominfo"), in_force=st.booleans(), since=maybe),
    st.builds(Done, at=maybe, asked=st.none() | few),
)
terms = st.builds(
    ObligationTerms,
    kind=st.sampled_from(ObligationKind),
    at_least=st.none() | st.integers(1, 100),
    every_days=st.none() | st.integers(1, 3_660),
    over_days=st.none() | st.integers(1, 3_660),
)
FITTING = {kind: judging.takes(kind) for kind in ObligationKind}


@given(terms, figures, st.builds(Standing, since=times, due_at=maybe), times)
def test_every_verdict_is_reached_without_the_clock_of_the_machine_and_stands_in_plain_values(
    owed: ObligationTerms, found: Any, standing: Standing, at: datetime
) -> None:
    if found is not None and FITTING[owed.kind] not in {type(found), None}:
        found = None
    verdict = judge(owed, found, standing, at=at)
    assert verdict == judge(owed, found, standing, at=at)
    assert all(value is None or isinstance(value, str | int | float) for value in verdict.evidence.values())
    assert (verdict.state is ObligationState.NOT_MEASURED) == (found is None or owed.kind in judging.UNMEASURED)


ORDER = [ObligationState.KEPT, ObligationState.DUE, ObligationState.LATE, ObligationState.BROKEN]


@given(st.sampled_from(["review_held", "confirmed", "evidence_given"]), maybe, maybe, times, times, st.integers(1, 400))
def test_what_is_not_done_never_gets_better_by_waiting(  # noqa: PLR0913, PLR0917 - one value each.
    kind: str, done: datetime | None, due_at: datetime | None, since: datetime, at: datetime, days: int
) -> None:
    owed = ObligationTerms(kind=ObligationKind(kind), every_days=30)
    found, standing = Done(at=done), Standing(since=since, due_at=due_at)
    now = judge(owed, found, standing, at=at)
    later = judge(owed, found, standing, at=at + timedelta(days=days))
    assert ORDER.index(later.state) >= ORDER.index(now.state)
