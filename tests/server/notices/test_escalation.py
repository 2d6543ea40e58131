"""An ignored notice climbs its ladder by itself, step by step, each once; an answer ends the climb."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.server.notices.test_notices_operations import at_once
from tests.server.notices.ticking import START, Ticking, carried, contact, events, leaf, said, steps

from mufakat.rules import pace
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Role
from mufakat.server.journal import door
from mufakat.server.journal.models import Event
from mufakat.server.notices import clocks, escalation, operations, pauses
from mufakat.server.notices.models import Clock, Notice, Step, Task
from mufakat.server.parties import contacts, operations as people_of, queries as parties

if TYPE_CHECKING:
    from tests.houses import House

LADDER = [
    "reminder",
    "second_contact",
    "senior_contact",
    "phone_task",
    "unreachable",
    "notice_of_intended_block",
]
PLANNED = [1, 2, 3, 4, 6, 30]  # Hours after the start, as id-2017 says.


@pytest.fixture
def ticking(house: House) -> Ticking:
    made = Ticking(house, to="quiet")
    party = people_of.register_party("quiet", kind=PartyKind.PLATFORM, name="Quiet Platform", country="ID")
    people_of.enrol_person(party, role=Role.REVIEWER, ordinal=1, email="reviewer@quiet.example", name="A reviewer")
    return made


@pytest.fixture
def people(ticking: Ticking) -> list[str]:
    """The contacts of the platform: two, a senior one, and one that is there for the public."""
    return [
        contact("quiet", 1, phone="+62 21 555 0100"),
        contact("quiet", 2),
        contact("quiet", 3, senior=True, phone="+62 21 555 0199"),
        contact("quiet", 4, role="contact_for_users"),
    ]


def told(notice: str) -> list[set[str]]:
    return [carried(event) for event in events(notice, "escalation.climbed")]


def times(notice: str) -> list[datetime]:
    return [event.at for event in events(notice, "escalation.climbed")]


def test_an_ignored_notice_climbs_step_by_step_at_the_planned_times(ticking: Ticking, people: list[str]) -> None:
    notice = ticking.submit().subject
    ticking.live(minutes=31 * 60, every=10)
    assert steps(notice) == LADDER
    assert times(notice) == [START + timedelta(hours=hours) for hours in PLANNED]
    assert ticking.clock(notice).next_at is None


def test_each_step_tells_whom_it_is_for(ticking: Ticking, people: list[str]) -> None:
    first, second, senior, _ = people
    notice = ticking.submit().subject
    ticking.live(minutes=31 * 60, every=10)
    assert told(notice) == [
        {"party:quiet", f"contact:{first}"},
        {f"contact:{second}"},
        {f"contact:{senior}"},
        {"party:kominfo"},
        {"party:kominfo", "party:quiet"},
        {"party:kominfo"},
    ]


def test_a_step_names_its_contact_by_id_and_the_next_time(ticking: Ticking, people: list[str]) -> None:
    notice = ticking.submit().subject
    ticking.wait(hours=1)
    (event,) = events(notice, "escalation.climbed")
    assert leaf(event)["ref"][1:] == [people[0]]
    assert leaf(event)["due"] == "2040-01-02T04:00:00.000Z"
    assert said(event) == {"clock": "acknowledge_within", "step": "reminder"}


def test_an_acknowledgement_ends_the_climb(ticking: Ticking, people: list[str]) -> None:
    notice = ticking.submit().subject
    ticking.live(minutes=130)
    operations.acknowledge(notice, by=ticking.house.caller("quiet", "reviewer"))
    ticking.live(minutes=40 * 60, every=60)
    assert steps(notice) == LADDER[:2]
    assert ticking.clock(notice).next_at is None


def test_a_withdrawal_ends_the_climb(ticking: Ticking, people: list[str]) -> None:
    notice = ticking.submit().subject
    ticking.wait(hours=1)
    operations.withdraw(notice, by=ticking.house.caller("kominfo", "officer"), reason="A made-up one.")
    ticking.live(minutes=40 * 60, every=60)
    assert steps(notice) == LADDER[:1]


def test_the_ladder_without_contacts_goes_on_at_once_and_says_so(ticking: Ticking) -> None:
    notice = ticking.submit().subject
    ticking.wait(hours=1)
    assert steps(notice) == LADDER[:4]
    assert [said(event).get("missing") for event in events(notice, "escalation.climbed")] == ["no_contact"] * 3 + [None]
    assert told(notice)[0] == {"party:quiet", "party:kominfo"}
    assert ticking.clock(notice).next_at == START + timedelta(hours=6)


def test_a_single_contact_is_turned_to_once_then_the_phone(ticking: Ticking) -> None:
    only = contact("quiet", 1, senior=True)
    notice = ticking.submit().subject
    ticking.wait(hours=1)
    assert told(notice) == [{"party:quiet", f"contact:{only}"}]
    ticking.wait(hours=1)
    assert steps(notice) == LADDER[:4]


def test_a_contact_for_the_public_comes_last(ticking: Ticking) -> None:
    public = contact("quiet", 1, role="contact_for_users")
    office = contact("quiet", 2)
    notice = ticking.submit().subject
    ticking.live(minutes=130, every=10)
    assert [one for found in told(notice) for one in found if one.startswith("contact:")] == [
        f"contact:{office}",
        f"contact:{public}",
    ]


def test_the_phone_task_lies_on_the_senders_desk(ticking: Ticking, people: list[str]) -> None:
    notice = ticking.submit().subject
    ticking.live(minutes=5 * 60, every=10)
    task = Task.objects.get(notice=notice)
    kominfo = parties.party_by_handle("kominfo").id
    assert (task.party_id, task.act, task.contact, task.done_at) == (kominfo, "phone_task", people[2], None)


def test_a_proposal_is_a_task_for_people_and_nothing_else(ticking: Ticking, people: list[str]) -> None:
    notice = ticking.submit().subject
    ticking.live(minutes=31 * 60, every=30)
    task = Task.objects.get(notice=notice, act="propose")
    assert task.proposes == "notice_of_intended_block"
    assert Notice.objects.get(pk=notice).state == "received"


def test_what_a_user_reports_ends_at_the_mark_and_proposes_nothing(ticking: Ticking, people: list[str]) -> None:
    notice = ticking.submit(kind="user_report").subject
    ticking.live(minutes=31 * 60, every=30)
    taken = Step.objects.filter(clock__notice=notice).order_by("-rung").values_list("act", flat=True)
    assert taken[0] == "unreachable"
    assert not Clock.objects.filter(notice=notice, next_at__isnull=False).exists()


def test_an_answer_ends_the_open_tasks(ticking: Ticking, people: list[str]) -> None:
    notice = ticking.submit().subject
    ticking.live(minutes=5 * 60, every=10)
    operations.acknowledge(notice, by=ticking.house.caller("quiet", "reviewer"))
    assert Task.objects.get(notice=notice).ended_at == ticking.at


def test_the_marker_stands_from_the_step_until_somebody_answers(ticking: Ticking, people: list[str]) -> None:
    notice = ticking.submit().subject
    ticking.live(minutes=6 * 60, every=30)
    assert Notice.objects.get(pk=notice).unreachable_since == START + timedelta(hours=6)
    operations.acknowledge(notice, by=ticking.house.caller("quiet", "reviewer"))
    assert Notice.objects.get(pk=notice).unreachable_since is None


def test_sweeping_at_once_from_many_threads_takes_each_step_once(ticking: Ticking, people: list[str]) -> None:
    for number in range(6):
        ticking.submit(key=f"k{number}")
    ticking.at += timedelta(hours=1)
    done = at_once(*[lambda: escalation.sweep(at=ticking.at).done] * 8)
    assert sum(done) == 6
    assert Event.objects.filter(type="escalation.climbed").count() == Step.objects.count() == 6


def test_portions_are_commits_of_their_own(
    ticking: Ticking, people: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(escalation, "PORTION", 3)
    for number in range(8):
        ticking.submit(key=f"k{number}")
    before = ticking.house.writer.commits
    assert escalation.sweep(at=START + timedelta(hours=1)) == (8, False)
    assert ticking.house.writer.commits - before == 3


# -- A server that was away --------------------------------------------------------------------------------------------


def test_after_days_of_absence_the_steps_come_in_order_with_time_to_answer(ticking: Ticking, people: list[str]) -> None:
    notice = ticking.submit().subject
    ticking.wait(days=3)
    back = ticking.at
    assert steps(notice) == LADDER[:1]
    ticking.live(minutes=60)
    assert steps(notice) == LADDER[:4]
    assert times(notice) == [back + number * pace.GAP for number in range(4)]


def test_absence_does_not_bring_a_proposal_nearer(ticking: Ticking, people: list[str]) -> None:
    notice = ticking.submit().subject
    ticking.wait(days=3)
    ticking.live(minutes=40 * 60, every=5)
    assert steps(notice) == LADDER
    *_, phone, unreachable, proposal = times(notice)
    assert unreachable - phone == timedelta(hours=2)
    assert proposal - unreachable == timedelta(hours=24)


def test_a_clock_set_back_takes_no_step_twice(ticking: Ticking, people: list[str]) -> None:
    notice = ticking.submit().subject
    ticking.wait(hours=2, minutes=1)
    ticking.wait(hours=-2)
    ticking.wait(hours=2)
    assert steps(notice) == LADDER[:1]
    ticking.wait(minutes=15)
    assert steps(notice) == LADDER[:2]


def test_a_breach_and_a_step_of_the_same_minute_are_both_there_once(ticking: Ticking, people: list[str]) -> None:
    notice = ticking.submit().subject
    ticking.live(minutes=235, every=5)
    ticking.wait(minutes=6)
    assert [event.type for event in events(notice)][-2:] == ["clock.breached", "escalation.climbed"]
    assert steps(notice) == LADDER[:4]


def test_a_clock_of_before_ladders_begins_its_own_when_it_runs_out(ticking: Ticking, people: list[str]) -> None:
    notice = ticking.submit().subject
    door.commit(lambda _: Clock.objects.filter(notice=notice).update(next_at=None))
    ticking.wait(hours=5)
    assert steps(notice) == LADDER[:1]


# -- Haste -------------------------------------------------------------------------------------------------------------


def hasten(ticking: Ticking, whose: str, contact: str | None = None) -> int:
    return door.commit(lambda moment: escalation.hasten(whose, at=ticking.at, moment=moment, contact=contact))


def test_a_bounce_turns_to_the_next_contact_within_a_quarter_of_an_hour(ticking: Ticking, people: list[str]) -> None:
    notice = ticking.submit().subject
    ticking.wait(hours=1)
    assert hasten(ticking, notice) == 1
    ticking.live(minutes=15)
    assert steps(notice) == LADDER[:2]


def test_haste_twice_is_haste_once(ticking: Ticking, people: list[str]) -> None:
    notice = ticking.submit().subject
    assert [hasten(ticking, notice), hasten(ticking, notice)] == [1, 0]
    assert ticking.clock(notice).next_at == START + pace.HASTE


def test_time_itself_is_never_hastened(ticking: Ticking, people: list[str]) -> None:
    notice = ticking.submit().subject
    ticking.live(minutes=4 * 60, every=10)
    assert hasten(ticking, notice) == 0
    assert ticking.clock(notice).next_at == START + timedelta(hours=6)


def test_haste_for_a_party_reaches_its_open_notices_and_no_others(ticking: Ticking, people: list[str]) -> None:
    ours = [ticking.submit(key=f"k{number}").subject for number in range(3)]
    answered = ticking.submit(key="answered").subject
    operations.acknowledge(answered, by=ticking.house.caller("quiet", "reviewer"))
    other = ticking.submit(key="other", to="isp-a", kind="order").subject
    assert hasten(ticking, parties.party_by_handle("quiet").id) == 3
    assert {ticking.clock(notice).next_at for notice in ours} == {START + pace.HASTE}
    assert ticking.clock(other).next_at == START + timedelta(hours=1)


def test_haste_about_one_contact_reaches_the_ladders_that_told_it_and_nobody_else(
    ticking: Ticking, people: list[str]
) -> None:
    climbed = ticking.submit(key="k1").subject
    ticking.live(minutes=60)
    told_first = ticking.submit(key="k2").subject
    ticking.live(minutes=60)
    fresh = ticking.submit(key="k3").subject
    party = parties.party_by_handle("quiet").id
    planned = {notice: ticking.clock(notice).next_at for notice in (climbed, fresh)}
    assert hasten(ticking, party, contact=people[1]) == 0
    assert hasten(ticking, party, contact=people[0]) == 1
    assert ticking.clock(told_first).next_at == ticking.at + pace.HASTE
    assert {notice: ticking.clock(notice).next_at for notice in (climbed, fresh)} == planned


def test_a_contact_that_cannot_be_reached_is_passed_over(ticking: Ticking, people: list[str]) -> None:
    door.commit(lambda moment: contacts.mark_unreachable(people[0], moment=moment, because="mail_bounced"))
    notice = ticking.submit().subject
    ticking.wait(hours=1)
    assert told(notice) == [{"party:quiet", f"contact:{people[1]}"}]


def test_a_rest_makes_the_whole_ladder_later(ticking: Ticking, people: list[str]) -> None:
    notice, officer = ticking.submit().subject, ticking.house.caller("kominfo", "officer")
    ticking.wait(minutes=90)
    pauses.pause(notice, "acknowledge_within", by=officer, reason="A made-up one.")
    ticking.live(minutes=120, every=10)
    pauses.resume(notice, "acknowledge_within", by=officer, reason="A made-up one.")
    ticking.live(minutes=31 * 60, every=10)
    assert times(notice)[1:] == [START + timedelta(hours=hours + 2) for hours in PLANNED[1:]]


def test_the_next_step_due_is_known(ticking: Ticking) -> None:
    assert (clocks.next_due(), escalation.next_due()) == (None, None)
    notice = ticking.submit().subject
    assert clocks.next_due() == ticking.clock(notice).due_at
    assert escalation.next_due() == START + timedelta(hours=1)


def moved_to(profile: str, notice: str) -> None:
    door.commit(lambda _: Notice.objects.filter(pk=notice).update(profile=profile))


def test_a_notice_whose_profile_is_not_there_holds_up_nobody_else(
    ticking: Ticking, people: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for module in (clocks, escalation):
        monkeypatch.setattr(module, "PORTION", 2)
    strays = [str(ticking.submit(key=f"stray{number}").subject) for number in range(3)]
    for one in strays:
        moved_to("gone-1999", one)
    other = ticking.submit(key="other").subject
    ticking.live(minutes=5 * 60, every=30)
    assert steps(other) == LADDER[:4]
    assert len(events(other, "clock.breached")) == 1
    assert [len(events(one)) for one in strays] == [1, 1, 1]
    said = [record.__dict__["clock"] for record in caplog.records if record.message == "a clock is passed over"]
    assert sorted(said) == sorted(ticking.clock(one).pk for one in strays)
    for one in strays:
        moved_to("id-2017", one)
    ticking.live(minutes=120, every=30)
    assert {tuple(steps(one)) for one in strays} == {tuple(LADDER[:4])}
    assert [len(events(one, "clock.breached")) for one in strays] == [1, 1, 1]
