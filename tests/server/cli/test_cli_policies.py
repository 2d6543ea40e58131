"""Policies by the command line: handed in, proposed, tried, in shadow, live by a second person, taken back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.cli.conftest import Line

SECOND = ("--role", "reviewer-2")
POLICY = """\
policy: orchard
version: {version}
rules:
  - name: post-label
    mode: live
    when: {{any_of: [{{kind: post}}]}}
    then: label
    reason: {{id: Sebuah kiriman., en: A post.}}
"""
"""It asks for no bank, so that none is needed."""


@pytest.fixture
def example(line: Line) -> Line:
    line.json("example", "load", "parties")
    return line


def policy(folder: Path, version: int = 1) -> str:
    file = folder / "policy.yaml"
    file.write_text(POLICY.format(version=version))
    return str(file)


def items(folder: Path) -> str:
    told = {"at": "2026-11-26T12:00:00Z", "visibility": "public", "text": "selamat pagi"}
    lines = [{**told, "item": f"m{n}", "kind": "post" if n < 2 else "message"} for n in range(5)]
    lines.append({**told, "item": "m6", "kind": "post", "visibility": "private"})
    file = folder / "items.ndjson"
    file.write_text("".join(json.dumps(one) + "\n" for one in lines) + "{\n")
    return str(file)


def sample(line: Line, folder: Path) -> str:
    made: str = line.json("sample", "add", items(folder), "--name", "last week")["id"]
    return made


def live(line: Line, folder: Path, version: int = 1) -> dict[str, Any]:
    made = line.json("policy", "propose", policy(folder, version), "--note", "The first.")["id"]
    tried = line.json("policy", "try", made, "--sample", sample(line, folder))["id"]
    line.json("policy", "shadow", made)
    found: dict[str, Any] = line.json("policy", "promote", made, "--backtest", tried, "--note", "Looked.", *SECOND)
    return found


def test_a_policy_goes_all_the_way_and_is_taken_back(example: Line, tmp_path: Path) -> None:
    made = live(example, tmp_path)
    assert (made["state"], made["proposer"], made["promoter"]) == ("live", "reviewer", "reviewer-2")
    later = live(example, tmp_path, 2)
    assert example.json("policy", "show", made["id"])["state"] == "ended"
    ended = example.json("policy", "end", later["id"], "--reason", "It hit recipes.", "--restore")
    assert (ended["state"], ended["restoring"]["state"]) == ("ended", "running")


def test_a_sample_is_handed_in_listed_and_erased(example: Line, tmp_path: Path) -> None:
    told = example("sample", "add", items(tmp_path), "--name", "last week").stdout
    assert "5 items; 1 private lines and 1 others were not taken" in told
    pk = example.json("sample", "list")["items"][0]["id"]
    assert "last week" in example("sample", "list").stdout
    assert example("sample", "erase", pk).stdout.splitlines()[-1].startswith("erased at ")


def test_a_line_that_is_not_taken_is_named_with_its_member(example: Line, tmp_path: Path) -> None:
    file = tmp_path / "items.ndjson"
    sound = {"item": "m1", "at": "2026-11-26T12:00:00Z", "visibility": "public", "kind": "post"}
    file.write_text(json.dumps(sound) + "\n" + json.dumps({**sound, "item": ""}) + "\n")
    told = example("sample", "add", str(file), "--name", "last week").stderr
    assert "line 2: /item: This must not be empty." in told


def test_a_back_test_is_a_table_with_samples(example: Line, tmp_path: Path) -> None:
    made = example.json("policy", "propose", policy(tmp_path))["id"]
    told = example("policy", "try", made, "--sample", sample(example, tmp_path)).stdout
    assert "nothing -> orchard/1: 5 items, 2 with another action; 0 were not looked at" in told
    row = next(one for one in told.splitlines() if one.startswith("*"))
    assert row.split()[1:5] == ["2", "none", "label", "(post-label)"]
    assert {*row.split()[5:]} == {"m0", "m1"}


def test_it_is_shown_whole_or_in_part(example: Line, tmp_path: Path) -> None:
    made = live(example, tmp_path)
    whole = example("policy", "show", made["id"]).stdout
    assert f"{made['id']}: orchard/1, live" in whole
    assert f"promoted by reviewer-2 at {made['promoted_at']} on {made['backtest']}" in whole
    assert example("policy", "show", made["id"], "--text").stdout == POLICY.format(version=1)
    assert (
        "5 items, 2 with another action" in example("policy", "show", made["id"], "--backtest", made["backtest"]).stdout
    )
    assert "nothing was counted yet" in example("policy", "show", made["id"], "--counts").stdout
    assert "orchard/1" in example("policy", "list", "--state", "live").stdout


def test_a_version_is_called_by_the_name_that_is_printed(example: Line, tmp_path: Path) -> None:
    made = example.json("policy", "propose", policy(tmp_path))["id"]
    tried = example.json("policy", "try", "orchard/1", "--sample", sample(example, tmp_path))["id"]
    assert example.json("policy", "shadow", "orchard/1")["id"] == made
    assert example.json("policy", "show", "orchard/1", "--backtest", tried)["policy"] == made
    assert "nothing was counted yet" in example("policy", "show", "orchard/1", "--counts").stdout
    refused = example("policy", "show", "orchard/2")
    assert (refused.exit_code, "There is no policy orchard/2 here." in refused.stderr) == (1, True)


def test_who_proposed_it_is_told_that_somebody_else_promotes(example: Line, tmp_path: Path) -> None:
    made = example.json("policy", "propose", policy(tmp_path))["id"]
    tried = example.json("policy", "try", made, "--sample", sample(example, tmp_path))["id"]
    example.json("policy", "shadow", made)
    refused = example("policy", "promote", made, "--backtest", tried)
    assert (refused.exit_code, "You proposed this version; somebody else" in refused.stderr) == (1, True)


def test_every_fault_of_a_text_is_printed_with_its_line(example: Line, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY.format(version=1).replace("then: label", "then: purge"))
    refused = example("policy", "propose", str(file))
    assert (refused.exit_code, "/text: Line 7, /rules/0/then: " in refused.stderr) == (1, True)


def test_a_version_is_declined_with_the_reason(example: Line, tmp_path: Path) -> None:
    made = example.json("policy", "propose", policy(tmp_path))["id"]
    told = example("policy", "decline", made, "--reason", "Too broad.", *SECOND).stdout
    assert "ended by reviewer-2" in told
    assert told.splitlines()[2].endswith(": Too broad.")


@pytest.mark.parametrize("words", [("--text", "--counts"), ("--counts", "--backtest", "bkt_x")])
def test_one_part_is_shown_at_once(example: Line, words: tuple[str, ...]) -> None:
    refused = example("policy", "show", "pol_x", *words)
    assert (refused.exit_code, "Give one of" in refused.stderr) == (2, True)
