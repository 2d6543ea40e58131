"""Lists of closed names as zones of the DNS (RPZ): their names, lines, serial numbers and text. Pure.

A zone is one list as one operator carries it. `exact` writes the name alone, `subtree` the name and `*.name`, because
`*.` does not cover the name itself. What a zone holds is names and nothing else: no case, no ground, no date. One line
is always there, the canary, whose answer is an address that nobody has: by it a resolver is seen to filter before it is
called ready, and no answer of the real DNS looks like it.

Names are A-labels in lower case without a last dot, here and wherever an owner is spoken of. An owner is the name of a
line inside its zone: `web.example.net`, `*.example.net`.

Source: draft-vixie-dnsop-dns-rpz-00; RFC 1035 (text), RFC 1982 (serials), RFC 2308 (negative answers).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from mufakat.rules.restriction import Match

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SUFFIX: Final = "mufakat"
"""Below which zones lie where nothing else is told; it is no name of the public DNS."""

ALLOW: Final = "allow"
"""The list of what is never closed; a resolver asks it first."""

CANARY: Final = "canary"
CANARY_ADDRESS: Final = "192.0.2.1"
"""What a resolver that filters answers for the canary (RFC 5737: an address that is never anybody's)."""

TTL: Final = 30
"""Seconds. What was closed is remembered no longer than this after it was opened."""

_PLAIN = re.compile(rb"[a-z0-9_*-]+")
_PLAIN_OWNER = re.compile(r"[a-z0-9_*-]+(?:\.[a-z0-9_*-]+)*")
_WIRE = 255


class Action(StrEnum):
    """What a line makes of its name: the target of its CNAME."""

    NXDOMAIN = "."
    NODATA = "*."
    PASSTHRU = "rpz-passthru."
    DROP = "rpz-drop."
    TCP_ONLY = "rpz-tcp-only."


@dataclass(frozen=True, slots=True)
class Timers:
    """Seconds of a zone's SOA. After `expire` without us a secondary opens what it holds: the longest we are outlived.

    `refresh` is how late a secondary is at most that heard no NOTIFY, `minimum` how long an answer that a name is not
    there is remembered.
    """

    refresh: int = 60
    retry: int = 30
    expire: int = 86_400
    minimum: int = TTL


TIMERS: Final = Timers()


def zone_name(list_: str, operator: str, *, shadow: bool = False, suffix: str = SUFFIX) -> str:
    """The zone of a list at an operator, such as `terrorism.isp-a.rpz.mufakat`; `allow` is a list, too."""
    label = list_.replace("_", "-")
    return f"{'shadow-' if shadow else ''}{label}.{operator}.rpz.{suffix}"


def owners(name: str, match: Match) -> tuple[str, ...]:
    """The lines that close a name."""
    return (name,) if match is Match.EXACT else (name, f"*.{name}")


def action_of(list_: str) -> Action:
    """What the lines of a list do."""
    return Action.PASSTHRU if list_ == ALLOW else Action.NXDOMAIN


def canary(zone: str) -> str:
    """The name that a resolver with this zone answers with `CANARY_ADDRESS`; also the owner of its line."""
    return f"{CANARY}.{zone}"


def room(zone: str) -> int:
    """How many characters a name may have to be listed here: with `*.` before and the zone behind it fits in a name."""
    return _WIRE - len("*.") - len(".") - 2 - len(zone)


# -- Serial numbers (RFC 1982) --

_SPACE = 1 << 32
_HALF = 1 << 31


def is_newer(one: int, other: int) -> bool:
    """Whether a secondary that has `other` would take `one`."""
    return 0 < (one - other) % _SPACE < _HALF


def later(serial: int, steps: int = 1) -> int:
    """The serial so many steps behind it."""
    if not 0 < steps < _HALF:
        raise ValueError("a serial goes on by less than half of its space")
    return (serial + steps) % _SPACE


# -- The text --


def write(
    zone: str, serial: int, lines: Iterable[str], *, action: Action = Action.NXDOMAIN, timers: Timers = TIMERS
) -> Iterator[str]:
    """The zone as a file, piece by piece: a head, the canary, one line an owner, in the order given."""
    yield head(zone, serial, timers)
    does = f" CNAME {action.value}\n"
    for owner in lines:
        yield escaped(owner) + does


def head(zone: str, serial: int, timers: Timers = TIMERS) -> str:
    """All of a zone that is there when nothing is closed."""
    times = f"{timers.refresh} {timers.retry} {timers.expire} {timers.minimum}"
    return (
        f"$ORIGIN {escaped(zone)}.\n$TTL {TTL}\n"
        f"@ SOA {MNAME} {RNAME} {serial} {times}\n@ NS {MNAME}\n"
        f"{escaped(canary(zone))} A {CANARY_ADDRESS}\n"
    )


MNAME: Final = "localhost."
RNAME: Final = "root.localhost."
"""Who serves a zone and who answers for it: nobody who could be asked from outside."""


def escaped(owner: str) -> str:
    """An owner as text of a zone file: whatever stands in it, it stays one word of one line (RFC 1035, 5.1)."""
    if _PLAIN_OWNER.fullmatch(owner):
        return owner  # A million of them are looked at.
    return ".".join(escaped_label(label) for label in owner.encode().split(b"."))


def escaped_label(label: bytes) -> str:
    """The same for one label, in which a full stop is a byte like others."""
    if _PLAIN.fullmatch(label):
        return label.decode("ascii")
    return "".join(chr(byte) if _PLAIN.fullmatch(bytes([byte])) else f"\\{byte:03d}" for byte in label)
