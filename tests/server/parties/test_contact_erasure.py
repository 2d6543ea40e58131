"""What is personal in contacts of the past goes after its period; leaves and what is in force stay."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.server.parties.contacting import DAY, events

from mufakat.rules.retention import RETENTION, Erasable
from mufakat.server.journal.models import Event, Opening
from mufakat.server.parties import contact_erasure, contacts, representatives
from mufakat.server.parties.models import ContactVersion

if TYPE_CHECKING:
    from tests.server.parties.contacting import Office

PERIOD = RETENTION[Erasable.CONTACTS].period
PERSONAL = ("name", "email", "phone", "postal_address", "mandate")


def erase(office: Office) -> int:
    return contact_erasure.sweep(at=office.at).done


def removed(office: Office) -> str:
    pk = str(office.add()["id"])
    office.later(DAY)
    representatives.remove(pk, reason="left the office", by=None)
    return pk


@pytest.mark.invariant("I-09")
@pytest.mark.parametrize(("step", "many"), [(-timedelta(seconds=1), 0), (timedelta(0), 1)])
def test_a_removed_contact_is_erased_when_its_period_has_passed(office: Office, step: timedelta, many: int) -> None:
    removed(office)
    office.later(PERIOD + step)
    assert erase(office) == many


@pytest.mark.invariant("I-09")
def test_nothing_personal_is_left_and_the_office_stays(office: Office) -> None:
    pk = removed(office)
    office.later(PERIOD)
    erase(office)
    row = ContactVersion.objects.get(contact=pk)
    assert ([getattr(row, name) for name in PERSONAL], row.organisation) == ([""] * 5, "Office of the example")


@pytest.mark.invariant("I-09")
def test_the_openings_go_and_the_leaves_stay(office: Office) -> None:
    pk = removed(office)
    before = list(Event.objects.filter(case=pk).values_list("leaf", "leaf_hash"))
    office.later(PERIOD)
    erase(office)
    after = list(Event.objects.filter(case=pk).exclude(type="contact.erased").values_list("leaf", "leaf_hash"))
    left = set(Opening.objects.filter(event__case=pk, erased_at=None).values_list("field", flat=True))
    assert (before == after, left & {"contact", "reason"}) == (True, set())


@pytest.mark.invariant("I-09")
def test_a_former_version_goes_and_the_one_in_force_stays(office: Office) -> None:
    pk = office.add()["id"]
    office.later(4 * DAY)
    office.change(pk, email="new@platform.example")
    office.later(PERIOD + 4 * DAY)
    erase(office)
    found = dict(ContactVersion.objects.filter(contact=pk).values_list("number", "email"))
    opened = list(
        Opening.objects.filter(event__case=pk, field="contact", erased_at=None).values_list("event__id", flat=True)
    )
    assert (found, len(opened)) == ({1: "", 2: "new@platform.example"}, 1)


@pytest.mark.invariant("I-03")
def test_an_erasure_is_one_event_and_happens_once(office: Office) -> None:
    pk = removed(office)
    office.later(PERIOD)
    erase(office)
    assert (erase(office), events(pk).count("contact.erased")) == (0, 1)


def test_an_erased_contact_can_be_asked_for_and_says_nothing(office: Office) -> None:
    pk = removed(office)
    office.later(PERIOD)
    erase(office)
    assert contacts.get(pk, at=office.at).email == ""
