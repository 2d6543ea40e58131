"""Names that the network may be asked to close: from a text that somebody wrote to the one name it means. Pure.

A name here is in A-labels, lower case, without a last dot, as the zone of a list holds it. What is refused says why.
The reading is strict on purpose: an order that closes something is read by two people, and each form that means the
same is one more way to read past it.

Sources: RFC 1035 (lengths), RFC 1123, UTS 46 (IDNA), RFC 6761, 6762, 7686, 8375 and 9476 (names that are not asked of
the DNS), publicsuffix.org, draft-vixie-dnsop-dns-rpz (labels that begin with ``rpz-`` are triggers).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import ada_url

from mufakat.locator import hosts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MAX_TEXT: Final = 1_024
"""Characters of a text that is looked at."""
MAX_NAME: Final = 253
MAX_LABEL: Final = 63

TRIGGER: Final = "rpz-"
WRITTEN = re.compile(r"[a-z0-9._-]+")
NUMBER = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)")
# Names that no resolver asks the DNS for, and the tree in which addresses and the DNS itself are named.
NOT_ASKED = frozenset({"alt", "arpa", "internal", "invalid", "local", "localhost", "onion"})


class NameReason(StrEnum):
    """Why a text is no name that could be closed; the sentences are in ``SENTENCES``."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    ROOT = "root"
    WILDCARD = "wildcard"
    ADDRESS = "address"
    RANGE = "range"
    NOT_A_NAME = "not_a_name"
    BAD_CHARACTER = "bad_character"
    LAST_DOT = "last_dot"
    EMPTY_LABEL = "empty_label"
    LONG_LABEL = "long_label"
    BAD_LABEL = "bad_label"
    BAD_PUNYCODE = "bad_punycode"
    TRIGGER_LABEL = "trigger_label"
    NOT_ASKED = "not_asked"
    SINGLE_LABEL = "single_label"
    PUBLIC_SUFFIX = "public_suffix"
    REPEATED = "repeated"


SENTENCES = {
    NameReason.EMPTY: "Nothing was given: write the name that is meant.",
    NameReason.TOO_LONG: "This is longer than 253 characters, more than the DNS knows.",
    NameReason.ROOT: "This is the root of all names.",
    NameReason.WILDCARD: "A name holds no asterisk: to close what is below a name too, the order says subtree.",
    NameReason.ADDRESS: "This is an address, which many services share: only names are closed.",
    NameReason.RANGE: "This is a range of addresses: only names are closed.",
    NameReason.NOT_A_NAME: "This is more than a name: leave out what stands before and behind the host.",
    NameReason.BAD_CHARACTER: "A name holds letters, digits, hyphens and dots, and nothing invisible.",
    NameReason.LAST_DOT: "There is a dot at the end: write the name without it.",
    NameReason.EMPTY_LABEL: "There is nothing between two dots, or before the first one.",
    NameReason.LONG_LABEL: "A part between two dots has more than 63 characters.",
    NameReason.BAD_LABEL: "A part between two dots begins or ends with a hyphen.",
    NameReason.BAD_PUNYCODE: "The part that begins with xn-- means no name, or another one than it is written for.",
    NameReason.TRIGGER_LABEL: "A part that begins with rpz- would be an instruction to the resolver, not a name.",
    NameReason.NOT_ASKED: "This name belongs to a local network or to the DNS itself, not to a service of the public.",
    NameReason.SINGLE_LABEL: "This is one word without a dot, not the name of a host.",
    NameReason.PUBLIC_SUFFIX: "This is an ending under which anybody registers names: closing it would take them all.",
    NameReason.REPEATED: "The order names this one before, perhaps in another way of writing.",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a text is not taken; it never repeats the text."""

    reason: NameReason

    @property
    def detail(self) -> str:
        """One sentence for the person who wrote it."""
        return SENTENCES[self.reason]


REFUSALS = {reason: Refusal(reason) for reason in NameReason}


def read(text: str) -> str | Refusal:
    """The name that a text means, in A-labels, or why it means none that could be closed.

    Takes any ``str``, never raises, linear in the text. ``read(read(text)) == read(text)`` for every name it gives.
    """
    reason = _unread(text)
    if reason:
        return REFUSALS[reason]
    # (1) One way of writing: lower case, mapped and in A-labels as UTS 46 has it.
    name = _in_a_labels(text)
    if name is None:
        return REFUSALS[NameReason.BAD_PUNYCODE if "xn--" in text.lower() else NameReason.BAD_CHARACTER]
    # (2) The mapping may have made dots, digits or ASCII of something else, so its result is looked at, not the text.
    reason = _malformed(name)
    return REFUSALS[reason] if reason else name


def read_all(texts: Iterable[str]) -> Iterator[str | Refusal]:
    """Each text as `read` has it, in its order; what names the same as a text before it is refused as repeated."""
    seen: set[str] = set()
    for text in texts:
        found = read(text)
        if isinstance(found, str):
            if found in seen:
                found = REFUSALS[NameReason.REPEATED]
            else:
                seen.add(found)
        yield found


def sought(text: str) -> str | None:
    """The name that somebody looks up: blanks around it and a last dot are forgiven. None where it is no name."""
    plain = text.strip()
    found = read(plain[:-1] if plain.endswith(".") and len(plain) > 1 else plain)
    return found if isinstance(found, str) else None


def above(name: str) -> Iterator[str]:
    """The names above a name, the nearest first: ``b.example`` and ``example`` for ``a.b.example``."""
    while "." in name:
        name = name.partition(".")[2]
        yield name


def _unread(text: str) -> NameReason | None:
    """What can be said of a text before anything is made of it."""
    return next((reason for reason, holds in _OF_TEXTS if holds(text)), None)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_range(text: str) -> bool:
    first, mark, _ = text.replace("-", "/").partition("/")
    return bool(mark) and _is_address(first.strip(" []"))


def _in_a_labels(text: str) -> str | None:
    """The text as UTS 46 writes it; None where it has no such form, or another one than it says."""
    if text.isascii() and "xn--" not in text.lower():
        return text.lower()
    try:
        name: str = ada_url.idna_to_ascii(text).decode()
    except ValueError:
        return None
    if not name:
        return None
    if "xn--" in name:
        # A false A-label stays undecoded, and a twin (capitals or mapped letters inside) does not come back the same.
        readable = ada_url.idna_to_unicode(name)
        if "xn--" in readable or ada_url.idna_to_ascii(readable).decode() != name:
            return None
    return name


def _malformed(name: str) -> NameReason | None:
    """Why a name in its one way of writing is none that could be closed."""
    return next((reason for reason, holds in _OF_NAMES if holds(name)), None)


def _is_last_dot_alone(text: str) -> bool:
    return text.endswith(".") and not text.endswith("..") and not text.startswith(".")


def _labels(name: str) -> list[str]:
    return name.split(".")


# Each is asked in its order; what is asked later may take for granted what was asked before.
_OF_TEXTS: tuple[tuple[NameReason, Callable[[str], bool]], ...] = (
    (NameReason.TOO_LONG, lambda text: len(text) > MAX_TEXT),
    (NameReason.EMPTY, lambda text: not text.strip()),
    (NameReason.ROOT, lambda text: text == "."),
    (NameReason.WILDCARD, lambda text: "*" in text),
    (NameReason.ADDRESS, lambda text: _is_address(text.strip("[]"))),
    (NameReason.RANGE, _is_range),
    (NameReason.BAD_CHARACTER, lambda text: not text.isprintable() or any(map(str.isspace, text))),
    (NameReason.NOT_A_NAME, lambda text: any(delimiter in text for delimiter in "/:?#@")),
    (NameReason.LAST_DOT, _is_last_dot_alone),
)
_OF_NAMES: tuple[tuple[NameReason, Callable[[str], bool]], ...] = (
    (NameReason.BAD_CHARACTER, lambda name: WRITTEN.fullmatch(name) is None),
    # The mapping made it of another character than the plain one.
    (NameReason.LAST_DOT, _is_last_dot_alone),
    (NameReason.EMPTY_LABEL, lambda name: not all(_labels(name))),
    (NameReason.TOO_LONG, lambda name: len(name) > MAX_NAME),
    (NameReason.LONG_LABEL, lambda name: any(len(label) > MAX_LABEL for label in _labels(name))),
    (NameReason.BAD_LABEL, lambda name: any(label[0] == "-" or label[-1] == "-" for label in _labels(name))),
    (NameReason.TRIGGER_LABEL, lambda name: any(label.startswith(TRIGGER) for label in _labels(name))),
    # A last label of digits is an address to whoever reads it, whatever number of parts there are (WHATWG URL).
    (NameReason.ADDRESS, lambda name: NUMBER.fullmatch(_labels(name)[-1]) is not None),
    (NameReason.NOT_ASKED, lambda name: _labels(name)[-1] in NOT_ASKED),
    (NameReason.PUBLIC_SUFFIX, hosts.is_listed_suffix),
    (NameReason.SINGLE_LABEL, lambda name: "." not in name),
)
