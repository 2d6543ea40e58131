"""A mailbox that answers oddly: no mail of it is lost without a word, and none stands before those behind it."""

from __future__ import annotations

import socketserver
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError
from tests.server.connectors.mailing import configured, letter

from mufakat.formats import mail
from mufakat.server.connectors.mail import polling
from mufakat.server.connectors.mail.configuration import Relay
from mufakat.server.connectors.mail.models import Intake, Polled
from mufakat.server.journal.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAILS = {
    number: letter(Message_ID=f"<{number}@kominfo.example>", body=f"Number {number}\r\n") for number in range(1, 4)
}
SIZE, BODY = "SIZE", "BODY"


def size(number: int, octets: int) -> bytes:
    return b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n" % (number, number, octets)


def body(number: int, raw: bytes) -> bytes:
    return b"* %d FETCH (UID %d BODY[] {%d}\r\n%b)\r\n" % (number, number, len(raw), raw)


def plainly(number: int, what: str) -> bytes:
    return size(number, len(MAILS[number])) if what == SIZE else body(number, MAILS[number])


@contextmanager
def mailbox(odd: Callable[[int, str], bytes | None]) -> Iterator[int]:
    """Three mails; `odd` gives the lines for a mail, those of a refusal ending in NO, or None for plain ones."""

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"* OK ready\r\n")
            for line in self.rfile:
                tag, command, *rest = line.split()
                said, status = b"", b"OK"
                if command == b"CAPABILITY":
                    said = b"* CAPABILITY IMAP4rev1\r\n"
                elif command == b"EXAMINE":
                    said = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] it is\r\n"
                elif rest[:1] == [b"SEARCH"]:
                    said = b"* SEARCH 1 2 3\r\n"
                elif rest[:1] == [b"FETCH"]:
                    number, what = int(rest[1]), SIZE if b"SIZE" in rest[2] else BODY
                    given = odd(number, what)
                    said = plainly(number, what) if given is None else given
                    if said == b"NO":
                        said, status = b"", b"NO"
                self.wfile.write(said + tag + b" " + status + b" done\r\n")
                if command == b"LOGOUT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def poll(port: int) -> int:
    with configured(mailbox=Relay("127.0.0.1", port, "house", "made-up")):
        return polling.sweep(at=datetime.now(UTC)).done


def taken() -> list[bytes]:
    return [bytes(row.raw or b"") for row in Intake.objects.order_by("pk")]


FLAGS = b"* 1 FETCH (FLAGS (\\Seen))\r\n"


@pytest.mark.parametrize("what", [SIZE, BODY])
def test_what_nobody_asked_for_hides_no_mail(house, what) -> None:
    with mailbox(lambda number, asked: FLAGS + plainly(number, asked) if asked == what else None) as port:
        assert (poll(port), taken()) == (3, list(MAILS.values()))


@pytest.mark.parametrize("what", [SIZE, BODY])
@pytest.mark.parametrize("answer", [b"NO", FLAGS])
def test_a_mail_that_the_mailbox_does_not_give_now_is_asked_for_again(house, what, answer) -> None:
    with (
        mailbox(lambda number, asked: answer if (number, asked) == (2, what) else None) as port,
        pytest.raises(polling.MailboxError),
    ):
        poll(port)
    assert (taken(), Polled.objects.get().uid) == ([MAILS[1]], 1)
    with mailbox(lambda *_: None) as port:
        place = Polled.objects.get()
        Polled.objects.update(mailbox=place.mailbox.replace(place.mailbox.split(":")[1].split("/")[0], str(port)))
        assert (poll(port), taken()) == (2, list(MAILS.values()))


def test_a_mail_that_was_removed_meanwhile_is_passed(house) -> None:
    with mailbox(lambda number, _: b"" if number == 2 else None) as port:
        assert (poll(port), Polled.objects.get().uid) == (2, 3)


def test_a_mail_too_large_is_passed_with_a_word(house, caplog) -> None:
    with mailbox(lambda number, _: size(2, mail.MAX_MAIL + 1) if number == 2 else None) as port:
        assert (poll(port), Polled.objects.get().uid) == (2, 3)
    [said] = [one for one in caplog.records if one.getMessage() == "mail too large"]
    assert (said.__dict__["uid"], said.__dict__["size"]) == (2, mail.MAX_MAIL + 1)


def breaking(monkeypatch: Any, error: Exception) -> None:
    real = polling.deed_of

    def broken(raw: bytes) -> Any:
        if raw == MAILS[2]:
            raise error
        return real(raw)

    monkeypatch.setattr(polling, "deed_of", broken)


def test_a_mail_that_breaks_us_never_stands_before_those_behind_it(house, monkeypatch, caplog) -> None:
    breaking(monkeypatch, RecursionError("made up"))
    with mailbox(lambda *_: None) as port:
        assert (poll(port), taken(), Polled.objects.get().uid) == (2, [MAILS[1], MAILS[3]], 3)
    assert "mail passed over" in caplog.messages


@pytest.mark.parametrize("error", [BusyError("full"), OperationalError("gone")])
def test_a_mail_that_the_database_could_not_take_is_tried_again(house, monkeypatch, error) -> None:
    breaking(monkeypatch, error)
    with mailbox(lambda *_: None) as port, pytest.raises(type(error)):
        poll(port)
    assert Polled.objects.get().uid == 1
