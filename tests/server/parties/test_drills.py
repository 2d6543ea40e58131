"""Drills: a message that a person must answer; silence marks the contact, and the next in order is tried."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.houses import body
from tests.server.parties.contacting import DAY, HOUR, events, told

from mufakat.rules.contact import DRILLS
from mufakat.rules.errors import NotFoundError, NotPermittedError, RefusedError
from mufakat.server.journal.models import Event
from mufakat.server.notices import operations as notices
from mufakat.server.parties import contacts, drills, queries, representatives
from mufakat.server.parties.models import Drill

if TYPE_CHECKING:
    from tests.server.parties.contacting import Office


@pytest.fixture(autouse=True)
def quiet(office: Office) -> None:
    """The example's own contacts are tried and answer, so that what a test sees is its own."""
    office.sweep()
    for row in Drill.objects.filter(answered_at=None):
        drills.answer(row.code)


def three(office: Office) -> list[str]:
    roles = ("narahubung", "contact_for_authorities", "legal_representative")
    return [str(office.add(role, rank=rank)["id"]) for rank, role in enumerate(roles, 1)]


def sent(contact: str) -> list[str]:
    return list(Drill.objects.filter(contact=contact).order_by("id").values_list("because", flat=True))


# -- When


def test_a_contact_is_tried_as_soon_as_it_is_in_force(office: Office) -> None:
    pk = office.add()["id"]
    office.sweep()
    assert (sent(pk), told(pk, "drill.sent")) == (["new"], {f"contact:{pk}"})


def test_a_change_is_tried_when_it_comes_into_force(office: Office) -> None:
    pk = office.add()["id"]
    office.sweep()
    office.answer(pk)
    office.change(pk, email="new@platform.example")
    office.later(2 * DAY)
    office.sweep()
    before = len(sent(pk))
    office.later(2 * DAY)
    office.sweep()
    assert (before, sent(pk)) == (1, ["new", "new"])


@pytest.mark.parametrize(("step", "many"), [(-timedelta(seconds=1), 1), (timedelta(0), 2)])
def test_a_contact_is_tried_every_thirty_days(office: Office, step: timedelta, many: int) -> None:
    pk = office.add()["id"]
    office.sweep()
    office.answer(pk)
    office.later(DRILLS.every + step)
    office.sweep()
    assert len(sent(pk)) == many


def test_a_party_chooses_its_period(office: Office) -> None:
    pk = office.add()["id"]
    drills.plan(office.party, 7, by=office.representative)
    office.sweep()
    office.answer(pk)
    office.later(7 * DAY)
    office.sweep()
    assert sent(pk) == ["new", "scheduled"]


@pytest.mark.parametrize("days", [0, -1, 366, 10**9])
def test_a_period_that_is_none_is_refused(office: Office, days: int) -> None:
    with pytest.raises(RefusedError):
        drills.plan(office.party, days, by=None)


def test_the_same_period_again_is_no_event(office: Office) -> None:
    for _ in range(2):
        drills.plan(office.party, 7, by=None)
    assert events(office.party.id).count("drill.planned") == 1


def test_somebody_asks_for_a_drill_now(office: Office) -> None:
    pk = office.add()["id"]
    office.sweep()
    office.answer(pk)
    drills.send(pk, by=office.representative)
    assert sent(pk) == ["new", "asked"]


def test_one_drill_at_a_time(office: Office) -> None:
    pk = office.add()["id"]
    drills.send(pk, by=None)
    with pytest.raises(drills.DrillOpenError):
        drills.send(pk, by=None)
    office.sweep()
    assert sent(pk) == ["asked"]


def test_who_waits_is_not_tried(office: Office) -> None:
    office.add()
    waiting = office.add()["id"]
    with pytest.raises(drills.NotInForceError):
        drills.send(waiting, by=None)


def test_sweeping_again_sends_nothing_twice(office: Office) -> None:
    pk = office.add()["id"]
    for _ in range(3):
        office.sweep()
    assert events(pk).count("drill.sent") == 1


# -- Answers


@pytest.mark.invariant("I-03")
def test_an_answer_verifies_the_contact(office: Office) -> None:
    pk = office.add()["id"]
    office.sweep()
    office.later(HOUR)
    office.answer(pk)
    found = contacts.get(pk, at=office.at).verified_at
    assert (found is not None, events(pk)) == (
        True,
        ["contact.set", "drill.sent", "drill.answered", "contact.verified"],
    )


def test_answering_again_changes_nothing(office: Office) -> None:
    pk = office.add()["id"]
    office.sweep()
    office.answer(pk)
    before = Event.objects.count()
    office.answer(pk)
    assert Event.objects.count() == before


def test_looking_at_a_drill_changes_nothing(office: Office) -> None:
    pk = office.add()["id"]
    office.sweep()
    before = Event.objects.count()
    drills.asked(office.drill_of(pk).code)
    assert (Event.objects.count(), office.drill_of(pk).answered_at) == (before, None)


@pytest.mark.parametrize("code", ["", "x", "0" * 26, "\x00" * 26, "é" * 26, "A" * 26, "0" * 5000])
def test_another_code_opens_nothing(office: Office, code: str) -> None:
    del office
    with pytest.raises(NotFoundError):
        drills.answer(code)


def test_codes_are_not_guessed(office: Office) -> None:
    three(office)
    office.sweep()
    codes = list(Drill.objects.values_list("code", flat=True))
    assert (len(set(codes)), {len(code) for code in codes}) == (len(codes), {26})


def test_a_seat_of_the_party_answers_at_the_desk(office: Office) -> None:
    pk = office.add()["id"]
    office.sweep()
    drills.answer_at_desk(office.drill_of(pk).id, by=queries.caller_by_seat("isp-a", "engineer"))
    assert office.drill_of(pk).answered_at is not None


@pytest.mark.invariant("I-10")
def test_nobody_answers_for_another_party(office: Office) -> None:
    pk = office.add()["id"]
    office.sweep()
    with pytest.raises(NotFoundError):
        drills.answer_at_desk(office.drill_of(pk).id, by=queries.caller_by_seat("telegram", "representative"))


def test_an_auditor_answers_for_nobody(office: Office) -> None:
    pk = office.add()["id"]
    office.sweep()
    with pytest.raises(NotPermittedError):
        drills.answer_at_desk(office.drill_of(pk).id, by=queries.caller_by_seat("auditor", "auditor"))


def test_an_engineer_sends_none(office: Office) -> None:
    pk = office.add()["id"]
    with pytest.raises(NotPermittedError):
        drills.send(pk, by=queries.caller_by_seat("isp-a", "engineer"))


def test_the_code_of_a_drill_acknowledges_no_notice(office: Office) -> None:
    by = queries.caller_by_seat("kominfo", "officer")
    notice = notices.submit(body(to="isp-a", kind="user_report"), by=by, at=office.at, key="k1").subject
    pk = office.add()["id"]
    office.sweep()
    office.answer(pk)
    code = office.drill_of(pk).code
    with pytest.raises(NotFoundError):
        notices.acknowledge(code, by=queries.caller_by_seat("isp-a", "representative"))
    assert events(notice) == ["notice.received"]


# -- Silence


@pytest.mark.parametrize(("step", "marked"), [(-timedelta(seconds=1), False), (timedelta(0), True)])
def test_silence_of_a_day_marks_the_contact(office: Office, step: timedelta, *, marked: bool) -> None:
    pk = office.add()["id"]
    office.sweep()
    office.later(DRILLS.answer_within + step)
    office.sweep()
    assert (contacts.get(pk, at=office.at).unreachable_since is not None) is marked


def test_the_party_is_told_of_the_silence(office: Office) -> None:
    pk = office.add()["id"]
    office.sweep()
    office.later(DAY)
    office.sweep()
    assert (told(pk, "drill.missed"), told(pk, "contact.unreachable")) == ({"party:isp-a"}, {"party:isp-a"})


def test_the_next_in_order_is_tried_at_once(office: Office) -> None:
    first, second, third = three(office)
    office.sweep()
    for pk in (first, second, third):
        office.answer(pk)
    office.later(HOUR)
    drills.send(first, by=None)
    office.later(DAY)
    office.sweep()
    order = [one.id for one in contacts.in_order(office.party.id, at=office.at)]
    assert (sent(second), sent(third), order) == (["new", "turn"], ["new"], [second, third, first])


def test_whoever_is_tried_already_is_not_tried_twice_for_a_turn(office: Office) -> None:
    first, second, _ = three(office)
    office.sweep()
    office.answer(second)
    office.later(DAY)
    office.sweep()
    assert (contacts.get(first, at=office.at).unreachable_since is not None, sent(second)) == (True, ["new"])


def test_where_nobody_answers_all_are_marked_and_it_ends(office: Office) -> None:
    ids = three(office)
    for _ in range(5):
        office.sweep()
        office.later(DAY)
    found = contacts.in_order(office.party.id, at=office.at)
    assert ([one.unreachable_since is not None for one in found], [len(sent(pk)) for pk in ids]) == (
        [True] * 3,
        [1] * 3,
    )


def test_where_nothing_goes_by_mail_nobody_is_tried_and_silence_marks_nobody(office: Office) -> None:
    asked, other = office.add()["id"], office.add("legal_representative", rank=2)["id"]
    drills.send(asked, by=None)
    for _ in range(3):
        while drills.sweep(at=office.later(2 * DAY), carried=False).more:
            pass
    assert (sent(asked), sent(other), contacts.get(asked, at=office.at).unreachable_since) == (["asked"], [], None)
    assert (office.drill_of(asked).void_at is not None, "drill.missed" in events(asked)) == (True, False)


def test_whoever_was_never_tried_is_tried_as_soon_as_mail_goes_out(office: Office) -> None:
    pk = office.add()["id"]
    drills.sweep(at=office.later(9 * DAY), carried=False)
    office.sweep()
    assert sent(pk) == ["new"]


def test_a_late_answer_makes_reachable_and_the_miss_stays(office: Office) -> None:
    pk = office.add()["id"]
    office.sweep()
    office.later(2 * DAY)
    office.sweep()
    office.answer(pk)
    row = office.drill_of(pk)
    found = contacts.get(pk, at=office.at)
    assert (found.unreachable_since, row.missed_at is not None, row.answered_at is not None) == (None, True, True)


def test_an_old_drill_answers_nothing_once_another_followed(office: Office) -> None:
    pk = office.add()["id"]
    office.sweep()
    old = office.drill_of(pk).code
    office.later(2 * DAY)
    office.sweep()
    drills.send(pk, by=None)
    with pytest.raises(drills.DrillOverError):
        drills.answer(old)


def test_an_answer_for_former_words_says_nothing_of_the_new_ones(office: Office) -> None:
    pk = office.add()["id"]
    office.later(4 * DAY)
    office.change(pk, email="new@platform.example")
    office.later(71 * HOUR)
    office.sweep()
    code = office.drill_of(pk).code
    office.later(2 * HOUR)
    with pytest.raises(drills.DrillOverError):
        drills.answer(code)


def test_silence_to_former_words_marks_nobody(office: Office) -> None:
    pk = office.add()["id"]
    office.later(4 * DAY)
    office.change(pk, email="new@platform.example")
    office.later(71 * HOUR)
    office.sweep()
    office.later(DAY)
    office.sweep()
    assert (contacts.get(pk, at=office.at).unreachable_since, sent(pk)) == (None, ["new", "new"])


def test_a_removed_contact_is_not_tried_and_its_code_opens_nothing(office: Office) -> None:
    pk = office.add()["id"]
    office.sweep()
    code = office.drill_of(pk).code
    representatives.remove(pk, reason="left", by=None)
    office.later(40 * DAY)
    office.sweep()
    with pytest.raises(drills.DrillOverError):
        drills.answer(code)
    assert (sent(pk), "drill.missed" in events(pk)) == (["new"], False)


def test_a_change_that_was_taken_back_is_not_tried(office: Office) -> None:
    pk = office.add()["id"]
    office.sweep()
    office.answer(pk)
    office.change(pk, email="thief@elsewhere.example")
    representatives.withdraw(pk, by=None)
    office.later(5 * DAY)
    office.sweep()
    assert sent(pk) == ["new"]


def test_a_hundred_contacts_are_tried_once_each(office: Office) -> None:
    ids = [office.add()["id"] for _ in range(representatives.LARGEST)]
    office.later(4 * DAY)
    first = drills.sweep(at=office.at)
    office.sweep()
    assert (first.done <= drills.PORTION, {len(sent(pk)) for pk in ids}) == (True, {1})


def test_the_carrier_finds_what_to_write(office: Office) -> None:
    pk = office.add()["id"]
    office.sweep()
    event = Event.objects.filter(case=pk, type="drill.sent").get()
    found = drills.asked_by(event.id)
    assert found is not None
    assert (found.contact, found.code, found.party) == (pk, office.drill_of(pk).code, "ISP A (example)")
