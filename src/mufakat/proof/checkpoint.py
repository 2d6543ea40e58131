"""Checkpoints: the head of the log, signed (C2SP tlog-checkpoint).

The text of the note is three lines:

    origin of the log
    size of the tree, decimal
    base64 of its RFC 6962 root

Stricter than the specification where it leaves a choice: there are no extension lines, because no monitor can check
them; the origin is the name of the key that signed; a log without entries has the empty root.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from mufakat.proof import canonical, note, tree
from mufakat.proof.errors import CheckpointError, WrongOriginError
from mufakat.proof.key import SigningKey, VerifyKey, is_name
from mufakat.proof.note import SignatureLine
from mufakat.proof.tree import HASH_LENGTH, MAX_SIZE

_LINES: Final = 3
_MAX_DIGITS: Final = len(str(MAX_SIZE))

_number = re.compile(r"0|[1-9][0-9]*").fullmatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The head of a log: origin, number of leaves, 32-byte root. Raises CheckpointError, which names the line."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not is_name(self.origin):
            raise CheckpointError("the first line is not the origin of a log")
        if type(self.size) is not int or not 0 <= self.size <= MAX_SIZE:
            raise CheckpointError("the second line is not the size of a tree")
        if len(self.root) != HASH_LENGTH:
            raise CheckpointError("the third line is not a hash of 32 bytes in base64")
        if self.size == 0 and self.root != tree.empty_root():
            raise CheckpointError("the third line is not the root of a tree without leaves")

    def text(self) -> str:
        """Give the text that is signed."""
        return f"{self.origin}\n{self.size}\n{canonical.to_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text, strict to the byte. Raises CheckpointError."""
        # Only the newline ends a line, so `splitlines` would read too much.
        lines = text.split("\n")
        if len(lines) != _LINES + 1 or lines[-1]:
            raise CheckpointError("it does not have three lines")
        origin, size, encoded, _ = lines
        root = canonical.from_base64(encoded)
        if root is None:
            raise CheckpointError("the third line is not a hash of 32 bytes in base64")
        return cls(origin=origin, size=_size(size), root=root)


@dataclass(frozen=True, slots=True)
class Signed:
    """A verified checkpoint: which trusted keys signed (the log's among them), and the lines that nobody here knows.

    Cosignatures of witnesses are among `unknown` until `cosignature.check` has looked at them.
    """

    checkpoint: Checkpoint
    signed_by: tuple[VerifyKey, ...]
    unknown: tuple[SignatureLine, ...]


def sign(*signers: SigningKey, size: int, root: bytes) -> str:
    """Give the signed checkpoint; the origin is the first key's name. Raises CheckpointError and NoteError's children.

    Whether the tree may be signed, because it grew from the last one, the signer checks first (`merkle.verify_growth`).
    """
    origin = signers[0].name if signers else ""
    return note.sign(Checkpoint(origin=origin, size=size, root=root).text(), *signers)


def open(signed: bytes, known: Sequence[VerifyKey]) -> Signed:  # noqa: A001  As in `note.open`.
    """Verify a checkpoint against the keys of logs that the reader trusts.

    Raises NoteError's children, AmbiguousKeyError, CheckpointError, and WrongOriginError where the text speaks for
    another log than those whose keys signed.
    """
    # (1) The note is well-formed, and a trusted key signed it.
    opened = note.open(signed, known)
    # (2) The text is a checkpoint, to the byte.
    checkpoint = Checkpoint.parse(opened.text)
    # (3) It speaks for a log whose key signed: a reader may trust several.
    if all(key.name != checkpoint.origin for key in opened.signed_by):
        raise WrongOriginError(checkpoint.origin)
    return Signed(checkpoint, opened.signed_by, opened.unknown)


def _size(line: str) -> int:
    if len(line) > _MAX_DIGITS or _number(line) is None:
        raise CheckpointError("the second line is not the size of a tree")
    return int(line)
