"""The keys of the log by the command line: shown, exchanged, ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mufakat.proof import tenure

if TYPE_CHECKING:
    from tests.server.cli.conftest import Line


def test_a_key_is_exchanged_and_shown(line: Line) -> None:
    (old,) = line.json("log", "keys")
    made = line.json("log", "rotate-key")
    shown = line.json("log", "keys")
    assert [one["id"] for one in shown] == [old["id"], made["id"]]
    assert (made["shard"], made["from"] > 0, made["to"], made["until"]) == ("1", True, None, None)
    assert "in office" in line("log", "keys").stdout
    # What is shown is what a file of keys says.
    assert len(tenure.read(json.dumps({"keys": shown}))) == 2


def test_the_old_key_is_not_retired_in_the_first_month(line: Line) -> None:
    (old,) = line.json("log", "keys")
    line.json("log", "rotate-key")
    done = line("log", "retire-key", old["id"])
    assert (done.exit_code, "30 days" in done.stderr) == (1, True)


def test_a_key_that_somebody_else_may_have_ends_at_once(line: Line) -> None:
    (old,) = line.json("log", "keys")
    line.json("log", "rotate-key")
    done = line("log", "revoke-key", old["id"], "--reason", "A placeholder.")
    assert (done.exit_code, "revoked; it signed up to" in done.stdout) == (0, True)
    assert line.json("log", "keys")[0]["to"] is not None


def test_the_only_key_is_not_revoked(line: Line) -> None:
    (old,) = line.json("log", "keys")
    done = line("log", "revoke-key", old["id"], "--reason", "A placeholder.")
    assert (done.exit_code, "the only key" in done.stderr) == (1, True)


def test_a_revocation_says_why(line: Line) -> None:
    (old,) = line.json("log", "keys")
    line.json("log", "rotate-key")
    assert line("log", "revoke-key", old["id"]).exit_code == 2
    assert line("log", "revoke-key", old["id"], "--reason", " ").exit_code == 1


def test_a_shard_that_there_is_not_has_no_keys(line: Line) -> None:
    assert line("log", "keys", "--shard", "9").exit_code == 1
