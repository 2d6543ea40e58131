"""A restriction from its order to its end: who does what, in which order, and what is refused on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.server.restrictions.ordering import APPROVER, ENGINEERS, LAWYER, NAMES, OFFICER

from mufakat.server.journal import queries as events
from mufakat.server.restrictions import queries
from mufakat.server.restrictions.models import Carrying

if TYPE_CHECKING:
    from tests.server.restrictions.ordering import Ministry

pytestmark = pytest.mark.invariant("I-07")


def types(pk: str) -> list[str]:
    return [event.type for event in events.events_of(pk)]


def test_an_order_is_proposed_with_a_receipt(ministry: Ministry) -> None:
    found = ministry.propose()

    assert (found["state"], found["names"], found["missing"]) == (
        "proposed",
        sorted(NAMES),
        ["first_approval", "second_approval", "answer"],
    )
    assert found["receipt"].startswith("mufakat/custody/v1\n")


def test_two_approvals_and_an_answer_put_it_on_the_lists(ministry: Ministry) -> None:
    pk = ministry.propose()["id"]

    ministry.approve(pk, by=APPROVER)
    assert ministry.approve(pk, by=LAWYER)["state"] == "approved"
    ministry.work()
    assert ministry.state(pk) == "approved"
    ministry.answer(pk)
    ministry.work()

    assert ministry.state(pk) == "publishing"
    assert types(pk) == [
        "restriction.proposed",
        *["restriction.approved"] * 2,
        "restriction.answered",
        "restriction.published",
    ]


def test_the_operators_carry_it_out_and_open_again(ministry: Ministry) -> None:
    pk = ministry.published()

    assert ministry.confirm(pk, by=ENGINEERS["isp-a"])["state"] == "publishing"
    assert ministry.confirm(pk, by=ENGINEERS["isp-b"])["state"] == "applied"
    assert [one.name for one in queries.named("web.example.net", at=ministry.at)] == ["web.example.net"]
    assert ministry.lift(pk, by=OFFICER)["state"] == "lifted"
    assert queries.named("web.example.net", at=ministry.at) == []
    ministry.confirm(pk, by=ENGINEERS["isp-a"])

    assert dict(Carrying.objects.filter(restriction=pk).values_list("operator__handle", "state")) == {
        "isp-a": "open",
        "isp-b": "opening",
    }
