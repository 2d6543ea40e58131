"""Agreements by the command line: opened from a file, answered, signed with a key, kept, ended; keys of parties."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mufakat.proof.key import SigningKey

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.cli.conftest import Line

MINISTRY = ("--party", "kominfo", "--role", "approver")
SERVICE = ("--party", "telegram", "--role", "representative")
FILE = """
title: {id: Prosedur operasional, en: Operating procedure}
parties: [kominfo, telegram]
points:
  - name: terms
    owner: kominfo
    text: {id: Menurut profil id-2017., en: Under the profile id-2017.}
    frame: {profile: id-2017, reopening: {all_of: [representative]}}
  - name: representative
    owner: telegram
    text: {id: Ada perwakilan., en: There is a representative.}
"""
TERMS = """
owner: telegram
text: {id: Ada perwakilan di Jakarta., en: There is a representative in Jakarta.}
evidence: [Letter of appointment]
"""


@pytest.fixture
def example(line: Line) -> Line:
    line.json("example", "load", "parties")
    return line


def opened(line: Line, tmp_path: Path) -> dict[str, Any]:
    file = tmp_path / "sop.yaml"
    file.write_text(FILE)
    made: dict[str, Any] = line.json("agreement", "propose", str(file), *MINISTRY)
    return made


def states(found: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["state"] for one in found["points"]}


def test_talks_from_a_file_to_an_agreement_in_force_and_its_end(example: Line, tmp_path: Path) -> None:
    line, made = example, opened(example, tmp_path)
    assert (made["state"], made["awaits"]) == ("talks", ["telegram"])
    terms = tmp_path / "terms.yaml"
    terms.write_text(TERMS)
    here = (made["id"], "representative")
    found = line.json("agreement", "counter", str(terms), *here, "--proposal", "1", "--note", "Where?", *SERVICE)
    assert (states(found)["representative"], found["awaits"]) == ("countered", ["kominfo", "telegram"])
    stale = line("agreement", "agree", *here, "--proposal", "1", *MINISTRY)
    assert (stale.exit_code, "Proposal 2 is on the table now" in stale.stderr) == (1, True)
    line.json("agreement", "agree", *here, "--proposal", "2", *MINISTRY)
    found = line.json("agreement", "agree", made["id"], "terms", "--proposal", "1", *SERVICE)
    assert (found["state"], states(found)) == ("in_force", {"terms": "in_force", "representative": "in_force"})
    letter = tmp_path / "letter.txt"
    letter.write_text("A made-up letter.")
    found = line.json("agreement", "evidence", *here, "--note", "The letter.", "--file", str(letter), *SERVICE)
    (point,) = [one for one in found["points"] if one["name"] == "representative"]
    assert [one["files"][0]["name"] for one in point["shown"]] == ["letter.txt"]
    found = line.json("agreement", "end", made["id"], "--reason", "Both begin anew.", *SERVICE)
    assert (found["state"], set(states(found).values())) == ("ended", {"ended"})


def test_people_read_what_is_on_the_table_in_both_languages_and_whose_turn_it_is(example: Line, tmp_path: Path) -> None:
    made = opened(example, tmp_path)
    shown = example("agreement", "show", made["id"], *SERVICE).stdout
    assert f"{made['id']}: Operating procedure (talks)" in shown
    assert "  id: Ada perwakilan." in shown
    assert "  en: There is a representative." in shown
    listed = example("agreement", "list", "--state", "talks", *SERVICE).stdout
    assert [made["id"] in listed, "telegram" in listed] == [True, True]


def test_a_version_is_shown_as_a_notice_cites_it(example: Line, tmp_path: Path) -> None:
    made = opened(example, tmp_path)
    for point in ("representative", "terms"):
        example.json("agreement", "agree", made["id"], point, "--proposal", "1", *SERVICE)
    shown = example("agreement", "show", made["id"], "--version", "1", *SERVICE).stdout
    assert f"{made['id']}, version 1:" in shown
    assert "under id-2017@" in shown
    done = example("agreement", "show", made["id"], "--version", "7", *SERVICE)
    assert (done.exit_code, "no such version" in done.stderr) == (1, True)


def test_a_point_is_proposed_declined_and_taken_back(example: Line, tmp_path: Path) -> None:
    made = opened(example, tmp_path)
    terms = tmp_path / "terms.json"
    terms.write_text(json.dumps({"owner": "telegram", "text": {"id": "Ya.", "en": "Yes."}}))
    point = ("--agreement", made["id"], "--point", "self_censoring")
    found = example.json("agreement", "propose", str(terms), *point, *MINISTRY)
    assert states(found)["self_censoring"] == "proposed"
    why = ("--proposal", "1", "--note", "Not measured yet.")
    found = example.json("agreement", "decline", made["id"], "self_censoring", *why, *SERVICE)
    assert states(found)["self_censoring"] == "failed"
    found = example.json("agreement", "withdraw", made["id"], "representative", "--proposal", "1", *MINISTRY)
    assert states(found)["representative"] == "withdrawn"


def test_a_party_signs_with_its_own_key_until_it_is_retired(example: Line, tmp_path: Path) -> None:
    made = opened(example, tmp_path)
    signer = SigningKey.generate("telegram.example/2017")
    file = tmp_path / "key"
    file.write_text(signer.private_text())
    deed = ("agreement", "agree", made["id"], "representative", "--proposal", "1", "--sign-with", str(file), *SERVICE)
    unknown = example(*deed)
    assert (unknown.exit_code, "no such key" in unknown.stderr) == (1, True)
    key = example.json("party", "key", "enrol", "telegram", signer.vkey)
    found = example.json(*deed)
    (point,) = [one for one in found["points"] if one["name"] == "representative"]
    assert [one["key"] for one in point["proposals"][0]["signatures"]] == [None, signer.vkey]
    done = example("party", "key", "retire", "telegram", key["id"], "--reason", "Lost.")
    assert done.exit_code == 0
    assert [one["reason"] for one in example.json("party", "key", "list", "telegram")] == ["Lost."]
    assert "in force" not in example("party", "key", "list", "telegram").stdout


def test_a_private_key_is_never_enrolled_nor_repeated(example: Line) -> None:
    private = SigningKey.generate("telegram.example/2017").private_text()
    done = example("party", "key", "enrol", "telegram", private)
    assert (done.exit_code, "private key" in done.stderr, private in done.output) == (1, True, False)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title: [", "sop.yaml:1"),
        ("owner: a\nowner: b\n", "owner stands twice"),
        ('{"owner": "a", "owner": "b"}', "owner stands twice"),
        ('{"a": 1e999}', "not finite"),
    ],
)
def test_a_file_that_nobody_can_read_alike_is_not_sent(alone: Line, tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "sop.yaml"
    file.write_text(text)
    done = alone("agreement", "propose", str(file), *MINISTRY)
    assert (done.exit_code, says in done.stderr) == (2, True), done.stderr


def test_everything_that_collides_is_said_with_its_place(example: Line, tmp_path: Path) -> None:
    file = tmp_path / "sop.yaml"
    file.write_text(FILE.replace("owner: telegram", "owner: nobody").replace("[representative]", "[nothing]"))
    done = example("agreement", "propose", str(file), *MINISTRY)
    assert done.exit_code == 1
    places = [line.split(": ")[1] for line in done.stderr.splitlines()]
    assert places == ["/points/0/frame/reopening/all_of/0", "/points/1/owner"]


def test_half_of_what_says_which_point_is_wrong_use(alone: Line, tmp_path: Path) -> None:
    file = tmp_path / "terms.yaml"
    file.write_text(TERMS)
    assert alone("agreement", "propose", str(file), "--point", "representative").exit_code == 2
