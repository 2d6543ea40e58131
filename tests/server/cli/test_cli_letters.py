"""The letters of a ladder by the command line."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.server.cli.test_cli_notices import submitted

from mufakat.server.journal import door
from mufakat.server.notices import escalation

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.cli.conftest import Line

STEP = "notice_of_intended_block"


def climbed(line: Line) -> str:
    """A notice whose ladder was climbed to its top."""
    notice = submitted(line)
    at = datetime.now(UTC)
    with nullcontext() if line.served else door.open_house():
        for hour in range(48):
            escalation.sweep(at=at + timedelta(hours=hour))
    return notice


def test_what_a_ladder_proposes_is_sent_printed_and_verified(line: Line, tmp_path: Path) -> None:
    notice, receipt = climbed(line), tmp_path / "letter.receipt"
    words = ("--text", "-", "--weighed", "No reasons came.", "--language", "en", "-o", str(receipt))
    done = line("notice", "warn", notice, STEP, *words, input="A made-up letter.")
    assert (done.exit_code, f"{STEP} sent to telegram at 20" in done.stdout) == (0, True)
    assert receipt.read_text(encoding="utf-8").startswith("mufakat/custody/v1\n")
    (found,) = line.json("notice", "warnings", notice)["items"]
    assert (found["text"], found["reasons_weighed"]) == ("A made-up letter.", "No reasons came.")
    shown = line("notice", "warnings", notice, "--party", "telegram", "--role", "reviewer").stdout
    assert (found["id"] in shown, "ours" in shown) == (True, True)


def test_a_step_that_is_not_there_or_not_yet_is_a_sentence(line: Line) -> None:
    notice = submitted(line)
    early = line("notice", "warn", notice, STEP, "--text", "Too early.", "--weighed", "Nothing.")
    assert (early.exit_code, "has not come" in early.stderr) == (1, True)
    none = line("notice", "warn", notice, "letter_1", "--text", "None.")
    assert (none.exit_code, "there is: notice_of_intended_block" in none.stderr) == (1, True)
    assert line("notice", "warnings", notice).stdout == "no letters\n"


def test_a_ground_is_written_in_three_parts(line: Line) -> None:
    notice = climbed(line)
    bad = line("notice", "warn", notice, STEP, "--text", "x", "--ground", "UU 11/2008")
    assert (bad.exit_code, "SYSTEM:LAW:ARTICLE" in bad.stderr) == (2, True)
    words = ("--text", "x", "--weighed", "No reasons came.", "--ground", "id: UU 1/2024: Pasal 40")
    found = line.json("notice", "warn", notice, STEP, *words, "--key", "k")
    assert found["legal_ground"] == {"system": "id", "instrument": "UU 1/2024", "provision": "Pasal 40"}
    assert line.json("notice", "warn", notice, STEP, *words, "--key", "k") == found
