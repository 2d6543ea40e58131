"""Decide, carry out and undo by the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.server.cli.test_cli_notices import submitted

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.cli.conftest import Line

GROUND = ("--law", "UU 11/2008", "--article", "Pasal 28 ayat (2)")
TEXTS = ("--facts", "A made-up placeholder was seen.", "--reasons", "It meets every element of it.", "--language", "en")
REFUSED = ("--outcome", "refuse", "--refusal", "not_illegal", *GROUND, *TEXTS)
ACTED = ("--outcome", "act_full", "--measure", "disable", "--territory", "ID", *GROUND, *TEXTS)


@pytest.fixture
def notice(line: Line) -> str:
    found = submitted(line)
    line("notice", "acknowledge", found)
    return found


def test_a_refusal_is_decided_and_shown(line: Line, notice: str) -> None:
    done = line("decision", "make", notice, *REFUSED)
    assert (done.exit_code, "refuse (not_illegal), standing" in done.stdout) == (0, True)
    made = done.stdout.split(":")[0]
    shown = line("decision", "show", made).stdout
    assert "facts: A made-up placeholder was seen." in shown
    assert "reasons: It meets every element of it." in shown
    assert "no measures" in shown


def test_a_measure_is_about_every_link_unless_some_are_named(line: Line, notice: str) -> None:
    made = line.json("decision", "make", notice, *ACTED)
    places = range(len(line.json("notice", "show", notice)["notice"]["locators"]))
    assert [(one["locator"], one["measure"], one["territory"]) for one in made["measures"]] == [
        (place, "disable", ["ID"]) for place in places
    ]
    shown = line("decision", "show", made["id"]).stdout
    assert "for whoever is affected: /appeal/" in shown


def test_a_decision_in_a_file_is_sent_as_it_is(line: Line, notice: str, tmp_path: Path) -> None:
    told = {
        "outcome": "not_found",
        "facts": "Nothing stands at that address.",
        "reasons": "It was looked for on two days.",
        "language": "en",
        "automated": {"detection": False, "decision": "none"},
    }
    file = tmp_path / "decision.json"
    file.write_text(json.dumps(told))
    assert line.json("decision", "make", notice, "--file", str(file))["outcome"] == "not_found"
    assert line("decision", "make", notice, "--file", str(tmp_path / "none.json")).exit_code == 2


def test_whatever_is_missing_is_named_at_once(line: Line, notice: str) -> None:
    done = line("decision", "make", notice, "--outcome", "refuse")
    assert done.exit_code == 1
    assert {row.split(":")[1].strip() for row in done.stderr.splitlines() if row.startswith("mufakat: /")} >= {
        "/reasons"
    }
    done = line("decision", "make", notice, "--outcome", "refuse", "--reasons", "It meets no element of it.")
    named = {row.split(":")[1].strip() for row in done.stderr.splitlines() if row.startswith("mufakat: /")}
    assert named == {"/refusal", "/ground", "/facts"}
    assert line("decision", "make", notice).exit_code == 2


def test_reasons_are_read_from_standard_input(line: Line, notice: str) -> None:
    told = ("--outcome", "needs_information", "--reasons", "-", "--language", "en")
    made = line.json("decision", "make", notice, *told, input="Which of the two is meant?")
    assert (made["state"], made["reasons"]) == ("asked", "Which of the two is meant?")


def test_the_same_key_decides_once(line: Line, notice: str) -> None:
    first, again = (line.json("decision", "make", notice, *REFUSED, "--key", "k") for _ in range(2))
    assert first == again


def test_measures_are_listed_carried_out_and_told_of(line: Line, notice: str) -> None:
    line("decision", "make", notice, *ACTED)
    waiting = line.json("measure", "list")["items"]
    ids = [one["id"] for one in waiting]
    assert notice in line("measure", "list").stdout
    done = line("measure", "confirm", *ids, "--note", "Done.")
    assert done.stdout.splitlines() == [f"{one}: disable is confirmed" for one in ids]
    assert line("measure", "list").stdout.strip() == "no measures"
    assert [one["id"] for one in line.json("measure", "list", "--state", "confirmed")["items"]] == ids
    refused = line("measure", "fail", ids[0], "--reason", "Too late.")
    assert (refused.exit_code, ids[0] in refused.stderr) == (1, True)


@pytest.mark.invariant("I-06")
def test_what_cannot_be_undone_is_approved_by_a_second_person(line: Line, notice: str) -> None:
    line("decision", "make", notice, *ACTED, "--measure", "close_channel")
    waiting = [one["id"] for one in line.json("measure", "list", "--state", "proposed")["items"]]
    refused = line("measure", "approve", *waiting, "--role", "reviewer")
    assert (refused.exit_code, "second person" in refused.stderr) == (1, True)
    assert "close_channel is ordered" in line("measure", "approve", waiting[0]).stdout


def test_a_second_person_declines_with_a_reason(line: Line, notice: str) -> None:
    line("decision", "make", notice, *ACTED, "--measure", "terminate_account")
    waiting = [one["id"] for one in line.json("measure", "list", "--state", "proposed")["items"]]
    assert line("measure", "decline", *waiting).exit_code == 2
    assert "is declined" in line("measure", "decline", *waiting, "--reason", "Suspending is enough.").stdout


def test_that_the_statement_was_given_is_said(line: Line, notice: str) -> None:
    made = line.json("decision", "make", notice, *ACTED)
    assert "(in_service)" in line("decision", "given", made["statement"], "--how", "in_service").stdout


def test_what_a_stranger_wrote_reaches_no_terminal_raw(line: Line, notice: str) -> None:
    made = line.json("decision", "make", notice, *REFUSED[:-6], "--facts", "Turned \u202eround here.", *TEXTS[2:])
    shown = line("decision", "show", made["id"]).stdout
    assert ("\u202e" in shown, "\\u202e" in shown) == (False, True)
