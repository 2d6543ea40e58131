"""The simulation of shifts tells the truth where a formula knows it, and keeps its promises where none does."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest
from click.testing import CliRunner

from mufakat.cli import main
from mufakat.rules import capacity, profile
from mufakat.runners import capacity as simulation, playing, staffing

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("simpy", reason="the extra `rehearsal` is not installed")

ALWAYS = {
    "name": "always",
    "zone": "UTC",
    "days": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
    "hours": ["00:00-24:00"],
}
PROFILE = """
name: one-clock
title: One clock
certainty: low
note: Made up.
sources: []
categories: []
clocks:
  - name: taken_on
    starts: notice.received
    stops: {stops}
    duration: {{elapsed: {elapsed}}}
    actor: recipient
    certainty: ours
    sources: []
"""


def one_clock(elapsed: str, stops: str = "notice.acknowledged") -> profile.Profile:
    return profile.parse(PROFILE.format(elapsed=elapsed, stops=stops).encode())


def planned(reviewers: int, *, per_hour: int = 60, calendar=ALWAYS, mean: str = "PT4M", **more) -> capacity.Plan:
    plan = {
        "profile": "one-clock",
        "days": 12,
        "warm_up": 2,
        "runs": 6,
        "seed": 2017,
        "streams": [
            {
                "name": "all",
                "category": "hate",
                "per_hour": per_hour,
                "decide": {"mean": mean, "shape": "exponential"},
            }
        ],
        "teams": [{"name": "desk", "reviewers": reviewers, "calendar": calendar}],
    }
    return capacity.parse(json.dumps(plan | more).encode())


def erlang(servers: int, load: float, minutes: float, service: float) -> float:
    """The share that waits no longer than so many minutes, with `load` erlangs (Erlang's second formula)."""
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    waits = blocked / (1 - load / servers * (1 - blocked))
    return 1 - waits * math.exp(-(servers - load) * minutes / service)


@pytest.mark.parametrize(("servers", "minutes"), [(5, 2), (5, 10), (6, 1), (8, 1)])
def test_chances_are_those_of_erlangs_formula_where_it_holds(servers, minutes):
    found = staffing.figures(planned(servers), one_clock(f"PT{minutes}M")).clocks[0].chance
    truth = erlang(servers, 4.0, minutes, 4.0)
    assert found.lower - 0.003 <= truth <= found.upper + 0.003
    assert found.upper - found.lower < 0.05


def test_people_who_are_busy_are_busy_for_the_load_that_comes():
    found = staffing.figures(planned(8), one_clock("PT10M"))
    assert found.teams[0].busy == pytest.approx(4.0 / 8, abs=0.02)


def test_the_same_plan_gives_the_same_figures():
    assert staffing.figures(planned(5), one_clock("PT2M")) == staffing.figures(planned(5), one_clock("PT2M"))


def test_another_seed_gives_other_figures():
    other = staffing.figures(planned(5, seed=2018), one_clock("PT2M"))
    assert staffing.figures(planned(5), one_clock("PT2M")) != other


def test_more_people_meet_the_same_notices_and_wait_less():
    few, many = (staffing.figures(planned(number), one_clock("PT2M")) for number in (5, 9))
    assert few.notices == many.notices
    assert few.worst < many.worst
    assert (few.waits.p95 or 0) > (many.waits.p95 or 0)


def test_nobody_is_met_while_nobody_works():
    office = {**ALWAYS, "hours": ["08:00-16:00"]}
    clocks = staffing.figures(planned(40, calendar=office), one_clock("PT30M")).clocks[0]
    assert clocks.hours[20] == 0.0
    assert clocks.hours[10] == pytest.approx(1.0)


def test_the_staff_that_is_found_meets_the_clock_and_one_less_does_not():
    plan, rules = planned(6), one_clock("PT5M")
    found = staffing.staff(plan, rules)
    assert found.possible
    assert found.reviewers is not None
    assert staffing.figures(plan.staffed([found.reviewers]), rules).worst >= 0.99
    assert staffing.figures(plan.staffed([found.reviewers - 1]), rules).worst < 0.99
    assert found.reviewers == next(n for n in range(5, 50) if erlang(n, 4.0, 5.0, 4.0) >= 0.99)


def test_where_nobody_works_at_night_no_number_of_people_is_enough():
    office = {**ALWAYS, "hours": ["08:00-16:00"]}
    found = staffing.staff(planned(4, calendar=office, runs=5, days=8), one_clock("PT30M"))
    assert not found.possible
    assert found.reviewers is None
    assert found.best["taken_on"].value == pytest.approx((8 + 0.5) / 24, abs=0.03)


def test_each_team_has_what_it_needs_and_no_more():
    halves = [
        {**ALWAYS, "name": name, "hours": [hours]} for name, hours in (("am", "00:00-12:00"), ("pm", "12:00-24:00"))
    ]
    teams = [
        {"name": each["name"], "reviewers": size, "calendar": each} for each, size in zip(halves, (12, 4), strict=True)
    ]
    plan = planned(1, teams=teams, runs=5, days=4)
    found = staffing.staff(plan, one_clock("PT10M"))
    assert found.possible
    assert abs(found.teams["am"] - found.teams["pm"]) <= 2


def test_the_end_of_a_day_is_harder_for_what_comes_late():
    rules = profile.load("id-2017")
    plan = planned(5, profile="id-2017", runs=5)
    found = {one.name: one for one in staffing.figures(plan, rules).clocks}
    assert set(found) == {"acknowledge_within", "takedown_same_day"}
    hours = found["takedown_same_day"].hours
    # 16 h UTC is 23 h in Jakarta: the day ends within the hour.
    assert (hours[16] or 0) < (hours[5] or 0)


def test_what_waits_for_somebody_else_is_said_not_to_be_played():
    plan = planned(5, profile="id-2017", runs=5, days=5)
    assert staffing.figures(plan, profile.load("id-2017")).not_played == ["appeal_window", "isp_reopen"]


def test_no_outcome_is_known_to_a_plan():
    names = {
        name
        for type_ in (capacity.Plan, capacity.Stream, capacity.Team, capacity.Work)
        for name in type_.__struct_fields__
    }
    assert not names & {"outcome", "refuse", "refusal", "measure", "act_full"}


def test_a_process_of_its_own_leaves_the_result_in_its_folder(tmp_path: Path):
    (tmp_path / playing.PLAN).write_bytes(msgspec.json.encode(planned(5, runs=5, days=4, warm_up=1)))
    (tmp_path / playing.PROFILE).write_text(PROFILE.format(elapsed="PT10M", stops="decision.made"))
    done = subprocess.run([sys.executable, "-m", "mufakat.runners.playing", str(tmp_path)], check=False, timeout=120)
    result = msgspec.json.decode((tmp_path / playing.RESULT).read_bytes(), type=playing.Result)
    assert done.returncode == 0
    assert result.staff is not None
    assert result.figures.notices > 0


def test_a_process_that_cannot_play_says_why(tmp_path: Path):
    (tmp_path / playing.PLAN).write_bytes(b"streams: 5\n")
    (tmp_path / playing.PROFILE).write_bytes(profile.text_of("id-2017"))
    assert playing.main(tmp_path) == 1
    assert "plan" in msgspec.json.decode((tmp_path / playing.FAILED).read_bytes(), type=playing.Failed).why


def test_the_command_tells_chances_and_staff(tmp_path: Path):
    file = tmp_path / "plan.json"
    file.write_bytes(msgspec.json.encode(planned(5, runs=5, days=4, warm_up=1, profile="id-2017")))
    told = CliRunner().invoke(main, ["capacity", str(file), "--json"])
    found = json.loads(told.stdout)
    assert {one["name"] for one in found["figures"]["clocks"]} == {"acknowledge_within", "takedown_same_day"}
    assert found["staff"]["at_least"] == 99


def test_the_command_names_the_line_of_a_fault(tmp_path: Path):
    file = tmp_path / "plan.yaml"
    file.write_text("profile: id-2017\nteams: []\nstreams: []\n")
    told = CliRunner().invoke(main, ["capacity", str(file)])
    assert told.exit_code == 1
    assert "plan.yaml:2: At least 1 is needed. (/teams)" in told.output


def test_a_profile_of_nobody_is_wrong_use(tmp_path: Path):
    file = tmp_path / "plan.json"
    file.write_bytes(msgspec.json.encode(planned(5)))
    assert CliRunner().invoke(main, ["capacity", str(file)]).exit_code == 2


def test_hours_that_touch_are_one_stretch():
    plan = planned(1)
    start = datetime(2026, 1, 5, tzinfo=UTC)
    assert simulation.hours(plan.teams[0].calendar, start, 3) == [(0.0, 3 * 86_400.0)]
