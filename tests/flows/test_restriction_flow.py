"""A name is closed and opened again over HTTP, by the client, with the worker beside the server."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from mufakat.client import Client, ProblemError

if TYPE_CHECKING:
    from tests.houses import Server

NAME = "web.example.net"
ORDER = {
    "list": "terrorism",
    "names": [NAME, "app.example.net"],
    "operators": ["isp-a"],
    "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"},
    "reason": "A made-up placeholder.",
    "proportionality": "Nothing milder was left.",
    "platform": "telegram",
    "reopening": {"agreement": "id-2017", "all_of": ["representative"]},
}
SEATS = {
    "officer": ("kominfo", "officer"),
    "approver": ("kominfo", "approver"),
    "lawyer": ("kominfo", "approver-2"),
    "platform": ("telegram", "representative"),
    "operator": ("isp-a", "engineer"),
}


def ordered() -> dict[str, object]:
    now = datetime.now(UTC)
    times = {"review_at": now + timedelta(days=20), "sunset_at": now + timedelta(days=60)}
    return {**ORDER, **{name: time.isoformat() for name, time in times.items()}}


def reached(client: Client, restriction: str, state: str) -> str:
    """The state, once it is this one; or whatever it is when nobody waits any longer."""
    until = time.monotonic() + 60
    while (found := str(client.restriction(restriction)["state"])) != state and time.monotonic() < until:
        time.sleep(0.1)
    return found


@pytest.mark.invariant("I-07")
def test_a_name_is_closed_by_three_and_opened_by_one(server: Server) -> None:
    with ExitStack() as stack:
        people = {who: stack.enter_context(Client(server.url, server.token(*seat))) for who, seat in SEATS.items()}
        officer, operator = people["officer"], people["operator"]
        # (1) What is wrong with it is said at once, each with its place.
        with pytest.raises(ProblemError) as refused:
            officer.propose_restriction({**ordered(), "names": [NAME, "go.id"], "sunset_at": "2000-01-01T00:00:00Z"})
        assert {fault["pointer"] for fault in refused.value.errors} >= {"/names/1"}
        order = ordered()
        made = officer.propose_restriction(order, key="first")
        assert officer.propose_restriction(order, key="first") == made
        pk = str(made["id"])
        # (2) Three persons, the second approver being the one who looks at the law; and the platform's answer.
        with pytest.raises(ProblemError):
            officer.approve_restriction(pk)
        people["approver"].approve_restriction(pk)
        with pytest.raises(ProblemError):
            people["approver"].approve_restriction(pk)
        approved = people["lawyer"].approve_restriction(pk)
        assert (approved["state"], approved["missing"]) == ("approved", ["answer"])
        with pytest.raises(ProblemError):
            operator.restriction(pk)
        people["platform"].object_to_restriction(pk, note="The channels were removed yesterday.")
        # (3) It is published by itself, carried out, and anybody learns so by the exact name.
        assert reached(officer, pk, "publishing") == "publishing"
        assert operator.confirm_restriction(pk)["state"] == "applied"
        assert officer.closed_name(NAME)["closed"]
        # (4) One act of one person.
        assert people["approver"].lift_restriction(pk, note="Settled.")["state"] == "lifted"
        assert not officer.closed_name(NAME)["closed"]
        assert operator.confirm_restriction(pk)["operators"][0]["state"] == "open"
        with pytest.raises(ProblemError) as again:
            officer.lift_restriction(pk)
        assert again.value.status == 409
