"""Mandates: each deed is one event that reaches the other side, and what is not in force lets nothing through."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DataError, IntegrityError
from tests.houses import body
from tests.mandates import terms
from tests.server.notices.test_notices_operations import at_once

from mufakat.proof import leaf
from mufakat.rules.errors import BadMandateError, NotAdmissibleError, NotFoundError, NotPermittedError
from mufakat.rules.mandate import Quota
from mufakat.server.journal import door
from mufakat.server.journal.models import Event, Outbox
from mufakat.server.notices import operations as notices
from mufakat.server.notices.models import Notice
from mufakat.server.parties import mandate_queries, mandates, queries, quotas
from mufakat.server.parties.models import Mandate, Quota as Bucket

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House


def granted(handle: str = "kominfo", **changes: Any) -> Mandate:
    """One more mandate, in force."""
    return mandates.grant(queries.party_by_handle(handle), future(**changes), at=datetime.now(UTC))


def future(**changes: Any) -> Any:
    """Terms whose review lies ahead of every test."""
    return terms(**{"review_on": datetime(2100, 1, 1, tzinfo=UTC).date(), **changes})


def first(handle: str = "kominfo") -> str:
    """The mandate that the example grants."""
    return queries.mandates_of(queries.party_by_handle(handle).id)[0].id


def newest() -> Event:
    found = Event.objects.order_by("-position").first()
    assert found is not None
    return found


DEEDS: dict[str, Callable[[str], Mandate]] = {
    "mandate.suspended": partial(mandates.suspend, reason="Wrong reports in a row."),
    "mandate.revoked": partial(mandates.revoke, reason="The law was repealed."),
}


@pytest.mark.invariant("I-03")
def test_a_grant_is_one_event_that_commits_to_its_terms(house: House) -> None:
    del house
    before = Event.objects.count()
    made = granted()
    event = newest()
    told = leaf.decode(bytes(event.leaf))
    assert (Event.objects.count() - before, event.type, told.chan, told.case) == (
        1,
        "mandate.granted",
        "mufakat>kominfo",
        made.id,
    )
    assert set(told.c) == {"terms"}
    assert list(Outbox.objects.values_list("to", flat=True)) == ["party:kominfo"]


@pytest.mark.invariant("I-03")
@pytest.mark.parametrize("type_", DEEDS)
def test_a_deed_is_one_event_and_two_clicks_are_one(house: House, type_: str) -> None:
    before, pk = Event.objects.count(), first()
    at_once(*[partial(DEEDS[type_], pk)] * 6)
    assert (Event.objects.count() - before, newest().type) == (1, type_)
    assert list(Outbox.objects.values_list("to", flat=True)) == ["party:kominfo"]
    del house


def test_a_mandate_that_was_revoked_is_never_resumed(house: House) -> None:
    del house
    mandates.revoke(first(), reason="Repealed.")
    with pytest.raises(mandates.NotSoError):
        mandates.resume(first(), reason="A slip.")


@pytest.mark.parametrize("pk", ["", "mnd_none", "pty_01m89vyf3seenvv8648faz7dvk", "mnd_00000000000000000000000000"])
def test_what_is_not_there_is_not_found(house: House, pk: str) -> None:
    del house
    with pytest.raises(NotFoundError):
        mandates.suspend(pk, reason="Why.")


def test_what_cannot_be_granted_leaves_nothing(house: House) -> None:
    del house
    before = (Event.objects.count(), Mandate.objects.count())
    with pytest.raises(BadMandateError):
        granted("telegram")
    assert (Event.objects.count(), Mandate.objects.count()) == before


@pytest.mark.invariant("I-04")
def test_a_suspension_lets_nothing_more_through_and_a_resumption_does(house: House) -> None:
    mandates.suspend(first(), reason="Wrong reports in a row.")
    with pytest.raises(NotAdmissibleError) as refused:
        house.submit()
    assert [fault.pointer for fault in refused.value.faults] == ["/kind"]
    mandates.resume(first(), reason="Explained.")
    assert house.submit().status == 201


@pytest.mark.invariant("I-04")
def test_a_notice_that_was_judged_before_the_suspension_is_refused_in_its_turn(house: House) -> None:
    waiting = notices.prepare(body(), by=house.caller("kominfo", "officer"), at=datetime.now(UTC), key="k1")
    mandates.suspend(first(), reason="Wrong reports in a row.")
    with pytest.raises(NotAdmissibleError):
        house.writer.commit(waiting)
    assert Notice.objects.count() == 0


def test_another_mandate_stands_in_for_a_suspended_one(house: House) -> None:
    second = granted()
    mandates.suspend(first(), reason="Why.")
    assert Notice.objects.get(pk=house.submit().subject).mandate_id == second.id


def test_a_notice_knows_its_mandate_and_its_leaf_names_it(house: House) -> None:
    notice = house.submit().subject
    event = Event.objects.get(case=notice)
    assert Notice.objects.get(pk=notice).mandate_id == first()
    assert leaf.decode(bytes(event.leaf)).ref == (first(),)


def test_what_is_taken_as_a_user_report_says_so_and_stays_as_sent(house: House) -> None:
    raw = body(kind="order", otherwise="user_report")
    mandates.suspend(first(), reason="Why.")
    taken = Notice.objects.get(pk=house.submit(raw).subject)
    assert (taken.kind, taken.sent_as, taken.mandate_id, taken.rank) == ("user_report", "order", None, 1)
    assert bytes(taken.payload.raw or b"") == raw


def test_under_a_mandate_comes_first_among_those_due_at_once(house: House) -> None:
    from mufakat.server.notices.queries import waiting_for

    raws = [body(kind="user_report"), body(), body(kind="user_report"), body()]
    by, at = house.caller("kominfo", "officer"), datetime.now(UTC)
    prepared = [notices.prepare(raw, by=by, at=at, key=f"k{place}") for place, raw in enumerate(raws)]
    made = door.commit(lambda moment: notices.take(prepared, moment))
    door.commit(lambda moment: Notice.objects.update(due_at=moment.at))
    shown, _ = waiting_for(house.caller("telegram", "reviewer"), size=10)
    assert [one.notice.id for one in shown] == [made[place].id for place in (1, 3, 0, 2)]


# -- The reply


def test_the_holder_replies_and_the_operator_is_told(house: House) -> None:
    mandates.suspend(first(), reason="Wrong reports in a row.")
    mandates.reply(first(), by=house.caller("kominfo", "officer"), text="They were right: see our letter.")
    told = leaf.decode(bytes(newest().leaf))
    assert (newest().type, told.chan, told.actor, set(told.c)) == (
        "mandate.replied",
        "kominfo>mufakat",
        "kominfo",
        {"reply"},
    )
    assert "party:mufakat" in Outbox.objects.values_list("to", flat=True)


def test_nobody_else_replies(house: House) -> None:
    mandates.suspend(first(), reason="Why.")
    with pytest.raises(NotFoundError):
        mandates.reply(first(), by=house.caller("bnpt", "officer"), text="Not ours.")
    with pytest.raises(NotPermittedError):
        mandates.reply(first(), by=house.caller("kominfo", "approver"), text="Not my seat.")


def test_there_is_nothing_to_reply_to_before_anything_was_said(house: House) -> None:
    with pytest.raises(mandates.NothingToReplyToError):
        mandates.reply(first(), by=house.caller("kominfo", "officer"), text="Hello.")


# -- Who sees what


@pytest.mark.invariant("I-10")
def test_who_sees_which_mandates(house: House) -> None:
    granted("bnpt", kinds=("trusted_flag",))
    mandates.suspend(first("bnpt"), reason="Why.")
    seen = {
        handle: [
            (row.party.handle, row.state, mandate_queries.sees_all_of(caller, row))
            for row in mandate_queries.listed(caller).items
        ]
        for handle, seat in (
            ("bnpt", "officer"),
            ("kominfo", "officer"),
            ("telegram", "reviewer"),
            ("mufakat", "admin"),
        )
        for caller in [house.caller(handle, seat)]
    }
    ours, theirs = ("bnpt", "in_force"), ("kominfo", "in_force")
    assert seen == {
        "bnpt": [(*ours, True), ("bnpt", "suspended", True)],
        "kominfo": [(*theirs, True)],
        "telegram": [(*ours, False), (*theirs, False)],
        "mufakat": [(*ours, True), ("bnpt", "suspended", True), (*theirs, True)],
    }


# -- What the database itself holds


@pytest.mark.invariant("I-04")
@pytest.mark.parametrize(
    "changes",
    [
        {"state": "asleep"},
        {"state": "suspended"},
        {"granted_by": ""},
        {"burst": 0},
        {"per_minute": 0},
        {"reply": "x"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_the_database_refuses_a_mandate_that_cannot_be(house: House, changes: dict[str, Any]) -> None:
    del house
    with pytest.raises((IntegrityError, DataError)):
        door.commit(lambda _: Mandate.objects.filter(pk=first()).update(**changes))


def test_the_database_refuses_an_overdrawn_quota(house: House) -> None:
    del house
    with pytest.raises(IntegrityError):
        door.commit(lambda _: Bucket.objects.update(level=-1))


@pytest.mark.invariant("I-04")
def test_the_database_refuses_a_mandate_behind_a_user_report(house: House) -> None:
    notice = house.submit(body(kind="user_report")).subject
    with pytest.raises(IntegrityError):
        door.commit(lambda _: Notice.objects.filter(pk=notice).update(mandate_id=first()))


def test_suspending_and_resuming_brings_no_tokens(house: House) -> None:
    del house
    party = queries.party_by_handle("bnpt")
    mandates.revoke(first("bnpt"), reason="Another is granted.")
    second = granted("bnpt", kinds=("trusted_flag",), quota=Quota(10, 1))
    door.commit(lambda moment: quotas.draw([(party.id, second.id)] * 10, moment))
    mandates.suspend(second.id, reason="Why.")
    mandates.resume(second.id, reason="Because.")
    use = mandate_queries.use_of([party.id], at=datetime.now(UTC))[party.id]
    assert (use.burst, use.left) == (10, 0)
