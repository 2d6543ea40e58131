"""What is published of a log: the checkpoint among its files, as anybody reads it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from mufakat.proof import checkpoint
from mufakat.proof.errors import ProofError
from mufakat.server.journal import signer
from mufakat.server.journal.tiles import BrokenLogError

if TYPE_CHECKING:
    from mufakat.proof.checkpoint import Checkpoint

CHECKPOINT = "checkpoint"


def folder(shard: str) -> Path:
    """Where the files of a shard lie; their paths below it are those of the addresses."""
    return Path(settings.MUFAKAT_DATA, "log", shard)


def head_of(shard: str) -> Checkpoint | None:
    """The published checkpoint; None where none is. Raises BrokenLogError."""
    path = folder(shard) / CHECKPOINT
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BrokenLogError(f"{path} cannot be read: {error.strerror}") from None
    try:
        return checkpoint.open(raw, signer.verify_keys(shard)).checkpoint
    except ProofError as error:
        raise BrokenLogError(f"the published checkpoint of shard {shard} does not verify: {error}") from None
