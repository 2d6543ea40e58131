"""PDQ: perceptual hashes of pictures, 256 bits; what differs in few enough bits is the same picture.

After the published description of PDQ: bit ``16 i + j`` says whether the picture holds more than the median of the
wave that swings ``i + 1`` times down and ``j + 1`` times across. Written in hexadecimal, bit 255 comes first.

Turning and mirroring a picture turns waves into waves: each of the eight ways is a change of places and of signs, so
that it can be asked for from the hash alone. It is near, not exact, because the median may move by a few bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mufakat.screening.bank import BankKind, Hit
from mufakat.screening.banks.shelf import OrderedShelf
from mufakat.screening.expiry import is_there

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from mufakat.screening.bank import Entry, Seen

NEAR = 31
"""Bits that may differ, as PDQ's makers recommend."""

SIDE = 16
BITS = SIDE * SIDE
# A mirrored picture has the same waves, those with an odd number of swings the other way round: `j + 1` is odd.
MIRRORED = sum(1 << (SIDE * i + j) for i in range(SIDE) for j in range(0, SIDE, 2))
TURNED_OVER = sum(1 << (SIDE * i + j) for i in range(0, SIDE, 2) for j in range(SIDE))


class PDQBank(OrderedShelf):
    """The reference: every hash of the bank is held against the picture's, in each of its eight ways."""

    kind: ClassVar = BankKind.PDQ

    def __init__(self, name: str, entries: Iterable[Entry], *, allow: bool = False) -> None:
        super().__init__(name, entries, allow=allow)
        self._hashes = [(entry, int(entry.value, 16)) for entry in self.entries]

    def _hits(self, seen: Seen, at: datetime) -> Iterator[Hit]:
        if seen.pdq is None:
            return
        asked = ways(int.from_bytes(seen.pdq, "big"))
        for entry, known in self._hashes:
            if is_there(entry, at=at) and min((known ^ way).bit_count() for way in asked) <= NEAR:
                yield Hit(entry, None)


def ways(picture: int) -> list[int]:
    """A hash in the eight ways in which a picture can be turned and mirrored; the picture's own comes first."""
    found = []
    for way in (picture, _transposed(picture)):
        found += [way, way ^ MIRRORED, way ^ TURNED_OVER, way ^ MIRRORED ^ TURNED_OVER]
    return found


def _transposed(picture: int) -> int:
    rows = f"{picture:0{BITS}b}"  # Bit 255 first: to mirror at the main diagonal is the same from both ends.
    return int("".join(rows[column::SIDE] for column in range(SIDE)), 2)
