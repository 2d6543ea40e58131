"""Every clock of the table of clocks, over zones, summer time, ends of months, a leap day, holidays and rests."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mufakat.rules import clock, profile
from mufakat.rules.clock import Rest

if TYPE_CHECKING:
    from mufakat.rules.profile import ClockRule, Profile

FOLDER = Path(__file__).parents[2] / "vectors" / "clocks"
SHARED = Path(__file__).parents[3].parent / "shared" / "standards" / "clocks.csv"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


NAMED, DUES = rows(FOLDER / "rows.csv"), rows(FOLDER / "dues.csv")
RESTED = [row for row in DUES if row["paused_at"]]


@cache
def rules(name: str) -> Profile:
    if name in profile.names():
        return profile.load(name)
    return profile.parse((FOLDER / f"{name}.yaml").read_bytes())


def rule(row: dict[str, str]) -> ClockRule:
    found = rules(row["profile"]).clock(row["clock"])
    assert found is not None
    return found


def named(row: dict[str, str]) -> str:
    return " ".join([row["profile"], row["clock"], row.get("case", "")])


def moments(text: str) -> list[datetime]:
    return [datetime.fromisoformat(one) for one in text.split()]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared table is not beside this repository")
def test_our_table_names_every_clock_of_the_shared_one() -> None:
    theirs = {(row["profile"].partition(" ")[0], row["clock"]) for row in rows(SHARED)}
    assert {(row["profile"], row["row"]) for row in NAMED} == theirs


@pytest.mark.parametrize("row", NAMED, ids=named)
def test_every_clock_of_the_table_is_in_a_profile_with_its_article(row: dict[str, str]) -> None:
    assert (rule(row).article or "") == row["article"]


def test_every_clock_of_the_table_has_every_case() -> None:
    cases = {row["case"] for row in DUES}
    there = {(row["profile"], row["clock"], row["case"]) for row in DUES}
    assert there == {(row["profile"], row["clock"], case) for row in NAMED for case in cases}


@pytest.mark.parametrize("row", DUES, ids=named)
def test_a_clock_is_due_when_the_table_says(row: dict[str, str]) -> None:
    (at,) = moments(row["started_at"])
    assert list(clock.turns(rule(row).duration, at=at)) == moments(row["due_at"])


@pytest.mark.parametrize("row", RESTED, ids=named)
def test_a_clock_that_rested_is_due_when_the_table_says(row: dict[str, str]) -> None:
    duration, rest = rule(row).duration, Rest(*moments(row["paused_at"]), *moments(row["resumed_at"]))
    lefts = [clock.left(duration, due_at=due, at=rest.paused_at) for due in moments(row["due_at"])]
    assert [clock.resume(duration, left, at=rest.resumed_at) for left in lefts] == moments(row["due_after"])


@pytest.mark.parametrize("row", RESTED, ids=named)
def test_a_time_that_is_planned_waits_the_rest_out(row: dict[str, str]) -> None:
    (at,), (first, *_), (after, *_) = (moments(row[name]) for name in ("started_at", "due_at", "due_after"))
    rest = Rest(*moments(row["paused_at"]), *moments(row["resumed_at"]))
    assert clock.after_rest(rule(row).duration, first, since=at, rest=rest) == after


BESIDES = {
    "id-2017": {"acknowledge_within", "appeal_window"},
    "id-mr5-2020": {"acknowledge_within", "acknowledge_urgent", "appeal_window"},
    "id-saman": {"acknowledge_within", "acknowledge_urgent", "appeal_window"},
    "eu-dsa": {"statement_submission"},
    "eu-tco": {"acknowledge_within", "acknowledge_other", "inform_effect", "complaint_window", "report_publish"},
}
"""Clocks that no row of the table is about: our choice, or of another article."""


@pytest.mark.parametrize("name", profile.names())
def test_a_shipped_profile_is_in_the_table(name: str) -> None:
    rules_of = rules(name)
    listed = {row["clock"] for row in NAMED if row["profile"] == (rules_of.based_on or name)}
    assert {each.name for each in rules_of.clocks} - BESIDES[name] == listed


def test_a_dispute_may_take_ninety_days_more() -> None:
    (row,) = [row for row in NAMED if row["clock"] == "out_of_court"]
    (at,) = moments("2024-01-31T10:00:00+01:00")
    due = clock.due_at(rule(row).duration, at=at)
    assert clock.extended(rule(row), due_at=due) - at == timedelta(days=180)


def test_a_clock_that_knows_no_extension_is_not_extended() -> None:
    (row,) = [row for row in NAMED if row["clock"] == "isp_reopen"]
    with pytest.raises(ValueError, match="cannot be extended"):
        clock.extended(rule(row), due_at=datetime.fromisoformat("2024-01-31T10:00:00+01:00"))


@pytest.mark.parametrize("row", NAMED, ids=named)
def test_a_target_is_told_from_a_term_of_the_law(row: dict[str, str]) -> None:
    targets = {"receipt", "decision", "decision_trusted_flagger", "order_effect"}
    assert rule(row).duration.is_target == (row["clock"] in targets)
