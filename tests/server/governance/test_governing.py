"""Objectives, reviews and reports: what is set stands, what is held is kept, what is published balances."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.server.appeals.conftest import contest as contest  # noqa: PLC0414 - a fixture of theirs.
from tests.server.governance.counted import count

from mufakat.rules import conservation
from mufakat.rules.errors import BadGovernanceError, NotFoundError, NotNowError, NotPermittedError
from mufakat.rules.objective import Figure
from mufakat.server.governance import figures, governing, operations, reports
from mufakat.server.governance.models import HeldReview, Objective, Recorded
from mufakat.server.journal import door, queries as journal
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from tests.houses import House
    from tests.server.appeals.contesting import Contest

    from mufakat.server.journal.models import Event
    from mufakat.server.parties.queries import Caller

OBJECTIVE: dict[str, Any] = {
    "figure": "answered_in_time",
    "title": {"id": "Dijawab tepat waktu", "en": "Answered in time"},
    "at_least": 95,
    "owner": "reviewer",
    "every_days": 30,
}
REVIEW: dict[str, Any] = {
    "minutes": "A made-up review.",
    "present": ["representative", "reviewer"],
    "followups": [{"text": "Train one more reviewer.", "owner": "reviewer", "due_on": "2999-01-01"}],
}


def now() -> datetime:
    return datetime.now(UTC)


def today(days: int = 0) -> str:
    return (now() + timedelta(days=days)).date().isoformat()


@pytest.fixture
def platform(house: House) -> Caller:
    return house.caller("telegram", "representative")


def said(by: Caller) -> list[Event]:
    """What a party said of its governance: events of its own, in its channel to itself."""
    return [one for one in journal.events_of(by.party_id) if one.sender == one.recipient == by.handle]


def set_up(by: Caller, **changes: Any) -> dict[str, Any]:
    raw = json.dumps({**OBJECTIVE, **changes}).encode()
    made: dict[str, Any] = json.loads(operations.set_up(raw, by=by, at=now()).body)
    return made


def hold(by: Caller, **changes: Any) -> dict[str, Any]:
    told = {**REVIEW, "followups": [{**one, "due_on": today(7)} for one in REVIEW["followups"]], **changes}
    made: dict[str, Any] = json.loads(operations.hold(json.dumps(told).encode(), by=by, at=now()).body)
    return made


def pointers(found: BadGovernanceError) -> set[str]:
    return {fault.pointer for fault in found.faults}


def test_an_objective_stands_and_is_an_event_of_its_own(platform: Caller) -> None:
    made = set_up(platform)
    assert (made["area"], made["source"], made["state"]) == ("process", "counted", "no_figures")
    assert [one.type for one in said(platform)] == ["objective.set"]
    assert made["review_on"] == today(30)


def test_an_objective_of_the_same_figure_is_set_once_the_first_ended(platform: Caller) -> None:
    made = set_up(platform)
    with pytest.raises(NotNowError, match=made["id"]):
        set_up(platform, at_least=99)
    operations.end(made["id"], b'{"reason": "Another goal."}', by=platform)
    assert set_up(platform, at_least=99)["at_least"] == 99
    assert [one.type for one in said(platform)] == ["objective.set", "objective.ended", "objective.set"]


def test_an_objective_ends_once(platform: Caller) -> None:
    made = set_up(platform)
    operations.end(made["id"], b'{"reason": "Another goal."}', by=platform)
    with pytest.raises(NotNowError):
        operations.end(made["id"], b'{"reason": "Again."}', by=platform)


def test_nobody_owns_an_objective_from_an_empty_seat(platform: Caller) -> None:
    with pytest.raises(BadGovernanceError) as found:
        set_up(platform, owner="engineer-7")
    assert pointers(found.value) == {"/owner"}


def test_a_platform_is_not_measured_by_the_worth_of_notices(platform: Caller, house: House) -> None:
    with pytest.raises(BadGovernanceError) as found:
        set_up(platform, figure="notices_held")
    assert pointers(found.value) == {"/figure"}
    assert set_up(house.caller("kominfo", "officer"), figure="notices_held", owner="officer")["figure"]


@pytest.mark.invariant("I-10")
def test_a_stranger_finds_nothing_of_a_partys_governance(platform: Caller, house: House) -> None:
    made, held = set_up(platform), hold(platform)
    stranger = house.caller("kominfo", "officer")
    for ask in (
        lambda: governing.objective_for(stranger, made["id"]),
        lambda: governing.review_for(stranger, held["id"]),
        lambda: governing.followup_for(stranger, held["followups"][0]["id"]),
        lambda: operations.end(made["id"], b'{"reason": "Mine."}', by=stranger),
        lambda: operations.done(held["followups"][0]["id"], b'{"note": "Mine."}', by=stranger),
    ):
        with pytest.raises(NotFoundError):
            ask()
    assert (governing.aims_of(stranger, at=now()), governing.reviews_for(stranger).items) == ([], [])
    with pytest.raises(BadGovernanceError):
        hold(stranger, objectives=[made["id"]], present=["officer"], followups=[])


@pytest.mark.invariant("I-10")
@pytest.mark.parametrize("agreement", ["agr_00000000000000000000000000", "agr_x", "x"])
def test_an_objective_names_an_agreement_of_the_party_alone(platform: Caller, agreement: str) -> None:
    with pytest.raises(BadGovernanceError) as found:
        set_up(platform, agreement=agreement)
    assert pointers(found.value) == {"/agreement"}


def test_an_engineer_governs_nothing(house: House) -> None:
    with pytest.raises(NotPermittedError):
        set_up(house.caller("isp-a", "engineer"), owner="engineer")


def test_a_review_keeps_minutes_figures_and_what_it_decided(platform: Caller) -> None:
    made = set_up(platform)
    held = hold(platform)
    assert held["minutes"] == REVIEW["minutes"]
    assert [one["objective"] for one in held["figures"]["found"]] == [made["id"]]
    assert [one["text"] for one in held["followups"]] == ["Train one more reviewer."]
    event = said(platform)[-1]
    assert {one.field for one in event.openings.all()} == {"minutes", "figures", "followups"}
    assert b"made-up" not in bytes(event.leaf)


def test_a_review_moves_the_next_one_of_what_it_looked_at(platform: Caller) -> None:
    looked, left = set_up(platform, review_on=today(1)), set_up(platform, figure="drills_answered", review_on=today(1))
    hold(platform, objectives=[looked["id"]])
    found = {row.id: row.review_on.isoformat() for row in Objective.objects.all()}
    assert found == {looked["id"]: today(30), left["id"]: today(1)}


def test_what_a_review_writes_down_is_the_figure_from_then_on(platform: Caller) -> None:
    set_up(platform, figure="reviewers_trained", at_least=80)
    held = hold(platform, recorded=[{"figure": "reviewers_trained", "part": 9, "whole": 10}])
    assert [one["state"] for one in held["figures"]["found"]] == ["reached"]
    assert [aim.state for aim in governing.aims_of(platform, at=now())] == ["reached"]
    hold(platform, recorded=[{"figure": "reviewers_trained", "part": 1, "whole": 10}])
    aim = governing.aims_of(platform, at=now())[0]
    assert (aim.state, aim.trend.now.part, aim.trend.now.whole) == ("missed", 1, 10)


def test_a_follow_up_is_done_once_and_visibly(platform: Caller) -> None:
    held = hold(platform)
    followup = held["followups"][0]["id"]
    assert [one.row.id for one in governing.followups_for(platform).items] == [followup]
    done = json.loads(operations.done(followup, b'{"note": "Trained."}', by=platform).body)
    assert (done["note"], done["text"]) == ("Trained.", "Train one more reviewer.")
    assert governing.followups_for(platform).items == []
    with pytest.raises(NotNowError):
        operations.done(followup, b'{"note": "Again."}', by=platform)
    assert [one.type for one in said(platform)] == ["review.held", "followup.done"]


def test_not_measured_is_never_reached_or_missed(platform: Caller) -> None:
    made = set_up(platform, figure="shadow_results")
    assert (made["state"], made["share"]) == ("not_measured", None)


@pytest.mark.invariant("I-05")
def test_a_refusal_in_time_is_an_answer_in_time(contest: Contest) -> None:
    platform = contest.house.caller("telegram", "representative")
    set_up(platform)
    contest.decided("refuse")
    contest.decided("act_full")
    count()
    aim = governing.aims_of(platform, at=contest.at)[0]
    assert (aim.trend.now.part, aim.trend.now.whole) == (2, 2)


def test_drills_are_counted_by_the_month_in_which_they_were_sent(platform: Caller) -> None:
    found = figures.trends(platform.party_id, last=now().date())
    assert (found[Figure.DRILLS_ANSWERED].now.whole, len(found[Figure.DRILLS_ANSWERED].months)) == (0, 12)


@pytest.mark.invariant("I-11")
def test_a_report_balances_on_both_sides(contest: Contest) -> None:
    contest.decided("refuse")
    contest.decided("act_full")
    contest.notice()
    count()
    year, at = contest.at.year, contest.at
    asked = reports.of_year(contest.house.caller("kominfo", "officer"), year, at=at)
    answered = reports.of_year(contest.house.caller("telegram", "representative"), year, at=at)
    assert (asked.sent.received, asked.received.received) == (3, 0)
    assert asked.sent == answered.received
    assert conservation.balances(asked.sent)
    assert asked.sent.open == 1


def test_a_year_that_runs_is_looked_at_and_not_published(platform: Caller) -> None:
    with pytest.raises(NotNowError):
        reports.publish(now().year, by=platform, at=now())
    with pytest.raises(NotFoundError):
        reports.of_year(platform, now().year + 1, at=now())


@pytest.mark.invariant("I-12")
def test_a_published_report_stays_and_a_later_one_has_the_next_number(platform: Caller) -> None:
    year = now().year - 1
    first = json.loads(reports.publish(year, by=platform, at=now()).body)
    second = json.loads(reports.publish(year, by=platform, at=now()).body)
    assert (first["report"]["number"], second["report"]["number"]) == (1, 2)
    assert reports.published("telegram", year).report.number == 2
    assert reports.published("telegram", year, number=1).id == first["id"]
    assert [(one.party, one.year, one.number) for one in reports.listed()] == [("telegram", year, 2)]


@pytest.mark.parametrize("handle", ["kominfo", "nobody", "", "Telegram", "a" * 200])
def test_what_was_not_published_is_not_there(platform: Caller, handle: str) -> None:
    reports.publish(now().year - 1, by=platform, at=now())
    with pytest.raises(NotFoundError):
        reports.published(handle, now().year - 1)


@pytest.mark.parametrize("number", [-1, 0, 2, 40_000, 10**30])
def test_a_number_that_no_report_has_is_not_there(platform: Caller, number: int) -> None:
    reports.publish(now().year - 1, by=platform, at=now())
    with pytest.raises(NotFoundError):
        reports.published("telegram", now().year - 1, number=number)


@pytest.mark.parametrize("model", [HeldReview, Recorded])
@pytest.mark.parametrize("deed", ["update", "delete"])
def test_the_database_keeps_what_a_review_said(platform: Caller, model: Any, deed: str) -> None:
    hold(platform, recorded=[{"figure": "exposure_kept", "part": 1, "whole": 2}], followups=[])

    def run(moment: Any) -> None:
        del moment
        with transaction.atomic():
            rows = model.objects.all()
            if deed == "delete":
                rows.delete()
            else:
                rows.update(party=parties.party_by_handle("kominfo").id)

    with pytest.raises(IntegrityError):
        door.commit(run)


def test_the_database_refuses_two_objectives_of_a_figure(platform: Caller) -> None:
    row = Objective.objects.get(pk=set_up(platform)["id"])
    row.id, row.event = "obj_00000000000000000000000000", "evt_00000000000000000000000000"

    def run(moment: Any) -> None:
        del moment
        row.save(force_insert=True)

    with pytest.raises(IntegrityError):
        door.commit(run)


def test_how_many_queries_a_page_takes_does_not_depend_on_how_much_there_is(platform: Caller) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            governing.aims_of(platform, at=now())
            governing.reviews_for(platform)
            governing.followups_for(platform)
        return len(captured)

    set_up(platform)
    hold(platform)
    few = asked()
    for figure in ("drills_answered", "decisions_upheld", "exposure_kept"):
        set_up(platform, figure=figure)
        hold(platform)
    assert asked() == few


def test_days_of_another_century_do_not_break_the_months(house: House) -> None:
    del house
    assert figures.trends("pty_none", last=date(2000, 1, 31))[Figure.ANSWERED_IN_TIME].months[0].first == date(
        1999, 2, 1
    )
