"""Growing the tree: what a batch of leaves changes, worked out from the right edge alone.

The edge is the partial tile of every level. With it a log of any size goes on without its other tiles; a batch costs
about one hash a leaf. Nothing here is stored: the sequencer writes the tiles of a `Growth`, or drops it.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from mufakat.proof import tree
from mufakat.proof.errors import HashLengthError, TreeSizeError
from mufakat.proof.tile import FULL_LENGTH, WIDTH, Tile, edge_of
from mufakat.proof.tree import HASH_LENGTH, MAX_SIZE

Fetch = Callable[[Tile], bytes]  # Gives the content of a tile, exactly as wide as it is asked for.


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of the tree of `size` leaves.

    `partials` are the contents of the partial tiles from level 0 (bytes; empty where a level has none), as many as the
    size has digits to the base of 256. Raises TreeSizeError where they are not those of this size.
    """

    size: int = 0
    partials: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        lengths = [len(content) for content in self.partials]
        if not 0 <= self.size <= MAX_SIZE or lengths != [
            0 if tile is None else tile.length for tile in edge_of(self.size)
        ]:
            raise TreeSizeError

    @classmethod
    def load(cls, size: int, fetch: Fetch) -> Self:
        """Read the edge of a tree from its partial tiles, at most eight. Raises TileLengthError and TreeSizeError."""
        if not 0 <= size <= MAX_SIZE:
            raise TreeSizeError
        return cls(size, tuple(b"" if tile is None else tile.require(fetch(tile)) for tile in edge_of(size)))

    def root(self) -> bytes:
        """Give the root of the tree, 32 bytes."""
        below: bytes | None = None
        for content in self.partials:
            # The unfinished tree of the levels below is the last member of this level.
            for peak in reversed(_peaks(content)):
                below = peak if below is None else tree.node_hash(peak, below)
        return tree.empty_root() if below is None else below

    def grow(self, hashes: Sequence[bytes]) -> "Growth":
        """Append leaf hashes, 32 bytes each, in their order. Raises HashLengthError and TreeSizeError."""
        if not set(map(len, hashes)) <= {HASH_LENGTH}:
            raise HashLengthError
        if self.size + len(hashes) > MAX_SIZE:
            raise TreeSizeError
        grown: list[Grown] = []
        partials: list[bytes] = []
        added = b"".join(hashes)
        level = 0
        while added or level < len(self.partials):
            old = self.partials[level] if level < len(self.partials) else b""
            full, rest = _split(old + added)
            first = self.size >> 8 * (level + 1)
            grown += [Grown(Tile(level, first + number), content) for number, content in enumerate(full)]
            if added and rest:
                grown.append(Grown(Tile(level, first + len(full), len(rest) // HASH_LENGTH), rest))
            partials.append(rest)
            added = b"".join([tree.perfect_root(content) for content in full])
            level += 1
        return Growth(Edge(self.size + len(hashes), tuple(partials)), tuple(grown))


@dataclass(frozen=True, slots=True)
class Grown:
    """A tile that is new or wider than before, and its whole content (`tile.width` hashes of 32 bytes)."""

    tile: Tile
    content: bytes


@dataclass(frozen=True, slots=True)
class Growth:
    """What a batch changes: the new edge (with the new size and root) and the tiles to write, from level 0 upwards.

    A tile is named once for each (level, index), with its last width.
    """

    edge: Edge
    tiles: tuple[Grown, ...]

    @property
    def size(self) -> int:
        """How many leaves the tree has now."""
        return self.edge.size

    def root(self) -> bytes:
        """Give the new root, 32 bytes."""
        return self.edge.root()


_LARGEST_PEAK: Final = WIDTH // 2  # A tile of 256 hashes is full, and no part of an edge.


def _peaks(content: bytes) -> list[bytes]:
    """Give the roots of the perfect trees that the hashes of a partial tile make up, the largest first."""
    peaks = []
    at, width = 0, _LARGEST_PEAK * HASH_LENGTH
    while width >= HASH_LENGTH:
        if len(content) - at >= width:
            peaks.append(_peak(content[at : at + width]))
            at += width
        width //= 2
    return peaks


# A log that ticks ten times a second asks for the same peaks again: a tile's first 128 hashes stay what they are.
_peak = functools.lru_cache(maxsize=128)(tree.perfect_root)


def _split(content: bytes) -> tuple[list[bytes], bytes]:
    """Give the full tiles in the content of a level, and the rest."""
    end = len(content) - len(content) % FULL_LENGTH
    return [content[at : at + FULL_LENGTH] for at in range(0, end, FULL_LENGTH)], content[end:]
