import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from mufakat.proof import leaf, tile
from mufakat.proof.audit import audit
from mufakat.proof.edge import Edge
from mufakat.proof.errors import BundleError, RootMismatchError, TileMismatchError, TreeSizeError
from mufakat.proof.tile import Bundle, Tile

GOLDEN = json.loads((Path(__file__).parents[2] / "vectors" / "ledger_golden.json").read_text(encoding="utf-8"))
SIZE = 70_000
ENTRIES = [json.dumps({"i": i, "t": "notice.received"}).encode() for i in range(SIZE)]


def root(size: int) -> bytes:
    return base64.b64decode(GOLDEN["roots_base64"][str(size)])


def bundle(one: Bundle) -> bytes:
    return tile.encode_bundle(ENTRIES[one.index * 256 :][: one.width])


def altered(one: Bundle) -> bytes:
    return bundle(one).replace(b'"i": 25600,', b'"i": 25601,')


@pytest.fixture(scope="module")
def tiles() -> dict[Tile, bytes]:
    return {one.tile: one.content for one in Edge().grow([leaf.leaf_hash(entry) for entry in ENTRIES]).tiles}


@pytest.mark.parametrize("size", [int(size) for size in GOLDEN["roots_base64"]])
def test_the_golden_root_comes_out_of_the_bundles(size: int) -> None:
    assert audit(size=size, root=root(size), bundles=bundle).root() == root(size)


def test_every_tile_of_the_log_is_compared(tiles: dict[Tile, bytes]) -> None:
    asked: list[Tile] = []

    def fetch(one: Tile) -> bytes:
        asked.append(one)
        return tiles[one]

    audit(size=SIZE, root=root(SIZE), bundles=bundle, tiles=fetch)
    assert (len(asked), set(asked)) == (len(set(asked)), set(tile.tiles_of(SIZE)))


def test_every_entry_is_shown_once_in_order() -> None:
    shown: list[bytes] = []

    def entries(first: int, some: Sequence[bytes]) -> None:
        assert first == len(shown)
        shown.extend(some)

    audit(size=12_767, root=root(12_767), bundles=bundle, entries=entries)
    assert shown == ENTRIES[:12_767]


@pytest.mark.parametrize("start", [0, 1, 256, 12_700, 12_767])
def test_an_audit_goes_on_from_where_one_ended(start: int) -> None:
    before = Edge().grow([leaf.leaf_hash(entry) for entry in ENTRIES[:start]]).edge
    shown: list[bytes] = []
    audit(
        size=12_767,
        root=root(12_767),
        bundles=bundle,
        start=before,
        entries=lambda _, some: shown.extend(some),
    )
    assert shown == ENTRIES[start:12_767]


def test_attack_6_two_entries_in_another_order_are_found(tiles: dict[Tile, bytes]) -> None:
    def swapped(one: Bundle) -> bytes:
        entries = ENTRIES[one.index * 256 :][: one.width]
        if one.index == 100:
            entries[7], entries[8] = entries[8], entries[7]
        return tile.encode_bundle(entries)

    with pytest.raises(TileMismatchError, match=r"tile/0/100 "):
        audit(size=SIZE, root=root(SIZE), bundles=swapped, tiles=tiles.__getitem__)
    with pytest.raises(RootMismatchError):
        audit(size=SIZE, root=root(SIZE), bundles=swapped)


def test_attack_13_an_altered_entry_is_found_by_its_tile(tiles: dict[Tile, bytes]) -> None:
    with pytest.raises(TileMismatchError, match=r"tile/0/100 "):
        audit(size=SIZE, root=root(SIZE), bundles=altered, tiles=tiles.__getitem__)


def test_an_altered_entry_is_found_without_tiles() -> None:
    with pytest.raises(RootMismatchError):
        audit(size=SIZE, root=root(SIZE), bundles=altered)


@pytest.mark.parametrize("where", [Tile(0, 7), Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1), Tile(0, 273, 112)])
def test_attack_14_an_altered_tile_of_any_level_is_found(tiles: dict[Tile, bytes], where: Tile) -> None:
    wrong = {**tiles, where: bytes(32) + tiles[where][32:]}
    with pytest.raises(TileMismatchError) as caught:
        audit(size=SIZE, root=root(SIZE), bundles=bundle, tiles=wrong.__getitem__)
    assert caught.value.path == where.path


def test_attack_15_a_missing_bundle_passes_through() -> None:
    nothing: dict[Bundle, bytes] = {}
    with pytest.raises(KeyError):
        audit(size=SIZE, root=root(SIZE), bundles=nothing.__getitem__)


def test_attack_20_a_bundle_cut_off_is_refused() -> None:
    with pytest.raises(BundleError):
        audit(size=SIZE, root=root(SIZE), bundles=lambda one: bundle(one)[:-1])


def test_a_dropped_entry_is_found() -> None:
    with pytest.raises(RootMismatchError):
        audit(size=12_766, root=root(12_767), bundles=bundle)


@pytest.mark.parametrize("changes", [{"size": -1}, {"size": 2**63}, {"size": 0, "start": Edge(1, (bytes(32),))}])
def test_a_size_that_the_audit_cannot_reach_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(TreeSizeError):
        audit(**{"root": root(0), "bundles": bundle, **changes})
