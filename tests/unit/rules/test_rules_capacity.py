"""Plans are read with care: every fault with its place."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, strategies as st

from mufakat.rules import capacity
from mufakat.rules.errors import BadPlanError

PLAN = b"""
profile: id-2017
streams:
  - name: terror
    category: terrorism
    per_hour: 12
    zone: Asia/Jakarta
    decide: {mean: PT6M}
teams:
  - name: day
    reviewers: 4
    streams: [terror]
    calendar: {name: day, zone: Asia/Jakarta, days: [monday, friday], hours: ["08:00-16:00"]}
"""


def faults(text: bytes) -> list[tuple[int | None, str]]:
    with pytest.raises(BadPlanError) as refused:
        capacity.parse(text)
    return [(fault.line, fault.pointer) for fault in refused.value.faults]


def test_a_plan_is_read():
    plan = capacity.parse(PLAN)
    assert (plan.streams[0].a_day, plan.teams[0].reviewers, plan.runs) == (288.0, 4, 20)


def test_the_same_plan_in_json_is_the_same_plan():
    plan = capacity.parse(PLAN)
    assert capacity.parse(msgspec.json.encode(plan)) == plan


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (b"per_hour: 12", b"per_hour: 0", (6, "/streams/0/per_hour")),
        (b"per_hour: 12", b"per_hour: 12\n    per_day: 5", (4, "/streams/0")),
        (b"PT6M", b"6 minutes", (8, "/streams/0/decide")),
        (b"zone: Asia/Jakarta\n", b"zone: Asia/Nowhere\n", (4, "/streams/0")),
        (b"[terror]", b"[hate]", (12, "/teams/0/streams/0")),
        (b"[monday, friday]", b"[monday, monday]", (13, "/teams/0/calendar/days/1")),
        (b"profile: id-2017", b"profile: id-2017\nstart: 2026-02-30", (3, "/start")),
        (b"profile: id-2017", b"profile: id-2017\nwarm_up: 28", (3, "/warm_up")),
        (b"per_hour: 12", b"per_hour: 90000", (2, "/runs")),
        (b"reviewers: 4", b"reviewers: four", (11, "/teams/0/reviewers")),
        (b"reviewers: 4", b"reviewers: 4\n    overtime: true", (12, "/teams/0/overtime")),
    ],
)
def test_a_fault_is_told_with_its_line(old, new, found):
    assert found in faults(PLAN.replace(old, new, 1))


def test_a_stream_that_nobody_takes_is_refused():
    second = PLAN.replace(b"teams:", b"  - {name: more, category: hate, per_day: 9, decide: {mean: PT1M}}\nteams:")
    assert [pointer for _, pointer in faults(second)] == ["/streams/1"]


def test_a_team_that_never_works_is_refused():
    closed = PLAN.replace(b"[monday, friday]", b"[monday]").replace(
        b"profile: id-2017", b"profile: id-2017\nstart: 2026-01-06\ndays: 5"
    )
    assert [pointer for _, pointer in faults(closed)] == ["/teams/0/calendar"]


@given(st.binary(max_size=400))
def test_whatever_is_sent_is_a_plan_or_refused(raw):
    with contextlib.suppress(BadPlanError):
        assert capacity.parse(raw).teams


@given(st.lists(st.integers(1, 50), min_size=1, max_size=5), st.integers(0, 200))
def test_people_are_shared_over_the_teams_to_the_last(sizes, more):
    stream = {"name": "a", "category": "hate", "per_day": 1, "decide": {"mean": "PT1M"}}
    calendar = {"name": "c", "zone": "UTC", "days": ["monday"], "hours": ["08:00-16:00"]}
    teams = [{"name": f"t{n}", "reviewers": size, "calendar": calendar} for n, size in enumerate(sizes)]
    plan = capacity.parse(json.dumps({"profile": "id-2017", "streams": [stream], "teams": teams}).encode())
    found = capacity.shared(plan, len(sizes) + more)
    assert sum(found) == len(sizes) + more
    assert min(found) >= 1


def test_the_plan_of_the_docs_can_be_played():
    page = Path(__file__).parents[3] / "docs" / "rehearsal.md"
    plan = capacity.parse(page.read_text().partition("```yaml\n")[2].partition("```")[0].encode())
    assert [team.name for team in plan.teams] == ["jakarta", "night"]
