"""Deciding: acting and refusing alike, once, by whom it concerns; one event; erased with its notice."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from tests.houses import body
from tests.server.decisions.deciding import (
    ACTING,
    ASKING,
    COMPLETE,
    GROUND,
    OFFICER,
    REFUSING,
    REPRESENTATIVE,
    REVIEWER,
    REVIEWER_2,
    acted,
    decide,
    raw,
    taken,
)
from tests.server.notices import erasing
from tests.server.notices.test_notices_operations import at_once

from mufakat.proof import verify
from mufakat.rules import appeal_code
from mufakat.rules.decision import DecisionState
from mufakat.rules.errors import BadDecisionError, IllegalTransitionError, NotFoundError, NotPermittedError
from mufakat.rules.retention import Erasable
from mufakat.server.decisions import codes, errors, operations, queries
from mufakat.server.decisions.faces import DecisionOut, encode
from mufakat.server.decisions.models import Decision, Measure, Statement
from mufakat.server.journal import door
from mufakat.server.journal.answers import Key
from mufakat.server.journal.models import Answer, Event, Opening, Outbox
from mufakat.server.notices import erasure, queries as notices, talk
from mufakat.server.notices.models import Clock, Notice

if TYPE_CHECKING:
    from tests.houses import House

    from mufakat.server.journal.work import Moment

OTHERS = {**COMPLETE, "ground": None}
FINAL: list[dict[str, Any]] = [
    ACTING,
    REFUSING,
    *({**OTHERS, "outcome": outcome} for outcome in ("impossible", "not_found", "duplicate")),
]


def state_of(notice: str) -> str:
    return str(Notice.objects.get(pk=notice).state)


@pytest.mark.parametrize("made", FINAL, ids=lambda one: one["outcome"])
@pytest.mark.invariant("I-03")
def test_a_decision_is_one_event_that_commits_to_what_was_said(house: House, made: dict[str, Any]) -> None:
    notice = taken(house)
    said = decide(house, notice, made)
    (event,) = Event.objects.filter(case=notice, type="decision.made")
    assert (event.sender, event.recipient, state_of(notice)) == ("telegram", "kominfo", "decided")
    told = Outbox.objects.filter(event=event, to__startswith="party:")
    assert sorted(one.to for one in told) == ["party:kominfo", "party:telegram"]
    opened = erasing.opened(event)
    assert opened["reasons"] == made["reasons"].encode()
    assert (opened["outcome"], opened["refusal"]) == (made["outcome"].encode(), made.get("refusal", "").encode())
    assert b"made-up" not in bytes(event.leaf)
    leaf = json.loads(bytes(event.leaf))
    assert leaf["ref"][:2] == [said["id"], said["statement"]]
    assert leaf["law"] == ("id" if made["ground"] else None)


@pytest.mark.invariant("I-05")
def test_acting_and_refusing_commit_to_the_same_fields(house: House) -> None:
    fields = []
    for number, made in enumerate((ACTING, REFUSING)):
        notice = taken(house, key=f"k{number}")
        decide(house, notice, made)
        event = Event.objects.get(case=notice, type="decision.made")
        fields.append(sorted(Opening.objects.filter(event=event).values_list("field", flat=True)))
    assert fields[0] == fields[1]


@pytest.mark.parametrize("made", FINAL, ids=lambda one: one["outcome"])
def test_the_answer_is_the_decision_with_a_receipt_that_verifies(house: House, made: dict[str, Any]) -> None:
    notice = taken(house)
    said = decide(house, notice, made)
    found = verify.verify(said["receipt"].encode(), keys=[erasing.key()])
    assert (found.notice, said["notice"], said["state"]) == (notice, notice, "standing")
    assert (said["facts"], said["reasons"], said["outcome"]) == (made["facts"], made["reasons"], made["outcome"])
    assert said.get("ground") == made["ground"]
    assert Statement.objects.get(decision=said["id"]).id == said["statement"]


@pytest.mark.parametrize("made", FINAL, ids=lambda one: one["outcome"])
@pytest.mark.invariant("I-05")
def test_every_outcome_stops_the_clocks_of_a_decision_and_starts_the_window_of_appeals(
    house: House, made: dict[str, Any]
) -> None:
    notice = taken(house)
    said = decide(house, notice, made)
    clocks = {one.name: one for one in Clock.objects.filter(notice=notice)}
    assert clocks["takedown_same_day"].ended_at is not None
    assert not clocks["takedown_same_day"].void
    assert clocks["appeal_window"].ended_at is None
    until = datetime.fromisoformat(said["appeal_until"])
    assert abs(until - clocks["appeal_window"].due_at) < timedelta(milliseconds=1)
    assert until - datetime.fromisoformat(said["decided_at"]) == timedelta(days=30)


def test_every_measure_stores_its_inverse_its_end_and_where(house: House) -> None:
    ends_at = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)
    (one,) = acted(house, measure="geo_restrict", ends_at=ends_at.isoformat(), territory=["ID", "MY"]).measures
    assert (one.name, one.inverse, one.territory) == ("geo_restrict", "lift_geo_restriction", ["ID", "MY"])
    assert (one.ends_at, one.state) == (ends_at, "ordered")


def test_the_items_of_the_event_name_the_measures(house: House) -> None:
    whole = acted(house, territory=["ID"])
    (one,) = json.loads(erasing.opened(whole.event)["items"] or b"")
    measure = whole.measures[0]
    where = {"locator": 0, "ends_at": None, "territory": ["ID"]}
    assert one == {"measure": measure.id, "name": "remove", **where}


def test_locators_are_decided_one_by_one(house: House) -> None:
    links = [f"https://t.me/s/examplechannel/{number}" for number in (1, 2, 3)]
    notice = taken(house, locators=links)
    items = [{"locator": 2, "measure": "remove"}, {"locator": 0, "measure": "label"}]
    said = decide(house, notice, {**ACTING, "outcome": "act_partial"}, items=items)
    assert [(one["locator"], one["measure"]) for one in said["measures"]] == [(0, "label"), (2, "remove")]


def test_what_is_incomplete_decides_nothing(house: House) -> None:
    notice = taken(house)
    with pytest.raises(BadDecisionError) as refused:
        decide(house, notice, REFUSING, facts=..., ground=...)
    assert [fault.pointer for fault in refused.value.faults] == ["/ground", "/facts"]
    assert (Decision.objects.count(), state_of(notice)) == (0, "acknowledged")


@pytest.mark.parametrize(
    ("by", "error"),
    [
        (REPRESENTATIVE, NotPermittedError),
        (OFFICER, NotPermittedError),
        (("isp-a", "engineer"), NotPermittedError),
        (("mufakat", "admin"), NotPermittedError),
        (("auditor", "auditor"), NotPermittedError),
    ],
    ids=lambda one: "/".join(one) if isinstance(one, tuple) else "",
)
def test_nobody_else_decides(house: House, by: tuple[str, str], error: type[Exception]) -> None:
    notice = taken(house)
    with pytest.raises(error):
        decide(house, notice, by=by)


def test_a_notice_of_strangers_is_not_there_to_be_decided(house: House) -> None:
    notice = house.submit(body(to="isp-a", kind="order")).subject
    with pytest.raises(NotFoundError):
        decide(house, notice)


@pytest.mark.parametrize("state", ["received", "decided", "withdrawn"])
def test_a_notice_that_is_not_acknowledged_or_decided_already_is_not_decided(house: House, state: str) -> None:
    from mufakat.server.notices import operations as ours

    notice = house.submit().subject if state == "received" else taken(house)
    if state == "decided":
        decide(house, notice, REFUSING)
    elif state == "withdrawn":
        ours.withdraw(notice, by=house.caller(*OFFICER), reason="Moot.")
    with pytest.raises(IllegalTransitionError):
        decide(house, notice)


def test_of_two_who_decide_at_once_one_is_too_late(house: House) -> None:
    notice = taken(house)

    found = at_once(
        lambda: decide(house, notice, ACTING, by=REVIEWER), lambda: decide(house, notice, REFUSING, by=REVIEWER_2)
    )
    assert sorted(isinstance(each, IllegalTransitionError) for each in found) == [False, True]
    assert Decision.objects.filter(notice=notice).count() == 1


def test_the_same_key_gives_the_same_decision(house: House) -> None:
    notice, sent = taken(house), raw(ACTING)
    by = house.caller(*REVIEWER)
    key = Key.of(by.party_id, f"POST /api/v1/notices/{notice}/decision", "k", sent)
    first, again = (operations.decide(notice, sent, by=by, key=key) for _ in range(2))
    assert (first.body, again.replayed) == (again.body, True)


# -- Information -------------------------------------------------------------------------------------------------------


def test_the_senders_next_message_answers_a_question_and_the_notice_is_decided_then(house: House) -> None:
    notice = taken(house)
    asked = decide(house, notice, ASKING)
    assert (asked["state"], asked["statement"], asked["appeal_until"]) == ("asked", None, None)
    assert asked["reasons"] == ASKING["reasons"]
    assert state_of(notice) == "needs_information"
    talk.send(notice, by=house.caller(*OFFICER), text="The second one.")
    assert (queries.heads_of([notice])[notice].state, state_of(notice)) == ("answered", "acknowledged")
    decide(house, notice, REFUSING)
    states = [one.decision.state for one in queries.of_notice(house.caller(*OFFICER), notice)]
    assert states == ["standing", "answered"]


def test_where_no_answer_comes_it_is_decided_on_what_is_there(house: House) -> None:
    notice = taken(house)
    asked = decide(house, notice, ASKING)
    decide(house, notice, REFUSING)
    assert Decision.objects.get(pk=asked["id"]).state == DecisionState.UNANSWERED


def test_a_question_stops_no_clock_of_a_decision_and_starts_no_window(house: House) -> None:
    notice = taken(house)
    decide(house, notice, ASKING)
    clocks = {one.name: one for one in Clock.objects.filter(notice=notice)}
    assert clocks["takedown_same_day"].ended_at is None
    assert "appeal_window" not in clocks


def test_it_may_be_asked_again(house: House) -> None:
    notice = taken(house)
    for _ in range(2):
        decide(house, notice, ASKING)
        talk.send(notice, by=house.caller(*OFFICER), text="An answer.")
    assert Decision.objects.filter(notice=notice).count() == 2


# -- Who reads ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [OFFICER, ("kominfo", "approver"), REVIEWER, REVIEWER_2, REPRESENTATIVE])
def test_both_sides_read_the_decision(house: House, by: tuple[str, str]) -> None:
    whole = acted(house)
    found = queries.get_for(house.caller(*by), whole.decision.id)
    assert found.id == whole.decision.id


@pytest.mark.parametrize("by", [("bnpt", "officer"), ("isp-a", "engineer"), ("auditor", "auditor")])
@pytest.mark.invariant("I-10")
def test_a_stranger_finds_no_decision_no_measure_and_no_statement(house: House, by: tuple[str, str]) -> None:
    whole = acted(house)
    caller = house.caller(*by)
    assert whole.statement is not None
    for find, one in (
        (queries.get_for, whole.decision.id),
        (queries.measure_for, whole.measures[0].id),
        (queries.statement_for, whole.statement.id),
    ):
        with pytest.raises(NotFoundError):
            find(caller, one)
    assert list(queries.tasks_for(caller).items) == []


def shown(house: House, whole: queries.Whole, by: tuple[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(encode(DecisionOut.of(whole, viewer=house.caller(*by), shows_code=True)))
    return found


def test_the_appeal_code_is_for_those_of_the_platform_who_hand_it_out(house: House) -> None:
    whole = acted(house)
    for by in (REVIEWER, REVIEWER_2, REPRESENTATIVE):
        assert appeal_code.read(shown(house, whole, by)["appeal"]["code"]) == codes.of(whole.decision.id)
    for by in (OFFICER, ("kominfo", "approver")):
        assert "appeal" not in shown(house, whole, by)


@pytest.mark.invariant("I-10")
def test_nothing_that_is_stored_holds_the_code(house: House) -> None:
    notice, by = taken(house), house.caller(*REVIEWER)
    sent = raw(ACTING)
    said = json.loads(operations.decide(notice, sent, by=by, key=Key.of(by.party_id, "decide", "k", sent)).body)
    code = codes.of(said["id"])
    kept = [bytes(one.body or b"") for one in Answer.objects.all()]
    kept += [bytes(one.leaf) for one in Event.objects.all()]
    kept += [bytes(one.value or b"") for one in Opening.objects.all()]
    assert not [one for one in kept if code.encode() in one or appeal_code.shown(code).encode() in one]
    assert bytes(Decision.objects.get(pk=said["id"]).code_digest or b"") == appeal_code.digest(code)
    found = queries.by_code(appeal_code.digest(code))
    assert found is not None
    assert found.id == said["id"]


def test_a_refusal_has_no_code(house: House) -> None:
    said = decide(house, taken(house), REFUSING)
    whole = queries.whole(queries.known(said["id"]))
    assert "appeal" not in shown(house, whole, REVIEWER)
    assert whole.decision.code_digest is None


def test_the_seat_that_decided_is_told_to_its_own_party_alone(house: House) -> None:
    whole = acted(house)
    assert shown(house, whole, REPRESENTATIVE)["decided_by"] == "reviewer"
    assert "decided_by" not in shown(house, whole, OFFICER)


# -- Erased ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [ACTING, REFUSING], ids=["acting", "refusing"])
@pytest.mark.invariant("I-09")
def test_reasons_are_erased_by_their_class_and_what_was_decided_stays(house: House, made: dict[str, Any]) -> None:
    notice, by = taken(house), house.caller(*REVIEWER)
    sent = raw(made)
    key = Key.of(by.party_id, "decide", "k", sent)
    said = json.loads(operations.decide(notice, sent, by=by, key=key).body)
    done = erasure.erase(notice, classes={Erasable.REASONS}, reason="An order.")
    assert {Erasable.REASONS, Erasable.ANSWERS} <= set(done.classes)
    after = shown(house, queries.whole(queries.known(said["id"])), REVIEWER)
    assert not {"facts", "reasons", "ground"} & after.keys()
    assert (after["outcome"], after["erased"], after["receipt"]) == (made["outcome"], True, said["receipt"])
    assert Answer.objects.get(key="k").body is None


@pytest.mark.invariant("I-09")
def test_a_question_is_erased_with_the_messages(house: House) -> None:
    notice = taken(house)
    said = decide(house, notice, ASKING, facts="A made-up placeholder.", ground=GROUND)
    erasure.erase(notice, classes={Erasable.MESSAGES}, reason="An order.")
    assert "reasons" not in shown(house, queries.whole(queries.known(said["id"])), OFFICER)
    erasure.erase(notice, classes={Erasable.REASONS}, reason="An order.")
    assert not {"facts", "ground"} & shown(house, queries.whole(queries.known(said["id"])), OFFICER).keys()


# -- The database itself -----------------------------------------------------------------------------------------------


def refused(house: House, name: str, change: Any) -> None:
    """The database refuses the change, by the constraint of this name."""
    del house

    def run(moment: Moment) -> None:
        with transaction.atomic():
            change(moment)

    with pytest.raises(IntegrityError, match=name):
        door.commit(run)


def again(row: Any, **changes: Any) -> Any:
    """The same row once more, as another."""
    fields = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return type(row)(**{**fields, **changes})


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("decision_names_a_refusal_where_it_refuses", {"outcome": "refuse", "code_digest": None}),
        ("decision_names_a_refusal_where_it_refuses", {"refusal": "unclear"}),
        ("decision_says_what_a_machine_did", {"automation": None}),
        ("decision_stands_or_asks", {"state": "asked"}),
        ("appeal_code_is_for_what_was_done", {"outcome": "not_found", "code_digest": b"x" * 32}),
        ("decision_outcome_is_known", {"outcome": "maybe", "code_digest": None}),
        ("decision_state_is_known|decision_stands_or_asks", {"state": "gone"}),
    ],
)
def test_the_database_refuses_a_decision_that_cannot_be(house: House, name: str, changes: dict[str, Any]) -> None:
    row = acted(house).decision
    refused(house, name, lambda _: Decision.objects.filter(pk=row.pk).update(**changes))


def test_the_database_lets_one_decision_stand_on_a_notice(house: House) -> None:
    row = acted(house).decision
    other = again(row, id="dec_" + "0" * 26, event="evt_" + "0" * 26, code_digest=None)
    # SQLite names the column, PostgreSQL the constraint.
    name = "notice_has_one_standing_decision|decisions_decision.notice_id"
    refused(house, name, lambda _: other.save(force_insert=True))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("irreversible_measure_is_ordered_by_two", {"name": "terminate_account"}),
        ("measure_is_approved_by_somebody_else", {"approved_by_id": ...}),
        ("irreversible_measure_has_no_end", {"name": "close_channel", "ends_at": ..., "approved_by_id": None}),
        ("measure_in_hand_was_ordered", {"ordered_at": None}),
        ("measure_confirmed_is_done_and_goes_on", {"state": "confirmed"}),
        ("measure_is_undone_after_its_end", {"state": "reverting"}),
        ("measure_is_reverted_at_a_time", {"state": "reverted", "ended_at": ...}),
        ("measure_times_are_in_order", {"confirmed_at": datetime(2017, 1, 1, tzinfo=UTC), "state": "confirmed"}),
        ("measure_has_its_inverse", {"inverse": ""}),
        ("measure_name_is_known", {"name": "ban"}),
    ],
)
@pytest.mark.invariant("I-06")
def test_the_database_refuses_a_measure_that_cannot_be(house: House, name: str, changes: dict[str, Any]) -> None:
    (row,) = acted(house).measures
    given = {"approved_by_id": row.decided_by_id, "ends_at": row.ordered_at, "ended_at": row.ordered_at}
    made = {field: given[field] if value is ... else value for field, value in changes.items()}
    if name == "irreversible_measure_has_no_end":
        made |= {"state": "proposed", "ordered_at": None}
    refused(house, name, lambda _: Measure.objects.filter(pk=row.pk).update(**made))


def test_somebody_else_decides_after_a_reversal(house: House) -> None:
    from mufakat.rules.events import EventType
    from mufakat.rules.lifecycle import NoticeDeed
    from mufakat.server.notices import turning

    notice = taken(house)
    said = decide(house, notice, REFUSING)

    def reverse(moment: Moment) -> bool:
        found = notices.get_for(house.caller(*REVIEWER), notice)
        first = notices.first_event(notice).id
        turning.turn(found, EventType.APPEAL_REVERSED, deed=NoticeDeed.REOPEN, first=first, moment=moment)
        return operations.mark_reversed(said["id"], partly=False, moment=moment)

    assert door.commit(reverse)
    with pytest.raises(errors.SameDeciderError):
        decide(house, notice)
    assert decide(house, notice, by=REVIEWER_2)["state"] == "standing"
    assert queries.state_of(queries.known(said["id"])) == "reversed"
