"""A restriction from its order to its end: who does what, in which order, and what is refused on the way."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from tests.server.restrictions.ordering import APPROVER, ENGINEERS, LAWYER, NAMES, OFFICER, SERVICE

from mufakat.proof import leaf, verify
from mufakat.proof.key import VerifyKey
from mufakat.rules.errors import (
    BadRestrictionError,
    NotFoundError,
    NotPermittedError,
    RestrictionStandsError,
)
from mufakat.rules.restriction_checks import LegalReviewError, ThreePersonsError
from mufakat.server.connectors import expansion
from mufakat.server.journal import door, queries as events, signer
from mufakat.server.restrictions import operations, queries, zoning
from mufakat.server.restrictions.models import Carrying, Restriction, Zone

if TYPE_CHECKING:
    from tests.server.restrictions.ordering import Ministry

pytestmark = pytest.mark.invariant("I-07")


def closed_at(ministry: Ministry, operator: str) -> list[str]:
    """The lines of an operator's list."""
    return list(zoning.lines(Zone.objects.get(list="terrorism", operator__handle=operator), at=ministry.at))


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


# -- Persons ----------------------------------------------------------------------------------------------------------


def test_the_same_approver_twice_is_refused(ministry: Ministry) -> None:
    pk = ministry.propose()["id"]
    ministry.approve(pk, by=APPROVER)

    with pytest.raises(ThreePersonsError):
        ministry.approve(pk, by=APPROVER)
    assert ministry.state(pk) == "proposed"


def test_an_approver_whom_the_profile_does_not_name_is_refused(ministry: Ministry) -> None:
    ministry.enrol("approver", 3)
    pk = ministry.propose()["id"]
    ministry.approve(pk, by=APPROVER)

    with pytest.raises(LegalReviewError, match="approver-2"):
        ministry.approve(pk, by=("kominfo", "approver-3"))
    assert ministry.approve(pk, by=LAWYER)["state"] == "approved"


def test_the_legal_review_may_come_first(ministry: Ministry) -> None:
    pk = ministry.propose()["id"]
    ministry.approve(pk, by=LAWYER)

    assert ministry.approve(pk, by=APPROVER)["state"] == "approved"


@pytest.mark.parametrize(
    ("by", "error"),
    [
        (OFFICER, NotPermittedError),
        (SERVICE, NotPermittedError),
        (ENGINEERS["isp-a"], NotPermittedError),
        (("bnpt", "officer"), NotPermittedError),
    ],
)
def test_nobody_else_approves(ministry: Ministry, by: Any, error: type[Exception]) -> None:
    pk = ministry.propose()["id"]

    with pytest.raises(error):
        ministry.approve(pk, by=by)


@pytest.mark.parametrize("by", [APPROVER, SERVICE, ENGINEERS["isp-a"], ("auditor", "auditor")])
def test_nobody_but_an_officer_proposes(ministry: Ministry, by: Any) -> None:
    with pytest.raises(NotPermittedError):
        ministry.propose(by=by)


def test_a_flagger_orders_nothing_closed(ministry: Ministry) -> None:
    with pytest.raises(BadRestrictionError) as refused:
        ministry.propose(by=("bnpt", "officer"))
    assert "" in [fault.pointer for fault in refused.value.faults]


def test_an_approver_says_no_and_that_is_the_end(ministry: Ministry) -> None:
    pk = ministry.propose()["id"]

    found = ministry.approve(pk, refuse=True, note="Too wide.")
    assert (found["state"], found["refused"]) == ("refused", "Too wide.")
    with pytest.raises(RestrictionStandsError):
        ministry.approve(pk, by=LAWYER)


def test_its_own_authority_takes_it_back_by_lifting(ministry: Ministry) -> None:
    pk = ministry.approved()

    assert ministry.lift(pk)["state"] == "refused"
    ministry.answer_is_refused(pk)
    ministry.work()
    assert ministry.state(pk) == "refused"


# -- What is waited for -----------------------------------------------------------------------------------------------


def test_nothing_is_published_before_the_platform_was_told_and_its_time_is_over(ministry: Ministry) -> None:
    pk = ministry.approved()
    ministry.told(pk)

    ministry.wait(hours=23, minutes=59)
    ministry.work()
    assert ministry.state(pk) == "approved"
    ministry.wait(minutes=1)
    ministry.work()
    assert ministry.state(pk) == "publishing"


def test_a_platform_without_an_address_is_told_on_its_desk(ministry: Ministry) -> None:
    pk = ministry.propose()["id"]

    while expansion.expand(at=ministry.at).more:
        pass
    assert ministry.row(pk).wait_until == ministry.at + timedelta(hours=24)


def test_whom_no_carrier_reaches_has_twice_the_time(ministry: Ministry) -> None:
    pk = ministry.approved()

    ministry.wait(hours=25)
    ministry.work()
    assert (ministry.state(pk), ministry.row(pk).told_at) == ("approved", ministry.at)
    ministry.wait(hours=24)
    ministry.work()
    assert ministry.state(pk) == "publishing"


def test_the_platform_answers_once_more_and_its_first_answer_counts(ministry: Ministry) -> None:
    pk = ministry.propose()["id"]

    ministry.answer(pk, note="We object.")
    ministry.wait(hours=1)
    found = ministry.answer(pk, note="And once more.")
    assert [one["text"] for one in found["answers"]] == ["We object.", "And once more."]
    assert found["missing"] == ["first_approval", "second_approval"]


def test_an_emergency_is_published_at_once_and_ends_within_72_hours(ministry: Ministry) -> None:
    pk = ministry.approved(**ministry.emergency())

    ministry.work()
    assert ministry.state(pk) == "publishing"
    ministry.wait(hours=72)
    ministry.work()
    assert ministry.state(pk) == "expired"
    with pytest.raises(BadRestrictionError, match="ordinary way"):
        ministry.propose(**ministry.emergency())


def test_an_order_whose_end_comes_first_is_refused(ministry: Ministry) -> None:
    proposed, approved = ministry.propose()["id"], ministry.approved()
    ministry.wait(days=60)

    ministry.work()
    assert [ministry.state(pk) for pk in (proposed, approved)] == ["refused", "refused"]


def test_a_mandate_that_is_suspended_meanwhile_stops_it(ministry: Ministry) -> None:
    pk = ministry.approved()
    ministry.suspend_mandates()
    ministry.answer(pk)

    ministry.work()
    assert ministry.state(pk) == "refused"


# -- What the guard finds ---------------------------------------------------------------------------------------------


def test_what_the_guard_finds_weighty_asks_each_approver_for_reasons(ministry: Ministry) -> None:
    found = ministry.propose(names=["example.net"], match="subtree")
    assert found["weighty"]

    for by in (APPROVER, LAWYER):
        with pytest.raises(BadRestrictionError) as refused:
            ministry.approve(found["id"], by=by)
        assert [fault.pointer for fault in refused.value.faults] == ["/note"]
        ministry.approve(found["id"], by=by, note="All of it is the same shop.")
    assert ministry.state(found["id"]) == "approved"


def test_a_name_that_is_protected_meanwhile_is_not_published(ministry: Ministry) -> None:
    pk = ministry.approved()
    ministry.protect("web.example.net")
    ministry.answer(pk)

    ministry.work()
    found = queries.whole(ministry.row(pk))
    assert (found.row.state, found.events[-1].type) == ("refused", "restriction.refused")


# -- The lists and the way back ---------------------------------------------------------------------------------------


def test_the_event_of_an_order_proves_every_name_on_the_lists(ministry: Ministry) -> None:
    pk = ministry.published()

    event = events.events_of(pk)[-1]
    made = leaf.decode(bytes(event.leaf))
    opened = {one.field: json.loads(bytes(one.value or b"")) for one in event.openings.all()}
    assert opened == {"operators": ["isp-a", "isp-b"], "names": {"match": "exact", "names": sorted(NAMES)}}
    assert (made.case, made.due) == (pk, "2040-03-02T02:00:00.000Z")
    assert len(made.ref) == 4
    key = VerifyKey.parse(signer.signing_key(signer.live_shard()).vkey)
    assert verify.verify(event.custody.encode(), keys=[key], leaf=bytes(event.leaf)).notice == pk


def test_some_names_are_lifted_and_the_rest_stays(ministry: Ministry) -> None:
    pk = ministry.published()
    ministry.confirm(pk)

    found = ministry.lift(pk, "web.example.net")
    assert (found["state"], found["names"], found["lifted"]) == (
        "partly_lifted",
        ["app.example.net"],
        ["web.example.net"],
    )
    assert {one["state"] for one in found["operators"]} == {"opening"}
    ministry.confirm(pk, by=ENGINEERS["isp-a"])
    assert Carrying.objects.get(restriction=pk, operator__handle="isp-a").state == "applied"
    assert ministry.lift(pk)["state"] == "lifted"


def test_a_name_that_is_not_closed_by_it_is_not_lifted_by_it(ministry: Ministry) -> None:
    pk = ministry.published()
    with pytest.raises(BadRestrictionError, match="does not close this name"):
        ministry.lift(pk, "other.example.net")


@pytest.mark.parametrize("by", [OFFICER, APPROVER, LAWYER])
def test_one_person_lifts_it_in_one_act(ministry: Ministry, by: Any) -> None:
    pk = ministry.published()
    assert ministry.lift(pk, by=by, note="")["state"] == "lifted"


@pytest.mark.parametrize("by", [SERVICE, ENGINEERS["isp-a"], ("bnpt", "officer")])
def test_nobody_else_lifts_it(ministry: Ministry, by: Any) -> None:
    pk = ministry.published()
    with pytest.raises((NotPermittedError, NotFoundError)):
        ministry.lift(pk, by=by)


def test_what_is_lifted_has_to_be_open_within_the_profiles_time(ministry: Ministry) -> None:
    pk = ministry.published()
    ministry.lift(pk)
    due = set(Carrying.objects.filter(restriction=pk).values_list("due_at", flat=True))
    assert due == {ministry.at + timedelta(hours=24)}


def test_it_expires_by_itself_and_its_operators_confirm(ministry: Ministry) -> None:
    pk = ministry.published()
    ministry.wait(days=60)

    ministry.work()
    assert (ministry.state(pk), queries.named("web.example.net", at=ministry.at)) == ("expired", [])
    assert ministry.confirm(pk)["operators"][0]["state"] == "open"
    assert types(pk)[-2:] == ["restriction.expired", "restriction.opened"]


def test_a_name_past_its_end_is_not_closed_though_nobody_swept(ministry: Ministry) -> None:
    ministry.published()
    ministry.wait(days=60)
    assert queries.named("web.example.net", at=ministry.at) == []


def test_both_sides_are_reminded_of_its_review_and_again(ministry: Ministry) -> None:
    pk = ministry.published()
    ministry.wait(days=20)
    ministry.work()
    ministry.wait(days=30)
    ministry.work()
    assert types(pk).count("restriction.reminded") == 2


def test_a_subtree_is_closed_below_its_name_and_an_exact_name_is_not(ministry: Ministry) -> None:
    ministry.published()
    ministry.closed(names=["sub.example.org"], match="subtree")
    asked = ("a.sub.example.org", "sub.example.org", "example.org", "a.web.example.net", "Web.Example.NET.")
    assert [bool(queries.named(name, at=ministry.at)) for name in asked] == [True, True, False, False, True]


def test_a_shadow_run_closes_nothing(ministry: Ministry) -> None:
    pk = ministry.published(shadow=True)
    assert (ministry.state(pk), queries.named("web.example.net", at=ministry.at)) == ("publishing", [])


def test_lifting_raises_the_serial_of_the_operators_zones_and_of_no_others(ministry: Ministry) -> None:
    pk = ministry.published()
    before = dict(Zone.objects.filter(list="terrorism").values_list("operator__handle", "serial"))
    ministry.lift(pk)
    after = dict(Zone.objects.filter(list="terrorism").values_list("operator__handle", "serial"))
    assert set(before) == set(after) == {"isp-a", "isp-b"}
    assert all(after[one] > before[one] for one in before)


# -- Who sees what ----------------------------------------------------------------------------------------------------


@pytest.mark.invariant("I-10")
def test_an_operator_sees_it_once_it_is_published_and_of_itself_alone(ministry: Ministry) -> None:
    pk = ministry.approved()
    engineer = ministry.house.caller(*ENGINEERS["isp-a"])
    with pytest.raises(NotFoundError):
        queries.get_for(engineer, pk)

    ministry.answer(pk)
    ministry.work()
    found = ministry.confirm(pk)
    assert [one["operator"] for one in found["operators"]] == ["isp-a"]
    assert not {"approvals", "answers", "warnings", "notices"} & found.keys()
    with pytest.raises(NotFoundError):
        queries.get_for(ministry.house.caller(*ENGINEERS["isp-c"]), pk)


@pytest.mark.invariant("I-10")
def test_a_stranger_finds_nothing(ministry: Ministry) -> None:
    pk = ministry.published()
    for by in (("bnpt", "officer"), ("isp-c", "engineer")):
        caller = ministry.house.caller(*by)
        assert queries.page(caller).items == []
        with pytest.raises(NotFoundError):
            queries.get_for(caller, pk)


def test_a_list_comes_in_pages_and_without_names(ministry: Ministry) -> None:
    first = ministry.propose()["id"]
    second = ministry.propose(names=["other.example.net"])["id"]
    found = queries.page(ministry.house.caller(*OFFICER), size=1)
    assert ([one.row.id for one in found.items], found.next, found.items[0].closed) == ([second], second, ())
    after = queries.page(ministry.house.caller(*OFFICER), after=found.next)
    assert [one.row.id for one in after.items] == [first]


# -- What the database itself refuses ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"first_approver": "proposer"},
        {"second_approver": "proposer"},
        {"second_approver": "first_approver"},
        {"first_approver": None},
        {"second_approver": None},
        {"answered_at": None},
        {"sunset_at": "review_at", "review_at": "sunset_at"},
        {"emergency": True},
        {"published_at": None},
        {"state": "lifted"},
        {"state": "open"},
        {"reopening": None},
    ],
    ids=str,
)
def test_the_database_itself_refuses_what_i_07_forbids(ministry: Ministry, changes: dict[str, Any]) -> None:
    pk = ministry.published()
    row = ministry.row(pk)
    values = {
        name: getattr(row, value) if isinstance(value, str) and hasattr(row, value) else value
        for name, value in changes.items()
    }

    def write(moment: Any) -> None:
        del moment
        with transaction.atomic():
            Restriction.objects.filter(pk=pk).update(**values)

    with pytest.raises(IntegrityError):
        door.commit(write)


def test_the_same_key_gives_the_same_answer(ministry: Ministry) -> None:
    from mufakat.server.journal.answers import Key

    caller, raw = ministry.house.caller(*OFFICER), ministry.order()
    key = Key.of(caller.party_id, "POST /api/v1/restrictions", "k", raw)
    first = operations.propose(raw, by=caller, at=ministry.at, key=key)
    again = operations.propose(raw, by=caller, at=ministry.at, key=key)
    assert (first.body, again.replayed, Restriction.objects.count()) == (again.body, True, 1)


def test_a_renewal_ends_what_it_renews_and_opens_what_it_leaves_out(ministry: Ministry) -> None:
    first = ministry.published(names=["web.example.net", "app.example.net"], operators=["isp-a", "isp-b"])
    ministry.wait(days=50)
    second = ministry.published(renews=first, names=["web.example.net"], operators=["isp-a", "isp-b"])
    assert (ministry.state(first), ministry.state(second)) == ("lifted", "publishing")
    assert set(closed_at(ministry, "isp-a")) == {"web.example.net"}
    ministry.lift(second)
    assert closed_at(ministry, "isp-a") == []


def test_a_renewal_of_the_same_names_changes_no_line_of_a_list(ministry: Ministry) -> None:
    first = ministry.published()
    before = closed_at(ministry, "isp-a")
    ministry.published(renews=first)
    carried = set(ministry.row(first).carried.values_list("state", "due_at"))
    assert (ministry.state(first), carried) == ("lifted", {("open", None)})
    assert closed_at(ministry, "isp-a") == before


def test_a_renewal_under_way_closes_nothing_again_that_was_lifted_meanwhile(ministry: Ministry) -> None:
    first = ministry.published()
    second = ministry.approved(renews=first)
    ministry.lift(first)
    ministry.answer(second)
    ministry.work()
    assert (ministry.state(second), closed_at(ministry, "isp-a")) == ("refused", [])


def test_a_renewal_under_way_closes_no_name_again_that_was_lifted_meanwhile(ministry: Ministry) -> None:
    first = ministry.published()
    second = ministry.approved(renews=first)
    ministry.lift(first, "web.example.net")
    ministry.answer(second)
    ministry.work()
    assert (ministry.state(second), closed_at(ministry, "isp-a")) == ("refused", ["app.example.net"])


def test_what_ran_out_before_its_renewal_was_ready_is_closed_again(ministry: Ministry) -> None:
    first = ministry.published(sunset_at=(ministry.at + timedelta(days=30)).isoformat())
    ministry.wait(days=29, hours=12)
    second = ministry.approved(renews=first)
    ministry.told(second)
    for hours in (13, 24):
        ministry.wait(hours=hours)
        ministry.work()
    assert (ministry.state(first), ministry.state(second)) == ("expired", "publishing")


def test_reasons_for_one_finding_are_none_for_another(ministry: Ministry) -> None:
    lifted = ministry.published(names=["app.example.net"])
    pk: str = ministry.propose(names=["app.example.net"])["id"]
    ministry.approve(pk, by=APPROVER)
    ministry.lift(lifted)
    ministry.approve(pk, by=LAWYER, note="Weighed.")
    ministry.answer(pk)
    ministry.work()
    assert (ministry.state(pk), closed_at(ministry, "isp-a")) == ("refused", [])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"names": ["example.org"], "match": "subtree"}, {"names": ["www.example.org"]}),
        ({"names": ["www.example.org"]}, {"names": ["example.org"], "match": "subtree"}),
        ({"names": ["www.example.org"]}, {"names": ["www.example.org"]}),
    ],
)
def test_no_spelling_prolongs_an_emergency_by_another(ministry: Ministry, first: Any, second: Any) -> None:
    pk: str = ministry.propose(**ministry.emergency(**first))["id"]
    for by in (APPROVER, LAWYER):
        ministry.approve(pk, by=by, note="Weighed.")
    ministry.work()
    ministry.wait(hours=80)
    with pytest.raises(BadRestrictionError) as refused:
        ministry.propose(**ministry.emergency(**second))
    assert [fault.pointer for fault in refused.value.faults] == ["/names/0"]


def test_an_emergency_that_was_only_measured_is_no_emergency(ministry: Ministry) -> None:
    ministry.approved(**ministry.emergency(shadow=True))
    ministry.work()
    assert ministry.propose(**ministry.emergency())["state"] == "proposed"


def test_a_platform_that_was_asked_by_notices_cannot_be_left_out(ministry: Ministry) -> None:
    pk = ministry.house.submit(key="asked").subject
    with pytest.raises(BadRestrictionError) as refused:
        ministry.propose(platform=None, notices=[pk], reopening={"agreement": "id-2017", "all_of": ["representative"]})
    assert ("/platform", "missing") in [(fault.pointer, fault.code.value) for fault in refused.value.faults]


def test_what_was_lifted_as_a_whole_is_not_approved_any_more(ministry: Ministry) -> None:
    pk = ministry.published()
    ministry.lift(pk)
    with pytest.raises(RestrictionStandsError):
        ministry.approve(pk, note="Weighed.")
