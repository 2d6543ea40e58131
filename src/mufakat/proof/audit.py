"""The full audit: whether the entries of a log are those that its signed root stands for.

Every entry is hashed again and every tile made again from them, so nothing that the log says about itself is believed:
an altered entry, an altered tile of any level and a missing bundle are found, and named by their path.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

from mufakat.proof.edge import Edge, Fetch, Growth
from mufakat.proof.errors import RootMismatchError, TileMismatchError, TreeSizeError
from mufakat.proof.tile import WIDTH, Bundle, bundles_of, decode_bundle, width_at
from mufakat.proof.tree import MAX_SIZE

FetchBundle = Callable[[Bundle], bytes]  # Gives the content of a bundle, exactly as wide as it is asked for.
Entries = Callable[[int, Sequence[bytes]], None]  # Is given the index of the first entry, and entries.

_LEAF: Final = b"\x00"  # As in `leaf.leaf_hash`.
_BUNDLES: Final = 16  # That many at once: 4096 entries.


def audit(  # noqa: PLR0913  What is looked at, and against what.
    *,
    size: int,
    root: bytes,
    bundles: FetchBundle,
    tiles: Fetch | None = None,
    start: Edge | None = None,
    entries: Entries | None = None,
) -> Edge:
    """Hash the entries of a log of `size` leaves again, and compare with its signed root; give the edge reached.

    `tiles`, where given, is asked for every tile, which must be the one that the entries make. `start` is the edge of a
    beginning that was audited before: the work goes on from there. `entries` sees each entry, before it is compared.
    Raises BundleError, TileMismatchError and RootMismatchError; TreeSizeError where `start` is beyond `size`.
    """
    edge = Edge() if start is None else start
    if not edge.size <= size <= MAX_SIZE:
        raise TreeSizeError
    waiting: list[bytes] = []
    for bundle in bundles_of(size, since=edge.size):
        found = decode_bundle(bundles(bundle), bundle.width)
        # A bundle that has grown since holds entries that were audited before; their hashes are in the edge.
        first = max(bundle.index * WIDTH, edge.size + len(waiting))
        fresh = found[first - bundle.index * WIDTH :]
        if entries is not None:
            entries(first, fresh)
        waiting += [sha256(_LEAF + entry).digest() for entry in fresh]
        if len(waiting) >= _BUNDLES * WIDTH:
            edge = _grown(edge, waiting, size, tiles)
            waiting.clear()
    edge = _grown(edge, waiting, size, tiles)
    if edge.root() != root:
        raise RootMismatchError
    return edge


def _grown(edge: Edge, hashes: Sequence[bytes], size: int, tiles: Fetch | None) -> Edge:
    growth = edge.grow(hashes)
    if tiles is not None:
        _compare(growth, size, tiles)
    return growth.edge


def _compare(growth: Growth, size: int, tiles: Fetch) -> None:
    for grown in growth.tiles:
        # A tile that will still grow is compared when it has.
        if grown.tile.width != width_at(grown.tile.level, grown.tile.index, size):
            continue
        if tiles(grown.tile) != grown.content:
            raise TileMismatchError(grown.tile.path)
