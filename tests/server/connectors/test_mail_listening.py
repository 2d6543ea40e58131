"""The way in as a listener: each recipient has an answer whatever breaks, and who went away is forgotten."""

from __future__ import annotations

import gc
import smtplib
import socket
from typing import TYPE_CHECKING

import pytest
from tests.server.connectors.mailing import DOMAIN, configured, letter, listening, lmtp

from mufakat.rules.letters import Sign
from mufakat.server.connectors.mail import addresses, lmtp as server
from mufakat.server.connectors.mail.addresses import Kind
from mufakat.server.connectors.mail.configuration import Listen
from mufakat.server.connectors.mail.models import Bounce, Intake, Letter
from mufakat.server.journal import door

if TYPE_CHECKING:
    from mufakat.server.journal.work import Deed, Moment

DELIVERY = "dlv_01jd8v9r1ze8k3n7p5s2a4b6d0"


def test_a_mail_that_breaks_us_for_one_recipient_is_tried_again_and_taken_for_the_others(house, monkeypatch) -> None:
    real = server.deed_of

    def deed_of(raw: bytes, sender: str, to: addresses.Address) -> Deed:
        if to.subject == "telegram":
            raise RecursionError("made up")
        return real(raw, sender, to)

    monkeypatch.setattr(server, "deed_of", deed_of)
    with listening() as port, smtplib.LMTP("127.0.0.1", port, timeout=20) as client:
        client.ehlo()
        client.mail("officer@kominfo.example")
        client.rcpt(f"notices+telegram@{DOMAIN}")
        client.rcpt(f"notices@{DOMAIN}")
        first = client.data(letter())
        second = client.getreply()
    assert (first[0], second[0], Intake.objects.count()) == (451, 250, 1)


def test_connections_that_ended_are_not_held(house) -> None:
    with configured(), server.listening(Listen(host="127.0.0.1")) as made:
        assert made.ready.wait(10)
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", made.port), timeout=20) as client:
                client.recv(1_000)
                assert len(made.connected) == 1
                client.sendall(b"QUIT\r\n")
                while client.recv(1_000):
                    pass  # Its end comes after the listener forgot it.
        assert made.connected == set()


def test_who_comes_while_it_ends_is_hung_up_on(house) -> None:
    # A connection that is left open is complained about whenever it is found, in whichever test that is.
    with configured():
        for _ in range(30):
            with server.listening(Listen(host="127.0.0.1")) as made:
                assert made.ready.wait(10)
                client = socket.create_connection(("127.0.0.1", made.port), timeout=20)
            assert made.connected == set()
            client.close()
            gc.collect()


@pytest.mark.parametrize(("sender", "says"), [("officer@telegram.example", ""), ("", "failed")])
def test_what_a_person_answers_to_a_bounce_address_is_no_bounce(house, sender, says) -> None:
    def written(moment: Moment) -> None:
        told = {"id": DELIVERY, "event": "evt", "type": "notice.received", "case": "ntc", "party": "telegram"}
        Letter.objects.create(**told, sign=Sign.HANDED.value, handed_at=moment.at)

    door.commit(written)
    raw = letter(author="officer@telegram.example", body="Pemblokiran gagal: 550 5.1.1 user unknown.\r\n")
    with listening() as port:
        said = lmtp(port, raw, sender=sender, to=addresses.made(Kind.BOUNCE, DELIVERY))
    assert (said[:3], Bounce.objects.get().says) == ("250", says)
    assert Letter.objects.get().sign == (Sign.FAILED if says else Sign.HANDED).value
