"""Parties, tokens and the example by the command line, alone and beside a running server."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.server.cli.conftest import Line

EXAMPLE = Path(__file__).parents[3] / "examples" / "notice.json"


def test_a_party_is_added(line: Line) -> None:
    done = line("party", "add", "ppatk", "--kind", "trusted_flagger", "--name", "PPATK", "--country", "ID")
    assert (done.exit_code, done.stdout) == (0, "registered ppatk (trusted_flagger)\n")


def test_a_party_is_added_with_its_seats(line: Line) -> None:
    made = line.json(
        *("party", "add", "mk", "--kind", "court", "--name", "Court", "--seat", "officer", "--seat", "approver-2")
    )
    assert [(made["handle"], made["kind"]), [one["seat"] for one in made["people"]]] == [
        ("mk", "court"),
        ["mk/approver-2", "mk/officer"],
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["kominfo", "--kind", "court", "--name", "x"], "There is a party called kominfo already."),
        (["Kominfo", "--kind", "court", "--name", "x"], "A handle is 1 to 63 of a-z and 0-9"),
        (["x" * 64, "--kind", "court", "--name", "x"], "A handle is 1 to 63 of a-z and 0-9"),
        (["new", "--kind", "court", "--name", " "], "A party needs a name"),
        (["new", "--kind", "court", "--name", "a\nb"], "A party needs a name"),
        (["new", "--kind", "house", "--name", "x"], "The handle mufakat is the operator's own"),
        (["new", "--kind", "court", "--name", "x", "--country", "XX"], "A country is two capital letters"),
        (["new", "--kind", "court", "--name", "x", "--seat", "boss"], "There is no role called 'boss'"),
        (["new", "--kind", "court", "--name", "x", "--seat", "officer-1"], "There is no role called 'officer-1'"),
        (["new", "--kind", "court", "--name", "x", "--seat", "officer", "--seat", "officer"], "A seat is made once"),
    ],
)
def test_a_party_that_cannot_be_is_refused_and_not_half_made(line: Line, words: list[str], says: str) -> None:
    before = line.json("party", "list")
    done = line("party", "add", *words)
    assert (done.exit_code, done.stdout, done.stderr.startswith(f"mufakat: {says}")) == (1, "", True)
    assert line.json("party", "list") == before


@pytest.mark.parametrize("words", [[], ["x"], ["x", "--kind", "boss", "--name", "x"], ["x", "--kind", "court"]])
def test_wrong_use_says_how(line: Line, words: list[str]) -> None:
    done = line("party", "add", *words)
    assert (done.exit_code, "Usage: " in done.stderr) == (2, True)


def test_the_kinds_are_named_where_one_is_wrong(alone: Line) -> None:
    said = alone("party", "add", "x", "--kind", "boss", "--name", "x").stderr
    assert all(kind in said for kind in ("regulator", "trusted_flagger", "platform", "house"))


def test_the_parties_are_listed(line: Line) -> None:
    lines = line("party", "list").stdout.splitlines()
    assert lines[0].split() == ["handle", "kind", "country", "name"]
    assert [row.split()[0] for row in lines[1:]] == [
        *("auditor", "bnpt", "isp-a", "isp-b", "isp-c", "kominfo", "mufakat", "telegram")
    ]


def test_a_party_is_shown_with_its_seats_and_tokens(line: Line) -> None:
    made = line.json("token", "issue", "--party", "kominfo", "--role", "officer", "--label", "Portal")
    shown = line.json("party", "show", "kominfo")
    assert [one["seat"] for one in shown["people"]] == ["kominfo/approver", "kominfo/approver-2", "kominfo/officer"]
    (only,) = shown["tokens"]
    assert (only["id"], only["seat"], only["label"], only["scopes"], only["expires_at"], only["revoked_at"]) == (
        *(made["id"], "kominfo/officer", "Portal"),
        *(None, None, None),
    )


def test_a_token_is_never_shown_again(line: Line) -> None:
    token = line.json("token", "issue", "--party", "kominfo", "--role", "officer")["token"]
    shown = line("party", "show", "kominfo").stdout + json.dumps(line.json("party", "show", "kominfo"))
    assert token not in shown


def test_an_unknown_party_is_named(line: Line) -> None:
    done = line("party", "show", "nobody")
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", "mufakat: There is no party called 'nobody'.\n")


def test_a_token_is_printed_alone_so_that_a_script_can_keep_it(line: Line) -> None:
    done = line("token", "issue", "--party", "kominfo", "--role", "officer")
    assert (done.exit_code, done.stdout.count("\n"), done.stdout[:4]) == (0, 1, "mfk_")
    assert "This is shown once. It acts as kominfo/officer" in done.stderr


def test_a_token_as_json_has_the_members_of_the_interface(line: Line) -> None:
    made = line.json("token", "issue", "--party", "kominfo", "--role", "approver-2")
    assert (set(made), made["party"], made["role"]) == ({"token", "id", "party", "role"}, "kominfo", "approver-2")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--party", "nobody", "--role", "officer"], "There is no party called 'nobody'."),
        (["--party", "kominfo", "--role", "boss"], "There is no role called 'boss'; write one of officer, approver"),
        (
            ["--party", "kominfo", "--role", "reviewer"],
            "Nobody sits in reviewer of kominfo; its seats: approver, approver-2, officer.",
        ),
        (["--party", "kominfo", "--role", "officer", "--label", "x" * 101], "A token's label has at most 100"),
        (["--party", "kominfo", "--role", "officer", "--label", "a\x1b[0m"], "A token's label has at most 100"),
    ],
)
def test_a_token_that_cannot_be_is_refused(line: Line, words: list[str], says: str) -> None:
    done = line("token", "issue", *words)
    assert (done.exit_code, done.stdout, done.stderr.startswith(f"mufakat: {says}")) == (1, "", True)


@pytest.mark.parametrize("words", [["--scope", "everything"], ["--days", "0"], ["--days", "x"]])
def test_a_limit_that_is_none_is_wrong_use(line: Line, words: list[str]) -> None:
    done = line("token", "issue", "--party", "kominfo", "--role", "officer", *words)
    assert (done.exit_code, done.stdout) == (2, "")


def test_a_token_can_be_limited_in_deeds_and_days(line: Line) -> None:
    line(
        "token",
        "issue",
        "--party",
        "kominfo",
        "--role",
        "officer",
        "--scope",
        "submit",
        "--scope",
        "read",
        "--days",
        "3",
    )
    (only,) = line.json("party", "show", "kominfo")["tokens"]
    assert only["scopes"] == ["read", "submit"]
    assert only["issued_at"] < only["expires_at"]


def test_a_token_is_ended(line: Line) -> None:
    made = line.json("token", "issue", "--party", "kominfo", "--role", "officer")
    assert line("token", "revoke", made["id"]).stdout == f"revoked {made['id']}\n"
    assert line.json("party", "show", "kominfo")["tokens"][0]["revoked_at"] is not None


def test_ending_a_token_twice_is_well(line: Line) -> None:
    made = line.json("token", "issue", "--party", "kominfo", "--role", "officer")
    assert [line.json("token", "revoke", made["id"]) for _ in range(2)] == [{"id": made["id"], "revoked": True}] * 2


def test_an_unknown_token_is_said_to_be_unknown(line: Line) -> None:
    done = line("token", "revoke", "tok_x")
    assert (done.exit_code, done.stderr) == (1, "mufakat: There is no such token tok_x here.\n")


LOG = {"journal_head", "journal_pending", "journal_tile"}


def test_the_example_loads_twice_without_adding(line: Line) -> None:
    from tests.server.api.doors import rows

    def held() -> dict[str, int]:
        # The log goes on, where the command is alone: what waited for it waits no more.
        return {table: count for table, count in rows().items() if table not in LOG}

    before = held()
    first, second = (line.json("example", "load", "parties") for _ in range(2))
    assert (held(), first) == (before, second)


def test_the_accounts_of_the_example_are_their_owners_alone(line: Line) -> None:
    line("example", "load", "parties")
    assert stat.S_IMODE((line.data / "example-accounts.txt").stat().st_mode) == 0o600


def test_the_example_prints_one_account_per_role(line: Line) -> None:
    printed = [row.split()[:2] for row in line("example", "load", "parties").stdout.splitlines()[1:]]
    assert printed == [
        ["mufakat", "admin"],
        ["kominfo", "officer"],
        ["kominfo", "approver"],
        ["kominfo", "approver-2"],
        ["bnpt", "officer"],
        ["telegram", "representative"],
        ["telegram", "reviewer"],
        ["telegram", "reviewer-2"],
        ["isp-a", "engineer"],
        ["isp-b", "engineer"],
        ["isp-c", "engineer"],
        ["auditor", "auditor"],
    ]


def test_an_unknown_example_is_named(line: Line) -> None:
    done = line("example", "load", "everything")
    assert (done.exit_code, done.stderr) == (
        1,
        "mufakat: There is no example called 'everything'; there is: parties, and the stories.\n",
    )
