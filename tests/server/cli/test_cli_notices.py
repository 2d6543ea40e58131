"""Notices and receipts by the command line, alone and beside a running server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import body

if TYPE_CHECKING:
    from tests.server.cli.conftest import Line

EXAMPLE = Path(__file__).parents[3] / "examples" / "notice.json"


def submitted(line: Line, **changes: Any) -> str:
    """The id of a notice that was sent from standard input."""
    taken = line.json("notice", "submit", "-", input=body(**changes))
    return str(taken["id"])


def test_a_notice_is_sent_from_a_file(line: Line, tmp_path: Path) -> None:
    done = line("notice", "submit", str(EXAMPLE), "-o", str(tmp_path / "receipts"))
    assert (done.exit_code, f"{EXAMPLE}: taken as ntc_" in done.stdout) == (0, True)
    assert "acting as kominfo/officer, the only regulator here" in done.stderr
    (receipt,) = (tmp_path / "receipts").iterdir()
    assert receipt.name in done.stdout.replace(" at ", ".receipt at ")


def test_the_receipt_of_the_command_line_verifies_elsewhere(line: Line, tmp_path: Path) -> None:
    from mufakat.server.journal import signer

    line("notice", "submit", str(EXAMPLE), "-o", str(tmp_path / "receipts"))
    (receipt,) = (tmp_path / "receipts").iterdir()
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(signer.published("1")), encoding="utf-8")
    assert line("verify", str(receipt), "--key", str(keys)).exit_code == 0
    changed = receipt.read_bytes().replace(b"mmd 60", b"mmd 61")
    receipt.write_bytes(changed)
    assert line("verify", str(receipt), "--key", str(keys)).exit_code == 1


def test_the_same_file_counts_once(line: Line) -> None:
    first, again = (line("notice", "submit", str(EXAMPLE)) for _ in range(2))
    assert "taken before; the same receipt" not in first.stdout
    assert "taken before; the same receipt" in again.stdout
    assert len(line.json("notice", "list")["items"]) == 1


def test_a_key_of_ones_own_counts_too(line: Line, tmp_path: Path) -> None:
    (tmp_path / "n.json").write_bytes(body(explanation="Other."))
    line("notice", "submit", str(EXAMPLE), "--key", "k1")
    done = line("notice", "submit", str(tmp_path / "n.json"), "--key", "k1")
    assert (done.exit_code, "already stands for ntc_" in done.stderr) == (1, True)


@pytest.mark.parametrize("key", ["", "a b", "k\u2028", "x" * 256, "a\nb"])
def test_a_key_that_is_none_is_wrong_use(line: Line, key: str) -> None:
    done = line("notice", "submit", str(EXAMPLE), "--key", key)
    assert (done.exit_code, "visible ASCII" in done.stderr) == (2, True)


@pytest.mark.parametrize("handle", ["a\nb: c", "\u2028", "kominfo/officer", "", " ", "%41"])
def test_a_party_that_is_none_is_no_traceback(line: Line, handle: str) -> None:
    done = line("notice", "submit", str(EXAMPLE), "--party", handle, "--role", "reviewer")
    assert (done.exit_code in {1, 2}, done.stdout) == (True, "")
    assert done.stderr


def test_a_notice_as_json_is_the_answer_of_the_api(line: Line) -> None:
    taken = line.json("notice", "submit", "-", input=body())
    members = {"id", "state", "received_at", "clocks", "receipt", "leaf", "links", "mandate", "profile"}
    assert set(taken) == {"file", "status", *members}


def test_many_files_are_one_list_and_a_bad_one_costs_the_others_nothing(line: Line, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_bytes(body(kind="takedown"))
    (tmp_path / "good.json").write_bytes(body())
    done = line("notice", "submit", *(str(tmp_path / name) for name in ("bad.json", "good.json")), "--json")
    found = json.loads(done.stdout)
    assert (done.exit_code, [one["status"] for one in found]) == (1, [422, 201])
    assert found[0]["problem"]["errors"][0]["pointer"] == "/kind"


def test_a_refused_notice_says_every_place_and_why(line: Line, tmp_path: Path) -> None:
    file = tmp_path / "bad.json"
    file.write_bytes(body(kind="takedown", language=None))
    done = line("notice", "submit", str(file))
    assert (done.exit_code, done.stdout) == (1, "")
    said = [row for row in done.stderr.splitlines() if row.startswith(str(file))]
    assert [row.split(": ")[1] for row in said] == ["/kind", "/language"]


@pytest.mark.parametrize(
    "words", [["/nonexistent/notice.json"], ["/"], [], ["-", "-"], [str(EXAMPLE), str(EXAMPLE), "--key", "k"]]
)
def test_files_that_cannot_be_are_wrong_use(line: Line, words: list[str]) -> None:
    done = line("notice", "submit", *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr


@pytest.mark.parametrize("words", [[str(EXAMPLE), "-o", "/dev/null/receipts"], [str(EXAMPLE), "/nonexistent"]])
def test_what_cannot_be_read_or_kept_is_said_before_anything_is_sent(line: Line, words: list[str]) -> None:
    done = line("notice", "submit", *words)
    assert (done.exit_code, done.stderr.startswith("mufakat: /")) == (2, True)
    assert line.json("notice", "list")["items"] == []


def test_notices_are_listed(line: Line) -> None:
    assert line("notice", "list").stdout == "no notices\n"
    notice = submitted(line)
    lines = line("notice", "list").stdout.splitlines()
    assert (lines[0].split()[:3], lines[1].split()[:2]) == (["id", "state", "received"], [notice, "received"])


def test_a_list_is_narrowed_and_goes_on(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    from mufakat.server.notices import queries

    monkeypatch.setattr(queries, "PAGE", 1)
    first, second = submitted(line, explanation="1"), submitted(line, explanation="2")
    page = line("notice", "list", "--to", "telegram", "--state", "received")
    assert (second in page.stdout, page.stderr.splitlines()[-1]) == (True, f"more with: --after {second}")
    assert [one["id"] for one in line.json("notice", "list", "--after", second)["items"]] == [first]


def test_a_state_that_is_none_is_refused_with_those_there_are(line: Line) -> None:
    done = line("notice", "list", "--state", "open")
    assert (done.exit_code, "received, acknowledged" in done.stderr) == (1, True)


def test_a_notice_is_shown(line: Line) -> None:
    notice = submitted(line, explanation="Kata \u202e terbalik")
    done = line("notice", "show", notice)
    assert (done.exit_code, done.stdout.startswith(f"{notice}: received, received 20")) == (0, True)
    # What was typed reaches no terminal raw.
    assert done.stdout.isascii()


def test_the_recipient_shows_it_too(line: Line) -> None:
    notice = submitted(line)
    shown = line.json("notice", "show", notice, "--party", "telegram", "--role", "reviewer")
    assert shown["notice"] == json.loads(body())


def test_a_notice_is_acknowledged_and_taken_back(line: Line) -> None:
    notice = submitted(line)
    assert line("notice", "acknowledge", notice, "--note", "Diterima.").stdout == f"{notice}: acknowledged\n"
    assert line("notice", "acknowledge", notice).stdout == f"{notice}: acknowledged\n"
    assert line("notice", "withdraw", notice, "--reason", "Keliru.").stdout == f"{notice}: withdrawn\n"
    done = line("notice", "acknowledge", notice)
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (
        1,
        "mufakat: A notice in state withdrawn does not take this step: acknowledge.",
    )


def test_deeds_as_json_are_the_notice(line: Line) -> None:
    notice = submitted(line)
    assert line.json("notice", "acknowledge", notice)["state"] == "acknowledged"
    assert line.json("notice", "withdraw", notice, "--reason", "x")["state"] == "withdrawn"


def test_taking_back_needs_a_reason(line: Line) -> None:
    assert line("notice", "withdraw", submitted(line)).exit_code == 2


@pytest.mark.parametrize("command", [["show"], ["acknowledge"], ["withdraw", "--reason", "x"]])
def test_an_unknown_notice_is_said_to_be_unknown(line: Line, command: list[str]) -> None:
    done = line("notice", command[0], "ntc_x", *command[1:])
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (1, "mufakat: There is no such notice here.")


@pytest.mark.parametrize("word", ["../x", "x/y", "x?y", "x y", "\u2028", "%"])
def test_no_notice_has_an_id_like_an_address(line: Line, word: str) -> None:
    done = line("notice", "show", word)
    assert (done.exit_code, done.stdout) == (1, "")


def test_who_may_not_is_told_so(line: Line) -> None:
    done = line("notice", "submit", str(EXAMPLE), "--party", "telegram", "--role", "reviewer")
    assert (done.exit_code, "The role reviewer may not do this: submit." in done.stderr) == (1, True)


def test_where_two_could_be_meant_one_is_asked_which(line: Line) -> None:
    line("party", "add", "second", "--kind", "regulator", "--name", "Second", "--seat", "officer")
    done = line("notice", "list")
    assert (done.exit_code, "say for whom with --party HANDLE" in done.stderr) == (2, True)
    assert "kominfo, second" in done.stderr


def test_a_receipt_is_fetched(line: Line, tmp_path: Path) -> None:
    notice = submitted(line)
    text = line("receipt", "get", notice).stdout
    line("receipt", "get", notice, "-o", str(tmp_path / "r"))
    assert text.startswith("mufakat/custody/v1\nlocalhost/log/1\n")
    assert (tmp_path / "r").read_text(encoding="utf-8") == text


def test_a_receipt_as_json(line: Line) -> None:
    notice = submitted(line)
    found = line.json("receipt", "get", notice)
    assert found == {"notice": notice, "grade": "custody", "receipt": line("receipt", "get", notice).stdout}


def test_a_grade_that_there_is_not_yet_is_said(line: Line) -> None:
    # A command that is alone leaves its leaf in the log; a witness has neither of them.
    done = line("receipt", "get", submitted(line), "--grade", "witnessed")
    assert (done.exit_code, "No witness has cosigned" in done.stderr) == (1, True)


def test_a_receipt_goes_into_no_directory_that_is_not_there(line: Line) -> None:
    done = line("receipt", "get", submitted(line), "-o", "/nonexistent/r")
    assert (done.exit_code, done.stderr) == (2, "mufakat: /nonexistent/r: No such file or directory\n")
