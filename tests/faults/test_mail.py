"""Mail through Debian's Postfix: nothing lost or doubled over kill -9, nothing smuggled, bounces that come home."""

from __future__ import annotations

import contextlib
import json
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from mailserver import DEBIAN, DOMAIN, Postfix, postfix, until
from tests.houses import Server, free_port
from tests.server.connectors.contacting import in_force
from tests.server.connectors.mailing import configured, letter, sink
from tests.server.connectors.test_mail_letters import carried, parcel

from mufakat.rules.letters import PATIENCE
from mufakat.server.connectors.carriers import Fate
from mufakat.server.connectors.mail import lmtp, turns
from mufakat.server.connectors.mail.configuration import Listen, Relay
from mufakat.server.connectors.mail.models import Bounce, Letter
from mufakat.server.journal.models import Event, Outbox
from mufakat.server.parties import contacts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.houses import House

pytestmark = pytest.mark.fault

MAILS = 60
KILLED_AFTER = (15, 35)  # Mails handed on.


def numbered(number: int) -> bytes:
    return letter(
        Message_ID=f"<{number}@kominfo.example>", body=f"Number {number}: https://t.me/examplechannel/{number}\r\n"
    )


def send_all(server: Postfix) -> None:
    """Sixty mails from a client that knows nothing of us."""
    with server.client() as client:
        for number in range(MAILS):
            client.sendmail("officer@kominfo.example", [f"notices@{DOMAIN}"], numbered(number))


def test_of_sixty_mails_sixty_are_kept_and_none_doubled_while_the_server_is_killed_twice(
    prepared: Path, tmp_path: Path
) -> None:
    port = free_port()
    server = Server.on(prepared, tmp_path / "data")
    server.environ |= {"MUFAKAT_LMTP": f"127.0.0.1:{port}", "MUFAKAT_MAIL_DOMAIN": DOMAIN, "MUFAKAT_WORK": "0"}
    with postfix(
        virtual_transport=f"lmtp:inet:127.0.0.1:{port}",
        queue_run_delay="2s",
        minimal_backoff_time="1s",
        maximal_backoff_time="2s",
    ) as relay:
        server.start()
        try:
            sending = threading.Thread(target=send_all, args=(relay,))
            sending.start()
            for count in KILLED_AFTER:
                until(lambda: relay.sent() >= count, f"{count} mails handed on", relay)  # noqa: B023 - called at once.
                server.kill()
                server.start()
                relay.flush()
            sending.join()

            def is_empty() -> bool:
                relay.flush()
                return relay.waiting() == 0

            until(is_empty, "the queue is empty", relay, seconds=120)
            handed_on = relay.sent()
            rows = json.loads(server.run("mail", "list", "--limit", "1000", "--json").stdout)
        finally:
            server.kill()
    assert (len(rows), len({row["id"] for row in rows})) == (MAILS, MAILS)
    assert {row["claims"] for row in rows} == {"kominfo"}
    # Postfix was told "yes" exactly once for each, whatever it had to try again.
    assert handed_on == MAILS


def test_nothing_can_be_smuggled_through_our_main_cf(prepared: Path, tmp_path: Path) -> None:
    server = Server.on(prepared, tmp_path / "data")
    with postfix(virtual_transport="discard:") as relay:
        told = server.run("doctor", "--mail", f"127.0.0.1:{relay.port}", "--mail-to", f"notices@{DOMAIN}", "--json")
        found = json.loads(told.stdout)
        assert [(one["what"], one["good"]) for one in found] == [
            (r"mail \n.\n", True),
            (r"mail \n.\r\n", True),
            (r"mail \r\n.\n", True),
        ]
        assert relay.waiting() == 0


def test_the_doctor_finds_debians_default_open(prepared: Path, tmp_path: Path) -> None:
    server = Server.on(prepared, tmp_path / "data")
    with postfix(main=DEBIAN, mydestination="localhost", local_transport="discard:", local_recipient_maps="") as relay:
        told = server.run(
            "doctor", "--mail", f"127.0.0.1:{relay.port}", "--mail-to", "root@localhost", "--json", check=False
        )
    found = json.loads(told.stdout)
    assert (told.returncode, [one["good"] for one in found]) == (1, [False, False, False])


@contextlib.contextmanager
def mail_house() -> Iterator[tuple[Postfix, Relay, dict[str, str]]]:
    """A house that sends through Postfix to a server that answers by a script, and hears what comes back."""
    with sink() as (scripted, out), configured(), lmtp.listening(Listen(host="127.0.0.1")) as taking:
        assert taking.ready.wait(10)
        with postfix(
            virtual_transport=f"lmtp:inet:127.0.0.1:{taking.port}", relayhost=f"[127.0.0.1]:{out.port}"
        ) as relay:
            yield relay, Relay("127.0.0.1", relay.port), scripted.says


@pytest.mark.parametrize(
    ("says", "sign", "status", "unreachable"),
    [
        ("550 5.1.1 no such user", "failed", "5.1.1", True),
        ("552 5.2.2 mailbox full", "full", "5.2.2", True),
    ],
)
def test_a_refusal_behind_our_mail_server_comes_home_and_turns_to_the_next_contact(
    house: House, says: str, sign: str, status: str, *, unreachable: bool
) -> None:
    first, second, *_ = in_force("telegram", 2)
    notice = house.submit().subject
    one = parcel(notice, contact=first)
    with mail_house() as (relay, to, script):
        script[one.address] = says
        assert carried(to, one).fate is Fate.ACCEPTED  # Our own server took it: that says nothing.
        until(Bounce.objects.exists, "the bounce came home", relay)
    row = Letter.objects.get()
    assert (row.sign, row.status) == (sign, status)
    assert (contacts.get(first).unreachable_since is not None) is unreachable
    assert turns.sweep(at=datetime.now(UTC)).done == 1
    [event] = Event.objects.filter(type="mail.undelivered")
    assert [out.to for out in Outbox.objects.filter(event=event)] == [f"contact:{second}"]


@pytest.mark.parametrize("says", ["451 4.7.1 greylisted", "452 4.2.2 mailbox full for now"])
def test_a_letter_that_waits_behind_our_mail_server_is_silence_for_a_quarter_of_an_hour(
    house: House, says: str
) -> None:
    first, second, *_ = in_force("telegram", 2)
    one = parcel(house.submit().subject, contact=first)
    with mail_house() as (relay, to, script):
        script[one.address] = says
        carried(to, one)
        until(lambda: "status=deferred" in relay.log, "the letter waits", relay)
    at = Letter.objects.get().handed_at
    assert (turns.sweep(at=at + PATIENCE / 2).done, turns.sweep(at=at + PATIENCE).done) == (0, 1)
    [event] = Event.objects.filter(type="mail.undelivered")
    assert [out.to for out in Outbox.objects.filter(event=event)] == [f"contact:{second}"]
    assert contacts.get(first).unreachable_since is None
