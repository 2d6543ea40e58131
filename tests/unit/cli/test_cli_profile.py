from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from mufakat.cli.profile import profile
from mufakat.rules import profile as profiles

if TYPE_CHECKING:
    from pathlib import Path

AT = "2017-07-14T10:00:00+07:00"
GOOD = (profiles._FOLDER / "id-2017.yaml").read_bytes()


class Desk:
    """A folder, and the command started in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, content: bytes) -> str:
        path = self.folder / "own.yaml"
        path.write_bytes(content)
        return str(path)

    def run(self, *arguments: str, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(profile, ["check", *arguments], input=stdin)

    def told(self, *arguments: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.run(*arguments, "--json").stdout)
        return told


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_good_profile_shows_its_clocks_with_their_due_times(desk: Desk) -> None:
    result = desk.run(desk.file(GOOD), "--at", AT)
    row = next(line for line in result.stdout.splitlines() if line.startswith("takedown_same_day"))
    assert (result.exit_code, row.split()[-1]) == (0, "2017-07-14T16:59:59.999Z")


def test_a_good_profile_shows_its_ladder_with_its_times(desk: Desk) -> None:
    lines = desk.run(desk.file(GOOD), "--at", AT).stdout.splitlines()
    (row,) = [line for line in lines if line.startswith("notice_of_intended_block")]
    assert row.split() == [
        *("notice_of_intended_block", "propose", "notice_of_intended_block", "ours", "2017-07-15T09:00:00.000Z")
    ]


@pytest.mark.parametrize("name", profiles.names())
def test_what_is_shown_says_that_it_is_no_legal_advice(desk: Desk, name: str) -> None:
    result = desk.run(desk.file((profiles._FOLDER / f"{name}.yaml").read_bytes()))
    assert result.stdout.endswith("\nA profile is not legal advice.\n")


def test_what_no_part_of_this_version_writes_is_named(desk: Desk) -> None:
    assert desk.told(desk.file(GOOD))["profile"]["not_written_yet"] == ["reopening.ordered"]


def test_the_clocks_are_told_to_machines(desk: Desk) -> None:
    told = desk.told(desk.file(GOOD), "--at", AT)
    (clock,) = [each for each in told["profile"]["clocks"] if each["name"] == "takedown_same_day"]
    assert (told["good"], told["at"], clock["due"], clock["target"], clock["certainty"]) == (
        *(True, "2017-07-14T03:00:00.000Z", ["2017-07-14T16:59:59.999Z"], False, "press-read"),
    )


def test_a_target_is_told_as_a_target(desk: Desk) -> None:
    file = desk.file((profiles._FOLDER / "eu-dsa.yaml").read_bytes())
    told = {each["name"]: (each["target"], each["right"]) for each in desk.told(file)["profile"]["clocks"]}
    assert (told["receipt"], told["complaint_window"]) == ((True, False), (False, True))
    assert "our target PT1H" in desk.run(file).stdout


def test_every_turn_of_a_repeated_clock_is_told(desk: Desk) -> None:
    file = desk.file((profiles._FOLDER / "id-mr5-2020.yaml").read_bytes())
    (clock,) = [each for each in desk.told(file, "--at", AT)["profile"]["clocks"] if each["name"] == "warning_urgent"]
    assert clock["due"] == ["2017-07-14T07:00:00.000Z", "2017-07-14T11:00:00.000Z", "2017-07-14T15:00:00.000Z"]


PERIODS = "The duration is not one of weeks, days, hours, minutes or seconds, such as PT4H or P14D."
BAD = GOOD.replace(b"PT4H", b"-PT4H").replace(b"stops: decision.made", b"stops: decision.taken")


def test_each_fault_is_a_line_with_file_line_and_reason(desk: Desk) -> None:
    file = desk.file(BAD.replace(b"medium", b"sure"))
    result = desk.run(file)
    assert (result.exit_code, result.stdout.splitlines()) == (
        1,
        [
            f"{file}:5: 'sure' is not one of: high, medium, low. (/certainty)",
            f"{file}:26: {PERIODS} (/clocks/0/duration)",
        ],
    )


def test_the_faults_are_told_to_machines(desk: Desk) -> None:
    told = desk.told(desk.file(BAD))
    assert (told["good"], [(each["line"], each["code"]) for each in told["faults"]]) == (False, [(26, "bad_form")])


def test_an_unknown_event_is_refused_with_its_line(desk: Desk) -> None:
    told = desk.told(desk.file(GOOD.replace(b"stops: decision.made", b"stops: decision.taken")))
    assert [(each["line"], each["pointer"]) for each in told["faults"]] == [(33, "/clocks/1/stops")]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (b"a: &b [*b]", 1),
        (b"a: 1\nb: !!python/name:os.system x", 2),
        (b"#\n" * 5_000_000, 32_769),
        (b"\xff", 1),
    ],
    ids=["empty", "bomb", "tag", "ten megabytes", "not UTF-8"],
)
def test_what_is_no_profile_is_refused_in_a_line(desk: Desk, content: bytes, line: int) -> None:
    result = desk.run(desk.file(content))
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{desk.folder / 'own.yaml'}:{line}: ")


def test_standard_input_is_a_file_too(desk: Desk) -> None:
    assert desk.run("-", stdin=GOOD).exit_code == 0


@pytest.mark.parametrize(
    "arguments", [["nowhere.yaml"], ["."], ["a\x00b"], [], ["-", "--at", "noon"], ["-", "--at", "2017-07-14T10:00:00"]]
)
def test_what_cannot_be_carried_out_is_wrong_use(desk: Desk, arguments: list[str]) -> None:
    assert desk.run(*arguments, stdin=GOOD).exit_code == 2


def test_no_word_of_a_stranger_moves_the_cursor(desk: Desk) -> None:
    text = GOOD.decode().replace("title: ", 'title: "\\u202e\\u001b[2J', 1).replace('[2J"', "[2J", 1)
    result = desk.run(desk.file(text.encode()))
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout


def test_it_needs_nothing_but_the_bare_wheel(desk: Desk) -> None:
    script = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"django", "granian", "ninja", "psycopg"}:
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
from mufakat.cli import main
main(["profile", "check", sys.argv[1]])
"""
    done = subprocess.run([sys.executable, "-c", script, desk.file(GOOD)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_profile_without_holidays_does_not_wait_for_the_package_that_knows_them(desk: Desk) -> None:
    script = "import sys; from mufakat.cli import main; main(sys.argv[1:], standalone_mode=False); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script, "profile", "check", desk.file(GOOD)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "holidays" not in done.stdout.split()
