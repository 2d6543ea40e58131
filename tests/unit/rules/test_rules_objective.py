"""Objectives and reviews: what is read, what is refused with its place, and when a goal is reached."""

from __future__ import annotations

import itertools
import json
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from mufakat.rules import accuracy, objective, objective_reading as reading, year_report
from mufakat.rules.conservation import Report, UnbalancedError
from mufakat.rules.decision import Outcome, Refusal
from mufakat.rules.errors import BadGovernanceError
from mufakat.rules.objective import FIGURES, Area, Figure, Reached, Source
from mufakat.rules.parties import PartyKind
from mufakat.rules.year_report import YearReport

AT = datetime(2017, 7, 14, 9, tzinfo=UTC)
OBJECTIVE: dict[str, Any] = {
    "figure": "answered_in_time",
    "title": {"id": "Dijawab tepat waktu", "en": "Answered in time"},
    "at_least": 95,
    "owner": "reviewer",
}
REVIEW: dict[str, Any] = {"minutes": "A made-up review.", "present": ["reviewer"]}


def read(told: dict[str, Any], kind: PartyKind = PartyKind.PLATFORM) -> objective.Objective:
    return reading.read_objective(json.dumps(told).encode(), kind=kind, at=AT)


def reviewed(**changes: Any) -> objective.Review:
    return reading.read_review(json.dumps({**REVIEW, **changes}).encode(), at=AT)


def refused(told: Any, *, review: bool = False) -> set[str]:
    raw = told if isinstance(told, bytes) else json.dumps(told).encode()
    with pytest.raises(BadGovernanceError) as found:
        reading.read_review(raw, at=AT) if review else reading.read_objective(raw, kind=PartyKind.PLATFORM, at=AT)
    return {fault.pointer for fault in found.value.faults}


def test_the_first_review_follows_from_the_rhythm() -> None:
    assert read({**OBJECTIVE, "every_days": 30}).review_on == date(2017, 8, 13)
    assert read({**OBJECTIVE, "review_on": "2017-07-14"}).review_on == date(2017, 7, 14)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"figure": "refused"}, "/figure"),
        ({"figure": "notices_held"}, "/figure"),
        ({"at_least": 0}, "/at_least"),
        ({"at_least": 101}, "/at_least"),
        ({"at_least": "95"}, "/at_least"),
        ({"title": {"id": "Hanya satu bahasa"}}, "/title/en"),
        ({"title": {"id": "a\u202eb", "en": "b"}}, "/title/id"),
        ({"owner": "reviewer-1"}, "/owner"),
        ({"owner": "reviewer\n"}, "/owner"),
        ({"every_days": 367}, "/every_days"),
        ({"review_on": "2017-07-13"}, "/review_on"),
        ({"review_on": "2017-02-30"}, "/review_on"),
        ({"review_on": "2027-12-31"}, "/review_on"),
        ({"evidence": [""]}, "/evidence/0"),
        ({"evidence": ["x"] * 11}, "/evidence"),
        ({"more": 1}, "/more"),
    ],
)
def test_an_objective_is_refused_with_its_place(changes: dict[str, Any], pointer: str) -> None:
    assert refused({**OBJECTIVE, **changes}) == {pointer}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"minutes": ""}, "/minutes"),
        ({"minutes": "a\x00b"}, "/minutes"),
        ({"present": []}, "/present"),
        ({"present": ["reviewer", "reviewer"]}, "/present/1"),
        ({"objectives": ["obj_a", "obj_a"]}, "/objectives/1"),
        ({"recorded": [{"figure": "answered_in_time", "part": 1, "whole": 1}]}, "/recorded/0/figure"),
        ({"recorded": [{"figure": "exposure_kept", "part": 2, "whole": 1}]}, "/recorded/0/part"),
        ({"recorded": [{"figure": "exposure_kept", "part": 0, "whole": 0}]}, "/recorded/0/whole"),
        ({"recorded": [{"figure": "exposure_kept", "part": 1, "whole": 1}] * 2}, "/recorded/1/figure"),
        ({"followups": [{"text": "x", "owner": "reviewer", "due_on": "2017-07-13"}]}, "/followups/0/due_on"),
        ({"followups": [{"text": "", "owner": "reviewer", "due_on": "2017-07-15"}]}, "/followups/0/text"),
    ],
)
def test_a_review_is_refused_with_its_place(changes: dict[str, Any], pointer: str) -> None:
    assert refused({**REVIEW, **changes}, review=True) == {pointer}


@pytest.mark.parametrize("raw", [b"", b"{", b"null", b"[]", b"\xff", b'{"minutes": NaN}', b" " * 300_000, b"[" * 99])
def test_hostile_bytes_are_refused(raw: bytes) -> None:
    assert refused(raw)
    assert refused(raw, review=True)


@given(st.binary(max_size=200) | st.dictionaries(st.text(max_size=9), st.integers() | st.text(max_size=9)))
def test_whatever_comes_is_read_or_refused(told: Any) -> None:
    raw = told if isinstance(told, bytes) else json.dumps(told).encode()
    readers = (
        lambda: reading.read_objective(raw, kind=PartyKind.REGULATOR, at=AT),
        lambda: reading.read_review(raw, at=AT),
        lambda: reading.read_reason(raw),
        lambda: reading.read_done(raw),
        lambda: reading.read_year(raw),
    )
    for reader in readers:
        with suppress(BadGovernanceError):
            reader()


def test_each_fault_is_found_at_once() -> None:
    assert refused({"figure": "x", "at_least": 0}) == {"/figure", "/at_least", "/title", "/owner"}


def test_a_review_without_a_list_looks_at_everything() -> None:
    assert reviewed().objectives is None
    assert reviewed(objectives=[]).objectives == ()


def test_every_area_has_a_figure_and_every_figure_an_area() -> None:
    assert set(FIGURES) == set(Figure)
    assert {told.area for told in FIGURES.values()} == set(Area)


@pytest.mark.invariant("I-05")
def test_no_figure_is_named_after_an_outcome() -> None:
    outcomes = {outcome.value for outcome in Outcome} | {code.value for code in Refusal}
    assert not [figure for figure in Figure if any(word in figure.value for word in outcomes)]


@pytest.mark.invariant("I-05")
@pytest.mark.parametrize("kind", [PartyKind.PLATFORM, PartyKind.OPERATOR])
def test_what_notices_were_worth_is_no_goal_of_whoever_decides(kind: PartyKind) -> None:
    assert not objective.is_open_to(Figure.NOTICES_HELD, kind)
    assert objective.is_open_to(Figure.NOTICES_HELD, PartyKind.REGULATOR)


@given(
    st.sampled_from(sorted(Figure)),
    st.integers(0, 500).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))),
    st.integers(1, 100),
)
def test_a_goal_is_judged_by_whole_numbers(figure: Figure, counted: tuple[int, int], at_least: int) -> None:
    share = accuracy.share(*counted)
    found = objective.judged(figure, share, at_least=at_least)
    if FIGURES[figure].source is Source.NOT_YET:
        assert found is Reached.NOT_MEASURED
    elif counted[1] == 0:
        assert found is Reached.NO_FIGURES
    else:
        assert (found is Reached.REACHED) is (100 * counted[0] >= at_least * counted[1])
        assert (found is Reached.MISSED) is (100 * share.upper < at_least)


def test_few_that_miss_say_less_than_many() -> None:
    few, many = accuracy.share(2, 3), accuracy.share(200, 300)
    judged = [objective.judged(Figure.DRILLS_ANSWERED, share, at_least=90) for share in (few, many)]
    assert judged == [Reached.UNSURE, Reached.MISSED]


@given(st.dates(date(1971, 1, 1), date(2999, 12, 31)), st.integers(1, 40))
def test_months_follow_each_other_and_end_with_that_of_the_day(last: date, count: int) -> None:
    found = objective.months(last, count=count)
    assert (len(found), found[-1]) == (count, last.replace(day=1))
    assert all(objective.after(former) == later for former, later in itertools.pairwise(found))


def made(sent: Report) -> YearReport:
    nothing = Report(0, {}, 0, 0)
    return YearReport(
        party="telegram",
        kind=PartyKind.PLATFORM,
        year=2017,
        number=0,
        made_at="2017-07-14T09:00:00.000Z",
        sent=sent,
        received=nothing,
        figures=(),
        objectives=(),
        reviews=(),
    )


@pytest.mark.invariant("I-11")
def test_a_report_that_loses_a_notice_is_not_made() -> None:
    assert year_report.sound(made(Report(3, {"refuse": 1, "act_full": 1}, 1, 0)))
    with pytest.raises(UnbalancedError):
        year_report.sound(made(Report(3, {"refuse": 1}, 1, 0)))


def test_a_report_is_the_same_when_it_is_read_back() -> None:
    report = made(Report(1, {"refuse": 1}, 0, 0))
    assert year_report.from_json(year_report.to_json(report)) == report
    assert year_report.to_json(report) == year_report.to_json(year_report.from_json(year_report.to_json(report)))


def test_a_year_is_over_once_the_next_began() -> None:
    assert not year_report.is_over(2017, today=date(2017, 12, 31))
    assert year_report.is_over(2017, today=date(2018, 1, 1))
