"""Tiles and entry bundles: the log as files (C2SP tlog-tiles).

A tile is up to 256 consecutive hashes of one level, 32 bytes each; a hash of level L stands for 256^L leaves. A bundle
is the entries below one tile of level 0, each behind its length, a big-endian u16. Paths, below the log's prefix:

    tile/<level>/<index>[.p/<width>]        tile/entries/<index>[.p/<width>]

The index is written in groups of three digits, all but the last behind an `x`: 1234067 is `x001/x234/067`. `.p/<width>`
stands exactly where a tile is partial. What a tile holds is a prefix of what it will hold when it has grown.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mufakat.proof.errors import BundleError, EntryTooLongError, TileCoordinateError, TileLengthError, TilePathError
from mufakat.proof.tree import HASH_LENGTH, MAX_SIZE

WIDTH: Final = 256  # Hashes of a full tile.
FULL_LENGTH: Final = WIDTH * HASH_LENGTH  # Bytes of a full tile: 8192.
MAX_LEVEL: Final = 63
MAX_INDEX: Final = MAX_SIZE // WIDTH  # No tree has more tiles in a level.
MAX_ENTRY_LENGTH: Final = 2**16 - 1  # Bytes that the u16 can tell.

_HEIGHT: Final = 8  # Levels of the tree in one tile: 256 = 2^8.
_PREFIX_LENGTH: Final = 2  # Bytes of the length before an entry.

_path = re.compile(
    r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?!x000)(?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
).fullmatch


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile: level 0 to 63, index from 0, and width 1 to 256, where 256 is a full one.

    Raises TileCoordinateError.
    """

    level: int
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if not 0 <= self.level <= MAX_LEVEL:
            raise TileCoordinateError
        _check(self.index, self.width)

    @property
    def path(self) -> str:
        """The one path of this tile, without a slash before it."""
        return f"tile/{self.level}/{_written(self.index, self.width)}"

    @property
    def length(self) -> int:
        """How many bytes the tile has."""
        return self.width * HASH_LENGTH

    def require(self, content: bytes) -> bytes:
        """Give the content back when it has this tile's length. Raises TileLengthError."""
        if len(content) != self.length:
            raise TileLengthError(self.path, self.length, len(content))
        return content


@dataclass(frozen=True, slots=True)
class Bundle:
    """The bundle of entries `index * 256` and on, `width` of them (1 to 256). Raises TileCoordinateError."""

    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        _check(self.index, self.width)

    @property
    def path(self) -> str:
        """The one path of this bundle, without a slash before it."""
        return f"tile/entries/{_written(self.index, self.width)}"


def parse(path: str) -> Tile | Bundle:
    """Read a path, strictly: whatever `path` would not have written is refused. Raises TilePathError."""
    match = _path(path)
    if match is None:
        raise TilePathError
    level, index, width = match[1], int(match[2].replace("x", "").replace("/", "")), int(match[3] or WIDTH)
    # A full tile has no `.p`, so `.p/256` would be its second name.
    if index > MAX_INDEX or (match[3] is not None and width >= WIDTH):
        raise TilePathError
    return Bundle(index, width) if level == "entries" else Tile(int(level), index, width)


def tiles_of(size: int, *, since: int = 0) -> Iterator[Tile]:
    """Give the tiles of the tree of `size` leaves, level by level, that the tree of its first `since` did not have.

    A tile that grew is given, with the width it has now. Both sizes are between 0 and 2^63-1, `since` at most `size`.
    """
    for level in range(_levels(size)):
        old, new = since >> _HEIGHT * level, size >> _HEIGHT * level
        for index in range(old // WIDTH, new // WIDTH):
            yield Tile(level, index)
        if new % WIDTH and new != old:
            yield Tile(level, new // WIDTH, new % WIDTH)


def bundles_of(size: int, *, since: int = 0) -> Iterator[Bundle]:
    """Give the bundles of the log of `size` entries that the log of its first `since` did not have; see `tiles_of`."""
    for index in range(since // WIDTH, size // WIDTH):
        yield Bundle(index)
    if size % WIDTH and size != since:
        yield Bundle(size // WIDTH, size % WIDTH)


def edge_of(size: int) -> list[Tile | None]:
    """Give the partial tile of each level of a tree, from level 0; None where a level has none.

    They are all that is needed to go on: every full tile stands in the level above as one hash.
    """
    edge: list[Tile | None] = []
    for level in range(_levels(size)):
        index, width = divmod(size >> _HEIGHT * level, WIDTH)
        edge.append(Tile(level, index, width) if width else None)
    return edge


def width_at(level: int, index: int, size: int) -> int:
    """Give the width that a tile has in the tree of `size` leaves; 0 where the tree does not reach it."""
    return max(0, min(WIDTH, (size >> _HEIGHT * level) - index * WIDTH))


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Give the bytes of a bundle, or of a piece to append to one. Raises EntryTooLongError."""
    pieces = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_LENGTH:
            raise EntryTooLongError
        pieces += [len(entry).to_bytes(_PREFIX_LENGTH), entry]
    return b"".join(pieces)


def decode_bundle(content: bytes, width: int) -> list[bytes]:
    """Read a bundle of exactly `width` entries; an entry may be empty (the format allows it, a leaf of ours is not).

    Raises BundleError where an entry is cut off, one is missing, or bytes are left.
    """
    entries = []
    at, end = 0, len(content)
    for _ in range(width):
        start = at + _PREFIX_LENGTH
        if start > end:
            raise BundleError("has fewer entries than its width")
        at = start + int.from_bytes(content[at:start])
        if at > end:
            raise BundleError("has an entry that ends beyond it")
        entries.append(content[start:at])
    if at != end:
        raise BundleError("has bytes after its last entry")
    return entries


def _check(index: int, width: int) -> None:
    if not (0 <= index <= MAX_INDEX and 1 <= width <= WIDTH):
        raise TileCoordinateError


def _written(index: int, width: int) -> str:
    digits = f"{index % 1000:03}"
    while index := index // 1000:
        digits = f"x{index % 1000:03}/{digits}"
    return digits if width == WIDTH else f"{digits}.p/{width}"


def _levels(size: int) -> int:
    """How many levels of tiles a tree has: one for each base-256 digit of its size."""
    return (size.bit_length() + _HEIGHT - 1) // _HEIGHT
