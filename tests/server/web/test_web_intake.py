"""Mails on the desk: who sees which, nothing alive on the page, and a notice only by a signed-in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.server.connectors.mailing import configured, letter
from tests.server.web.web_checks import complaints, fields, html

from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Role
from mufakat.server.connectors.mail import desk, intake
from mufakat.server.connectors.mail.addresses import Address, Kind
from mufakat.server.connectors.mail.models import Intake
from mufakat.server.journal import door
from mufakat.server.journal.models import Event
from mufakat.server.notices.models import Notice
from mufakat.server.parties import operations as parties, queries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mufakat.server.connectors.mail.configuration import Mail

SEATS = [
    ("kominfo", "officer"),
    ("kominfo", "approver"),
    ("bnpt", "officer"),
    ("telegram", "representative"),
    ("isp-a", "engineer"),
    ("auditor", "auditor"),
    ("mufakat", "admin"),
    ("mufakat", "officer"),
]


@pytest.fixture(autouse=True)
def mail() -> Iterator[Mail]:
    with configured() as made:
        yield made


@pytest.fixture
def came(house) -> str:
    return take(letter())


def take(raw: bytes, *, case: str = "", sender: str = "officer@kominfo.example") -> str:
    to = Address(Kind.THREAD, case) if case else Address(Kind.NOTICES, "telegram")
    found: str = door.writer().commit(intake.deed(raw, sender=sender, to=to)).id
    return found


def with_officer_of_the_house() -> None:
    house = queries.party_by_handle("mufakat")
    assert house.kind == PartyKind.HOUSE
    parties.enrol_person(house, role=Role.OFFICER, ordinal=1, email="officer@mufakat.example", name="Officer")


@pytest.mark.parametrize(
    ("seat", "status"),
    list(zip(SEATS, [200, 403, 404, 404, 403, 403, 403, 200], strict=True)),
    ids=lambda one: "/".join(one) if isinstance(one, tuple) else "",
)
def test_only_officers_of_the_house_and_of_the_domain_see_a_mail(house, browser_of, came, seat, status) -> None:
    with_officer_of_the_house()
    assert browser_of(*seat).get(f"/desk/intake/{came}").status_code == status


def test_a_mail_into_a_thread_is_seen_by_those_of_its_domain_who_may_write_messages(house, browser_of) -> None:
    notice = house.submit().subject
    author = "representative@telegram.example"
    came = take(letter(author=author), case=notice, sender=author)
    seen = {seat: browser_of(*seat).get(f"/desk/intake/{came}").status_code for seat in SEATS[:4]}
    assert list(seen.values()) == [404, 403, 404, 200]


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_pages_are_sound(house, browser_of, came, language) -> None:
    browser = browser_of("kominfo", "officer")
    pages = ["/desk/intake", "/desk/intake?state=set_aside", f"/desk/intake/{came}", f"/desk/send?mail={came}"]
    found = {each: complaints(browser.get(each, headers={"accept-language": language})) for each in pages}
    assert {each: wrong for each, wrong in found.items() if wrong} == {}


def test_nothing_of_a_hostile_mail_is_alive_on_the_page(house, browser_of) -> None:
    body = "<script>alert(1)</script> \u202e https://situs.example/a javascript:alert(1)\r\n"
    raw = letter(Subject="<img src=x onerror=alert(1)>", Content_Type="text/plain; charset=utf-8", body=body)
    page = browser_of("kominfo", "officer").get(f"/desk/intake/{take(raw)}")
    assert complaints(page) == []
    assert [one for one in ("<script>alert", "<img src=x", "\u202e", 'href="https://situs') if one in html(page)] == []


def test_looking_changes_nothing(house, browser_of, came) -> None:
    browser, before = browser_of("kominfo", "officer"), Event.objects.count()
    for address in ("", f"/{came}", f"/{came}/aside"):
        browser.get(f"/desk/intake{address}")
    browser.get(f"/desk/send?mail={came}")
    assert (Event.objects.count(), Intake.objects.get().state) == (before, "waiting")


def test_the_form_is_filled_from_the_mail_and_sending_it_makes_the_notice(house, browser_of, came) -> None:
    browser = browser_of("kominfo", "officer")
    page = html(browser.get(f"/desk/send?mail={came}"))
    assert ("examplechannel" in page, f'name="mail" value="{came}"' in page) == (True, True)
    assert browser.post("/desk/send", fields(mail=came)).status_code == 302
    [notice], row = Notice.objects.all(), Intake.objects.get()
    assert (row.state, row.notice, row.ended_by) == ("taken_up", notice.pk, "kominfo/officer")
    assert [one.type for one in Event.objects.filter(case=came).order_by("position")] == [
        "mail.received",
        "mail.taken_up",
    ]


def test_a_notice_about_abuse_of_children_takes_the_bytes_of_its_mail_with_it(house, browser_of, came) -> None:
    sent = browser_of("kominfo", "officer").post("/desk/send", fields(mail=came, category="child_sexual_abuse"))
    row = Intake.objects.get()
    assert (sent.status_code, row.state, row.raw, row.links) == (302, "taken_up", None, None)


def test_nobody_fills_a_form_with_anothers_mail_nor_ends_it(house, browser_of, came) -> None:
    browser = browser_of("bnpt", "officer")
    assert "examplechannel" not in html(browser.get(f"/desk/send?mail={came}"))
    assert browser.post("/desk/send", fields(mail=came)).status_code == 302
    assert browser.post(f"/desk/intake/{came}/aside", {"aside-text": "Not ours."}).status_code == 404
    assert Intake.objects.get().state == "waiting"


def test_a_mail_is_set_aside_with_a_reason_and_once(house, browser_of, came) -> None:
    browser = browser_of("kominfo", "officer")
    assert browser.post(f"/desk/intake/{came}/aside", {"aside-text": " "}).status_code == 422
    for _ in range(2):
        assert browser.post(f"/desk/intake/{came}/aside", {"aside-text": "Not ours."}).status_code == 302
    assert (Intake.objects.get().state, Event.objects.filter(type="mail.set_aside").count()) == ("set_aside", 1)


def test_a_domain_where_anybody_gets_an_address_is_nobodys(house) -> None:
    party = queries.party_by_handle("bnpt")
    parties.enrol_person(party, role=Role.OFFICER, ordinal=2, email="somebody@gmail.com", name="Somebody")
    for number, author in enumerate(("other@gmail.com", "somebody@gmail.com")):
        take(letter(author=author, Message_ID=f"<{number}@gmail.com>"), sender=author)
    assert list(Intake.objects.order_by("pk").values_list("claims", flat=True)) == ["", "bnpt"]


def test_the_list_costs_the_same_number_of_queries_however_long(house, browser_of) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser, counts = browser_of("kominfo", "officer"), []
    for number in range(desk.PAGE + 3):
        if number in {1, desk.PAGE + 2}:
            with CaptureQueriesContext(connection) as queries_made:
                assert browser.get("/desk/intake").status_code == 200
            counts.append(len(queries_made))
        take(letter(Message_ID=f"<{number}@kominfo.example>"))
    assert counts[0] == counts[1]
    assert 'rel="next"' in html(browser.get("/desk/intake"))


def test_a_mail_into_a_thread_becomes_a_message_by_a_signed_in_hand_and_once(house, browser_of) -> None:
    notice = house.submit().subject
    author = "representative@telegram.example"
    body = "We look at it today.\r\n\r\n> Sebuah pemberitahuan\r\n"
    came = take(letter(author=author, body=body), case=notice, sender=author)
    browser = browser_of("telegram", "representative")
    page = html(browser.get(f"/desk/intake/{came}"))
    assert ("We look at it today." in page, Event.objects.filter(type="message.sent").count()) == (True, 0)
    for _ in range(2):
        assert browser.post(f"/desk/intake/{came}/message", {"say-text": "We look at it today."}).status_code == 302
    [event] = Event.objects.filter(type="message.sent")
    assert (event.sender, event.case, Intake.objects.get().state) == ("telegram", notice, "taken_up")
