import json
from pathlib import Path
from typing import Any

import pytest

from mufakat.proof import canonical, commitment
from mufakat.proof.errors import CommitmentError

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "receipts.json").read_text(encoding="utf-8"))
SALT = bytes(range(32))


@pytest.mark.parametrize("vector", VECTORS["commitments"], ids=lambda vector: vector["name"])
def test_the_golden_commitments_come_out(vector: dict[str, Any]) -> None:
    made = commitment.commit(vector["name"], bytes.fromhex(vector["salt_hex"]), vector["value"].encode())
    assert canonical.to_base64(made) == vector["commitment"]


def test_what_was_committed_opens() -> None:
    assert commitment.opens(commitment.commit("url", SALT, b"value"), "url", SALT, b"value")


@pytest.mark.parametrize(
    ("name", "salt", "value"),
    [
        ("url", SALT, b"Value"),
        ("payload", SALT, b"value"),
        ("url", bytes(32), b"value"),
        ("url", SALT[:31], b"\x1fvalue"),
    ],
    ids=["other-value", "swapped-field", "other-salt", "byte-moved-from-salt-to-value"],
)
def test_anything_else_does_not_open(name: str, salt: bytes, value: bytes) -> None:
    assert not commitment.opens(commitment.commit("url", SALT, b"value"), name, salt, value)


@pytest.mark.parametrize("cut", [0, 4, 31])
def test_a_shortened_commitment_does_not_open(cut: int) -> None:
    assert not commitment.opens(commitment.commit("url", SALT, b"value")[:cut], "url", SALT, b"value")


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_salt_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(CommitmentError):
        commitment.commit("url", bytes(length), b"value")


@pytest.mark.parametrize("name", ["", "URL", "a b", "url\n", "é", "a" * 33, "_a", "a1"])
def test_a_name_that_no_leaf_can_hold_is_refused(name: str) -> None:
    with pytest.raises(CommitmentError):
        commitment.commit(name, SALT, b"value")
