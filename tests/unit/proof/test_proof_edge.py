import base64
import json
from pathlib import Path

import pytest

from mufakat.proof import leaf, tile, tree
from mufakat.proof.edge import Edge
from mufakat.proof.errors import HashLengthError, TileLengthError, TreeSizeError
from mufakat.proof.tile import Tile

GOLDEN = json.loads((Path(__file__).parents[2] / "vectors" / "ledger_golden.json").read_text(encoding="utf-8"))
SIZES = [int(size) for size in GOLDEN["roots_base64"]]


@pytest.fixture(scope="module")
def hashes() -> list[bytes]:
    return [leaf.leaf_hash(json.dumps({"i": i, "t": "notice.received"}).encode()) for i in range(max(SIZES))]


def golden(size: int) -> bytes:
    return base64.b64decode(GOLDEN["roots_base64"][str(size)])


def grown(hashes: list[bytes], *batches: int) -> tuple[Edge, dict[Tile, bytes]]:
    """The edge after the batches, and what the store holds: the last content of each tile, by full coordinate."""
    edge, store = Edge(), {}
    for batch in batches:
        growth = edge.grow(hashes[edge.size : edge.size + batch])
        edge = growth.edge
        store.update({one.tile: one.content for one in growth.tiles})
    return edge, store


@pytest.mark.parametrize("size", SIZES)
def test_the_golden_root_grows_at_once(hashes: list[bytes], size: int) -> None:
    assert Edge().grow(hashes[:size]).root() == golden(size)


@pytest.mark.parametrize("batch", [1000, 256, 4095])
def test_the_golden_root_grows_in_batches(hashes: list[bytes], batch: int) -> None:
    edge, _ = grown(hashes[:12_767], *[batch] * (12_767 // batch + 1))
    assert (edge.size, edge.root()) == (12_767, golden(12_767))


def test_the_golden_root_grows_leaf_by_leaf(hashes: list[bytes]) -> None:
    edge, roots = Edge(), []
    for one in hashes[:257]:
        edge = edge.grow([one]).edge
        roots.append(edge.root())
    assert [roots[size - 1] for size in SIZES[1:9]] == [golden(size) for size in SIZES[1:9]]


@pytest.mark.parametrize("batches", [(70_000,), (12_767, 57_233), (256, 255, 1, 69_488), (65_536, 4464)])
def test_every_tile_of_the_tree_was_given(hashes: list[bytes], batches: tuple[int, ...]) -> None:
    _, store = grown(hashes, *batches)
    assert set(tile.tiles_of(70_000)) <= set(store)


def test_a_batch_gives_the_tiles_that_changed_and_no_other(hashes: list[bytes]) -> None:
    edge, _ = grown(hashes, 12_767)
    given = [one.tile for one in edge.grow(hashes[12_767:13_500]).tiles]
    assert given == list(tile.tiles_of(13_500, since=12_767))


def test_a_tile_holds_as_many_hashes_as_it_is_wide(hashes: list[bytes]) -> None:
    _, store = grown(hashes, 300, 400, 69_300)
    assert [one for one, content in store.items() if len(content) != one.length] == []


def test_a_partial_tile_is_a_prefix_of_the_full_one(hashes: list[bytes]) -> None:
    _, store = grown(hashes, 100, 156)
    assert store[Tile(0, 0)].startswith(store[Tile(0, 0, 100)])


def test_a_batch_of_no_leaf_changes_nothing(hashes: list[bytes]) -> None:
    edge, _ = grown(hashes, 12_767)
    growth = edge.grow([])
    assert (growth.edge, growth.tiles, growth.size) == (edge, (), 12_767)


@pytest.mark.parametrize("size", SIZES)
def test_the_edge_is_loaded_from_the_stored_tiles(hashes: list[bytes], size: int) -> None:
    edge, store = grown(hashes, size)
    assert Edge.load(size, store.__getitem__) == edge


def test_a_loaded_edge_asks_for_the_partial_tiles_alone(hashes: list[bytes]) -> None:
    _, store = grown(hashes, 70_000)
    asked: list[Tile] = []
    Edge.load(70_000, lambda one: asked.append(one) or store[one])  # type: ignore[func-returns-value]
    assert [one.path for one in asked] == ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]


def test_attack_18_a_truncated_tile_does_not_become_an_edge() -> None:
    with pytest.raises(TileLengthError):
        Edge.load(5, lambda _: bytes(4 * 32))


@pytest.mark.parametrize("size", [-1, 2**63])
def test_a_size_beyond_every_tree_is_refused(size: int) -> None:
    with pytest.raises(TreeSizeError):
        Edge.load(size, lambda one: bytes(one.length))


@pytest.mark.parametrize(
    ("size", "partials"), [(1, ()), (1, (b"",)), (0, (b"",)), (256, (bytes(32),)), (2, (bytes(32),)), (-1, ())]
)
def test_an_edge_of_another_size_is_not_made(size: int, partials: tuple[bytes, ...]) -> None:
    with pytest.raises(TreeSizeError):
        Edge(size, partials)


def test_the_biggest_tree_does_not_grow() -> None:
    edge = Edge.load(2**63 - 1, lambda one: bytes(one.length))
    with pytest.raises(TreeSizeError):
        edge.grow([bytes(32)])


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_hash_of_another_length_does_not_grow(length: int) -> None:
    with pytest.raises(HashLengthError):
        Edge().grow([bytes(32), bytes(length)])


def test_the_empty_edge_has_the_empty_root() -> None:
    assert Edge().root() == tree.empty_root()
