"""What mail servers say: reports by the book, and in free words."""

import pytest
from hypothesis import given, strategies as st

from mufakat.formats import dsn
from mufakat.formats.dsn import Says


def report(action: str, status: str, diagnosis: str = "smtp; said no") -> bytes:
    return f"""From: MAILER-DAEMON@relay.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="x"

--x
Content-Type: text/plain

This is the mail system.
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; somebody@platform.example
Action: {action}
Status: {status}
Diagnostic-Code: {diagnosis}

--x--
""".encode()


@pytest.mark.parametrize(
    ("said", "says", "code", "lasting"),
    [
        (("failed", "5.1.1", "smtp; 550 5.1.1 no such user"), Says.FAILED, "5.1.1", True),
        (("failed", "5.2.2", "smtp; 552 5.2.2 mailbox full"), Says.FULL, "5.2.2", True),
        (("failed", "4.2.2", "smtp; 452 4.2.2 over quota"), Says.FULL, "4.2.2", False),
        (("failed", "5.0.0", "smtp; 550 5.1.10 recipient not found"), Says.FAILED, "5.1.10", True),
        (("failed", "5.0.0", "smtp; 550 mailbox is full"), Says.FULL, "5.0.0", True),
        (("failed", "4.4.1", "smtp; connection timed out"), Says.FAILED, "4.4.1", False),
        (("delayed", "4.4.1", "smtp; connection refused"), Says.DELAYED, "4.4.1", False),
        (("delivered", "2.0.0", ""), Says.DELIVERED, "2.0.0", False),
        (("relayed", "2.1.9", ""), Says.RELAYED, "2.1.9", False),
        (("Failed (rejected)", "5.7.1", ""), Says.FAILED, "5.7.1", True),
    ],
)
def test_a_report_says_what_became_of_the_letter(said, says, code, lasting):
    found = dsn.read_report(report(*said))
    assert found is not None
    assert (found.says, found.status, found.is_lasting) == (says, code, lasting)
    assert found.recipient == "somebody@platform.example"


@pytest.mark.parametrize(
    ("text", "says", "status"),
    [
        ("550 5.1.1 <a@b.example>: Recipient address rejected: User unknown", Says.FAILED, "5.1.1"),
        (
            "Hi. This is the qmail-send program at b.example.\nSorry, no mailbox here by that name.",
            Says.FAILED,
            "5.1.1",
        ),
        ("A message that you sent could not be delivered: Unrouteable address", Says.FAILED, "5.1.1"),
        ("The email account that you tried to reach is over quota.", Says.FULL, "5.2.2"),
        ("host mx.b.example said: 452-4.2.2 The recipient's inbox is out of storage", Says.FULL, "4.2.2"),
        ("Kotak surat penerima penuh.", Says.FULL, "5.2.2"),
        ("Warning: message still undelivered after 4 hours. Will keep trying until 5 days old.", Says.DELAYED, "4.0.0"),
        ("451 4.7.1 Greylisting in action, please come back later", Says.DELAYED, "4.7.1"),
        ("Delivery failure notice", Says.FAILED, "5.0.0"),
    ],
)
def test_free_words_of_common_servers_are_understood(text, says, status):
    found = dsn.by_words(text)
    assert found is not None
    assert (found.says, found.status, found.formal) == (says, status, False)


@pytest.mark.parametrize(
    "raw",
    [
        b"From: a@b.example\nSubject: Out of office\nAuto-Submitted: auto-replied\n\nBack on 5.1.1 January.",
        b"From: a@b.example\nSubject: Re: notice\nAuto-Submitted: auto-replied\n\nUser unknown.",
        b"From: a@b.example\nContent-Type: multipart/report; report-type=disposition-notification; boundary=x\n\n--x--",
    ],
)
def test_an_answer_of_absence_is_no_report(raw):
    assert dsn.read_report(raw) is None


WORDS = b"From: officer@platform.example\nSubject: Re: notice\n\nYour link gagal: user unknown, 550 5.1.1 here."


@pytest.mark.parametrize(
    ("before", "sender", "says"),
    [
        (b"", "officer@platform.example", None),
        (b"", None, None),
        (b"", "", Says.FAILED),
        (b"Return-Path: <>\n", None, Says.FAILED),
        (b"Return-Path: <>\n", "officer@platform.example", None),
    ],
)
def test_words_of_a_person_are_no_report(before, sender, says):
    found = dsn.read_report(before + WORDS, sender=sender)
    assert (found.says if found else None) is says


@pytest.mark.parametrize("sender", [None, "", "relay@platform.example"])
def test_a_report_by_the_book_is_one_whoever_the_envelope_names(sender):
    found = dsn.read_report(report("failed", "5.1.1"), sender=sender)
    assert found is not None
    assert (found.says, found.formal) == (Says.FAILED, True)


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: report("failed", text, text)))
def test_whatever_the_bytes_are_a_report_is_read_or_none(raw):
    found = dsn.read_report(raw)
    assert found is None or found.says in set(Says)
