"""Contest and resolve by the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.server.cli.test_cli_decisions import ACTED, REFUSED
from tests.server.cli.test_cli_notices import submitted

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.cli.conftest import Line

WHY = "It is lawful satire."


def decided(line: Line, *told: str) -> dict[str, Any]:
    notice = submitted(line)
    line("notice", "acknowledge", notice)
    made: dict[str, Any] = line.json("decision", "make", notice, *told)
    return made


def code_of(line: Line, decision: str) -> str:
    shown = line.json("decision", "show", decision, "--role", "representative")
    return str(shown["appeal"]["code"])


def test_somebody_with_the_code_appeals_and_another_reviewer_reverses(line: Line, tmp_path: Path) -> None:
    made = decided(line, *ACTED)
    file = tmp_path / "context.txt"
    file.write_text("A made-up file.")
    code = code_of(line, made["id"])
    lodged = line.json("appeal", "lodge", "--code", code, "--reasons", WHY, "--evidence", str(file))
    assert (lodged["state"], lodged["standing"]) == ("lodged", "uploader")
    listed = line("appeal", "list", "--state", "lodged").stdout
    assert lodged["id"] in listed
    why = ("--outcome", "reversed", "--reasons", "The context was not looked at.")
    refused = line("appeal", "resolve", lodged["id"], *why)
    assert (refused.exit_code, "somebody else" in refused.stderr) == (1, True)
    done = line("appeal", "resolve", lodged["id"], *why, "--role", "reviewer-2")
    assert (done.exit_code, "reversed, by the uploader" in done.stdout) == (0, True)
    shown = line("appeal", "show", lodged["id"]).stdout
    assert f"reasons: {WHY}" in shown
    assert "reversed: The context was not looked at." in shown


def test_the_sender_contests_a_refusal_and_records_a_court(line: Line) -> None:
    made = decided(line, *REFUSED)
    done = line("appeal", "lodge", made["id"], "--reasons", WHY, "--party", "kominfo")
    assert (done.exit_code, "by the sender" in done.stdout) == (0, True)
    court = ("--level", "judicial", "--body", "Example District Court")
    done = line("appeal", "lodge", made["id"], "--reasons", WHY, "--party", "kominfo", *court)
    assert "before Example District Court" in done.stdout
    assert len(line.json("appeal", "list", "--role", "officer", "--party", "kominfo")["items"]) == 2


@pytest.mark.parametrize(
    "told", [("--reasons", WHY), ("dec_1", "--code", "x", "--reasons", WHY), ("dec_1",)], ids=["none", "both", "no why"]
)
def test_wrong_use_is_said_at_once(line: Line, told: tuple[str, ...]) -> None:
    assert line("appeal", "lodge", *told).exit_code == 2


def test_a_code_that_is_none_is_a_no(line: Line) -> None:
    done = line("appeal", "lodge", "--code", "nonsense", "--reasons", WHY)
    assert (done.exit_code, "no such appeal code" in done.stderr) == (1, True)
