"""Proves what is published of a log from its files alone, as anybody would who was given the folder."""

from pathlib import Path

from mufakat.proof import checkpoint
from mufakat.proof.audit import audit
from mufakat.proof.checkpoint import Checkpoint
from mufakat.proof.key import SigningKey, VerifyKey


def key_of(data: Path, shard: str = "1") -> VerifyKey:
    """Return the key by which the shard's heads are verified."""
    return SigningKey.parse((data / "keys" / f"{shard}.key").read_text().strip()).verify_key


def proved(data: Path, key: VerifyKey, shard: str = "1") -> Checkpoint | None:
    """Return the published checkpoint, every entry and tile below it looked at; None where nothing is published.

    Raises what says why it cannot be proved: a file that is missing, cut, or another one.
    """
    folder = data / "log" / shard
    path = folder / "checkpoint"
    if not path.exists():
        return None
    head = checkpoint.open(path.read_bytes(), [key]).checkpoint
    audit(
        size=head.size,
        root=head.root,
        bundles=lambda one: (folder / one.path).read_bytes(),
        tiles=lambda one: (folder / one.path).read_bytes(),
    )
    return head


def signed(data: Path, key: VerifyKey, shard: str = "1") -> Checkpoint | None:
    """Return the head that was signed last, as the notary's file holds it."""
    path = data / "heads" / f"{shard}.note"
    return checkpoint.open(path.read_bytes(), [key]).checkpoint if path.exists() else None
