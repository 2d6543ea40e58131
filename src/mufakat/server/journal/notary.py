"""Who signs the heads of a log, and remembers each before it leaves: witness number zero.

Behind this narrow door lies one rule: a head is signed only if the log of the last head that was signed is the
beginning of its log, and that is proved with every question. What was signed lies in a file of its own, beside the
database, as the signed note itself, and is durable before the signature is given away. So neither a bug of ours nor a
backup of the database that was put back makes two logs out of one: they are refused here.

Several processes may ask; they take turns by a lock on the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from mufakat.proof import checkpoint, merkle
from mufakat.proof.errors import ConsistencyError, ProofError
from mufakat.server.journal import signer
from mufakat.server.journal.files import locked, write_private

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from mufakat.proof.checkpoint import Checkpoint


class NotaryError(RuntimeError):
    """The head is not signed; the sentence says why, and what to do."""


class ForkError(NotaryError):
    """The log that is to be signed is not the one that was signed before: a backup was put back, or worse."""


class NotaryFileError(NotaryError):
    """What was signed last cannot be read."""


def folder() -> Path:
    """Where heads are remembered."""
    return Path(settings.MUFAKAT_DATA, "heads")


class Notary:
    """Signs the heads of one shard."""

    def __init__(self, shard: str) -> None:
        self._shard = shard
        self._path = folder() / f"{shard}.note"

    def last(self) -> Checkpoint | None:
        """The last head that was signed; None where there was none. Raises NotaryFileError."""
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise NotaryFileError(f"{self._path} cannot be read: {error.strerror}") from None
        try:
            return checkpoint.open(raw, signer.verify_keys(self._shard)).checkpoint
        except ProofError as error:
            raise NotaryFileError(f"{self._path} is not what was written there: {error}") from None

    def held(self) -> AbstractContextManager[None]:
        """Nobody signs a head while the block runs, of no process; whoever holds it must not sign."""
        return locked(self._path.with_suffix(".lock"))

    def sign(self, size: int, root: bytes, proof: Callable[[int], Sequence[bytes]]) -> str:
        """Give the signed note of this head. `proof` leads to it from the last signed size, which is smaller.

        The same head again is given as it was signed. Raises ForkError, NotaryFileError, and what `proof` raises.
        """
        with self.held():
            last = self.last()
            if last is not None and last.size == size and last.root == root:
                return self._path.read_text(encoding="utf-8")
            if last is not None:
                self._require_successor(last, size, root, proof)
            note = checkpoint.sign(*signer.signing_keys(self._shard, size), size=size, root=root)
            write_private(self._path, note, replace=True)
        return note

    def _require_successor(
        self, last: Checkpoint, size: int, root: bytes, proof: Callable[[int], Sequence[bytes]]
    ) -> None:
        if size <= last.size:
            raise ForkError(
                f"the log of shard {self._shard} was signed at {last.size} leaves and would now be signed at {size}: "
                "an older database was put back. Nothing is signed; see `mufakat log recover`."
            )
        try:
            merkle.verify_growth(proof(last.size), old=last.size, old_root=last.root, new=size, new_root=root)
        except ConsistencyError:
            raise ForkError(
                f"the log of shard {self._shard} with {size} leaves does not begin with the {last.size} that were "
                "signed. Nothing is signed; see `mufakat log recover`."
            ) from None
