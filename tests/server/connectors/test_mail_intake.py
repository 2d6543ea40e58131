"""Mails that come in: durable before "250", once, receipted, and never authority."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from tests.houses import body
from tests.server.connectors.mailing import DOMAIN, letter, listening, lmtp

from mufakat import locator
from mufakat.proof import receipt
from mufakat.server.connectors.mail import addresses, desk, intake, keeping
from mufakat.server.connectors.mail.addresses import Address, Kind
from mufakat.server.connectors.mail.models import Intake, Reply
from mufakat.server.journal import door, queries as events
from mufakat.server.journal.models import Event, Opening
from mufakat.server.notices.models import Notice


def take(raw: bytes, *, sender: str = "officer@kominfo.example", to: str = "") -> intake.Taken:
    done: intake.Taken = door.writer().commit(intake.deed(raw, sender=sender, to=Address(Kind.NOTICES, to)))
    return done


def test_a_mail_is_durable_with_its_bytes_links_and_receipt_once_it_was_accepted(house) -> None:
    with listening() as port:
        said = lmtp(port, letter())
    [row] = Intake.objects.all()
    assert said == f"250 2.0.0 Taken as {row.pk}"
    found = locator.parse("https://t.me/examplechannel/12")
    assert isinstance(found, locator.Locator)
    assert (bytes(row.raw or b""), row.links, row.claims) == (letter(), [found.canonical], "kominfo")
    custody = events.custody_of([row.pk])[row.pk]
    assert receipt.Custody.parse(custody.partition("\n\n")[0] + "\n").notice == row.pk
    [event] = Event.objects.filter(case=row.pk)
    assert bytes(Opening.objects.get(event=event).value or b"") == hashlib.sha256(letter()).digest()


def test_the_same_mail_twice_is_one_mail_with_the_same_receipt(house) -> None:
    first = take(letter())
    again = take(b"Received: from elsewhere.example\r\n" + letter())
    assert (again.id, again.receipt, again.repeated) == (first.id, first.receipt, True)
    assert (Intake.objects.count(), Event.objects.filter(type="mail.received").count()) == (1, 1)


def test_another_mail_under_the_same_message_id_is_another_mail(house) -> None:
    assert take(letter()).id != take(letter(body="Something else.")).id


def test_the_same_mail_at_the_same_time_is_taken_once(house) -> None:
    with listening() as port, ThreadPoolExecutor(8) as pool:
        said = {answer.split()[-1] for answer in pool.map(lambda _: lmtp(port, letter()), range(16))}
    assert (len(said), Intake.objects.count()) == (1, 1)


def test_a_mail_is_never_a_notice(house) -> None:
    take(letter(to=f"notices+telegram@{DOMAIN}"), to="telegram")
    assert (Notice.objects.count(), Intake.objects.get().to) == (0, "telegram")


@pytest.mark.parametrize(
    "to",
    [
        "somebody@elsewhere.example",
        f"somebody@{DOMAIN}",
        f"bounce+dlv_01jd8v9r1ze8k3n7p5s2a4b6d9.aaaaaaaaaaaaaaaa@{DOMAIN}",
        f"thread+ntc_01jd8v9r1ze8k3n7p5s2a4b6d9@{DOMAIN}",
        f"notices+@{DOMAIN}",
    ],
)
def test_what_is_no_address_of_ours_is_refused_for_good(house, to) -> None:
    with listening() as port:
        assert lmtp(port, letter(), to=to).startswith("550 5.1.1")
    assert Intake.objects.count() == 0


def test_each_recipient_gets_an_answer_of_its_own(house) -> None:
    import smtplib

    with listening() as port, smtplib.LMTP("127.0.0.1", port) as client:
        client.ehlo()
        client.mail("officer@kominfo.example")
        client.rcpt(f"notices+telegram@{DOMAIN}")
        client.rcpt(f"notices@{DOMAIN}")
        first = client.data(letter())
        second = client.getreply()
    assert (first[0], second[0], first[1] != second[1]) == (250, 250, True)


def test_lines_of_any_length_are_taken(house) -> None:
    with listening() as port:
        assert lmtp(port, letter(body="a" * 500_000 + "\r\n")).startswith("250")


@pytest.mark.parametrize(
    ("fields", "sender", "answered", "state"),
    [
        ({}, "officer@kominfo.example", 1, "waiting"),
        ({}, "somebody@elsewhere.example", 0, "waiting"),  # The envelope names another: no receipt to a stranger.
        ({"Auto_Submitted": "auto-replied"}, "officer@kominfo.example", 0, "automatic"),
        ({"Precedence": "bulk"}, "officer@kominfo.example", 0, "automatic"),
        ({}, "", 0, "automatic"),
    ],
)
def test_a_person_is_answered_and_a_machine_is_not(house, fields, sender, answered, state) -> None:
    take(letter(**fields), sender=sender)
    assert (Reply.objects.count(), Intake.objects.get().state) == (answered, state)


def test_one_address_is_answered_only_so_often(house) -> None:
    for number in range(intake.ANSWERS_AN_HOUR + 3):
        take(letter(Message_ID=f"<{number}@kominfo.example>"))
    assert Reply.objects.count() == intake.ANSWERS_AN_HOUR


def test_capitals_make_no_other_address_that_is_answered(house) -> None:
    for number in range(intake.ANSWERS_AN_HOUR + 3):
        sender = "".join(
            char.upper() if number >> at & 1 else char for at, char in enumerate("officer@kominfo.example")
        )
        take(letter(Message_ID=f"<{number}@kominfo.example>", author=sender), sender=sender)
    assert Reply.objects.count() == intake.ANSWERS_AN_HOUR


def test_a_mail_to_the_address_of_a_thread_names_its_notice(house) -> None:
    notice = house.submit().subject
    with listening() as port:
        lmtp(port, letter(), to=addresses.made(Kind.THREAD, notice))
    assert Intake.objects.get().case == notice


@pytest.mark.parametrize("category", ["child_sexual_abuse", "terrorism"])
@pytest.mark.parametrize("end", ["say", "set_aside"])
def test_of_a_mail_into_the_thread_about_abuse_of_children_no_bytes_are_kept(house, category, end) -> None:
    notice, author = house.submit(body(category=category)).subject, "representative@telegram.example"
    to = Address(Kind.THREAD, notice)
    taken = door.writer().commit(intake.deed(letter(author=author), sender=author, to=to))
    by = house.caller("telegram", "representative")
    if end == "say":
        desk.say(taken.id, text="It is gone.", by=by)
    else:
        desk.set_aside(taken.id, reason="Not ours.", by=by)
    row = Intake.objects.get()
    kept = category == "terrorism"
    assert ([row.raw is not None, row.links is not None, row.author is not None], row.ended_at is not None) == (
        [kept] * 3,
        True,
    )


def test_what_is_personal_goes_after_its_period_and_the_event_stays(house) -> None:
    taken = take(letter())
    leaf = bytes(Event.objects.get(case=taken.id).leaf)
    done = keeping.sweep(at=datetime.now(UTC) + timedelta(days=366))
    row = Intake.objects.get()
    assert (done.erased, row.raw, row.author, row.subject, row.links) == (1, None, None, None, None)
    assert Reply.objects.get().address is None
    assert [one.type for one in Event.objects.filter(case=taken.id).order_by("position")] == [
        "mail.received",
        "mail.erased",
    ]
    assert bytes(Event.objects.filter(case=taken.id).order_by("position")[0].leaf) == leaf
    assert take(letter()).repeated  # Known, although nothing of it is left.


def test_a_mail_from_nobody_is_a_machines(house) -> None:
    with listening() as port:
        lmtp(port, letter(), sender="")
    row = Intake.objects.get()
    assert (row.envelope, row.state, row.automatic) == ("", "automatic", "bounce")
