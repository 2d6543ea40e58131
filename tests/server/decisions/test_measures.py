"""Measures after the decision: two persons for what cannot be undone, each step one event, ends on time, undone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.decisions.deciding import OFFICER, REPRESENTATIVE, REVIEWER, REVIEWER_2, acted
from tests.server.notices import erasing

from mufakat.rules.errors import MeasureStandsError, NotFoundError, NotPermittedError
from mufakat.rules.measure import IRREVERSIBLE
from mufakat.rules.retention import OF_A_NOTICE
from mufakat.server.decisions import errors, measures, operations, queries
from mufakat.server.decisions.models import Measure
from mufakat.server.journal import door
from mufakat.server.journal.models import Event, Outbox
from mufakat.server.notices import erasure
from mufakat.server.notices.models import Notice
from mufakat.server.runtime import worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

    from mufakat.server.decisions.queries import Whole
    from mufakat.server.journal.work import Moment


def ordered(house: House, measure: str = "remove", **item: Any) -> Measure:
    return acted(house, measure=measure, **item).measures[0]


def state(row: Measure) -> str:
    return Measure.objects.get(pk=row.pk).state


def types(row: Measure) -> list[str]:
    """The events about the measure, in order."""
    found = Event.objects.filter(case=row.decision.notice_id, type__startswith="measure.").order_by("position")
    return [one.type for one in found]


@pytest.mark.parametrize("measure", sorted(IRREVERSIBLE))
@pytest.mark.invariant("I-06")
def test_what_cannot_be_undone_is_not_in_hand_before_a_second_person_agrees(house: House, measure: str) -> None:
    row = ordered(house, measure)
    assert (row.state, row.ordered_at) == ("proposed", None)
    with pytest.raises(MeasureStandsError):
        operations.confirm_measure(row.id, by=house.caller(*REVIEWER))
    with pytest.raises(errors.NeedsSecondPersonError):
        operations.approve_measure(row.id, by=house.caller(*REVIEWER))
    with pytest.raises(errors.NeedsSecondPersonError):
        operations.decline_measure(row.id, by=house.caller(*REVIEWER), reason="No.")
    assert state(row) == "proposed"
    operations.approve_measure(row.id, by=house.caller(*REVIEWER_2), note="Agreed.")
    found = Measure.objects.get(pk=row.pk)
    assert (found.state, found.approved_by_id) == ("ordered", house.caller(*REVIEWER_2).person_id)
    assert types(row) == ["measure.approved"]


@pytest.mark.invariant("I-06")
def test_a_second_person_may_disagree_and_it_is_never_in_hand(house: House) -> None:
    row = ordered(house, "terminate_account")
    operations.decline_measure(row.id, by=house.caller(*REVIEWER_2), reason="Too much.")
    for deed in (operations.confirm_measure, operations.approve_measure):
        with pytest.raises(MeasureStandsError):
            deed(row.id, by=house.caller(*REVIEWER_2))
    assert (state(row), types(row)) == ("declined", ["measure.declined"])


@pytest.mark.parametrize("by", [REVIEWER, REVIEWER_2, REPRESENTATIVE], ids="/".join)
@pytest.mark.invariant("I-03")
def test_the_platform_confirms_and_whoever_asked_is_told(house: House, by: tuple[str, str]) -> None:
    row = ordered(house)
    said = json.loads(operations.confirm_measure(row.id, by=house.caller(*by), note="Done.").body)
    assert (said["state"], state(row)) == ("confirmed", "confirmed")
    (event,) = Event.objects.filter(case=row.decision.notice_id, type="measure.confirmed")
    assert sorted(one.to for one in Outbox.objects.filter(event=event)) == ["party:kominfo", "party:telegram"]
    assert erasing.opened(event) == {"measure": row.id.encode(), "note": b"Done."}


def test_confirming_again_changes_nothing(house: House) -> None:
    row = ordered(house)
    for _ in range(2):
        operations.confirm_measure(row.id, by=house.caller(*REVIEWER))
    assert types(row) == ["measure.confirmed"]


def test_what_failed_may_still_succeed(house: House) -> None:
    row = ordered(house)
    operations.fail_measure(row.id, by=house.caller(*REPRESENTATIVE), reason="The system was down.")
    assert state(row) == "failed"
    operations.confirm_measure(row.id, by=house.caller(*REPRESENTATIVE))
    assert types(row) == ["measure.failed", "measure.confirmed"]


@pytest.mark.parametrize(
    ("by", "error"),
    [
        (OFFICER, NotPermittedError),
        (("kominfo", "approver"), NotPermittedError),
        (("bnpt", "officer"), NotPermittedError),
        (("mufakat", "admin"), NotPermittedError),
    ],
    ids=lambda one: "/".join(one) if isinstance(one, tuple) else "",
)
def test_nobody_else_confirms(house: House, by: tuple[str, str], error: type[Exception]) -> None:
    row = ordered(house)
    with pytest.raises(error):
        operations.confirm_measure(row.id, by=house.caller(*by))


def test_an_unknown_measure_is_not_there(house: House) -> None:
    for name in ("mea_" + "0" * 26, "", "dec_1", "mea_'"):
        with pytest.raises(NotFoundError):
            operations.confirm_measure(name, by=house.caller(*REVIEWER))


# -- Its time is over --------------------------------------------------------------------------------------------------


def in_days(many: int) -> datetime:
    return datetime.now(UTC) + timedelta(days=many)


def ending(house: House) -> Measure:
    return ordered(house, "suspend_account", ends_at=in_days(30).isoformat())


@pytest.mark.parametrize("confirmed", [True, False], ids=["confirmed", "ordered"])
def test_a_measure_ends_by_itself_and_is_undone_by_the_platform(house: House, *, confirmed: bool) -> None:
    row = ending(house)
    if confirmed:
        operations.confirm_measure(row.id, by=house.caller(*REVIEWER))
    assert measures.sweep(at=in_days(29)) == (0, False)
    assert measures.sweep(at=in_days(31)) == (1, False)
    assert measures.sweep(at=in_days(31)) == (0, False)
    assert state(row) == "reverting"
    operations.confirm_measure(row.id, by=house.caller(*REPRESENTATIVE), note="Reinstated.")
    found = Measure.objects.get(pk=row.pk)
    assert found.state == "reverted"
    assert found.reverted_at is not None
    assert types(row)[-2:] == ["measure.ended", "measure.reverted"]


@pytest.mark.invariant("I-08")
def test_what_is_said_of_carrying_it_out_is_not_taken_for_undoing_it(house: House) -> None:
    row, by = ending(house), house.caller(*REVIEWER)
    with pytest.raises(MeasureStandsError):
        operations.confirm_measure(row.id, by=by, undone=True)
    operations.confirm_measure(row.id, by=by, undone=False)
    measures.sweep(at=in_days(31))
    with pytest.raises(MeasureStandsError):
        operations.confirm_measure(row.id, by=by, undone=False)
    with pytest.raises(MeasureStandsError):
        operations.fail_measure(row.id, by=by, reason="It is offline.", undone=False)
    assert (state(row), types(row)[-1]) == ("reverting", "measure.ended")
    for _ in range(2):
        operations.confirm_measure(row.id, by=by, undone=True)
    assert state(row) == "reverted"


def test_what_could_not_be_undone_stays_on_the_list(house: House) -> None:
    row = ending(house)
    measures.sweep(at=in_days(31))
    operations.fail_measure(row.id, by=house.caller(*REVIEWER), reason="Not yet.")
    assert state(row) == "reverting"
    assert [one.id for one in queries.tasks_for(house.caller(*REVIEWER)).items] == [row.id]


def test_the_worker_ends_measures(house: House) -> None:
    row = ending(house)
    (part,) = [work.part for work in worker.PARTS if work.name == "measures_ended"]
    assert part(at=in_days(31)) == (1, False)
    assert state(row) == "reverting"


def test_what_was_proposed_or_failed_does_not_run_out(house: House) -> None:
    row = ending(house)
    operations.fail_measure(row.id, by=house.caller(*REVIEWER), reason="The system was down.")
    assert measures.sweep(at=in_days(31)) == (0, False)


def test_many_end_in_portions(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "PORTION", 2)
    items = [
        {"locator": 0, "measure": name, "ends_at": in_days(1).isoformat(), "territory": ["ID"]}
        for name in ("remove", "label", "demote", "geo_restrict", "warn")
    ]
    from tests.server.decisions.deciding import decide, taken

    decide(house, taken(house), items=items)
    assert measures.sweep(at=in_days(2)) == (5, False)
    assert Measure.objects.filter(state="reverting").count() == 5


# -- Undone, because the decision was reversed -------------------------------------------------------------------------


def reverse(whole: Whole) -> list[str]:
    def run(moment: Moment) -> list[str]:
        return operations.order_inverse([one.id for one in whole.measures], moment=moment)

    return door.commit(run)


def confirm(house: House, row: Measure) -> None:
    operations.confirm_measure(row.id, by=house.caller(*REVIEWER))


def nothing(house: House, row: Measure) -> None:
    del house, row


@pytest.mark.parametrize("before", [confirm, nothing], ids=["confirmed", "ordered"])
@pytest.mark.invariant("I-08")
def test_a_reversal_has_undone_what_is_in_hand_once(house: House, before: Callable[[House, Measure], None]) -> None:
    whole = acted(house)
    (row,) = whole.measures
    before(house, row)
    assert reverse(whole) == [row.id]
    assert reverse(whole) == []
    assert state(row) == "reverting"
    confirm(house, row)
    assert (state(row), reverse(whole)) == ("reverted", [])


@pytest.mark.invariant("I-08")
def test_a_reversal_lets_nothing_begin_that_waited(house: House) -> None:
    whole = acted(house, measure="close_channel")
    (row,) = whole.measures
    assert (reverse(whole), state(row)) == ([], "declined")
    with pytest.raises(MeasureStandsError):
        operations.approve_measure(row.id, by=house.caller(*REVIEWER_2))


# -- Said after the end ------------------------------------------------------------------------------------------------


@pytest.mark.invariant("I-09")
def test_what_is_said_after_the_erasure_is_erased_too(house: House) -> None:
    whole = acted(house)
    (row,) = whole.measures
    notice = whole.decision.notice_id

    def close(moment: Moment) -> None:
        Notice.objects.filter(pk=notice).update(state="closed", ended_at=moment.at)

    door.commit(close)
    erasure.erase(notice, classes=OF_A_NOTICE, reason="An order.")
    assert Notice.objects.get(pk=notice).erased_at is not None
    operations.confirm_measure(row.id, by=house.caller(*REVIEWER), note="A made-up word.")
    assert erasure.sweep(at=in_days(400)).erased == 1
    event = Event.objects.get(case=notice, type="measure.confirmed")
    assert erasing.opened(event)["note"] is None
    assert Notice.objects.get(pk=notice).erased_at is not None
