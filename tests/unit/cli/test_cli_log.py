"""`mufakat log` and `mufakat monitor`: what they say, and how they end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from tests.logs import KEY, ORIGIN, VKEY, Published, many

from mufakat.cli import main
from mufakat.proof import fork, tlog_proof
from mufakat.proof.fork import Fork
from mufakat.proof.key import SigningKey

if TYPE_CHECKING:
    from pathlib import Path

HONEST = many(20)
LIAR = [*HONEST[:5], HONEST[5].replace(b"kominfo>telegram", b"kominfo>facebook"), *HONEST[6:]]


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, done.output


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return Published(HONEST).write(tmp_path / "log")


@pytest.fixture
def forked(tmp_path: Path) -> Path:
    other = Published(LIAR)
    made = Fork(older=Published(HONEST).head(8), newer=other.head(), path=fork.path_of(other.reader(), old=8, new=20))
    (tmp_path / "fork.txt").write_bytes(made.to_bytes())
    return tmp_path / "fork.txt"


def test_a_good_log_ends_with_0_and_its_root(log: Path) -> None:
    code, said = run("log", "fsck", str(log), "--key", VKEY)
    assert (code, said.startswith(f"good: {ORIGIN} has 20 entries, root ")) == (0, True)
    code, said = run("log", "fsck", str(log), "--key", VKEY, "--json")
    assert (code, json.loads(said)["good"]) == (0, True)


def test_a_bad_log_ends_with_1_and_says_where(log: Path) -> None:
    (log / "tile/0/000.p/20").unlink()
    code, said = run("log", "fsck", str(log), "--key", VKEY)
    assert (code, said) == (1, f"bad: {log}: tile/0/000.p/20 is missing.\n")
    code, said = run("log", "fsck", str(log), "--key", VKEY, "--json")
    assert (code, json.loads(said)["path"]) == (1, "tile/0/000.p/20")


@pytest.mark.parametrize("last", [None, 20, 19])
@pytest.mark.parametrize("command", ["fsck", "monitor"])
def test_39_a_head_by_a_key_that_had_ended_is_not_good(
    command: str, last: int | None, log: Path, forked: Path, tmp_path: Path
) -> None:
    keys, code = tmp_path / "keys.json", 1 if last == 19 else 0
    keys.write_text(json.dumps({"origin": ORIGIN, "keys": [{"vkey": VKEY, "from": 0, "to": last}]}))
    if command == "fsck":
        assert run("log", "fsck", str(log), "--key", str(keys))[0] == code
    else:
        more = ("--state", str(tmp_path / "state"), "--max-age", "off")
        done = run("monitor", "run", str(log), "--key", str(keys), *more)
        assert (done[0], done[1].startswith("ALARM unsigned: ")) == (code, code == 1)
    # A key that contradicts itself does so at any time.
    assert run("log", "fork", str(forked), "--key", str(keys))[0] == 0


def test_what_was_seen_before_a_key_ended_is_still_compared(log: Path, tmp_path: Path) -> None:
    keys, state = tmp_path / "keys.json", tmp_path / "state"
    assert watched(log, state)[0] == 0
    other = SigningKey.generate(ORIGIN, seed=bytes(range(1, 33)))
    told = [{"vkey": VKEY, "from": 0, "to": 19}, {"vkey": other.verify_key.vkey, "from": 0, "to": None}]
    keys.write_text(json.dumps({"origin": ORIGIN, "keys": told}))
    Published(HONEST, other).write(log)
    assert watched(log, state, key=str(keys))[0] == 0
    Published(LIAR, other).write(log)
    code, lines = watched(log, state, key=str(keys))
    assert (code, [line["alarm"] for line in lines if "alarm" in line]) == (1, ["fork"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("log", "fsck", "nowhere", "--key", VKEY),
        ("log", "fsck", "https://user@log.example/log/1", "--key", VKEY),
        ("log", "fsck", ".", "--key", "no key"),
        ("log", "fsck", "."),
        ("log", "fork", "nowhere", "--key", VKEY),
        ("monitor", "run", ".", "--key", VKEY),
        ("monitor", "run", "nowhere", "--key", VKEY, "--state", "s"),
        ("monitor", "run", ".", "--key", VKEY, "--state", "s", "--once", "--every", "5"),
        ("monitor", "run", ".", "--key", VKEY, "--state", "s", "--max-age", "never"),
        ("monitor", "run", ".", "--key", VKEY, "--state", "s", "--receipt", "nowhere"),
    ],
)
def test_wrong_use_ends_with_2(arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*arguments)[0] == 2


def test_a_file_proves_a_fork_or_does_not(forked: Path) -> None:
    code, said = run("log", "fork", str(forked), "--key", VKEY)
    assert (code, said.startswith(f"proven: {ORIGIN} was forked: ")) == (0, True)
    code, said = run("log", "fork", str(forked), "--key", VKEY, "--json")
    assert (json.loads(said)["older"]["size"], json.loads(said)["newer"]["size"]) == (8, 20)
    forked.write_bytes(forked.read_bytes()[:-1])
    code, said = run("log", "fork", str(forked), "--key", VKEY)
    assert (code, said.startswith("not proven: ")) == (1, True)


def watched(log: Path, state: Path, *more: str, key: str = VKEY) -> tuple[int, list[dict[str, Any]]]:
    arguments = ("monitor", "run", str(log), "--key", key, "--state", str(state), "--max-age", "off", "--json", *more)
    code, said = run(*arguments)
    return code, [json.loads(line) for line in said.splitlines()]


def test_a_monitor_says_and_keeps_its_alarms_and_the_proof(log: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    code, lines = watched(log, state, "--once")
    assert (code, lines[0]["size"], lines[0]["alarms"]) == (0, 20, 0)
    Published(LIAR).write(log)
    code, lines = watched(log, state)
    assert (code, [line["alarm"] for line in lines if "alarm" in line]) == (1, ["fork"])
    kept = [json.loads(line) for line in (state / "alarms.ndjson").read_text().splitlines()]
    assert [one["alarm"] for one in kept] == ["fork"]
    assert run("log", "fork", kept[0]["file"], "--key", VKEY)[0] == 0


def test_a_monitor_compares_with_receipts(log: Path, tmp_path: Path) -> None:
    other = Published(LIAR)
    proof = tlog_proof.TlogProof(
        index=7, hashes=tuple(other.reader().inclusion(7, 12)), checkpoint=other.head(12), extra=LIAR[7]
    )
    (tmp_path / "receipt").write_bytes(proof.to_bytes())
    code, lines = watched(log, tmp_path / "state", "--receipt", str(tmp_path / "receipt"))
    assert (code, [line["alarm"] for line in lines if "alarm" in line]) == (1, ["fork"])


def test_an_alarm_that_nothing_came_of_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, said = run("monitor", "run", str(tmp_path / "empty"), "--key", VKEY, "--state", str(tmp_path / "state"))
    assert (code, said.startswith("ALARM unreachable: ")) == (1, True)
    assert KEY.name == ORIGIN


def test_an_alarm_that_cannot_be_written_down_is_said(log: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert watched(log, state)[0] == 0
    (state / "alarms.ndjson").mkdir()
    Published(LIAR).write(log)
    done = CliRunner().invoke(
        main, ["monitor", "run", str(log), "--key", VKEY, "--state", str(state), "--budget", "60"]
    )
    assert (done.exit_code, "ALARM fork: " in done.stdout) == (1, True)
    assert "alarms.ndjson cannot be written: " in done.stderr


def test_without_a_state_that_can_be_read_nobody_watches(log: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert watched(log, state)[0] == 0
    (state / "sources.json").write_text("{")
    assert run("monitor", "run", str(log), "--key", VKEY, "--state", str(state))[0] == 2
