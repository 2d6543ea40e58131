"""Govern by the command line: an objective, a review, what it decided, the report of a year."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.server.api.governed import OBJECTIVE, REVIEW

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.cli.conftest import Line


def written(folder: Path, told: dict[str, Any], name: str = "told.json") -> str:
    file = folder / name
    file.write_text(json.dumps(told))
    return str(file)


def test_an_objective_is_set_listed_and_ended(line: Line, tmp_path: Path) -> None:
    made = line.json("governance", "objective", "set", written(tmp_path, OBJECTIVE))
    assert made["state"] == "no_figures"
    assert "answered_in_time" in line("governance", "objective", "list").stdout
    again = line("governance", "objective", "set", written(tmp_path, OBJECTIVE))
    assert (again.exit_code, made["id"] in again.stderr) == (1, True)
    done = line("governance", "objective", "end", made["id"], "--reason", "Reached.")
    assert (done.exit_code, "ended" in done.stdout) == (0, True)
    assert "no objective is set" in line("governance", "objective", "list").stdout


def test_a_review_is_held_shown_and_followed_up(line: Line, tmp_path: Path) -> None:
    line("governance", "objective", "set", written(tmp_path, {**OBJECTIVE, "figure": "reviewers_trained"}))
    held = line.json("governance", "review", "hold", written(tmp_path, REVIEW))
    shown = line("governance", "review", "show", held["id"]).stdout
    assert f"minutes: {REVIEW['minutes']}" in shown
    assert "found: reviewers_trained, 9 of 10, at least 95 %: " in shown
    assert held["id"] in line("governance", "review", "list").stdout
    waits = line.json("governance", "followup", "list")["items"]
    done = line("governance", "followup", "done", waits[0]["id"], "--note", "Trained.")
    assert (done.exit_code, "done at" in done.stdout) == (0, True)
    assert "nothing is to be followed up" in line("governance", "followup", "list").stdout
    assert waits[0]["id"] in line("governance", "followup", "list", "--all").stdout


def test_the_report_of_a_year_balances_and_is_published_once_the_year_is_over(line: Line) -> None:
    shown = line("governance", "report", "show", "2017").stdout
    assert "received: 0 = 0 decided + 0 open + 0 withdrawn" in shown
    assert line.json("governance", "report", "show", "2017")["number"] == 0
    published = line("governance", "report", "publish", "2017").stdout
    assert "published number 1 of 2017: /register/reports/telegram/2017" in published
    assert line("governance", "report", "publish", "2999").exit_code == 1


def test_what_cannot_be_taken_is_named_with_its_place(line: Line, tmp_path: Path) -> None:
    found = line("governance", "objective", "set", written(tmp_path, {**OBJECTIVE, "owner": "engineer"}))
    assert (found.exit_code, "Nobody sits there" in found.stderr) == (1, True)
