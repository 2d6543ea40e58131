from typing import Any

import pytest

from mufakat.proof import canonical
from mufakat.proof.errors import TlogProofError
from mufakat.proof.tlog_proof import TlogProof

HASHES = (bytes(32), bytes(range(32)))
CHECKPOINT = "log.example/1\n5\nAAAA\n\n— log.example/1 AAAA\n".encode()
GOOD = TlogProof(index=3, hashes=HASHES, checkpoint=CHECKPOINT, extra=b"leaf")
BYTES = (
    b"c2sp.org/tlog-proof@v1\nextra bGVhZg==\nindex 3\n"
    b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n"
) + CHECKPOINT


def test_a_proof_is_written() -> None:
    assert GOOD.to_bytes() == BYTES


def test_a_proof_is_read() -> None:
    assert TlogProof.parse(BYTES) == GOOD


@pytest.mark.parametrize(
    "proof",
    [
        TlogProof(index=0, hashes=(), checkpoint=CHECKPOINT),
        TlogProof(index=2**63 - 2, hashes=HASHES[:1] * 63, checkpoint=CHECKPOINT),
        TlogProof(index=1, hashes=HASHES, checkpoint=b"\n\n\xff", extra=bytes(65_535)),
    ],
)
def test_what_is_written_is_read_back(proof: TlogProof) -> None:
    assert TlogProof.parse(proof.to_bytes()) == proof


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"@v1", b"@v2"),
        (b"c2sp", b" c2sp"),
        (b"\nextra", b"\n\nextra"),
        (b"extra bGVhZg==", b"extra "),
        (b"extra bGVhZg==", b"extra"),
        (b"extra bGVhZg==", b"extra  bGVhZg=="),
        (b"extra bGVhZg==", b"extra bGVhZg"),
        (b"extra bGVhZg==", b"extra bGVhZh=="),
        (b"extra bGVhZg==", b"extra bGVhZg==\nextra bGVhZg=="),
        (b"extra bGVhZg==", b"Extra bGVhZg=="),
        (b"extra bGVhZg==\nindex 3", b"index 3\nextra bGVhZg=="),
        (b"index 3", b"index 03"),
        (b"index 3", b"index +3"),
        (b"index 3", b"index -3"),
        (b"index 3", b"index  3"),
        (b"index 3", b"index 3 "),
        (b"index 3", b"index"),
        (b"index 3", b"index "),
        (b"index 3", b"index 9223372036854775807"),
        (b"index 3", b"index " + b"9" * 5000),
        (b"index 3", "index \u0663".encode()),
        (b"index 3\n", b""),
        (b"index 3\n", b"index 3\nindex 3\n"),
        (b"index 3", b"index 3\r"),
        (b"AAE", b"AA"),
        (b"AAE", b" AAE"),
        (b"Hh8=\n\n", b"Hh8=\n"),
        (b"Hh8=\n\n", b"Hh9=\n\n"),
        (b"Hh8=\n\n", b"Hh8=\r\n\r\n"),
        (b"Hh8=\n\n", b"Hh8=\nAAAA\n\n"),
        (BYTES, b""),
        (BYTES, b"c2sp.org/tlog-proof@v1\n"),
        (BYTES, b"c2sp.org/tlog-proof@v1\n\n"),
        (BYTES, b"c2sp.org/tlog-proof@v1\nextra bGVhZg==\n\nx"),
        (CHECKPOINT, b""),
        (CHECKPOINT, bytes(2**20)),
    ],
)
def test_other_bytes_are_refused(old: bytes, new: bytes) -> None:
    changed = BYTES.replace(old, new, 1)
    assert changed != BYTES
    with pytest.raises(TlogProofError):
        TlogProof.parse(changed)


@pytest.mark.parametrize(
    "changes",
    [
        {"index": -1},
        {"index": 2**63 - 1},
        {"hashes": (bytes(31),)},
        {"hashes": (bytes(32),) * 64},
        {"extra": b""},
        {"checkpoint": b""},
    ],
    ids="-".join,
)
def test_a_proof_that_cannot_be_read_is_not_made(changes: dict[str, Any]) -> None:
    with pytest.raises(TlogProofError):
        TlogProof(**{"index": 3, "hashes": HASHES, "checkpoint": CHECKPOINT, **changes})


def test_a_proof_that_is_too_long_is_not_written() -> None:
    with pytest.raises(TlogProofError, match="1 MiB"):
        TlogProof(index=3, hashes=(), checkpoint=CHECKPOINT, extra=bytes(2**20)).to_bytes()


def test_the_extra_is_base64_of_the_leaf() -> None:
    assert canonical.to_base64(b"leaf").encode() in BYTES
