"""Contacts at the desk, the page of a drill, and who can be reached at another party."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.server.api.doors import rows
from tests.server.web.web_checks import complaints, html, read

from mufakat.rules.permissions import Role
from mufakat.rules.publicity import Standing
from mufakat.server.connectors import registry
from mufakat.server.journal import door
from mufakat.server.notices import counterparties
from mufakat.server.parties import contacts, drills, operations, queries, representatives
from mufakat.server.parties.models import ContactPoint, ContactVersion, Drill

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

    from mufakat.server.journal.work import Moment

    Browser = Callable[[str, str], Client]

CONTACTS = "/desk/contacts/"
FIELDS: dict[str, Any] = {
    "key": "page-" + "c" * 32,
    "role": "contact_for_users",
    "name": "Wulan Contoh",
    "organisation": "Telegram (example)",
    "country": "ID",
    "email": "wulan@telegram.example",
    "phone": "+62 21 5550 0104",
    "postal_address": "Jalan Contoh 1\r\nJakarta",
    "languages": ["id", "en"],
    "hours": "Mon-Fri 08:00-17:00",
    "time_zone": "Asia/Jakarta",
    "rank": "4",
    "mandate": "",
    "mandate_sha256": "",
    "valid_from": "",
    "valid_to": "",
}


def first(handle: str = "telegram") -> str:
    party = queries.party_by_handle(handle)
    return str(ContactPoint.objects.filter(party=party).order_by("id")[0].id)


def tried(contact: str) -> Drill:
    drills.send(contact, by=None)
    return Drill.objects.get(contact=contact)


def fields(**changes: Any) -> dict[str, Any]:
    return {**FIELDS, **changes}


# -- Our contacts


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize(
    "seat", [("telegram", "representative"), ("telegram", "reviewer"), ("isp-a", "engineer"), ("mufakat", "admin")]
)
def test_the_list_is_sound_for_every_seat(
    house: House, browser_of: Browser, seat: tuple[str, str], language: str
) -> None:
    tried(first())
    representatives.change(first(), changed(), by=None, at=queries.party_by_handle("telegram").registered_at)
    assert complaints(browser_of(*seat).get(CONTACTS, headers={"accept-language": language})) == []


def changed() -> bytes:
    return (
        b'{"name": "New Contoh", "organisation": "Telegram (example)", "country": "ID", '
        b'"email": "new@telegram.example", "languages": ["id"]}'
    )


def test_the_contacts_stand_in_the_order_of_turns(house: House, browser_of: Browser) -> None:
    page = html(browser_of("telegram", "reviewer").get(CONTACTS))
    places = [page.index(name) for name in ("Sari Contoh", "Budi Contoh", "Ratna Contoh")]
    assert places == sorted(places)


def test_a_party_without_contacts_is_told_what_that_means(house: House, browser_of: Browser) -> None:
    page = html(browser_of("isp-a", "engineer").get(CONTACTS))
    assert "Your party has no contact yet." in page
    assert "A representative or an administrator of your party adds contacts." in page


def test_a_seat_that_may_not_manage_is_offered_nothing_to_manage(house: House, browser_of: Browser) -> None:
    links = read(browser_of("telegram", "reviewer").get(CONTACTS)).links
    assert not any(link.startswith("/desk/contacts/ctc_") or link.endswith("/add") for link in links)


@pytest.mark.parametrize("path", ["add", "{contact}/change", "{contact}/remove"])
@pytest.mark.parametrize("language", ["en", "id"])
def test_the_forms_are_sound(house: House, browser_of: Browser, path: str, language: str) -> None:
    address = CONTACTS + path.format(contact=first())
    assert (
        complaints(browser_of("telegram", "representative").get(address, headers={"accept-language": language})) == []
    )


def test_a_contact_is_added_once_by_two_clicks(house: House, browser_of: Browser) -> None:
    browser = browser_of("telegram", "representative")
    answers = [browser.post(f"{CONTACTS}add", fields()) for _ in range(2)]
    many = ContactVersion.objects.filter(email="wulan@telegram.example").count()
    assert ([one.status_code for one in answers], many) == ([302, 302], 1)


def test_a_form_that_is_refused_keeps_what_was_typed_and_names_every_field(house: House, browser_of: Browser) -> None:
    browser = browser_of("telegram", "representative")
    before = rows()
    response = browser.post(f"{CONTACTS}add", fields(email="nobody", time_zone="Mars/Base", role=""))
    page = html(response)
    assert (response.status_code, rows() == before, complaints(response)) == (422, True, [])
    assert all(f'href="#field-{name}"' in page for name in ("email", "time_zone", "role"))
    assert "Wulan Contoh" in page


def test_a_change_waits_and_can_be_taken_back(house: House, browser_of: Browser) -> None:
    browser = browser_of("telegram", "representative")
    contact = first()
    sent = fields(email="new@telegram.example")
    del sent["role"]
    browser.post(f"{CONTACTS}{contact}/change", sent)
    waits = html(browser.get(CONTACTS))
    browser.post(f"{CONTACTS}{contact}/withdraw")
    after = html(browser.get(CONTACTS))
    assert ["new@telegram.example" in page for page in (waits, after)] == [True, False]


def test_the_form_of_a_change_holds_what_stands_now(house: House, browser_of: Browser) -> None:
    page = html(browser_of("telegram", "representative").get(f"{CONTACTS}{first()}/change"))
    assert 'value="sari@telegram.example"' in page


def test_opening_the_page_of_a_removal_removes_nothing(house: House, browser_of: Browser) -> None:
    before = rows()
    browser_of("telegram", "representative").get(f"{CONTACTS}{first()}/remove")
    assert rows() == before


def test_a_removal_needs_a_reason_and_then_acts(house: House, browser_of: Browser) -> None:
    browser = browser_of("telegram", "representative")
    contact = first()
    refused = browser.post(f"{CONTACTS}{contact}/remove", {"text": " "})
    done = browser.post(f"{CONTACTS}{contact}/remove", {"text": "Left the office."})
    removed = ContactPoint.objects.get(pk=contact).removed_at is not None
    assert (refused.status_code, done.status_code, removed) == (422, 302, True)


def test_removing_the_last_one_is_warned_of(house: House, browser_of: Browser) -> None:
    browser = browser_of("telegram", "representative")
    warning = "This is the last contact of your party in force."
    several = html(browser.get(f"{CONTACTS}{first()}/remove"))
    telegram = queries.party_by_handle("telegram")
    for point in ContactPoint.objects.filter(party=telegram).exclude(pk=first()):
        representatives.remove(point.id, reason="left", by=None)
    assert (warning in several, warning in html(browser.get(f"{CONTACTS}{first()}/remove"))) == (False, True)


@pytest.mark.parametrize("path", ["withdraw", "drill"])
def test_opening_the_address_of_a_deed_does_nothing(house: House, browser_of: Browser, path: str) -> None:
    before = rows()
    status = browser_of("telegram", "representative").get(f"{CONTACTS}{first()}/{path}").status_code
    assert (status, rows() == before) == (405, True)


@pytest.mark.parametrize(("days", "every"), [("7", 7), ("0", 30), ("x", 30), ("9" * 400, 30), ("", 30)])
def test_the_period_is_chosen_at_the_desk(house: House, browser_of: Browser, days: str, every: int) -> None:
    browser_of("telegram", "representative").post(f"{CONTACTS}plan", {"days": days})
    assert drills.terms_of(queries.party_by_handle("telegram").id).every.days == every


@pytest.mark.invariant("I-10")
@pytest.mark.parametrize("path", ["change", "remove", "drill", "withdraw"])
def test_another_partys_contact_is_not_there(house: House, browser_of: Browser, path: str) -> None:
    before = rows()
    answer = browser_of("telegram", "representative").post(f"{CONTACTS}{first('kominfo')}/{path}", {"text": "x"})
    assert (answer.status_code, rows() == before) == (404, True)


@pytest.mark.parametrize(
    "path", ["add", "{contact}/change", "{contact}/remove", "{contact}/drill", "{contact}/withdraw"]
)
def test_a_reviewer_manages_nothing(house: House, browser_of: Browser, path: str) -> None:
    before = rows()
    address = CONTACTS + path.format(contact=first())
    assert (browser_of("telegram", "reviewer").post(address, fields(text="x")).status_code, rows() == before) == (
        403,
        True,
    )


# -- Drills


def test_a_drill_is_sent_and_answered_at_the_desk(house: House, browser_of: Browser) -> None:
    contact = first()
    browser_of("telegram", "representative").post(f"{CONTACTS}{contact}/drill")
    reviewer = browser_of("telegram", "reviewer")
    told = "1 test message waits for an answer of your party." in html(reviewer.get("/desk/"))
    reviewer.post(f"/desk/drills/{Drill.objects.get().id}/answer")
    assert (told, Drill.objects.get().answered_at is not None) == (True, True)


@pytest.mark.parametrize("mails", [True, False])
@pytest.mark.parametrize("language", ["en", "id"])
def test_whoever_asks_for_a_drill_is_told_whether_a_letter_goes_out(
    house: House, browser_of: Browser, monkeypatch: pytest.MonkeyPatch, language: str, *, mails: bool
) -> None:
    monkeypatch.setattr(registry, "has_mail", lambda: mails)
    browser = browser_of("telegram", "representative")
    response = browser.post(f"{CONTACTS}{first()}/drill", follow=True, headers={"accept-language": language})
    going, staying = {
        "en": ("The test message is on its way.", "No letter goes out"),
        "id": ("Pesan uji sedang dikirim.", "Tidak ada surat yang dikirim"),
    }[language]
    page = html(response)
    assert (going in page, staying in page, complaints(response)) == (mails, not mails, [])


def test_the_desk_shows_no_code_of_a_drill(house: House, browser_of: Browser) -> None:
    code = tried(first()).code
    browser = browser_of("telegram", "representative")
    assert not any(code in html(browser.get(address)) for address in ("/desk/", CONTACTS))


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_page_of_a_drill_is_sound_and_open_to_everybody(house: House, language: str) -> None:
    response = Client().get(f"/drill/{tried(first()).code}", headers={"accept-language": language})
    assert (response.status_code, complaints(response)) == (200, [])


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_whoever_only_opens_the_page_of_a_drill_changes_nothing(house: House, method: str) -> None:
    drill = tried(first())
    before = rows()
    getattr(Client(), method)(f"/drill/{drill.code}")
    assert (rows() == before, Drill.objects.get().answered_at) == (True, None)


def test_the_button_answers(house: House) -> None:
    drill = tried(first())
    browser = Client()
    response = browser.post(f"/drill/{drill.code}", follow=True)
    found = contacts.get(first()).verified_at is not None
    assert ("Answered. Thank you" in html(response), found, complaints(response)) == (True, True, [])


def test_the_button_needs_the_form_of_this_site(house: House) -> None:
    drill = tried(first())
    status = Client(enforce_csrf_checks=True).post(f"/drill/{drill.code}").status_code
    assert (status, Drill.objects.get().answered_at) == (403, None)


def test_a_second_click_is_thanked_too(house: House) -> None:
    drill = tried(first())
    pages = [html(Client().post(f"/drill/{drill.code}", follow=True)) for _ in range(2)]
    assert all("Answered. Thank you" in page for page in pages)


@pytest.mark.parametrize("code", ["x", "0" * 26, "a-b", "_", "0" * 300])
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_code_is_not_found(house: House, code: str, method: str) -> None:
    assert getattr(Client(), method)(f"/drill/{code}").status_code == 404


def test_a_drill_of_the_past_says_so(house: House) -> None:
    drill = tried(first())
    representatives.remove(first(), reason="left", by=None)
    response = Client().post(f"/drill/{drill.code}", follow=True)
    assert ("This test message is of the past" in html(response), complaints(response)) == (True, [])


@pytest.mark.parametrize("language", ["en", "id"])
def test_a_missed_drill_that_another_followed_is_refused_in_words(house: House, language: str) -> None:
    old = tried(first())
    door.commit(lambda moment: Drill.objects.filter(pk=old.pk).update(missed_at=moment.at))
    drills.send(first(), by=None)
    response = Client().post(f"/drill/{old.code}", headers={"accept-language": language})
    words = {"en": "or tried again since", "id": "atau diuji lagi"}[language]
    assert (response.status_code, words in html(response), complaints(response)) == (409, True, [])
    assert (response["Cache-Control"], response["X-Robots-Tag"]) == ("private, no-store", "noindex")


@pytest.mark.invariant("I-18")
def test_the_page_of_a_drill_names_no_person(house: House) -> None:
    page = html(Client().get(f"/drill/{tried(first()).code}"))
    assert not any(word in page for word in ("Sari", "sari@", "5550 0101", "ctc_"))


# -- Another party


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("handle", ["telegram", "kominfo", "isp-a"])
def test_the_page_of_a_party_is_sound(house: House, browser_of: Browser, handle: str, language: str) -> None:
    house.submit()
    response = browser_of("kominfo", "officer").get(f"/desk/parties/{handle}", headers={"accept-language": language})
    assert (response.status_code, complaints(response)) == (200, [])


@pytest.mark.invariant("I-18")
@pytest.mark.parametrize(
    ("seat", "named"), [(("kominfo", "officer"), True), (("isp-a", "engineer"), False), (("auditor", "auditor"), False)]
)
def test_counterparties_alone_see_whom_to_call(
    house: House, browser_of: Browser, seat: tuple[str, str], *, named: bool
) -> None:
    house.submit()
    page = html(browser_of(*seat).get("/desk/parties/telegram"))
    assert (["Sari Contoh" in page, "5550 0101" in page], "narahubung" in page) == ([named, named], True)


@pytest.mark.invariant("I-18")
@pytest.mark.parametrize(("handle", "named"), [("telegram", False), ("kominfo", True)])
def test_a_seat_for_people_and_keys_sees_the_contacts_of_its_own_party_alone(
    house: House, browser_of: Browser, handle: str, *, named: bool
) -> None:
    party = queries.party_by_handle("kominfo")
    operations.enrol_person(party, role=Role.ADMIN, ordinal=1, email="admin@kominfo.example", name="An administrator")
    house.submit()
    page = html(browser_of("kominfo", "admin").get(f"/desk/parties/{handle}"))
    assert (contacts.get(first(handle)).name in page, "narahubung" in page) == (named, True)


def test_whoever_holds_a_mandate_is_known_without_a_look_at_the_notices(house: House) -> None:
    house.submit()
    officer, telegram = house.caller("kominfo", "officer"), queries.party_by_handle("telegram")
    with CaptureQueriesContext(connection) as found:
        assert counterparties.standing(officer, telegram, at=datetime.now(UTC)) is Standing.COUNTERPARTY
    assert not [one for one in found.captured_queries if "notices_notice" in one["sql"]]


def lost(contact: str, moment: Moment) -> bool:
    return contacts.mark_unreachable(contact, moment=moment, because="drill_missed")


def test_both_sides_see_that_nobody_can_be_reached(house: House, browser_of: Browser) -> None:
    notice = house.submit().subject
    telegram = queries.party_by_handle("telegram")
    for point in ContactPoint.objects.filter(party=telegram):
        door.commit(partial(lost, point.id))
    officer = browser_of("kominfo", "officer")
    theirs = [html(officer.get(address)) for address in ("/desk/parties/telegram", f"/desk/notices/{notice}")]
    ours = html(browser_of("telegram", "reviewer").get(CONTACTS))
    assert all("Nobody there answered the last test message." in page for page in theirs)
    assert "Nobody of your party can be reached just now." in ours


def test_the_page_of_a_notice_says_whom_to_call(house: House, browser_of: Browser) -> None:
    notice = house.submit().subject
    page = html(browser_of("kominfo", "officer").get(f"/desk/notices/{notice}"))
    assert ("Sari Contoh" in page, "/desk/parties/telegram" in page) == (True, True)


def test_an_unknown_party_is_not_found(house: House, browser_of: Browser) -> None:
    assert browser_of("kominfo", "officer").get("/desk/parties/nobody").status_code == 404


def test_a_contact_is_foreign_text_and_never_lives(house: House, browser_of: Browser) -> None:
    house.submit()
    raw = changed().replace(b"New Contoh", b"<script>alert(1)</script>").replace(b"new@", b"a+b@")
    telegram = queries.party_by_handle("telegram")
    representatives.add(
        telegram,
        b'{"role": "contact_for_users", ' + raw[1:],
        by=None,
        at=telegram.registered_at,
    )
    seats = (("kominfo", "officer", "/desk/parties/telegram"), ("telegram", "reviewer", CONTACTS))
    for handle, seat, address in seats:
        response = browser_of(handle, seat).get(address)
        assert ("<script>alert" in html(response), "alert(1)" in html(response), complaints(response)) == (
            False,
            True,
            [],
        )


@pytest.mark.parametrize(("seat", "address"), [("reviewer", CONTACTS), ("reviewer", "/desk/parties/kominfo")])
def test_more_contacts_ask_the_database_no_more_often(
    house: House, browser_of: Browser, seat: str, address: str
) -> None:
    house.submit()
    browser = browser_of("telegram", seat)

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert browser.get(address).status_code == 200
        return len(found)

    asked()
    before = asked()
    for handle in ("telegram", "kominfo"):
        party = queries.party_by_handle(handle)
        for _ in range(8):
            pk = representatives.add(
                party, b'{"role": "narahubung", ' + changed()[1:], by=None, at=party.registered_at
            ).subject
            assert pk
    assert asked() == before
