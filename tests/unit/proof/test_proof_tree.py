import base64
import hashlib
import json
from pathlib import Path

import pytest

from mufakat.proof import leaf, tree
from mufakat.proof.errors import HashLengthError

GOLDEN = json.loads((Path(__file__).parents[2] / "vectors" / "ledger_golden.json").read_text(encoding="utf-8"))
SIZES = [0, 1, 2, 3, 7, 8, 255, 256, 257, 12767, 70000]


@pytest.fixture(scope="module")
def hashes() -> list[bytes]:
    return [leaf.leaf_hash(json.dumps({"i": i, "t": "notice.received"}).encode()) for i in range(max(SIZES))]


@pytest.mark.parametrize("size", SIZES)
def test_the_golden_root_comes_out(hashes: list[bytes], size: int) -> None:
    assert base64.b64encode(tree.root(hashes[:size])).decode() == GOLDEN["roots_base64"][str(size)]


def test_the_golden_file_holds_no_other_size() -> None:
    assert [int(size) for size in GOLDEN["roots_base64"]] == SIZES


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert tree.empty_root().hex() == GOLDEN["hash"]["empty_root_hex"]


def test_the_leaf_of_the_empty_string_has_its_golden_hash() -> None:
    assert leaf.leaf_hash(b"").hex() == GOLDEN["hash"]["leaf_of_empty_string_hex"]


def test_the_first_and_last_golden_leaves_have_their_hashes(hashes: list[bytes]) -> None:
    expected = [GOLDEN["leaf_hash_0_base64"], GOLDEN["leaf_hash_69999_base64"]]
    assert [base64.b64encode(item).decode() for item in (hashes[0], hashes[-1])] == expected


def test_a_leaf_cannot_pass_for_a_node() -> None:
    left, right = hashlib.sha256(b"l").digest(), hashlib.sha256(b"r").digest()
    assert leaf.leaf_hash(left + right) != tree.node_hash(left, right)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_hash_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(HashLengthError):
        tree.root([bytes(32), bytes(length)])
