"""Contacts: what is new waits and is told to the old, what takes away acts at once, and every version is kept."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError
from tests.server.parties.contacting import DAY, HOUR, events, told

from mufakat.rules.contact import COOLING, BadContactError, Unreachable
from mufakat.rules.errors import BadReasonError, NotFoundError, NotPermittedError
from mufakat.server.journal import door
from mufakat.server.journal.models import Event, Opening
from mufakat.server.parties import contact_lists, contacts, queries, representatives
from mufakat.server.parties.models import ContactPoint, ContactVersion
from mufakat.server.runtime import example

if TYPE_CHECKING:
    from tests.server.parties.contacting import Office


def settled(office: Office, role: str = "narahubung", **changes: Any) -> str:
    """A contact that has been in force for four days, so that nothing begins at once any more."""
    pk = str(office.add(role, **changes)["id"])
    office.later(4 * DAY)
    return pk


def in_order(office: Office) -> list[str]:
    return [one.id for one in contacts.in_order(office.party.id, at=office.at)]


# -- What waits


def test_the_first_contact_of_a_party_is_in_force_at_once_and_not_verified(office: Office) -> None:
    made = office.add()
    assert (made["state"], made["in_force"]["verified_at"]) == ("in_force", None)


def test_the_first_of_each_role_begins_at_once_while_the_contacts_are_set_up(office: Office) -> None:
    states = [office.add(role)["state"] for role in ("narahubung", "legal_representative", "contact_for_users")]
    assert states == ["in_force"] * 3


def test_a_second_contact_of_a_role_waits_three_days(office: Office) -> None:
    office.add()
    made = office.add()
    assert (made["state"], contacts.get(made["id"], at=office.at).id) == ("waiting", made["id"])


def test_a_contact_of_a_new_role_waits_once_three_days_have_passed(office: Office) -> None:
    settled(office)
    assert office.add("legal_representative")["state"] == "waiting"


def test_a_contact_of_a_new_role_waits_once_somebody_answered_a_drill(office: Office) -> None:
    pk = office.add()["id"]
    office.sweep()
    office.answer(pk)
    assert office.add("legal_representative")["state"] == "waiting"


def test_a_role_whose_only_contact_was_removed_begins_anew_by_waiting(office: Office) -> None:
    pk = office.add()["id"]
    representatives.remove(pk, reason="stolen", by=None)
    assert office.add()["state"] == "waiting"


def test_a_change_waits_and_the_old_words_hold_until_then(office: Office) -> None:
    pk = settled(office)
    office.change(pk, email="new@platform.example")
    assert contacts.get(pk, at=office.at).email == "person@platform.example"


@pytest.mark.parametrize(("step", "email"), [(-timedelta(milliseconds=1), "person"), (timedelta(0), "new")])
def test_a_change_comes_into_force_after_72_hours(office: Office, step: timedelta, email: str) -> None:
    pk = settled(office)
    set_at = office.at
    office.change(pk, email="new@platform.example")
    assert contacts.get(pk, at=set_at + COOLING + step).email == f"{email}@platform.example"


def test_a_change_may_ask_to_wait_longer(office: Office) -> None:
    pk = settled(office)
    later = (office.at + 10 * DAY).isoformat()
    office.change(pk, email="new@platform.example", valid_from=later)
    assert contacts.get(pk, at=office.at + 9 * DAY).email == "person@platform.example"


def test_a_change_cannot_ask_to_wait_less(office: Office) -> None:
    pk = settled(office)
    office.change(pk, email="new@platform.example", valid_from=office.at.isoformat())
    assert contacts.get(pk, at=office.at + 2 * DAY).email == "person@platform.example"


def test_the_database_itself_refuses_a_contact_that_does_not_wait(office: Office) -> None:
    pk = settled(office)
    office.change(pk, email="new@platform.example")
    row = ContactVersion.objects.get(contact=pk, number=2)

    def hurry(moment: object) -> None:
        del moment
        ContactVersion.objects.filter(pk=row.pk).update(valid_from=row.set_at + COOLING - HOUR)

    with pytest.raises(IntegrityError, match="contact_waits_unless_it_is_the_first"):
        door.commit(hurry)


def test_the_database_itself_refuses_a_second_first_of_a_role(office: Office) -> None:
    pk = settled(office)
    office.change(pk)

    def hurry(moment: object) -> None:
        del moment
        ContactVersion.objects.filter(contact=pk, number=2).update(first=True)

    with pytest.raises(IntegrityError):
        door.commit(hurry)


def test_every_version_is_kept(office: Office) -> None:
    pk = settled(office)
    for number in (2, 3):
        office.change(pk, email=f"v{number}@platform.example")
        office.later(4 * DAY)
    found = ContactVersion.objects.filter(contact=pk).order_by("number").values_list("email", flat=True)
    assert list(found) == ["person@platform.example", "v2@platform.example", "v3@platform.example"]


def test_a_change_gives_way_to_a_newer_one(office: Office) -> None:
    pk = settled(office)
    office.change(pk, email="second@platform.example")
    office.later(DAY)
    office.change(pk, email="third@platform.example")
    later = office.at + COOLING
    found = [contacts.get(pk, at=at).email.split("@")[0] for at in (later - HOUR, later)]
    assert found == ["person", "third"]


def test_a_contact_ends_on_its_last_day(office: Office) -> None:
    pk = settled(office, valid_to=(office.at + 10 * DAY).isoformat())
    before = in_order(office)
    office.later(10 * DAY)
    assert (before, in_order(office)) == ([pk], [])


# -- Who is told


def test_every_old_contact_is_told_of_a_new_one(office: Office) -> None:
    pk = settled(office)
    made = office.add()["id"]
    assert told(made, "contact.set") == {f"contact:{pk}", "party:isp-a"}


def test_the_old_address_is_told_of_a_change(office: Office) -> None:
    pk = settled(office)
    office.change(pk, email="thief@elsewhere.example")
    assert (told(pk, "contact.set"), contacts.get(pk, at=office.at).email) == (
        {f"contact:{pk}", "party:isp-a"},
        "person@platform.example",
    )


def test_whoever_is_removed_is_told_and_the_others_too(office: Office) -> None:
    first = office.add()["id"]
    second = office.add("legal_representative")["id"]
    representatives.remove(first, reason="left the office", by=None)
    assert told(first, "contact.removed") == {f"contact:{first}", f"contact:{second}", "party:isp-a"}


def test_a_removed_contact_can_still_be_written_to(office: Office) -> None:
    pk = office.add()["id"]
    office.later(HOUR)
    representatives.remove(pk, reason="left the office", by=None)
    assert contacts.get(pk, at=office.later(HOUR)).email == "person@platform.example"


# -- What takes away


def test_a_compromised_contact_is_gone_at_once(office: Office) -> None:
    pk = settled(office)
    representatives.remove(pk, reason="stolen phone", by=office.representative)
    assert in_order(office) == []


def test_removing_again_is_no_second_event(office: Office) -> None:
    pk = settled(office)
    for _ in range(2):
        representatives.remove(pk, reason="stolen phone", by=None)
    assert events(pk).count("contact.removed") == 1


def test_a_removal_needs_a_reason(office: Office) -> None:
    pk = settled(office)
    with pytest.raises(BadReasonError):
        representatives.remove(pk, reason=" ", by=None)


def test_a_waiting_change_is_taken_back_at_once_and_the_old_words_go_on(office: Office) -> None:
    pk = settled(office)
    office.change(pk, email="thief@elsewhere.example")
    office.later(DAY)
    representatives.withdraw(pk, by=office.representative)
    assert contacts.get(pk, at=office.later(30 * DAY)).email == "person@platform.example"


def test_taking_a_change_back_leaves_the_last_day_that_was_asked_for(office: Office) -> None:
    end = office.at + 20 * DAY
    pk = settled(office, valid_to=end.isoformat())
    office.change(pk)
    representatives.withdraw(pk, by=None)
    assert ContactVersion.objects.get(contact=pk, number=1).until == end


def test_where_nothing_waits_nothing_is_taken_back(office: Office) -> None:
    pk = settled(office)
    with pytest.raises(representatives.NothingWaitsError):
        representatives.withdraw(pk, by=None)


def test_a_removed_contact_is_not_changed(office: Office) -> None:
    pk = settled(office)
    representatives.remove(pk, reason="stolen phone", by=None)
    with pytest.raises(representatives.GoneError):
        office.change(pk)


# -- Who may


def test_a_representative_sets_the_contacts_of_its_party(office: Office) -> None:
    assert office.add(by=office.representative)["state"] == "in_force"


@pytest.mark.parametrize("seat", [("kominfo", "officer"), ("isp-a", "engineer"), ("telegram", "reviewer")])
def test_no_other_seat_sets_them(office: Office, seat: tuple[str, str]) -> None:
    by = queries.caller_by_seat(*seat)
    with pytest.raises(NotPermittedError):
        office.add(by=by)


@pytest.mark.invariant("I-10")
def test_another_partys_contacts_are_not_there(office: Office) -> None:
    pk = office.add()["id"]
    other = queries.caller_by_seat("telegram", "representative")
    for deed in (
        lambda: office.change(pk, by=other),
        lambda: representatives.remove(pk, reason="x", by=other),
        lambda: representatives.withdraw(pk, by=other),
    ):
        with pytest.raises(NotFoundError):
            deed()
    assert events(pk) == ["contact.set"]


def test_fifty_contacts_are_enough(office: Office) -> None:
    for _ in range(representatives.LARGEST):
        office.add()
    with pytest.raises(representatives.TooManyContactsError):
        office.add()


# -- Events


@pytest.mark.invariant("I-03")
def test_every_deed_is_one_event(office: Office) -> None:
    pk = settled(office)
    office.change(pk)
    representatives.withdraw(pk, by=None)
    representatives.remove(pk, reason="left", by=None)
    assert events(pk) == ["contact.set", "contact.set", "contact.withdrawn", "contact.removed"]


def test_a_leaf_holds_nothing_that_was_typed(office: Office) -> None:
    typed: dict[str, Any] = {
        "name": "Canary",
        "email": "canary@canary.example",
        "mandate": "canary",
        "organisation": "Canary office",
    }
    pk = office.add(**typed)["id"]
    representatives.remove(pk, reason="canary", by=None)
    leaves = b"".join(bytes(raw) for raw in Event.objects.filter(case=pk).values_list("leaf", flat=True))
    assert b"canary" not in leaves.lower()


def test_the_leaf_commits_to_the_card(office: Office) -> None:
    pk = office.add()["id"]
    opening = Opening.objects.get(event__case=pk, field="contact")
    assert json.loads(bytes(opening.value or b""))["email"] == "person@platform.example"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"name": None}, "/name"),
        ({"name": "a\nb"}, "/name"),
        ({"name": "\u202eabc"}, "/name"),
        ({"name": "  "}, "/name"),
        ({"email": "nobody"}, "/email"),
        ({"email": "a@b"}, "/email"),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, "/email"),
        ({"phone": "5550100"}, "/phone"),
        ({"country": "XX"}, "/country"),
        ({"time_zone": "Mars/Base"}, "/time_zone"),
        ({"time_zone": None}, "/time_zone"),
        ({"languages": []}, "/languages"),
        ({"languages": ["id", "id"]}, "/languages"),
        ({"languages": ["Bahasa Indonesia"]}, "/languages/0"),
        ({"mandate_sha256": "xyz"}, "/mandate_sha256"),
        ({"rank": 0}, "/rank"),
        ({"rank": "1"}, "/rank"),
        ({"rank": True}, "/rank"),
        ({"senior": "yes"}, "/senior"),
        ({"valid_from": "2026-01-01T00:00:00"}, "/valid_from"),
        ({"valid_from": "2026-99-01T00:00:00Z"}, "/valid_from"),
        ({"valid_from": "9999-12-31T23:59:59Z"}, "/valid_from"),
        ({"valid_from": "9999-12-31T23:59:59-12:00", "valid_to": "9999-12-31T23:59:59-13:00"}, "/valid_from"),
        ({"valid_to": "0001-01-01T00:00:00+14:00"}, "/valid_to"),
        ({"valid_to": "2001-01-01T00:00:00Z"}, "/valid_to"),
        ({"unknown": 1}, "/unknown"),
    ],
)
def test_a_card_that_cannot_be_used_is_refused_with_the_place(
    office: Office, changes: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(BadContactError) as caught:
        office.add(**changes)
    assert (pointer in {fault.pointer for fault in caught.value.faults}, in_order(office)) == (True, [])


@pytest.mark.parametrize("raw", [b"", b"[]", b"\xff", b'{"role": "narahubung", "role": "narahubung"}', b"[" * 9000])
def test_what_is_no_card_is_refused(office: Office, raw: bytes) -> None:
    with pytest.raises(BadContactError):
        representatives.add(office.party, raw, by=None, at=office.at)


# -- The order and the marker


def test_contacts_stand_by_rank(office: Office) -> None:
    ids = [office.add(role, rank=rank)["id"] for role, rank in (("narahubung", 2), ("legal_representative", 1))]
    assert in_order(office) == list(reversed(ids))


@pytest.mark.invariant("I-03")
def test_an_unreachable_contact_stands_last_and_the_marker_is_one_event(office: Office) -> None:
    first, second = office.add()["id"], office.add("legal_representative", rank=2)["id"]
    for _ in range(2):
        door.commit(lambda moment: contacts.mark_unreachable(first, moment=moment, because=Unreachable.MAIL_BOUNCED))
    assert (in_order(office), events(first).count("contact.unreachable")) == ([second, first], 1)


def test_the_marker_is_taken_off(office: Office) -> None:
    pk = office.add()["id"]
    door.commit(lambda moment: contacts.mark_unreachable(pk, moment=moment, because=Unreachable.NO_ANSWER))
    door.commit(lambda moment: contacts.mark_reachable(pk, moment=moment))
    found = contacts.get(pk, at=office.at).unreachable_since
    assert (found, events(pk)[-2:]) == (None, ["contact.unreachable", "contact.reachable"])


def test_a_contact_that_is_not_in_force_is_not_marked(office: Office) -> None:
    pk = office.add()["id"]
    representatives.remove(pk, reason="left", by=None)
    marked = door.commit(lambda moment: contacts.mark_unreachable(pk, moment=moment, because=Unreachable.NO_ANSWER))
    assert marked is False


def test_a_change_begins_without_the_marker_of_the_former_words(office: Office) -> None:
    pk = settled(office)
    door.commit(lambda moment: contacts.mark_unreachable(pk, moment=moment, because=Unreachable.MAIL_BOUNCED))
    office.change(pk, email="new@platform.example")
    office.later(4 * DAY)
    assert contacts.get(pk, at=office.at).unreachable_since is None


@pytest.mark.parametrize("text", ["", "ctc_x", "ntc_0" + "0" * 25, "ctc_" + "0" * 26, "\x00"])
def test_who_is_no_contact_is_not_found(office: Office, text: str) -> None:
    with pytest.raises(NotFoundError):
        contacts.get(text, at=office.at)


# -- The example


def test_the_example_has_two_contacts_and_a_senior_one_for_the_platform(office: Office) -> None:
    telegram = queries.party_by_handle("telegram")
    found = contacts.in_order(telegram.id, at=office.at)
    assert [one.senior for one in found] == [False, False, True]


def test_loading_the_example_again_adds_no_contact(office: Office) -> None:
    del office
    before = ContactPoint.objects.count(), Event.objects.count()
    example.load_contacts()
    assert (ContactPoint.objects.count(), Event.objects.count()) == before


def test_a_partys_own_list_names_who_waits_last(office: Office) -> None:
    first, second = settled(office), office.add()["id"]
    found = contact_lists.own(office.party.id, at=office.at)
    assert [(one.id, one.state) for one in found] == [(first, "in_force"), (second, "waiting")]
