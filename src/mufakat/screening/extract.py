"""What an item points at and holds, taken out of it once for every bank.

Addresses, hosts and Telegram's names become locators in their one canonical form, so that spelling hides nothing. What
cannot be read as a whole is taken by its host: a path that nobody can parse must not hide who serves it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mufakat.locator import Kind, Locator, parse
from mufakat.screening import pointers
from mufakat.screening.bank import Seen
from mufakat.screening.views import Views

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mufakat.screening.item import Item
    from mufakat.screening.pointers import Piece

MAX_LOCATORS = 200
"""Different locators of one item that are looked at; where there are more, `Seen.more` says so."""
MAX_TRIED = 1_000
"""Candidates of one item that are parsed."""
MAX_DIGESTS = 200
MIN_PDQ_QUALITY = 50
"""A hash of less quality (0 to 100) comes from a picture without features, and is near to many."""

DIGEST = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{64}(?![0-9A-Za-z])")
SOME_OF_DIGEST = re.compile(r"[0-9A-Fa-f]{4}")
"""In every sixteenth character of a text: wherever a digest stands, four of them are its own."""
AUTHORITY = re.compile(r"((?:https?|hxxps?|ftp):[/\\]*)?(?:[^/\\?#]*@)?([^/\\?#@]+)", re.IGNORECASE)

Placed = tuple[Locator, tuple[int, int] | None]


def see(item: Item) -> Seen:
    """Everything that banks ask about an item. Takes any text, never raises, and works in time linear in the item."""
    locators, more = _locators(item) if item.urls or pointers.may_point(item.text) else ([], False)
    digests = [item.sha256] if item.sha256 else []
    if SOME_OF_DIGEST.search(item.text[15::16]):
        digests += [found[0].lower() for found in DIGEST.finditer(item.text)]
    if locators:
        digests += [one.canonical[7:] for one, _ in locators if one.canonical.startswith("sha256:")]
    if len(digests) > 1:
        digests = list(dict.fromkeys(digests))
    return Seen(
        item=item,
        views=Views(item.text),
        locators=locators,
        digests=digests[:MAX_DIGESTS],
        pdq=_pdq(item),
        more=more or len(digests) > MAX_DIGESTS,
    )


def _locators(item: Item) -> tuple[list[Placed], bool]:
    found: dict[str, Placed] = {}
    tried: dict[str, Locator | None] = {}
    for piece, has_place in _pieces(item):
        if piece.text not in tried:
            if len(tried) >= MAX_TRIED:
                return sorted(found.values(), key=_place), True
            tried[piece.text] = _read(piece.text)
        locator = tried[piece.text]
        if locator is None:
            continue
        known = found.get(locator.canonical)
        if known is None and len(found) >= MAX_LOCATORS:
            return sorted(found.values(), key=_place), True
        if known is None or (known[1] is None and has_place):
            found[locator.canonical] = locator, (piece.start, piece.end) if has_place else None
    return sorted(found.values(), key=_place), False


def _place(placed: Placed) -> float:
    return placed[1][0] if placed[1] else float("inf")


def _pieces(item: Item) -> Iterator[tuple[Piece, bool]]:
    # What a platform took out itself comes first: a text full of made-up addresses cannot crowd it out.
    for url in item.urls:
        for piece in pointers.of_address(url):
            yield piece, False
    for piece in pointers.pieces(item.text):
        yield piece, True


def _read(text: str) -> Locator | None:
    found = parse(text)
    if isinstance(found, Locator):
        return found
    # The rest may be what hides: a password, an argument that is encoded nine times, a secret.
    authority = AUTHORITY.match(text)
    alone = parse(authority[2]) if authority else found
    return alone if isinstance(alone, Locator) and alone.kind is Kind.HOST else None


def _pdq(item: Item) -> bytes | None:
    if item.pdq is None or item.pdq_quality is None or item.pdq_quality < MIN_PDQ_QUALITY:
        return None
    return bytes.fromhex(item.pdq)
