"""Forks: two signed heads of one log that cannot both be true, as a file that anybody can verify.

    mufakat/fork/v1
    older <lines>                   how many lines the older head has
    newer <lines>
    <base64 of a hash>              the way; none where both heads have the same size
                                    (an empty line)
    <the older signed checkpoint, verbatim><the newer one, verbatim>

Two heads of one size contradict each other by their roots. Of two sizes they do where a way leads to the root of the
newer one and to another root than the older one's: which tree of so many leaves a tree begins with is fixed by its own
root. So the file proves, with the log's key alone, that whoever holds that key signed two histories.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from mufakat.proof import canonical, checkpoint, merkle, note
from mufakat.proof.checkpoint import Checkpoint
from mufakat.proof.errors import ConsistencyError, ForkFileError, NoForkError, WrongOriginError
from mufakat.proof.key import VerifyKey
from mufakat.proof.reader import TileReader
from mufakat.proof.tree import HASH_LENGTH, MAX_SIZE

HEADER: Final = "mufakat/fork/v1"
MAX_LENGTH: Final = 2 * note.MAX_LENGTH + 2**14  # Bytes.
MAX_HASHES: Final = 2 * MAX_SIZE.bit_length()

_number = re.compile(r"[1-9][0-9]{0,6}").fullmatch


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What a good file proves: both heads are signed by a key of their log, and one of them is a lie."""

    older: Checkpoint
    newer: Checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """Two signed heads as they came, and the way that shows that they contradict each other. Nothing is verified yet.

    The heads end in a newline, as every signed note does. Raises ForkFileError.
    """

    older: bytes
    newer: bytes
    path: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        for name, head in (("older", self.older), ("newer", self.newer)):
            if not head.endswith(b"\n") or len(head) > note.MAX_LENGTH:
                raise ForkFileError(f"the {name} head is cut off or too long")
        if len(self.path) > MAX_HASHES or any(len(one) != HASH_LENGTH for one in self.path):
            raise ForkFileError("a line of the way is not a hash of 32 bytes in base64, or there are too many")

    def to_bytes(self) -> bytes:
        """Give the file's bytes."""
        counts = [f"{name} {_lines(head)}" for name, head in (("older", self.older), ("newer", self.newer))]
        lines = [HEADER, *counts, *map(canonical.to_base64, self.path)]
        return "\n".join(lines).encode() + b"\n\n" + self.older + self.newer

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a file, strict up to the heads, which `verify` reads. Raises ForkFileError."""
        if len(data) > MAX_LENGTH:
            raise ForkFileError("it is too long")
        head, empty, heads = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise ForkFileError("a line before the heads is not ASCII") from None
        if not empty or lines.pop(0) != HEADER:
            raise ForkFileError(f"the first line is not `{HEADER}`, or no empty line stands before the heads")
        older, newer = _count(lines, "older"), _count(lines, "newer")
        rows = heads.splitlines(keepends=True) if b"\r" not in heads else []
        if len(rows) != older + newer:
            raise ForkFileError("the heads do not have as many lines as is said")
        path = [canonical.from_base64(line, length=HASH_LENGTH) for line in lines]
        if any(one is None for one in path):
            raise ForkFileError("a line of the way is not a hash of 32 bytes in base64, or there are too many")
        return cls(
            older=b"".join(rows[:older]),
            newer=b"".join(rows[older:]),
            path=tuple(one for one in path if one is not None),
        )


def verify(fork: Fork, keys: Sequence[VerifyKey]) -> Contradiction:
    """Verify that a log's key signed two heads that cannot both be true.

    Raises what `checkpoint.open` does, WrongOriginError for heads of two logs, and NoForkError.
    """
    # (1) Both heads are signed by a trusted key of the log that they speak for.
    older, newer = (checkpoint.open(head, keys).checkpoint for head in (fork.older, fork.newer))
    # (2) It is one log.
    if older.origin != newer.origin:
        raise WrongOriginError(newer.origin)
    # (3) They contradict each other.
    if not contradict(older, newer, fork.path):
        raise NoForkError
    return Contradiction(older, newer)


def contradict(older: Checkpoint, newer: Checkpoint, path: Sequence[bytes] = ()) -> bool:
    """Ask whether two heads of one log cannot both be true, by the way that is given (none for equal sizes)."""
    if older.size == newer.size:
        return older.root != newer.root and not path
    try:
        first, second = merkle.roots_of(path, old=older.size, new=newer.size)
    except ConsistencyError:
        return False
    return second == newer.root and first != older.root


def path_of(reader: TileReader, *, old: int, new: int) -> tuple[bytes, ...]:
    """Give the way from the tiles of the newer tree, for `0 < old <= new`; empty for equal sizes.

    What the reader raises passes through.
    """
    if old == new:
        return ()
    proof = reader.consistency(old, new)
    # A proof leaves out the node that its reader is taken to know: the root of an older tree of 2^n leaves.
    return (reader.root(old), *proof) if old & (old - 1) == 0 else tuple(proof)


def _lines(head: bytes) -> int:
    return head.count(b"\n")


def _count(lines: list[str], name: str) -> int:
    word, _, digits = lines.pop(0).partition(" ") if lines else ("", "", "")
    if word != name or _number(digits) is None:
        raise ForkFileError(f"the line `{name}` is missing, or not a number of lines")
    return int(digits)
