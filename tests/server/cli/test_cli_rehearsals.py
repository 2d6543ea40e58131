"""Rehearse drafts and capacity by the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.server.cli.test_cli_notices import submitted

from mufakat.rules import capacity, profile

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.cli.conftest import Line

PAIR = ("--from", "kominfo", "--to", "telegram")


def opened(line: Line, tmp_path: Path) -> str:
    file = tmp_path / "talks.json"
    text = {"id": "Kerangka.", "en": "The frame."}
    terms = {"name": "terms", "owner": "kominfo", "text": text, "frame": {"profile": "eu-dsa"}}
    talks = {"title": {"id": "Prosedur", "en": "A procedure"}, "parties": ["kominfo", "telegram"], "points": [terms]}
    file.write_text(json.dumps(talks))
    made: str = line.json("agreement", "propose", str(file))["id"]
    return made


def test_a_profile_is_rehearsed_on_what_one_party_sent_another(line: Line) -> None:
    submitted(line)
    found = line.json("agreement", "rehearse", "--profile", "eu-dsa", *PAIR)
    assert (found["profile"], found["notices"]) == ("eu-dsa", 1)
    assert "receipt" in line("agreement", "rehearse", "--profile", "eu-dsa", *PAIR).stdout


def test_a_profile_that_nobody_adopted_is_rehearsed_from_its_file(line: Line, tmp_path: Path) -> None:
    submitted(line)
    file = tmp_path / "own.yaml"
    file.write_bytes(profile.text_of("id-2017").replace(b"name: id-2017", b"name: own", 1))
    assert line.json("agreement", "rehearse", "--profile", str(file), *PAIR)["profile"] == "own"


def test_what_is_on_the_table_is_rehearsed(line: Line, tmp_path: Path) -> None:
    submitted(line)
    found = line.json("agreement", "rehearse", opened(line, tmp_path), "--notices", "10")
    assert (found["profile"], found["notices"]) == ("eu-dsa", 1)


@pytest.mark.parametrize("told", [[], ["--profile", "eu-dsa"], ["agr_1", *PAIR], ["--profile", "none.yaml", *PAIR]])
def test_half_a_question_is_wrong_use(line: Line, told: list[str]) -> None:
    assert line("agreement", "rehearse", *told).exit_code == 2


def test_the_plan_of_an_agreement_can_be_read_and_edited(line: Line, tmp_path: Path) -> None:
    submitted(line)
    told = line("capacity", "--agreement", opened(line, tmp_path), "--reviewers", "3", "--write-plan")
    plan = capacity.parse(told.stdout.encode())
    assert [stream.category.value for stream in plan.streams] == ["terrorism"]
    assert plan.teams[0].reviewers == 3
