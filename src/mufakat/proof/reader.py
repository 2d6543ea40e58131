"""Roots and proofs made from tiles (RFC 6962, section 2.1; C2SP tlog-tiles).

A reader holds no size: it answers for every tree up to the last one, because full tiles never change. What its tiles
say is nobody's word yet: a proof made from wrong tiles does not verify (`merkle`), a wrong root is not the signed one.
"""

import functools
from typing import TYPE_CHECKING, Final

from mufakat.proof import tree
from mufakat.proof.edge import Fetch
from mufakat.proof.errors import TreeSizeError
from mufakat.proof.tile import Tile, width_at
from mufakat.proof.tree import HASH_LENGTH, MAX_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT: Final = 1024  # Tiles whose insides are kept; each takes 16 KiB.

_HEIGHT: Final = 8  # Levels of the tree in one tile.


class TileReader:
    """Makes proofs from the tiles that `fetch` gives, and keeps the insides of the last `keep` tiles.

    `fetch` is asked for a tile with the width that it has in the tree at hand. Every method raises TileLengthError
    where the tile has another, and TreeSizeError where tree or index do not exist; what `fetch` raises passes through.
    """

    __slots__ = ("_fetch", "_rows", "_span")

    def __init__(self, fetch: Fetch, *, keep: int = KEPT) -> None:
        self._fetch = fetch
        self._rows: Callable[[int, int, int], tuple[bytes, ...]] = functools.lru_cache(maxsize=keep)(self._read)
        # The unfinished trees at the right edge are in every proof of one size.
        self._span: Callable[[int, int, int], bytes] = functools.lru_cache(maxsize=keep)(self._join)

    def root(self, size: int) -> bytes:
        """Give the root of the tree of `size` leaves."""
        _require(0 <= size <= MAX_SIZE)
        return self._span(0, size, size) if size else tree.empty_root()

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Give the proof that the leaf at `index` is in the tree of `size` leaves, from its sibling upwards."""
        _require(0 <= index < size <= MAX_SIZE)
        # Up to where the ways of this leaf and of the last one meet there is a sibling on every level …
        meeting = (index ^ (size - 1)).bit_length()
        proof = []
        for height in range(meeting):
            sibling = (index >> height) ^ 1
            if (sibling + 1) << height <= size:
                proof.append(self._node(height, sibling, size))
            else:
                proof.append(self._span(sibling << height, size, size))
        # … above it the node is the last of its level, and has a neighbour only to its left.
        proof += [
            self._node(height, (index >> height) - 1, size)
            for height in range(meeting, index.bit_length())
            if index >> height & 1
        ]
        return proof

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Give the proof that the tree of `old` leaves is the beginning of that of `new`; empty from 0."""
        _require(0 <= old <= new <= MAX_SIZE)
        proof: list[bytes] = []
        if old in {0, new}:
            return proof
        start, end, known = 0, new, True
        while old != end:
            middle = start + (1 << (end - start - 1).bit_length() - 1)
            if old <= middle:
                proof.append(self._span(middle, end, new))
                end = middle
            else:
                proof.append(self._span(start, middle, new))
                # The verifier no longer knows what is left of `old`: it is not its whole tree.
                start, known = middle, False
        if not known:
            proof.append(self._span(start, end, new))
        proof.reverse()
        return proof

    def _node(self, height: int, number: int, size: int) -> bytes:
        """Give the root of the perfect tree over 2^height leaves that is the `number`-th of its height."""
        level, row = divmod(height, _HEIGHT)
        index, place = number >> _HEIGHT - row, number & (1 << _HEIGHT - row) - 1
        at = place * HASH_LENGTH
        return self._rows(level, index, width_at(level, index, size))[row][at : at + HASH_LENGTH]

    def _join(self, start: int, end: int, size: int) -> bytes:
        """Give the root over the leaves from `start` to before `end`, where `start` is a multiple of a power above."""
        peaks = []
        while start < end:
            height = (end - start).bit_length() - 1
            peaks.append(self._node(height, start >> height, size))
            start += 1 << height
        return functools.reduce(lambda right, left: tree.node_hash(left, right), reversed(peaks))

    def _read(self, level: int, index: int, width: int) -> tuple[bytes, ...]:
        """Give the rows of nodes inside a tile, its own hashes first."""
        tile = Tile(level, index, width)
        rows = [tile.require(self._fetch(tile))]
        while len(rows[-1]) > HASH_LENGTH:
            rows.append(tree.nodes_above(rows[-1]))
        return tuple(rows)


def _require(holds: bool) -> None:  # noqa: FBT001  A condition, not a switch.
    if not holds:
        raise TreeSizeError
