"""Read the text of a zone of closed names, ours or another's, line by line. Pure.

Taken: `$ORIGIN`, `$TTL`, comments, an SOA over several lines, owners relative or whole, TTL and class or none. What an
RPZ zone says of names is in CNAME records; other records answer with what they hold, and are counted, not kept.

Source: RFC 1035, 5.1; draft-vixie-dnsop-dns-rpz-00.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mufakat.formats.rpz import Action, Timers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WORD: Final = re.compile(r'"(?:[^"\\]|\\.)*"|(?:[^\s;()"\\]|\\.)+|[()]')
_NUMBER: Final = re.compile(r"[0-9]{1,10}")
_CLASSES: Final = frozenset({"IN"})
_APEX: Final = "@"
_LONGEST: Final = 4_096  # Characters of a line.


class ZoneTextError(ValueError):
    """The text is no such zone; the sentence says in which line."""


@dataclass(slots=True)
class ZoneText:
    """What a text says: the zone's name, its state, and what is made of which owner, relative to the zone."""

    zone: str
    serial: int
    timers: Timers
    lines: dict[str, Action] = field(default_factory=dict)
    others: int = 0  # Records that are no CNAME with a meaning: data of one's own, name servers.


def read(lines: Iterable[str], *, zone: str = "") -> ZoneText:
    """The zone. `zone` is its name where the text does not say it. Raises ZoneTextError."""
    origin, found, last = zone.rstrip(".").lower(), None, ""
    for number, begins, words in _records(lines):
        if words[0] == "$ORIGIN" and len(words) == 2:
            origin = words[1].rstrip(".").lower()
            continue
        if words[0] == "$TTL" and len(words) == 2:
            continue
        if words[0].startswith("$"):
            raise ZoneTextError(f"line {number}: {words[0][:20]} is not taken")
        last = words.pop(0).lower() if begins else last
        type_, data = _typed(words, number)
        if type_ == "SOA":
            if found is not None:
                raise ZoneTextError(f"line {number}: a second SOA")
            found = _state(origin if last == _APEX else last.rstrip("."), data, number)
            continue
        if found is None:
            raise ZoneTextError(f"line {number}: a record before the SOA")
        _record(found, _relative(last, origin, found.zone, number), type_, data)
    if found is None:
        raise ZoneTextError("it has no SOA")
    return found


def _records(lines: Iterable[str]) -> Iterator[tuple[int, bool, list[str]]]:
    """Number of the first line, whether it begins with an owner, and the words of each record."""
    words: list[str] = []
    depth, first, begins = 0, 0, True
    for number, line in enumerate(lines, 1):
        if len(line) > _LONGEST:
            raise ZoneTextError(f"line {number}: it is too long")
        text = line.rstrip("\n")
        if not words:
            first, begins = number, not text[:1].isspace()
        for word in _words(text, number):
            depth += {"(": 1, ")": -1}.get(word, 0)
            if depth not in {0, 1}:
                raise ZoneTextError(f"line {number}: brackets do not match")
            if word not in {"(", ")"}:
                words.append(word)
        if words and not depth:
            yield first, begins, words
            words = []
    if words:
        raise ZoneTextError(f"line {first}: it does not end")


def _words(text: str, number: int) -> Iterator[str]:
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif text[at] == ";":
            return
        elif found := _WORD.match(text, at):
            yield found[0]
            at = found.end()
        else:
            raise ZoneTextError(f"line {number}: it cannot be read")


def _typed(words: list[str], number: int) -> tuple[str, list[str]]:
    """Type and data of a record, past its TTL and class."""
    left = [word for word in words[:2] if not _NUMBER.fullmatch(word) and word.upper() not in _CLASSES] + words[2:]
    if len(left) < 2:
        raise ZoneTextError(f"line {number}: it has no data")
    return left[0].upper(), left[1:]


def _state(zone: str, data: list[str], number: int) -> ZoneText:
    numbers = data[2:]
    if len(numbers) != 5 or not all(_NUMBER.fullmatch(one) for one in numbers) or not zone:
        raise ZoneTextError(f"line {number}: its SOA cannot be read")
    serial, refresh, retry, expire, minimum = map(int, numbers)
    if serial >= 1 << 32:
        raise ZoneTextError(f"line {number}: its serial is too large")
    return ZoneText(zone, serial, Timers(refresh, retry, expire, minimum))


def _relative(owner: str, origin: str, zone: str, number: int) -> str:
    """An owner as it stands in the zone; `@` is the zone itself."""
    whole = origin if owner == _APEX else owner.removesuffix(".") if owner.endswith(".") else f"{owner}.{origin}"
    if whole == zone:
        return _APEX
    if not whole.endswith(f".{zone}"):
        raise ZoneTextError(f"line {number}: it is not in the zone")
    return whole.removesuffix(f".{zone}")


def _record(found: ZoneText, owner: str, type_: str, data: list[str]) -> None:
    try:
        action = Action(data[0].lower()) if type_ == "CNAME" and owner != _APEX else None
    except ValueError:
        action = None
    if action is None:
        found.others += 1
    else:
        found.lines[owner] = action
