"""Inclusion receipts as files, `.tlog-proof` (C2SP tlog-proof).

    c2sp.org/tlog-proof@v1
    extra <base64>                  only where there is something
    index <decimal>
    <base64 of a hash>              from the leaf's sibling upwards, as many as there are
                                    (an empty line)
    <the signed checkpoint, verbatim>

Nobody signs `extra`; here it is the bytes of the leaf. Whoever reads it hashes it, and believes nothing in it before
the proof leads from that hash to the signed root (`verify`).
"""

import re
from dataclasses import dataclass
from typing import Final, Self

from mufakat.proof import canonical, note
from mufakat.proof.errors import TlogProofError
from mufakat.proof.tree import HASH_LENGTH, MAX_SIZE

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_LENGTH: Final = note.MAX_LENGTH  # Bytes; ours have one or two thousand.
MAX_HASHES: Final = MAX_SIZE.bit_length()  # No tree is higher.

_MAX_DIGITS: Final = len(str(MAX_SIZE))

_number = re.compile(r"0|[1-9][0-9]*").fullmatch


@dataclass(frozen=True, slots=True, kw_only=True)
class TlogProof:
    """A proof that was read or is to be written; nothing about it is verified.

    `index` is the leaf's, from 0, `hashes` have 32 bytes, `checkpoint` is the signed note as it came, `extra` any bytes
    but none, or None. Raises TlogProofError, which names the line.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def __post_init__(self) -> None:
        if self.extra is not None and not self.extra:
            raise TlogProofError("the line `extra` is empty")
        if type(self.index) is not int or not 0 <= self.index < MAX_SIZE:
            raise TlogProofError("the line `index` is not the index of a leaf")
        if len(self.hashes) > MAX_HASHES or any(len(item) != HASH_LENGTH for item in self.hashes):
            raise TlogProofError("a line of the proof is not a hash of 32 bytes in base64, or there are more than 63")
        if not self.checkpoint:
            raise TlogProofError("it holds no checkpoint")

    def to_bytes(self) -> bytes:
        """Give the file's bytes. Raises TlogProofError where they would be too many."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {canonical.to_base64(self.extra)}")
        lines += [f"index {self.index}", *map(canonical.to_base64, self.hashes)]
        data = "\n".join(lines).encode() + b"\n\n" + self.checkpoint
        if len(data) > MAX_LENGTH:
            raise TlogProofError("it is longer than 1 MiB")
        return data

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a file, strict up to the checkpoint, which `checkpoint.open` reads. Raises TlogProofError."""
        if len(data) > MAX_LENGTH:
            raise TlogProofError("it is longer than 1 MiB")
        # The first empty line separates: no line before it may be empty.
        head, empty, checkpoint = data.partition(b"\n\n")
        if not empty:
            raise TlogProofError("no empty line stands before the checkpoint")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise TlogProofError("a line before the checkpoint is not ASCII") from None
        if lines.pop(0) != HEADER:
            raise TlogProofError("the first line is not `c2sp.org/tlog-proof@v1`")
        extra = _extra(lines.pop(0)) if lines and lines[0].startswith("extra ") else None
        if not lines:
            raise TlogProofError("the line `index` is missing")
        index = _index(lines.pop(0))
        return cls(index=index, hashes=tuple(map(_hash, lines)), checkpoint=checkpoint, extra=extra)


def _extra(line: str) -> bytes:
    extra = canonical.from_base64(line.removeprefix("extra "))
    if not extra:
        raise TlogProofError("the line `extra` is not canonical base64 of something")
    return extra


def _index(line: str) -> int:
    digits = line.removeprefix("index ")
    if digits == line or len(digits) > _MAX_DIGITS or _number(digits) is None:
        raise TlogProofError("the line `index` is not the index of a leaf")
    return int(digits)


def _hash(line: str) -> bytes:
    digest = canonical.from_base64(line, length=HASH_LENGTH)
    if digest is None:
        raise TlogProofError("a line of the proof is not a hash of 32 bytes in base64")
    return digest
