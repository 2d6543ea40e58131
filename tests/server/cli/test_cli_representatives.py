"""Contacts and drills by the command line, alone and beside a running server."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.cli.conftest import Line

CARD = (
    *("--name", "Contoh Person", "--organisation", "ISP A", "--country", "ID", "--email", "noc@isp-a.example"),
    *("--phone", "+62 21 5550 0100", "--hours", "Mon-Fri 09:00-17:00", "--time-zone", "Asia/Jakarta"),
)


def set_(line: Line, *words: str) -> Any:
    return line.json("representative", "set", "isp-a", *CARD, *words)


def test_a_first_contact_is_in_force(line: Line) -> None:
    done = line("representative", "set", "isp-a", "--role", "narahubung", *CARD)
    assert (done.exit_code, done.stdout.endswith("(narahubung) is in force\n")) == (0, True)


def test_a_change_says_until_when_it_waits(line: Line) -> None:
    pk = set_(line, "--role", "narahubung")["id"]
    done = line("representative", "set", "isp-a", "--contact", pk, *CARD)
    assert (done.exit_code, f"{pk} (narahubung) waits until" in done.stdout) == (0, True)


def test_a_change_is_taken_back(line: Line) -> None:
    pk = set_(line, "--role", "narahubung")["id"]
    set_(line, "--contact", pk, "--rank", "2")
    assert line.json("representative", "withdraw", pk)["waiting"] is None


def test_the_digest_of_the_mandate_is_kept(line: Line, tmp_path: Path) -> None:
    file = tmp_path / "mandate.pdf"
    file.write_bytes(b"made-up mandate")
    made = set_(line, "--role", "narahubung", "--mandate", "Letter 1", "--mandate-file", str(file))
    assert made["in_force"]["mandate_sha256"] == hashlib.sha256(b"made-up mandate").hexdigest()


@pytest.mark.parametrize("words", [[], ["--role", "narahubung", "--contact", "ctc_x"], ["--role", "boss"]])
def test_wrong_use_says_how(line: Line, words: list[str]) -> None:
    done = line("representative", "set", "isp-a", *CARD, *words)
    assert (done.exit_code, "Usage: " in done.stderr) == (2, True)


def test_every_fault_is_named(line: Line) -> None:
    words = ("--role", "narahubung", "--name", "x", "--organisation", "y", "--country", "XX", "--email", "z")
    done = line("representative", "set", "isp-a", *words)
    assert (done.exit_code, done.stderr.count("mufakat: /")) == (1, 2)


def test_the_list_stands_in_the_order_of_turns(line: Line) -> None:
    found = line.json("representative", "list", "telegram")
    assert ([one["in_force"]["rank"] for one in found["contacts"]], found["every"]) == ([1, 2, 3], 30)


def test_the_list_is_lines_for_people(line: Line) -> None:
    done = line("representative", "list", "telegram")
    assert (done.exit_code, "Sari Contoh" in done.stdout, "(senior)" in done.stdout) == (0, True, True)


def test_a_party_without_contacts_is_told_how_to_set_one(line: Line) -> None:
    done = line("representative", "list", "isp-b")
    assert done.stdout == "nobody can be reached there yet; add a contact with: mufakat representative set\n"


def test_all_contacts_of_a_party_are_tried(line: Line) -> None:
    done = line.json("representative", "drill", "telegram")
    again = line.json("representative", "drill", "telegram")
    assert (len(done["sent"]), len(again["sent"]), len(again["open"])) == (3, 0, 3)


def test_one_contact_is_tried(line: Line) -> None:
    pk = line.json("representative", "list", "telegram")["contacts"][1]["id"]
    assert [one["contact"] for one in line.json("representative", "drill", "telegram", "--contact", pk)["sent"]] == [pk]


def test_a_contact_of_another_party_is_not_hit_by_a_slip(line: Line) -> None:
    pk = line.json("representative", "list", "telegram")["contacts"][0]["id"]
    done = line("representative", "drill", "kominfo", "--contact", pk)
    assert (done.exit_code, done.stderr) == (1, "mufakat: There is no such contact here.\n")


def test_the_period_is_chosen(line: Line) -> None:
    line("representative", "drill", "telegram", "--every", "7")
    assert line.json("representative", "list", "telegram")["every"] == 7


def test_a_party_without_contacts_cannot_be_tried(line: Line) -> None:
    assert line("representative", "drill", "isp-b").exit_code == 1


def test_removing_the_last_one_warns(line: Line) -> None:
    pk = line.json("representative", "list", "kominfo")["contacts"][0]["id"]
    done = line("representative", "remove", pk, "--reason", "left the office")
    assert (done.exit_code, "nobody can be reached at kominfo any more" in done.stderr) == (0, True)


def test_removing_one_of_several_does_not_warn(line: Line) -> None:
    pk = line.json("representative", "list", "telegram")["contacts"][0]["id"]
    done = line("representative", "remove", pk, "--reason", "left the office")
    assert (done.exit_code, done.stderr) == (0, "")


def test_no_command_shows_the_code_of_a_drill(line: Line) -> None:
    from mufakat.server.parties.models import Drill

    shown = line("representative", "drill", "telegram", "--json").stdout
    shown += line("representative", "list", "telegram", "--json").stdout
    assert not any(code in shown for code in Drill.objects.values_list("code", flat=True))
