"""The second way in, from a real mailbox: each mail once, nothing in the mailbox changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from imapserver import Mailbox, mailbox
from tests.server.connectors.mailing import DOMAIN, configured, letter

from mufakat.server.connectors.mail import addresses, polling
from mufakat.server.connectors.mail.addresses import Kind
from mufakat.server.connectors.mail.configuration import Relay
from mufakat.server.connectors.mail.models import Intake, Polled

if TYPE_CHECKING:
    from tests.houses import House

pytestmark = pytest.mark.fault


def numbered(number: int) -> bytes:
    return letter(
        Message_ID=f"<{number}@kominfo.example>", to=f"notices+telegram@{DOMAIN}", body=f"Number {number}\r\n"
    )


def poll(box: Mailbox, folder: str = "INBOX") -> int:
    with configured(mailbox=Relay("127.0.0.1", box.port, "house", "made-up", folder=folder)):
        return polling.sweep(at=datetime.now(UTC)).done


def test_a_mailbox_is_read_from_where_it_was_left(house: House) -> None:
    with mailbox() as box:
        box.put(*map(numbered, range(3)))
        first = poll(box)
        box.put(numbered(3))
        assert (first, poll(box), poll(box)) == (3, 1, 0)
        with box.opened() as client:
            client.select("INBOX", readonly=True)
            assert client.search(None, "UNSEEN")[1] == [b"1 2 3 4"]
    rows = list(Intake.objects.order_by("pk"))
    assert [(row.source, row.to, bytes(row.raw or b"")) for row in rows] == [
        ("imap", "telegram", numbered(number)) for number in range(4)
    ]


def test_a_mailbox_whose_numbers_were_lost_is_read_anew_and_nothing_doubled(house: House) -> None:
    with mailbox() as box:
        box.renew("Laporan", *map(numbered, range(3)))
        poll(box, "Laporan")
        before = Polled.objects.get().validity
        box.renew("Laporan", *map(numbered, range(3)))
        again = poll(box, "Laporan")
    assert (again, Intake.objects.count(), Polled.objects.get().validity != before) == (3, 3, True)


def test_an_answer_of_a_thread_and_an_answer_of_absence_are_told_apart(house: House) -> None:
    notice = house.submit().subject
    with mailbox() as box, configured():
        box.put(
            letter(to=addresses.made(Kind.THREAD, notice)),
            letter(Auto_Submitted="auto-replied", Message_ID="<away@kominfo.example>"),
        )
        poll(box)
    assert sorted(Intake.objects.values_list("case", "state")) == [("", "automatic"), (notice, "waiting")]


def test_a_wrong_password_is_one_sentence_without_it(house: House) -> None:
    with (
        mailbox() as box,
        configured(mailbox=Relay("127.0.0.1", box.port, "house", "wrong-secret")),
        pytest.raises(polling.MailboxError) as caught,
    ):
        polling.sweep(at=datetime.now(UTC))
    assert "wrong-secret" not in str(caught.value)
