"""What a ladder asks people to do lies on their desk until it is done, or nobody need do it any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.server.notices.ticking import Ticking, contact, events, said

from mufakat.rules.errors import NotFoundError, NotPermittedError
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Role
from mufakat.server.notices import operations, queries, tasks
from mufakat.server.notices.models import Task
from mufakat.server.parties import operations as people_of, representatives

if TYPE_CHECKING:
    from tests.houses import House


@pytest.fixture
def ticking(house: House) -> Ticking:
    made = Ticking(house, to="quiet")
    party = people_of.register_party("quiet", kind=PartyKind.PLATFORM, name="Quiet Platform", country="ID")
    people_of.enrol_person(party, role=Role.REVIEWER, ordinal=1, email="reviewer@quiet.example", name="A reviewer")
    return made


def called(ticking: Ticking, **changes: str) -> str:
    """A notice whose ladder asks the sender to call; its id."""
    contact("quiet", 1, senior=True, phone="+62 21 555 0100", name="Ibu Contoh")
    notice = str(ticking.submit(**changes).subject)
    ticking.live(minutes=5 * 60, every=30)
    return notice


def test_the_task_says_whom_to_call_by_office_name_and_number(ticking: Ticking) -> None:
    notice = called(ticking)
    (task,) = tasks.open_for(ticking.house.caller("kominfo", "officer"), at=ticking.at).items
    assert (task.notice, task.act, task.done_at) == (notice, "phone_task", None)
    assert task.call is not None
    assert (task.call.name, task.call.phone) == ("Ibu Contoh", "+62 21 555 0100")


@pytest.mark.invariant("I-18")
def test_nobody_is_asked_to_call_whoever_was_removed_since(ticking: Ticking) -> None:
    called(ticking)
    representatives.remove(str(Task.objects.get().contact), reason="Compromised.", by=None)
    (task,) = tasks.open_for(ticking.house.caller("kominfo", "officer"), at=ticking.at).items
    assert (task.act, task.call) == ("phone_task", None)


@pytest.mark.invariant("I-18")
def test_who_sent_a_mere_report_is_told_the_office_alone(ticking: Ticking) -> None:
    called(ticking, kind="user_report")
    (task,) = tasks.open_for(ticking.house.caller("kominfo", "officer"), at=ticking.at).items
    assert task.call is not None
    assert (task.call.organisation, task.call.name, task.call.phone) == ("Example Platform", None, None)


@pytest.mark.invariant("I-10")
def test_nobody_else_sees_the_task(ticking: Ticking) -> None:
    called(ticking)
    task = Task.objects.get()
    for party, seat in (("quiet", "reviewer"), ("bnpt", "officer")):
        stranger = ticking.house.caller(party, seat)
        assert tasks.open_for(stranger, at=ticking.at).items == []
        with pytest.raises(NotFoundError):
            tasks.done(task.pk, by=stranger)


def test_an_auditor_does_no_task(ticking: Ticking) -> None:
    called(ticking)
    with pytest.raises(NotPermittedError):
        tasks.done(Task.objects.get().pk, by=ticking.house.caller("auditor", "auditor"))


def test_done_is_one_event_with_its_note_that_the_party_alone_reads(ticking: Ticking) -> None:
    notice, officer = called(ticking), ticking.house.caller("kominfo", "officer")
    task = Task.objects.get()
    tasks.done(task.pk, by=officer, note="She calls back.")
    tasks.done(task.pk, by=officer, note="Once more.")
    (event,) = events(notice, "task.done")
    assert said(event) == {"step": "phone_task", "note": "She calls back."}
    assert tasks.open_for(officer, at=ticking.at).items == []
    other = ticking.house.caller("quiet", "reviewer")
    shown = queries.events_for(other, queries.get_for(other, notice))
    assert "task.done" not in {one.type for one in shown}


def test_what_is_not_done_after_all_is_open_again(ticking: Ticking) -> None:
    notice, officer = called(ticking), ticking.house.caller("kominfo", "officer")
    task = Task.objects.get()
    tasks.done(task.pk, by=officer)
    tasks.reopen(task.pk, by=officer, note="The wrong number.")
    assert [one.id for one in tasks.open_for(officer, at=ticking.at).items] == [task.pk]
    assert len(events(notice, "task.reopened")) == 1


def test_what_nobody_need_do_any_more_is_not_asked_for(ticking: Ticking) -> None:
    notice, officer = called(ticking), ticking.house.caller("kominfo", "officer")
    operations.acknowledge(notice, by=ticking.house.caller("quiet", "reviewer"))
    assert tasks.open_for(officer, at=ticking.at).items == []
    with pytest.raises(tasks.TaskOverError):
        tasks.done(Task.objects.get().pk, by=officer)


def test_many_tasks_come_a_page_at_a_time(ticking: Ticking) -> None:
    for number in range(5):
        ticking.submit(key=f"k{number}")
    ticking.wait(hours=1)
    officer = ticking.house.caller("kominfo", "officer")
    first = tasks.open_for(officer, at=ticking.at, size=3)
    rest = tasks.open_for(officer, at=ticking.at, size=3, after=first.next)
    assert (len(first.items), first.next) == (3, first.items[-1].id)
    assert {one.id for one in first.items} | {one.id for one in rest.items} == set(
        Task.objects.values_list("pk", flat=True)
    )
    assert rest.next is None
