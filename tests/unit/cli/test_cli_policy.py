from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mufakat.cli import main

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "docs" / "write-a-policy.md"
EXAMPLES = ROOT / "examples" / "screening"
POLICY, BANKS, ITEMS = (str(EXAMPLES / name) for name in ("policy.yaml", "banks", "items.ndjson"))
AT = "2026-11-26T19:00:00+07:00"


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, [*arguments], input=stdin)


def told(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json").stdout)


def written(folder: Path, old: str, new: str) -> str:
    path = folder / "own.yaml"
    path.write_text(Path(POLICY).read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    return str(path)


def test_a_good_policy_shows_its_rules_in_the_order_in_which_they_are_asked() -> None:
    result = run("policy", "check", POLICY, "--banks", BANKS)
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()[3:]] == [
        "two-signs-block",
        "closed-host-hold",
        "unripe-warn",
        "unripe-label",
    ]


def test_a_fault_is_said_with_its_line(tmp_path: Path) -> None:
    result = run("policy", "check", written(tmp_path, "then: block", "then: erase"))
    assert result.exit_code == 1
    assert "own.yaml:15: 'erase' is not one of: none, label, warn, hold, block" in result.stdout


def test_a_bank_that_is_not_in_the_folder_is_said(tmp_path: Path) -> None:
    result = run("policy", "check", written(tmp_path, "bank: known-files", "bank: files"), "--banks", BANKS)
    assert (result.exit_code, "There is no bank of this name." in result.stdout) == (1, True)


def test_the_check_answers_machines_too(tmp_path: Path) -> None:
    assert (told("policy", "check", POLICY)["good"], told("policy", "check", POLICY)["policy"]["ref"]) == (
        True,
        "orchard/1",
    )
    assert [
        fault["line"] for fault in told("policy", "check", written(tmp_path, "version: 1", "version: 0"))["faults"]
    ] == [4]


def test_a_policy_comes_by_standard_input_too() -> None:
    assert run("policy", "check", "-", stdin=Path(POLICY).read_bytes()).exit_code == 0


def test_every_test_of_a_policy_is_shown_with_what_followed(tmp_path: Path) -> None:
    result = run("policy", "test", written(tmp_path, "expect: {action: warn}", "expect: {action: block}"))
    assert result.exit_code == 1
    assert (
        "one phrase in Indonesian is warned about: DOES NOT HOLD: block was expected, "
        "and warn by the rule unripe-warn followed" in result.stdout
    )
    assert "4 of 5 tests of orchard/1 hold." in result.stdout


def test_tests_that_hold_are_a_good_end() -> None:
    assert (run("policy", "test", POLICY).exit_code, told("policy", "test", POLICY)["good"]) == (0, True)


def test_a_policy_with_faults_is_not_tested(tmp_path: Path) -> None:
    assert run("policy", "test", written(tmp_path, "version: 1", "version: 0")).exit_code == 1


def test_a_backtest_counts_what_would_change() -> None:
    table = told("policy", "backtest", "none", POLICY, ITEMS, "--banks", BANKS, "--at", AT)
    rows = [(row["before"]["action"], row["after"]["action"], row["count"]) for row in table["rows"]]
    assert (table["items"], table["changed"], table["refused"], rows) == (
        *(7, 3, 1),
        [("none", "hold", 2), ("none", "block", 1), ("none", "none", 4)],
    )


def test_a_backtest_as_if_all_were_live_shows_what_promotion_would_bring() -> None:
    table = told("policy", "backtest", POLICY, POLICY, ITEMS, "--banks", BANKS, "--at", AT, "--live")
    assert [row["samples"] for row in table["rows"] if row["changes"]] == [["m8"]]


def test_a_backtest_says_its_table_in_words() -> None:
    result = run("policy", "backtest", "none", POLICY, ITEMS, "--banks", BANKS, "--at", AT)
    assert result.stdout.startswith("nothing -> orchard/1: 7 items, 3 with another action; 1 were not looked at")


def test_a_line_that_is_no_item_is_said_and_the_others_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "items.ndjson"
    path.write_bytes(b"pisang\n" + Path(ITEMS).read_bytes())
    result = run("policy", "backtest", "none", POLICY, str(path), "--banks", BANKS)
    assert (result.exit_code, "items.ndjson:1: This is not JSON" in result.stderr, "7 items" in result.stdout) == (
        *(1, True),
        True,
    )


def test_screening_says_rule_reason_entry_and_place() -> None:
    result = run("screen", ITEMS, "--policy", POLICY, "--banks", BANKS, "--at", AT)
    lines = result.stdout.splitlines()
    start = next(number for number, line in enumerate(lines) if "m2: block by two-signs-block (orchard/1)" in line)
    assert lines[start + 3] == "    phrases p1 at 9-21: ayo beli [pisang hijau] di http://jual.exam..."


@pytest.mark.invariant("I-13")
def test_a_private_item_is_refused_and_shown_by_its_name_alone() -> None:
    result = run("screen", ITEMS, "--policy", POLICY, "--banks", BANKS)
    (line,) = [line for line in result.stdout.splitlines() if "m4" in line]
    assert (
        result.exit_code,
        line.endswith("m4: refused: This item is private; only what was said in public is screened."),
    ) == (
        1,
        True,
    )


def test_to_hold_or_to_block_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "items.ndjson"
    path.write_bytes(b"\n".join(line for line in Path(ITEMS).read_bytes().splitlines() if b'"private"' not in line))
    result = run("screen", str(path), "--policy", POLICY, "--banks", BANKS, "--json")
    verdicts = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [verdict["action"] for verdict in verdicts] == ["none", "block", "hold", "hold", "none", "none", "none"]


def test_a_verdict_for_machines_is_that_of_the_interface() -> None:
    result = run("screen", ITEMS, "--policy", POLICY, "--banks", BANKS, "--json")
    verdict = json.loads(result.stdout.splitlines()[4])
    assert verdict == {
        "file": ITEMS,
        "line": 5,
        "item": "m5",
        "action": "hold",
        "rule": "closed-host-hold",
        "policy": "orchard/1",
        "matches": [{"bank": "known-files", "entry": "f1"}],
        "shadow": [],
    }


def test_nothing_that_a_stranger_wrote_moves_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "items.ndjson"
    text = "\x1b[2J\u202episang hijau\r http://example.net"
    item = {"item": "\x1b[1m", "at": "x", "visibility": "public", "kind": "message", "text": text}
    path.write_text(json.dumps(item), encoding="utf-8")
    shown = run("screen", str(path), "--policy", POLICY, "--banks", BANKS).stdout
    assert [sign for sign in shown if not sign.isprintable() and sign != "\n"] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["screen", ITEMS, "--policy", POLICY, "--banks", "nowhere"], "nowhere cannot be read"),
        (["screen", ITEMS, "--policy", "nowhere", "--banks", BANKS], "nowhere cannot be read"),
        (["screen", "nowhere", "--policy", POLICY, "--banks", BANKS], "nowhere cannot be read"),
        (["screen", "-", "-", "--policy", POLICY, "--banks", BANKS], "once only"),
        (["screen", ITEMS, "--policy", POLICY, "--banks", BANKS, "--at", "2026-11-26"], "--at is a moment"),
        (["screen", ITEMS, "--policy", POLICY, "--banks", str(EXAMPLES)], "items.ndjson:1: bank is required."),
    ],
)
def test_what_cannot_be_done_is_said_in_plain_words(arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.output


def test_a_folder_without_banks_is_said(tmp_path: Path) -> None:
    result = run("screen", ITEMS, "--policy", POLICY, "--banks", str(tmp_path))
    assert (result.exit_code, "holds no bank" in result.output) == (2, True)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("fruit.ndjson", '{"bank": "fruits", "kind": "phrase"}\n', "holds the bank fruits; name it so"),
        ("fruit.ndjson", '{"bank": "fruit", "kind": "word"}\n', "fruit.ndjson:1: 'word' is not one of"),
        (
            "fruit.ndjson",
            '{"bank": "fruit", "kind": "phrase"}\n{"id": "a"}\n',
            "fruit.ndjson:2: Object missing required field",
        ),
    ],
)
def test_a_bank_that_cannot_be_used_is_said_with_its_line(tmp_path: Path, name: str, content: str, words: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    result = run("screen", ITEMS, "--policy", POLICY, "--banks", str(tmp_path))
    assert (result.exit_code, words in result.output) == (2, True)


def test_the_commands_need_no_server() -> None:
    program = (
        "import sys; from mufakat.cli import main; "
        f"main(['screen', {ITEMS!r}, '--policy', {POLICY!r}, '--banks', {BANKS!r}], standalone_mode=False); "
        "assert not [name for name in sys.modules if name.split('.')[0] == 'django' or name == 'mufakat.server']"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).stderr == b""


def guided() -> list[tuple[list[str], list[str]]]:
    """The commands of the guide that need no server, each with the lines that it shows below."""
    found: list[tuple[list[str], list[str]]] = []
    offline, _, _ = GUIDE.read_text(encoding="utf-8").partition("\n## 8. ")
    for line in offline.splitlines():
        if line.startswith("    mufakat "):
            found.append((line.split()[1:], []))
        elif found and line.startswith("    ") and line.strip() != "…":
            found[-1][1].append(line.removeprefix("    "))
    return found


@pytest.mark.parametrize(("command", "shown"), guided(), ids=lambda each: " ".join(each[:2]))
def test_a_command_of_the_guide_says_what_the_guide_shows(
    command: list[str], shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    said = run(*command).stdout.splitlines()
    assert shown
    assert [line for line in shown if line not in said] == []


@pytest.mark.parametrize(("kind", "value"), [("pattern", "pis.ng"), ("pdq", "5a" * 32)])
def test_without_the_extra_only_what_needs_it_is_refused_in_one_sentence(tmp_path: Path, kind: str, value: str) -> None:
    head = {"bank": "own", "kind": kind, "source": "us", "category": "ripe", "ground": "terms"}
    (tmp_path / "own.ndjson").write_text(f"{json.dumps(head)}\n{value}\n", encoding="utf-8")
    policy = tmp_path / "own.yaml"
    policy.write_text(
        "policy: p\nversion: 1\nrules:\n- name: r\n  when: {any_of: [{bank: own}]}\n  then: hold\n"
        "  reason: {id: a, en: b}\n",
        encoding="utf-8",
    )
    program = (
        "import sys; sys.modules['numpy'] = sys.modules['re2'] = None; from mufakat.cli import main; "
        "sys.argv = ['mufakat', 'screen', *sys.argv[1:]]; main()"
    )

    def screened(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments], capture_output=True, text=True, encoding="utf-8", check=False
        )
        return done.returncode, done.stderr

    assert screened(ITEMS, "--policy", POLICY, "--banks", BANKS) == (1, "")
    code, words = screened(ITEMS, "--policy", str(policy), "--banks", str(tmp_path))
    assert (code, words.splitlines()[-1].endswith("need the extra: pip install 'mufakat[screening]'.")) == (2, True)
