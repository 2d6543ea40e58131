"""``mufakat notice erase``, ``mufakat notice hold`` and ``mufakat work``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.houses import body
from tests.server.cli.test_cli_instance import submitted

from mufakat.server.runtime import housekeeping, worker

if TYPE_CHECKING:
    from datetime import datetime
    from threading import Event

    from tests.server.cli.conftest import Line

    from mufakat.server.notices.erasure import Swept

UNKNOWN = "ntc_00000000000000000000000000"


def test_a_notice_is_erased_and_says_so(line: Line) -> None:
    notice = submitted(line)
    done = line.json("notice", "erase", notice, "--reason", "A court asked for it.")
    assert (done["notice"], done["classes"], done["overwritten"]) == (
        notice,
        ["answers", "explanation", "locators", "payload"],
        True,
    )
    shown = line.json("notice", "show", notice)
    assert (shown["erased_at"], "notice" in shown) == (done["at"], False)
    assert done["at"] in line("notice", "show", notice).stdout


def test_an_erasure_is_told_in_words(line: Line) -> None:
    notice = submitted(line)
    first = line("notice", "erase", notice, "--class", "payload", "--reason", "An order.")
    again = line("notice", "erase", notice, "--class", "payload", "--reason", "An order.")
    assert re.fullmatch(rf"{notice}: erased answers, payload at \S+ \(evt_\w+\)\n", first.stdout)
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert again.stdout == f"{notice}: nothing of this was left to be erased\n"


def test_the_receipt_of_an_erased_notice_is_still_given(line: Line) -> None:
    notice = submitted(line)
    before = line("receipt", "get", notice).stdout
    line("notice", "erase", notice, "--reason", "An order.")
    assert line("receipt", "get", notice).stdout == before


def test_an_erased_file_that_is_sent_again_is_not_doubled(line: Line) -> None:
    notice = submitted(line)
    line("notice", "erase", notice, "--reason", "An order.")
    again = line("notice", "submit", "-", "--json", input=body())
    assert (again.exit_code, '"status": 410' in again.stdout) == (1, True)
    assert [one["id"] for one in line.json("notice", "list")["items"]] == [notice]


def test_a_hold_stands_in_the_way_until_it_is_released(line: Line) -> None:
    notice = submitted(line)
    hold = line.json("notice", "hold", "place", notice, "--reason", "A lawsuit.")
    refused = line("notice", "erase", notice, "--reason", "An order.")
    assert (refused.exit_code, hold["hold"] in refused.stderr, refused.stdout) == (1, True, "")
    released = line.json("notice", "hold", "release", notice, "--reason", "Settled.")
    assert (released["hold"], released["placed_at"]) == (hold["hold"], hold["placed_at"])
    assert released["released_at"] >= hold["placed_at"]
    assert line("notice", "erase", notice, "--reason", "An order.").exit_code == 0


def test_holds_are_told_in_words(line: Line) -> None:
    notice = submitted(line)
    placed = line("notice", "hold", "place", notice, "--reason", "A lawsuit.")
    released = line("notice", "hold", "release", notice, "--reason", "Settled.")
    assert re.fullmatch(rf"{notice}: held since \S+ \(evt_\w+\)\n", placed.stdout)
    assert re.fullmatch(rf"{notice}: no longer held since \S+\n", released.stdout)


@pytest.mark.parametrize("deed", [["erase"], ["hold", "place"], ["hold", "release"]], ids=" ".join)
@pytest.mark.parametrize(
    ("notice", "reason", "says"),
    [
        (UNKNOWN, "x", "no such notice"),
        ("../../x", "x", "no such notice"),
        (UNKNOWN, "", "reason is empty"),
        (UNKNOWN, " \n ", "reason is empty"),
        (UNKNOWN, "a\x1b[2J", "control character"),
        (UNKNOWN, "x" * 2_001, "at most 2000"),
    ],
    ids=["unknown", "no-id", "empty", "blank", "control", "long"],
)
def test_what_cannot_be_done_is_said_in_one_line(
    alone: Line, deed: list[str], notice: str, reason: str, says: str
) -> None:
    refused = alone("notice", *deed, notice, "--reason", reason)
    assert (refused.exit_code, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
    assert says in refused.stderr
    assert "\x1b" not in refused.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["erase", UNKNOWN],
        ["erase", "--reason", "x"],
        ["erase", UNKNOWN, "--reason", "x", "--class", "leaf"],
        ["erase", UNKNOWN, "--reason", "x", "--class", "login_attempts"],
        ["hold", "place", UNKNOWN],
        ["hold", "keep", UNKNOWN, "--reason", "x"],
    ],
    ids=" ".join,
)
def test_wrong_use_ends_with_two(alone: Line, words: list[str]) -> None:
    assert alone("notice", *words).exit_code == 2


def test_work_is_done_once_and_counted(line: Line) -> None:
    line("work", "--once")  # What follows the journal reads what made the house.
    done = line.json("work", "--once")
    names = [*(work.name for work in worker.PARTS), *(name for name, _ in housekeeping.CHORES)]
    assert done == {"done": {**dict.fromkeys(names, 0), "log_cut": 1}, "failed": []}
    assert "0  notices erased" in line("work", "--once").stdout


def test_a_chore_that_fails_is_said_and_ends_with_one(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*, at: datetime, stop: Event | None = None) -> Swept:
        raise RuntimeError("broken here")

    monkeypatch.setattr(housekeeping, "CHORES", (("broken", broken),))
    result = line("work", "--once")
    assert (result.exit_code, "broken: this failed" in result.stderr) == (1, True)
