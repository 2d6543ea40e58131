import json
from pathlib import Path

import pytest

from mufakat.proof import tile
from mufakat.proof.errors import (
    BundleError,
    EntryTooLongError,
    TileCoordinateError,
    TileLengthError,
    TilePathError,
)
from mufakat.proof.tile import Bundle, Tile

GOLDEN = json.loads((Path(__file__).parents[2] / "vectors" / "ledger_golden.json").read_text(encoding="utf-8"))
LAYOUT = GOLDEN["layout"]
ENTRIES = [b"one", b"", b"x" * 65_535]
CONTENT = b"\x00\x03one" + b"\x00\x00" + b"\xff\xff" + b"x" * 65_535

PATHS: dict[str, Tile | Bundle] = {
    "tile/0/x001/x234/067": Tile(0, 1_234_067),
    "tile/15/x123/x456/789.p/41": Tile(15, 123_456_789, 41),
    "tile/0/000": Tile(0, 0),
    "tile/0/999": Tile(0, 999),
    "tile/0/x001/000": Tile(0, 1000),
    "tile/63/000.p/1": Tile(63, 0, 1),
    "tile/2/000.p/255": Tile(2, 0, 255),
    "tile/0/x036/x028/x797/x018/x963/967": Tile(0, tile.MAX_INDEX),
    "tile/entries/000": Bundle(0),
    "tile/entries/x001/x234/067.p/8": Bundle(1_234_067, 8),
}


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_read(path: str) -> None:
    assert tile.parse(path) == PATHS[path]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_written(path: str) -> None:
    assert PATHS[path].path == path


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/0/000.p/07",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000.p/-1",
        "tile/0/000.p/1000",
        "tile/0/000.p/8/",
        "tile/64/000",
        "tile/00/000",
        "tile/-1/000",
        "tile/+1/000",
        "tile//000",
        "tile/0/001/x234/067",
        "tile/0/x001/234/067",
        "tile/0/001234067",
        "tile/0/x001/x234/x067",
        "tile/0/x000/067",
        "tile/0/x000/x001/067",
        "tile/0/67",
        "tile/0/x1/067",
        "tile/0/X001/067",
        "tile/0/x001//067",
        "tile/0/x036/x028/x797/x018/x963/968",
        "tile/0/x001/x000/x000/x000/x000/x000/000",
        "tile/0/../0/000",
        "../tile/0/000",
        "tile/0/000/..",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/000\n",
        " tile/0/000",
        "tile/0/\u0660\u0660\u0660",
        "tile/\uff10/000",
        "tile/0/000%2ep/8",
        "tile/0/000.P/8",
        "tile/entry/000",
        "tile/entries/000.p/256",
        "tile/entries/x000/000",
        "tile/entries/0/000",
        "tile/data/000",
        "checkpoint",
        "",
    ],
)
def test_attack_19_a_path_that_is_not_the_one_spelling_is_refused(path: str) -> None:
    with pytest.raises(TilePathError):
        tile.parse(path)


@pytest.mark.parametrize(
    ("level", "index", "width"),
    [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, tile.MAX_INDEX + 1, 1), (0, 0, 0), (0, 0, 257), (0, 0, -1)],
)
def test_a_tile_beyond_every_tree_is_not_made(level: int, index: int, width: int) -> None:
    with pytest.raises(TileCoordinateError):
        Tile(level, index, width)


@pytest.mark.parametrize(("index", "width"), [(-1, 1), (0, 0), (0, 257)])
def test_a_bundle_beyond_every_log_is_not_made(index: int, width: int) -> None:
    with pytest.raises(TileCoordinateError):
        Bundle(index, width)


def test_attack_18_a_truncated_tile_is_refused() -> None:
    with pytest.raises(TileLengthError, match=r"tile/0/000 has 8000 bytes"):
        Tile(0, 0).require(bytes(8000))


@pytest.mark.parametrize("length", [0, 8160, 8191, 8193, 8224])
def test_attack_19_a_full_tile_of_another_width_is_refused(length: int) -> None:
    with pytest.raises(TileLengthError):
        Tile(0, 0).require(bytes(length))


def test_attack_19_a_tile_longer_than_its_width_is_refused() -> None:
    with pytest.raises(TileLengthError):
        Tile(0, 0, 8).require(bytes(9 * 32))


def test_a_tile_of_its_length_is_given_back() -> None:
    assert Tile(0, 0, 8).require(bytes(8 * 32)) == bytes(8 * 32)


def test_the_golden_layout_of_seventy_thousand_leaves_comes_out() -> None:
    counted = {f"L{level}": {"full": 0, "partial": 0} for level in range(3)}
    for one in tile.tiles_of(70_000):
        counted[f"L{one.level}"]["full" if one.width == tile.WIDTH else "partial"] += (
            1 if one.width == 256 else one.width
        )
    expected = {name: {"full": row["full"], "partial": row["partial"]} for name, row in LAYOUT["size_70000"].items()}
    assert counted == expected


def test_the_last_golden_tile_has_its_path() -> None:
    assert [one.path for one in tile.tiles_of(70_000)][-1] == LAYOUT["size_70000"]["L2"]["file"]


@pytest.mark.parametrize(
    ("size", "paths"),
    [
        (0, []),
        (1, ["tile/0/000.p/1"]),
        (255, ["tile/0/000.p/255"]),
        (256, ["tile/0/000", "tile/1/000.p/1"]),
        (257, ["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]),
    ],
)
def test_a_tree_has_these_tiles(size: int, paths: list[str]) -> None:
    assert [one.path for one in tile.tiles_of(size)] == paths


def test_the_biggest_tree_has_eight_partial_tiles() -> None:
    edge = tile.edge_of(2**63 - 1)
    assert [one and (one.level, one.width) for one in edge] == [*((level, 255) for level in range(7)), (7, 127)]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 70_000])
def test_the_edge_is_the_partial_tiles(size: int) -> None:
    partial = [one for one in tile.tiles_of(size) if one.width < tile.WIDTH]
    assert [one for one in tile.edge_of(size) if one is not None] == partial


@pytest.mark.parametrize(
    ("old", "new"), [(0, 70_000), (255, 256), (256, 256), (256, 257), (511, 1025), (65_535, 65_536)]
)
def test_what_a_tree_has_since_is_what_it_has_more(old: int, new: int) -> None:
    before = set(tile.tiles_of(old)) | set(tile.bundles_of(old))
    since = [*tile.tiles_of(new, since=old), *tile.bundles_of(new, since=old)]
    assert since == [one for one in [*tile.tiles_of(new), *tile.bundles_of(new)] if one not in before]


def test_the_width_of_a_tile_is_that_of_the_tree() -> None:
    assert [tile.width_at(level, index, 70_000) for level, index in [(0, 272), (0, 273), (0, 274), (1, 1), (2, 0)]] == [
        256,
        112,
        0,
        17,
        1,
    ]


def test_entries_are_written_behind_their_lengths() -> None:
    assert tile.encode_bundle(ENTRIES) == CONTENT


def test_attack_20_entries_of_no_and_of_most_bytes_are_read_back() -> None:
    assert tile.decode_bundle(CONTENT, 3) == ENTRIES


def test_attack_20_an_entry_that_no_length_can_tell_is_refused() -> None:
    with pytest.raises(EntryTooLongError):
        tile.encode_bundle([bytes(65_536)])


@pytest.mark.parametrize("cut", [1, 2, 65_535, 65_536, 65_537, 65_539, len(CONTENT)])
def test_attack_20_a_length_past_the_end_is_refused(cut: int) -> None:
    with pytest.raises(BundleError):
        tile.decode_bundle(CONTENT[:-cut], 3)


@pytest.mark.parametrize("garbage", [b"\x00", b"\x00\x00", b"\n", b"\x00\x01x"])
def test_attack_20_garbage_after_the_last_entry_is_refused(garbage: bytes) -> None:
    with pytest.raises(BundleError, match="after its last entry"):
        tile.decode_bundle(CONTENT + garbage, 3)


@pytest.mark.parametrize("width", [1, 2, 4, 256])
def test_a_bundle_of_another_width_is_refused(width: int) -> None:
    with pytest.raises(BundleError):
        tile.decode_bundle(CONTENT, width)
