"""Closing and opening a name, from end to end: the Python client, a server process, its worker."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from mufakat.client import Client, ProblemError


@pytest.fixture
def seated(server):
    """A client of any seat, closed afterwards."""
    with ExitStack() as stack:

        def client(handle, seat):
            return stack.enter_context(Client(server.url, server.token(handle, seat)))

        yield client


def order(*names):
    now = datetime.now(UTC)
    return {
        "list": "terrorism",
        "names": names or ["web.example.net", "files.example.net"],
        "operators": ["isp-a"],
        "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2b)"},
        "reason": "A made-up placeholder of reasons.",
        "proportionality": "A made-up placeholder: nothing less would do.",
        "review_at": (now + timedelta(days=20)).isoformat(),
        "sunset_at": (now + timedelta(days=60)).isoformat(),
        "platform": "telegram",
        "reopening": {"agreement": "id-2017", "all_of": ["representative"]},
    }


def test_a_name_is_closed_by_three_persons_and_opened_by_one(seated):
    ministry, service, operator = (
        seated("kominfo", "officer"),
        seated("telegram", "representative"),
        seated("isp-a", "engineer"),
    )
    told = order()
    made = ministry.propose_restriction(told, key="order")
    assert ministry.propose_restriction(told, key="order") == made
    for seat in ("approver", "approver-2"):
        seated("kominfo", seat).approve_restriction(made["id"], note="Read.")
    service.object_to_restriction(made["id"], note="We removed the channels.")
    until = time.monotonic() + 30
    while not list(operator.restrictions(state="publishing")):
        assert time.monotonic() < until
    assert operator.confirm_restriction(made["id"])["state"] == "applied"
    assert service.closed_name("web.example.net")["closed"] is True
    some = ministry.lift_restriction(made["id"], names=["web.example.net"])
    assert (some["state"], some["names"]) == ("partly_lifted", ["files.example.net"])
    assert service.closed_name("web.example.net")["closed"] is False
    assert ministry.lift_restriction(made["id"], note="Settled.")["state"] == "lifted"
    assert operator.confirm_restriction(made["id"])["operators"][0]["state"] == "open"
    assert ministry.restriction(made["id"])["names"] == []
    assert [one["lifted"] for one in ministry.restriction_matrix(made["id"])["names"]] == [True, True]


def test_what_cannot_be_closed_is_refused_and_what_is_protected_too(seated):
    ministry, house = seated("kominfo", "officer"), seated("mufakat", "admin")
    house.protect_name("help.example.org", reason="People ask for help there.")
    assert [one["name"] for one in ministry.protected_names()] == ["help.example.org"]
    with pytest.raises(ProblemError) as caught:
        ministry.propose_restriction(order("go.id", "chat.help.example.org", "web.example.net"))
    assert {fault["pointer"] for fault in caught.value.errors} == {"/names/0", "/names/1"}
    house.release_name("help.example.org", reason="Nobody answers there any more.")
    assert list(ministry.protected_names()) == []


def test_an_approver_says_no_and_an_operator_names_no_address_inside(seated):
    made = seated("kominfo", "officer").propose_restriction(order())
    refused = seated("kominfo", "approver").refuse_restriction(made["id"], note="Too broad.")
    assert refused["state"] == "refused"
    operator = seated("isp-a", "engineer")
    with pytest.raises(ProblemError, match="/address"):
        operator.set_resolver("127.0.0.1")
    assert list(operator.resolvers()) == []
    with pytest.raises(ProblemError):
        operator.remove_resolver("1")
