"""``mufakat mandate``: grant, suspend, resume, revoke, reply and list, alone and beside a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.server.cli.conftest import Line

GRANT = ("mandate", "grant", "kominfo", "--kind", "order", "--granted-by", "a court", "--legal-source", "a law")


def test_a_mandate_lives_through_its_deeds(beside: Line) -> None:
    made = beside.json(*GRANT, "--surface", "host", "--category", "fraud", "--country", "ID", "--burst", "5")
    assert (made["party"], made["kinds"], made["surfaces"], made["country"]) == ("kominfo", ["order"], ["host"], "ID")
    pk = made["id"]
    told = [beside.json("mandate", deed, pk, "--reason", "Why.")["state"] for deed in ("suspend", "resume", "revoke")]
    assert told == ["suspended", "in_force", "revoked"]
    replied = beside.json("mandate", "reply", pk, "--text", "Not so.", "--party", "kominfo")
    assert (replied["reason"], replied["reply"]) == ("Why.", "Not so.")
    listed = beside.json("mandate", "list", "--party", "kominfo")
    assert listed[0]["id"] == pk


def test_nothing_named_is_everything(alone: Line) -> None:
    made = alone.json(*GRANT)
    assert (len(made["categories"]), len(made["surfaces"]), made["country"]) == (9, 6, "")
    assert pytest.approx(1_000) == made["quota"]["burst"]


def test_what_cannot_be_granted_is_said_member_by_member(alone: Line) -> None:
    refused = alone("mandate", "grant", "telegram", "--kind", "order", "--granted-by", " ", "--legal-source", "x")
    assert refused.exit_code == 1
    assert "/kinds/0: " in refused.stderr
    assert "/granted_by: " in refused.stderr


def test_the_list_is_a_table(alone: Line) -> None:
    shown = alone("mandate", "list")
    assert shown.stdout.splitlines()[0].split()[:3] == ["mandate", "party", "state"]
    assert "20000 + 1000/min" in shown.stdout


def test_the_figures_are_two_tables_that_balance(alone: Line) -> None:
    shown = alone("mandate", "accuracy").stdout
    assert "between" in shown
    assert "nobody was asked" in shown
    assert "0 received = 0 decided + 0 open + 0 withdrawn" in shown
    found = alone.json("mandate", "accuracy", "--party", "kominfo", "--category", "fraud", "--anew")
    assert [one["party"] for one in found["items"]] == ["kominfo"]
    assert alone("mandate", "accuracy", "--from", "yesterday").exit_code == 1


def test_what_followed_is_taken_back_by_the_operator(alone: Line) -> None:
    refused = alone("mandate", "restore", alone.json("mandate", "list")[0]["id"], "--reason", "Why.")
    assert (refused.exit_code, "whole" in refused.stderr) == (1, True)
    assert alone("mandate", "decline", "prp_00000000000000000000000000", "--reason", "Why.").exit_code == 1
