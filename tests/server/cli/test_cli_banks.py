"""Banks by the command line: opened, filled by hand and by file, reviewed by a second person, taken out, written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.cli.conftest import Line

SAID = ("--source", "our reviewers", "--category", "terrorism", "--ground", "terms 4.2")
SECOND = ("--role", "reviewer-2")
HEAD = {"bank": "phrases", "kind": "phrase", "source": "a list", "category": "other", "ground": "terms 4.2"}


@pytest.fixture
def example(line: Line) -> Line:
    line.json("example", "load", "parties")
    return line


@pytest.fixture
def bank(example: Line) -> Line:
    example.json("bank", "open", "phrases", "--kind", "phrase")
    return example


def file(folder: Path, *lines: Any, head: Any = None) -> str:
    made = folder / "phrases.ndjson"
    text = [json.dumps(head or HEAD), *(one if isinstance(one, str) else json.dumps(one) for one in lines)]
    made.write_text("\n".join(text) + "\n")
    return str(made)


def states(line: Line) -> dict[str, str]:
    return {one["id"]: one["state"] for one in line.json("bank", "show", "phrases")["items"]}


def test_an_entry_from_hand_to_retraction(bank: Line) -> None:
    taken = bank.json("bank", "add", "phrases", "pisang hijau", "mangga muda", *SAID)["taken"]
    refused = bank("bank", "review", "phrases", taken[0], "--accept")
    assert refused.exit_code == 1
    assert "A second person looks at an entry" in refused.output
    assert bank.json("bank", "review", "phrases", taken[0], "--accept", *SECOND)["changed"] == taken[:1]
    declined = bank.json("bank", "review", "phrases", taken[1], "--decline", "--note", "No.", *SECOND)
    assert declined["state"] == "declined"
    assert bank.json("bank", "retract", "phrases", taken[0], "--reason", "It was wrong.")["changed"] == taken[:1]
    assert states(bank) == {taken[0]: "retracted", taken[1]: "declined"}


def test_people_read_what_came_of_it(bank: Line) -> None:
    assert "in shadow; somebody else reviews it next" in bank("bank", "add", "phrases", "pisang hijau", *SAID).output
    assert "stood there before" in bank("bank", "add", "phrases", "pisang hijau", *SAID).output
    assert "1 entries are live now" in bank("bank", "review", "phrases", "--all", "--accept", *SECOND).output
    assert "pisang hijau" in bank("bank", "show", "phrases", "--state", "live").output
    assert "phrase  accuses  1" in bank("bank", "list").output
    said = bank("bank", "stats", "phrases").output
    assert "0 shadow, 1 live" in said
    assert "none of its entries hit anything" in said


def test_a_file_is_taken_once(bank: Line, tmp_path: Path) -> None:
    made = file(tmp_path, "pisang hijau", {"id": "m", "value": "MANGGA muda"})
    first = bank("bank", "import", made)
    assert (first.exit_code, "2 taken, 0 refused" in first.output) == (0, True)
    assert "(noted) /value: It is not in its one form" in first.output
    again = bank.json("bank", "import", made)
    assert (again["taken"], again["repeated"], again["bank"], again["end"]) == (0, 2, "phrases", "done")


def test_a_file_with_faults_is_refused_with_each_line_or_taken_in_part(bank: Line, tmp_path: Path) -> None:
    made = file(tmp_path, "pisang hijau", "ab", "dan yang")
    refused = bank("bank", "import", made)
    assert refused.exit_code == 1
    assert ["line 3:" in refused.output, "line 4:" in refused.output, states(bank)] == [True, True, {}]
    partly = bank("bank", "import", made, "--partial")
    assert (partly.exit_code, f"{made}:3: " in partly.output) == (1, True)
    assert len(states(bank)) == 1


def test_the_bank_of_a_file_is_opened_where_that_is_asked_for(example: Line, tmp_path: Path) -> None:
    made = file(tmp_path, "pisang hijau")
    assert example("bank", "import", made).exit_code == 1
    assert example.json("bank", "import", made, "--open")["taken"] == 1
    assert example.json("bank", "list")["items"][0]["name"] == "phrases"


def test_a_file_that_does_not_say_which_bank_it_is_is_refused(example: Line, tmp_path: Path) -> None:
    made = tmp_path / "nothing.ndjson"
    made.write_text("pisang hijau\n")
    refused = example("bank", "import", str(made))
    assert (refused.exit_code, "nothing.ndjson:1: " in refused.output) == (1, True)


def test_all_that_somebody_else_put_in_is_reviewed(bank: Line, tmp_path: Path) -> None:
    bank.json("bank", "import", file(tmp_path, *(f"pisang nomor{place}" for place in range(70))))
    bank.json("bank", "add", "phrases", "salak masam", *SAID, *SECOND)
    assert len(bank.json("bank", "review", "phrases", "--all", "--accept", *SECOND)["changed"]) == 70
    found = bank.json("bank", "stats", "phrases")
    assert (found["entries"]["live"], found["entries"]["shadow"]) == (70, 1)


def test_a_bank_is_written_and_read_offline(bank: Line, tmp_path: Path) -> None:
    bank.json("bank", "add", "phrases", "pisang hijau", "--id", "p1", "--expires-at", "2040-01-01T00:00:00Z", *SAID)
    folder = tmp_path / "banks"
    folder.mkdir()
    made = bank.json("bank", "export", "phrases", "-o", str(folder / "phrases.ndjson"))
    assert made["bytes"] == (folder / "phrases.ndjson").stat().st_size
    assert '"value":"pisang hijau"' in bank("bank", "export", "phrases").output
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        "policy: orchard\nversion: 1\nrules:\n  - name: warn\n    when: {any_of: [{bank: phrases}]}\n    then: warn\n"
        "    reason: {id: Dilarang., en: Forbidden.}\n"
    )
    assert bank("policy", "check", str(policy), "--banks", str(folder)).exit_code == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("review", "phrases", "--accept"), "Name entries, or give --all"),
        (("review", "phrases", "e1", "--all", "--accept"), "Name entries, or give --all"),
        (("add", "phrases", "one", "two", "--id", "e1", *SAID), "--id is of a single entry"),
        (("export", "phrases", "--json"), "name the file with --output"),
    ],
)
def test_what_cannot_be_meant_is_wrong_use(bank: Line, words: tuple[str, ...], sentence: str) -> None:
    refused = bank("bank", *words)
    assert (refused.exit_code, sentence in refused.output) == (2, True)


def test_an_unknown_bank_is_said(bank: Line) -> None:
    for words in (("show", "others"), ("stats", "others"), ("export", "others")):
        assert bank("bank", *words).exit_code == 1
