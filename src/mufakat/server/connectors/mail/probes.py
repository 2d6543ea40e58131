"""Whether a mail server can be smuggled through: what it does with the three bad ends of a message (CVE-2023-51764).

A server that takes a bare line feed for an end, while the one before it did not, lets a stranger put a second message
with any sender behind the first. Each probe sends a message with one bad end and a QUIT behind it, and closes its side:
a server that took the end for one answers twice, "250" to the message and "221" to the command; one that did not has a
message without an end, and throws it away. So a safe server keeps nothing of a probe, and nobody has to wait.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

ENDS = {r"\n.\n": b"\n.\n", r"\n.\r\n": b"\n.\r\n", r"\r\n.\n": b"\r\n.\n"}
TIMEOUT = 15.0
MAX_LINES = 100  # Of one answer.


@dataclass(frozen=True, slots=True)
class Probe:
    """One bad end: whether the server takes it for the end of a message (None: it could not be tried), and why so."""

    end: str
    is_open: bool | None
    says: str


def probe(host: str, port: int, *, to: str, name: str = "doctor.invalid") -> Sequence[Probe]:
    """Try the three ends on a server; `to` is an address that it takes mails for."""
    return [_try(host, port, end, raw, to=to, name=name) for end, raw in ENDS.items()]


def _try(host: str, port: int, end: str, raw: bytes, *, to: str, name: str) -> Probe:  # noqa: PLR0913 - one probe, each by name.
    try:
        with socket.create_connection((host, port), timeout=TIMEOUT) as made, made.makefile("rb") as answers:
            _expect(answers, 220)
            for line, code in ((f"EHLO {name}", 250), (f"MAIL FROM:<probe@{name}>", 250), (f"RCPT TO:<{to}>", 250)):
                made.sendall(line.encode() + b"\r\n")
                _expect(answers, code)
            made.sendall(b"DATA\r\n")
            _expect(answers, 354)
            head = f"From: probe@{name}\r\nTo: {to}\r\nSubject: mufakat doctor\r\n\r\nA probe of line ends."
            made.sendall(head.encode() + raw + b"QUIT\r\n")
            made.shutdown(socket.SHUT_WR)
            codes = list(_codes(answers))
    except (OSError, ValueError) as error:
        return Probe(end, None, f"it could not be tried: {error}")
    if 250 in codes:
        return Probe(end, is_open=True, says="it is taken for the end of a message: mails can be smuggled in")
    return Probe(end, is_open=False, says=f"refused ({codes[0]})" if codes else "not taken for an end")


def _expect(answers: BinaryIO, code: int) -> None:
    found = _answer(answers)
    if found != code:
        raise ValueError(f"the server said {found or 'nothing'} where {code} was expected")


def _answer(answers: BinaryIO) -> int | None:
    """The code of the next answer, whose lines but the last have a hyphen behind it; None at the end."""
    for _ in range(MAX_LINES):
        line = answers.readline(2_048)
        if not line[:3].isdigit():
            return None
        if line[3:4] != b"-":
            return int(line[:3])
    return None


def _codes(answers: BinaryIO) -> Sequence[int]:
    found: list[int] = []
    while len(found) < 10 and (code := _answer(answers)) is not None:
        found.append(code)
    return found
