import base64
import json
from pathlib import Path
from typing import Any

import pytest

from mufakat.proof import leaf, merkle, tree
from mufakat.proof.edge import Edge
from mufakat.proof.errors import ConsistencyError, InclusionError, TileLengthError, TreeSizeError
from mufakat.proof.reader import TileReader
from mufakat.proof.tile import Tile

ROOT = Path(__file__).parents[3]
GOLDEN = json.loads((ROOT / "tests" / "vectors" / "ledger_golden.json").read_text(encoding="utf-8"))
SHARED = ROOT.parent / "shared" / "vectors" / "merkle"
INCLUSION = sorted(SHARED.glob("inclusion/**/*.json"))
CONSISTENCY = sorted(SHARED.glob("consistency/**/*.json"))
needs_shared = pytest.mark.skipif(not INCLUSION, reason="the published vectors are not beside this repository")

SIZES = [1, 2, 255, 256, 257, 65_535, 65_536, 65_537, 70_000]
EMPTY = tree.empty_root()


@pytest.fixture(scope="module")
def hashes() -> list[bytes]:
    return [leaf.leaf_hash(json.dumps({"i": i, "t": "notice.received"}).encode()) for i in range(70_000)]


@pytest.fixture(scope="module")
def tiles(hashes: list[bytes]) -> dict[tuple[int, int], bytes]:
    return {(one.tile.level, one.tile.index): one.content for one in Edge().grow(hashes).tiles}


@pytest.fixture(scope="module")
def reader(tiles: dict[tuple[int, int], bytes]) -> TileReader:
    return TileReader(lambda one: tiles[one.level, one.index][: one.length])


def read(path: Path) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    texts: dict[str, Any] = {
        name: base64.b64decode(row[name]) for name in ("root", "root1", "root2", "leafHash") if name in row
    }
    return {**row, **texts, "proof": [base64.b64decode(item) for item in row["proof"] or []]}


def holds(verify: Any, *arguments: Any, **named: Any) -> bool:
    try:
        verify(*arguments, **named)
    except (InclusionError, ConsistencyError):
        return False
    return True


@needs_shared
def test_there_are_forty_nine_published_vectors_of_each_kind() -> None:
    assert (len(INCLUSION), len(CONSISTENCY)) == (49, 49)


@needs_shared
@pytest.mark.parametrize("path", INCLUSION, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_published_inclusion_vector_agrees(path: Path) -> None:
    row = read(path)
    good = holds(
        merkle.verify_inclusion,
        row["proof"],
        index=row["leafIdx"],
        size=row["treeSize"],
        leaf_hash=row["leafHash"],
        root=row["root"],
    )
    assert good != row["wantErr"]


@needs_shared
@pytest.mark.parametrize("path", CONSISTENCY, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_published_consistency_vector_agrees(path: Path) -> None:
    row = read(path)
    good = holds(
        merkle.verify_consistency,
        row["proof"],
        old=row["size1"],
        old_root=row["root1"],
        new=row["size2"],
        new_root=row["root2"],
    )
    assert good != row["wantErr"]


@pytest.mark.parametrize("size", [int(size) for size in GOLDEN["roots_base64"]])
def test_the_golden_root_is_read_from_the_tiles(reader: TileReader, size: int) -> None:
    assert base64.b64encode(reader.root(size)).decode() == GOLDEN["roots_base64"][str(size)]


@pytest.mark.parametrize("size", SIZES)
def test_a_proof_from_tiles_verifies_at_every_boundary(reader: TileReader, hashes: list[bytes], size: int) -> None:
    root = reader.root(size)
    for index in {0, 1, 254, 255, 256, 257, size // 2, size - 2, size - 1} & set(range(size)):
        merkle.verify_inclusion(
            reader.inclusion(index, size), index=index, size=size, leaf_hash=hashes[index], root=root
        )


@pytest.mark.parametrize("new", SIZES)
@pytest.mark.parametrize("old", SIZES)
def test_a_tree_is_the_beginning_of_every_later_one(reader: TileReader, old: int, new: int) -> None:
    if old <= new:
        proof = reader.consistency(old, new)
        merkle.verify_consistency(proof, old=old, old_root=reader.root(old), new=new, new_root=reader.root(new))


def test_the_golden_log_grew_from_the_one_size_to_the_other(reader: TileReader) -> None:
    roots = {size: base64.b64decode(text) for size, text in GOLDEN["roots_base64"].items()}
    proof = reader.consistency(12_767, 70_000)
    merkle.verify_consistency(proof, old=12_767, old_root=roots["12767"], new=70_000, new_root=roots["70000"])


@pytest.mark.parametrize("index", [0, 255, 12_345, 65_536, 69_999])
def test_attack_21_a_proof_of_another_length_is_refused(reader: TileReader, hashes: list[bytes], index: int) -> None:
    proof = reader.inclusion(index, 70_000)
    whole = {"index": index, "size": 70_000, "leaf_hash": hashes[index], "root": reader.root(70_000)}
    changed = [proof[:-1], proof[1:], [*proof, bytes(32)], [bytes(32), *proof], [*proof, proof[-1]], []]
    assert [holds(merkle.verify_inclusion, one, **whole) for one in [proof, *changed]] == [True] + [False] * 6


@pytest.mark.parametrize("index", [-1, 70_000, 70_001, 2**64])
def test_attack_21_an_index_beyond_the_tree_is_refused(reader: TileReader, index: int) -> None:
    with pytest.raises(InclusionError):
        merkle.verify_inclusion(
            reader.inclusion(0, 70_000), index=index, size=70_000, leaf_hash=bytes(32), root=reader.root(70_000)
        )


def test_attack_21_a_node_does_not_pass_for_a_leaf(reader: TileReader, hashes: list[bytes]) -> None:
    # The node above leaves 0 and 1 stands in a tree of half as many leaves: with the true size no length fits.
    node = tree.node_hash(hashes[0], hashes[1])
    whole = {"index": 0, "leaf_hash": node, "root": reader.root(256)}
    proof = reader.inclusion(0, 256)[1:]
    assert not holds(merkle.verify_inclusion, proof, size=256, **whole)


def test_attack_21_the_bytes_of_a_node_hash_to_another_leaf(hashes: list[bytes]) -> None:
    root = tree.node_hash(hashes[0], hashes[1])
    forged = leaf.leaf_hash(hashes[0] + hashes[1])
    assert not holds(merkle.verify_inclusion, [], index=0, size=1, leaf_hash=forged, root=root)


def test_attack_21_a_tree_of_no_leaf_holds_none() -> None:
    with pytest.raises(InclusionError):
        merkle.verify_inclusion([], index=0, size=0, leaf_hash=EMPTY, root=EMPTY)


def test_attack_21_a_tree_of_one_leaf_holds_it() -> None:
    assert holds(merkle.verify_inclusion, [], index=0, size=1, leaf_hash=bytes(32), root=bytes(32))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_hash_of_another_length_proves_nothing(length: int) -> None:
    odd = bytes(length)
    assert [
        holds(merkle.verify_inclusion, [], index=0, size=1, leaf_hash=odd, root=odd),
        holds(merkle.verify_inclusion, [odd], index=0, size=2, leaf_hash=bytes(32), root=bytes(32)),
        holds(merkle.verify_consistency, [], old=1, old_root=odd, new=1, new_root=odd),
        holds(merkle.verify_consistency, [odd], old=1, old_root=bytes(32), new=2, new_root=bytes(32)),
    ] == [False] * 4


@pytest.mark.parametrize(("old", "new"), [(1, 2), (255, 256), (256, 257), (12_767, 70_000), (65_536, 70_000)])
def test_attack_21_a_consistency_proof_of_another_length_is_refused(reader: TileReader, old: int, new: int) -> None:
    proof = reader.consistency(old, new)
    whole = {"old": old, "old_root": reader.root(old), "new": new, "new_root": reader.root(new)}
    changed = [proof[:-1], proof[1:], [*proof, bytes(32)], [bytes(32), *proof], []]
    assert [holds(merkle.verify_consistency, one, **whole) for one in [proof, *changed]] == [True] + [False] * 5


def test_a_tree_that_shrank_is_refused(reader: TileReader) -> None:
    proof = reader.consistency(7, 8)
    assert not holds(merkle.verify_consistency, proof, old=8, old_root=reader.root(8), new=7, new_root=reader.root(7))


def test_a_fork_of_equal_size_is_refused(reader: TileReader) -> None:
    assert not holds(merkle.verify_consistency, [], old=8, old_root=reader.root(8), new=8, new_root=bytes(32))


def test_about_a_tree_of_no_leaf_nothing_is_proved(reader: TileReader) -> None:
    with pytest.raises(ConsistencyError):
        merkle.verify_consistency([], old=0, old_root=EMPTY, new=8, new_root=reader.root(8))


@pytest.mark.parametrize(("new", "root"), [(0, EMPTY), (8, bytes(32))])
def test_every_log_may_grow_from_nothing(new: int, root: bytes) -> None:
    assert holds(merkle.verify_growth, [], old=0, old_root=EMPTY, new=new, new_root=root)


@pytest.mark.parametrize(
    ("proof", "old_root", "new", "new_root"),
    [
        ([bytes(32)], EMPTY, 8, bytes(32)),
        ([], bytes(32), 8, bytes(32)),
        ([], EMPTY, 0, bytes(32)),
        ([], EMPTY, 8, EMPTY),
        ([], EMPTY, 8, b""),
        ([], EMPTY, -1, bytes(32)),
    ],
    ids=["a-proof", "another-empty-root", "size-0-with-a-root", "size-8-without", "no-hash", "negative"],
)
def test_growth_from_nothing_with_anything_else_is_refused(
    proof: list[bytes], old_root: bytes, new: int, new_root: bytes
) -> None:
    with pytest.raises(ConsistencyError):
        merkle.verify_growth(proof, old=0, old_root=old_root, new=new, new_root=new_root)


def test_growth_is_consistency(reader: TileReader) -> None:
    proof, roots = reader.consistency(7, 8), {"old_root": reader.root(7), "new_root": reader.root(8)}
    assert [
        holds(merkle.verify_growth, proof, old=7, new=8, **roots),
        holds(merkle.verify_growth, [], old=7, new=8, **roots),
    ] == [True, False]


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 8), (8, 8)])
def test_from_nothing_and_to_itself_the_proof_is_empty(reader: TileReader, old: int, new: int) -> None:
    assert reader.consistency(old, new) == []


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (0, 0), (1, 1), (0, 2**63)])
def test_a_leaf_outside_the_tree_has_no_proof(reader: TileReader, index: int, size: int) -> None:
    with pytest.raises(TreeSizeError):
        reader.inclusion(index, size)


@pytest.mark.parametrize(("old", "new"), [(-1, 1), (2, 1), (0, 2**63)])
def test_no_tree_grows_backwards(reader: TileReader, old: int, new: int) -> None:
    with pytest.raises(TreeSizeError):
        reader.consistency(old, new)


def test_attack_14_a_proof_from_an_altered_tile_does_not_verify(
    tiles: dict[tuple[int, int], bytes], hashes: list[bytes], reader: TileReader
) -> None:
    altered = {**tiles, (1, 0): bytes(32) + tiles[1, 0][32:]}
    proof = TileReader(lambda one: altered[one.level, one.index][: one.length]).inclusion(300, 70_000)
    with pytest.raises(InclusionError):
        merkle.verify_inclusion(proof, index=300, size=70_000, leaf_hash=hashes[300], root=reader.root(70_000))


def test_attack_18_no_proof_is_made_from_a_truncated_tile(tiles: dict[tuple[int, int], bytes]) -> None:
    reader = TileReader(lambda one: tiles[one.level, one.index][:8000])
    with pytest.raises(TileLengthError):
        reader.inclusion(0, 70_000)


def test_a_tile_is_asked_for_once(tiles: dict[tuple[int, int], bytes]) -> None:
    asked: list[Tile] = []

    def fetch(one: Tile) -> bytes:
        asked.append(one)
        return tiles[one.level, one.index][: one.length]

    reader = TileReader(fetch)
    for index in range(0, 70_000, 999):
        reader.inclusion(index, 70_000)
    assert len(asked) == len(set(asked))
