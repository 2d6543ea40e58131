"""`mufakat log fsck`: whether a published log is whole, every byte of it, and what exactly is wrong where it is not.

1. The checkpoint is signed by a key that the reader trusts, within its tenure where the reader knows it.
2. Every entry is a leaf, strictly; every bundle and every tile of every level is what the entries make; so is the root
   (`proof.audit`).

Nothing that the log says about itself is believed but its signature. It stops at the first thing that is wrong.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from mufakat.proof import audit, canonical, leaf, tile as paths, tree, verify
from mufakat.proof.errors import BundleError, LeafError, ProofError, TileError, TileLengthError, TileMismatchError
from mufakat.proof.tile import WIDTH, Bundle, Tile
from mufakat.proof.tree import HASH_LENGTH
from mufakat.runners.log_source import AwayError, NotReadError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mufakat.proof.checkpoint import Checkpoint
    from mufakat.proof.edge import Edge
    from mufakat.proof.leaf import Leaf
    from mufakat.proof.tenure import Trusted
    from mufakat.runners.log_source import Log

STEP: Final = 2**16  # Leaves between two words about how far it is.


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong: the file, the index of the entry where it is one, and a sentence for people."""

    path: str
    index: int | None
    problem: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found out; `head` is None where the log is not even signed, `edge` is reached where it is good."""

    log: str
    head: Checkpoint | None
    wrong: Wrong | None
    edge: Edge | None = None

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return self.wrong is None

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        head, wrong = self.head, self.wrong
        return {
            "log": self.log,
            "good": self.good,
            "origin": None if head is None else head.origin,
            "size": None if head is None else head.size,
            "root": None if head is None else canonical.to_base64(head.root),
            "path": None if wrong is None else wrong.path,
            "index": None if wrong is None else wrong.index,
            "problem": None if wrong is None else wrong.problem,
        }


def check(log: Log, keys: Sequence[Trusted], *, told: Callable[[int, int], None] = lambda _, __: None) -> Checked:
    """Check a log as a whole; `told` hears how many leaves of how many are done. What is wrong is never raised."""
    # (1) The checkpoint is signed by a trusted key.
    try:
        head = verify.head(log.checkpoint(), keys=keys)
    except NotReadError as error:
        return Checked(log.name, None, Wrong(error.path, None, f"{error}."))
    except ProofError as error:
        return Checked(log.name, None, Wrong("checkpoint", None, str(error)))
    # (2) Everything is what the entries make.
    reading = Reading(log, head, told=told)
    try:
        edge = reading.read(None)
    except BadLogError as bad:
        return Checked(log.name, head, bad.wrong)
    return Checked(log.name, head, None, edge)


class BadLogError(Exception):
    """The log is not whole; `wrong` says where."""

    def __init__(self, wrong: Wrong) -> None:
        super().__init__(wrong.problem)
        self.wrong = wrong


class UnreadLogError(BadLogError):
    """It is not known whether the log is whole: a file did not come just now."""


@dataclass(slots=True)
class Reading:
    """One audit of one log up to a head, with what is needed to say where it fails."""

    log: Log
    head: Checkpoint
    told: Callable[[int, int], None] = lambda _, __: None
    each: Callable[[int, Leaf, bytes], None] | None = None
    _bundle: Bundle | None = field(default=None, init=False)
    _recent: deque[tuple[int, Sequence[bytes]]] = field(default_factory=lambda: deque(maxlen=_KEPT), init=False)
    _before: tuple[int, bytes] = field(default=(0, b""), init=False)

    def read(self, start: Edge | None) -> Edge:
        """Audit from `start` (None: the beginning) to the head. Raises BadLogError."""
        if start is not None and start.partials:
            self._before = (start.size - start.size % WIDTH, start.partials[0])
        try:
            return audit.audit(
                size=self.head.size,
                root=self.head.root,
                bundles=self._fetch,
                tiles=self.log.tile,
                start=start,
                entries=self._entries,
            )
        except NotReadError as error:
            kind = UnreadLogError if isinstance(error, AwayError) else BadLogError
            raise kind(Wrong(error.path, None, f"{error}.")) from None
        except BundleError as error:
            path = "" if self._bundle is None else self._bundle.path
            raise BadLogError(Wrong(path, None, f"{path}: {error}")) from None
        except TileLengthError as error:
            raise BadLogError(Wrong(error.path, None, str(error))) from None
        except TileMismatchError as error:
            raise BadLogError(self._mismatch(error.path)) from None
        except ProofError as error:
            raise BadLogError(Wrong("checkpoint", None, str(error))) from None

    def _fetch(self, bundle: Bundle) -> bytes:
        self._bundle = bundle
        return self.log.bundle(bundle)

    def _entries(self, first: int, entries: Sequence[bytes]) -> None:
        for index, entry in enumerate(entries, start=first):
            try:
                said = leaf.decode(entry)
            except LeafError as error:
                path = "" if self._bundle is None else self._bundle.path
                raise BadLogError(Wrong(path, index, f"{path}: entry {index} is no leaf. {error}")) from None
            if self.each is not None:
                self.each(index, said, entry)
        self._recent.append((first, entries))
        done = first + len(entries)
        if done // STEP != first // STEP:
            self.told(done, self.head.size)

    def _mismatch(self, path: str) -> Wrong:
        """Where a tile is not the one that the entries make: by its place, and for level 0 the entry."""
        one = paths.parse(path)
        if not isinstance(one, Tile):
            return Wrong(path, None, f"{path} is not the one that the entries make.")
        try:
            given, made = self.log.tile(one), self._made(one)
        except (NotReadError, TileError):
            return Wrong(path, None, f"{path} is not the one that the entries make.")
        starts = range(0, one.length, HASH_LENGTH)
        differing = [at for at in starts if given[at : at + HASH_LENGTH] != made[at : at + HASH_LENGTH]]
        if not differing:
            return Wrong(path, None, f"{path} is not the one that the entries make.")
        place = differing[0] // HASH_LENGTH
        if one.level == 0:
            index = one.index * WIDTH + place
            bundle = Bundle(one.index, one.width).path
            return Wrong(path, index, f"Entry {index} in {bundle} is not the one that {path} stands for.")
        first = (one.index * WIDTH + place) << 8 * one.level
        return Wrong(
            path, first, f"{path} is not the one that the tiles below it make: hash {place}, over leaves from {first}."
        )

    def _made(self, one: Tile) -> bytes:
        """What the entries make of a tile: at level 0 from the entries, above from the tiles below, compared before."""
        if one.level == 0:
            start = one.index * WIDTH
            first, hashes = self._before
            if first != start:
                hashes = b""
            for first, entries in self._recent:
                if start <= first < start + WIDTH:
                    hashes += b"".join(map(leaf.leaf_hash, entries))
            return hashes[: one.length]
        below = range(one.index * WIDTH, one.index * WIDTH + one.width)
        return b"".join(tree.perfect_root(self.log.tile(Tile(one.level - 1, number))) for number in below)


_KEPT: Final = 34  # Bundles: twice as many as `audit` takes at once.
