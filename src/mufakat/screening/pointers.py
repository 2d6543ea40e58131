"""Where a text may point at something: addresses with and without scheme, hosts, names of Telegram, defanged or not.

A candidate is a piece of text for `locator.parse`, and its place. Every step is linear in the text: patterns begin only
at the beginning of a word and never go back, and addresses inside addresses are looked for three deep.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from mufakat.locator import cleaning, defang, hosts

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PIECE = 4_096
"""Characters of a candidate; of a longer one the beginning is taken, where the host is."""
MAX_DEPTH = 3
"""Addresses inside addresses that are looked at by themselves."""

# Characters that browsers and readers take for plain ones, each for each, so that places stay the same (NFKC).
COMPATIBLE = {
    code: folded
    for block in (range(0x2024, 0x2025), range(0x2460, 0x2500), range(0xFE50, 0xFF70), range(0x1D400, 0x1D800))
    for code in block
    if len(folded := unicodedata.normalize("NFKC", chr(code))) == 1 and folded.isascii()
} | dict.fromkeys(map(ord, "。\uff61"), ".")
FOREIGN = frozenset(map(chr, COMPATIBLE))
STRANGE = re.compile(r"[^\x00-\x7f]")
# What cannot be seen and what IDNA leaves out of names (UTS 46): soft hyphen, zero widths, directions, selectors.
UNSEEN = "\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
DROPPED = re.compile(f"[{UNSEEN}]+")

SPOKEN_DOTS = (" dot ", " titik ", " . ")
SIGN = re.compile(r"[./\\@:\[({]")
"""What an `ANCHOR` has at its beginning or behind it."""
ANCHOR = re.compile(rf"[./\\@:][\w/\\{UNSEEN}]|[{UNSEEN}][./\\@:]|[\[({{] ?[.:/@datDAT]")
TOKEN = re.compile(r'[^\s<>"`{}|^“”«»]++')
# Python 3.11 breaks off with a SystemError where a group within what never goes back catches something: none does.
MARKED_TOKEN = re.compile(rf'(?: ?[\[({{] ?(?:{defang.MEANT}) ?[\])}}] ?|[^\s<>"`{{}}|^“”«»])++', re.IGNORECASE)
SCHEME = re.compile(r"(?:h(?:tt|xx)ps?|ftp|(?<![a-z0-9])tg)(?= ?[\[({]? ?:)", re.IGNORECASE)
HOST = re.compile(r"(?<![\w@.-])([\w-]++(?:\.[\w-]++)+)\.?(?::[0-9]{1,5})?(?:[/?#\\][^\s,;]*)?")
MENTION = re.compile(r"(?<![\w@./\\-])@[A-Za-z][A-Za-z0-9_]{3,31}(?![\w@])", re.ASCII)
SPOKEN = re.compile(r"(?<![\w.-])[\w-]++(?: (?:dot|titik|\.) [\w-]++)+")
SPOKEN_DOT = re.compile(r" (?:dot|titik|\.) ")
ENCODED = re.compile(r"(?:https?|ftp)%3a(?:%2f){2}[^&#\s]++", re.IGNORECASE)
COMMA = re.compile("[,;]")
OPENED = {")": "(", "]": "["}
MAX_BRACKETS = 8
"""Brackets at the end of an address that are taken for its surroundings."""
ARGUMENT = frozenset("=/?&#\\")
"""What stands before an address that is part of another one."""


class Piece(NamedTuple):
    """A candidate: what is to be parsed, and its characters in the text, from and up to."""

    text: str
    start: int
    end: int

    def moved(self, by: int) -> Piece:
        """The same, so many characters further on."""
        return Piece(self.text, self.start + by, self.end + by)


def may_point(text: str) -> bool:
    """Whether there is anything in a text from which `pieces` begins. Most messages have nothing."""
    # Written out, because every message comes by here. A full stop at the end is a sign, and points nowhere.
    plain = _plain(text)
    if " dot " in plain or " titik " in plain:
        return True
    sign = SIGN.search(plain)
    if sign is None:
        return False
    # Before the first sign an anchor has at most what cannot be seen.
    return " . " in plain or ANCHOR.search(plain, max(0, sign.start() - 1)) is not None


def pieces(text: str) -> Iterator[Piece]:
    """Whatever in a text may be a locator, roughly in the order of the text."""
    plain = _plain(text)
    if any(map(plain.__contains__, SPOKEN_DOTS)):
        yield from _spoken(plain)
    anchor = ANCHOR.search(plain)
    if anchor is None:
        return
    has_marks = "[" in plain or "(" in plain or "{" in plain
    for token in (MARKED_TOKEN if has_marks else TOKEN).finditer(plain):
        start, end = token.span()
        if anchor.start() >= end:
            continue
        yield from _of_token(plain, start, end)
        anchor = ANCHOR.search(plain, end)
        if anchor is None:
            return


def of_address(address: str) -> Iterator[Piece]:
    """What an address that was given by itself points at: itself, and the addresses inside it."""
    plain = _plain(address)
    if SCHEME.search(plain) is None:
        yield Piece(_seen(plain[:MAX_PIECE]), 0, len(address))
    else:
        yield from _of_token(plain, 0, len(plain))


def _of_token(plain: str, start: int, end: int) -> Iterator[Piece]:
    schemes = [found.start() for found in SCHEME.finditer(plain, start, end)]
    first = schemes[0] if schemes else end
    if first > start:
        yield from _without_scheme(plain, start, first)
    depth = 0
    for number, begin in enumerate(schemes):
        depth = depth + 1 if number and plain[begin - 1] in ARGUMENT else 0
        if depth > MAX_DEPTH:
            continue
        # (1) An address ends where another begins, unless the other is an argument of it.
        stop = end
        for later in schemes[number + 1 : number + 1 + MAX_DEPTH]:
            if plain[later - 1] not in ARGUMENT:
                stop = later
                break
        stop = min(stop, begin + MAX_PIECE)
        yield _piece(plain, begin, stop)
        # (2) An argument may be written in percent signs; what stands behind it belongs to the address around it.
        for found in ENCODED.finditer(plain, begin, stop):
            yield Piece(_seen(unquote(found[0])), *found.span())
        # (3) Lists without blanks: behind a comma may stand another one without scheme.
        comma = COMMA.search(plain, begin, stop)
        if comma and (number + 1 == len(schemes) or schemes[number + 1] > comma.end()):
            yield from _without_scheme(plain, comma.end(), stop)


def _spoken(plain: str) -> Iterator[Piece]:
    """Hosts whose dots are words, or stand alone: `situs titik example`, `situs . example`."""
    for found in SPOKEN.finditer(plain):
        host = SPOKEN_DOT.sub(".", found[0][:MAX_PIECE])
        if _is_likely(host):
            yield Piece(_seen(host), *found.span())


def _without_scheme(plain: str, start: int, end: int) -> Iterator[Piece]:
    part = readable = _seen(plain[start:end])
    if defang.is_needed(part):
        readable = defang.undo_everywhere(part)
    # What had to be undone has no places of its own: the whole part is shown.
    has_places = len(readable) == end - start
    for found in HOST.finditer(readable):
        if _is_likely(found[1]):
            piece = _piece(readable, found.start(), min(found.end(), found.start() + MAX_PIECE))
            yield piece.moved(start) if has_places else Piece(piece.text, start, end)
    for found in MENTION.finditer(readable):
        piece = Piece(found[0], found.start(), found.end())
        yield piece.moved(start) if has_places else Piece(piece.text, start, end)


def _is_likely(host: str) -> bool:
    last = host.rpartition(".")[2].lower()
    if last.isdigit():
        return host.count(".") == 3
    # `.example` is kept for what is made up (RFC 6761); names in other letters are left to the parser.
    return not last.isascii() or last in hosts.last_labels() or last == "example"


def _piece(plain: str, start: int, end: int) -> Piece:
    """A candidate without what stands around it: quotes, punctuation, and a bracket that was opened before it."""
    raw = plain[start:end]
    text = cleaning.trim(raw)
    for _ in range(MAX_BRACKETS):
        if text[-1:] not in OPENED or text.count(text[-1]) <= text.count(OPENED[text[-1]]):
            break
        text = cleaning.trim_end(text[:-1])
    lead = raw.find(text)
    return Piece(_seen(text), start + lead, start + lead + len(text))


def _plain(text: str) -> str:
    return text if text.isascii() or FOREIGN.isdisjoint(STRANGE.findall(text)) else text.translate(COMPATIBLE)


def _seen(text: str) -> str:
    return text if text.isascii() else DROPPED.sub("", text)
