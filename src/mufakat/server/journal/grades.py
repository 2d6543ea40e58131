"""Receipts of every grade: what the operator says, what the log proves, and what witnesses saw.

A receipt of custody is there with its event. One of inclusion is there once the leaf is in the signed log, and one that
is witnessed once witnesses have cosigned that head. Whoever can wait for a moment gets a better one.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from mufakat.proof import checkpoint
from mufakat.proof.tlog_proof import TlogProof
from mufakat.rules.errors import NotFoundError
from mufakat.server.journal import inclusion, queries, signer, tiles

if TYPE_CHECKING:
    from mufakat.server.journal.models import Event

LONGEST: Final = 10  # Seconds that a request may wait.
LOOK: Final = 0.05  # Seconds between two looks at the log, which takes leaves in every tenth of a second.
WAITERS: Final = 2  # Requests that wait at once: each holds one of the server's threads. One more is answered at once.

_turns = threading.BoundedSemaphore(WAITERS)


class Grade(StrEnum):
    """How much a receipt proves, rising."""

    CUSTODY = "custody"  # The operator took it.
    INCLUSION = "inclusion"  # The log holds it.
    WITNESSED = "witnessed"  # Witnesses saw the log with it.


WAITS: Final = {
    Grade.INCLUSION: "The leaf waits for the log, a minute at most; come again for the proof that it is in the log.",
    Grade.WITNESSED: "No witness has cosigned the log with this leaf yet; the grade inclusion needs none.",
}


class NotYetError(NotFoundError):
    """The receipt of this grade is not there yet; the sentence says what it waits for."""

    def __init__(self, grade: Grade) -> None:
        self.grade = grade
        super().__init__(f"receipt of grade {grade}")

    def __str__(self) -> str:
        return WAITS[self.grade]


@dataclass(frozen=True, slots=True)
class Graded:
    """A receipt as a file, and whether it was waited for."""

    grade: Grade
    content: bytes
    waited: bool = False

    def name(self, of: str) -> str:
        """What its file is called: by its ending people know what it is."""
        return f"{of}.receipt" if self.grade is Grade.CUSTODY else f"{of}.tlog-proof"


def read(text: str) -> Grade | None:
    """The grade that is asked for; None where none is named. Raises NotFoundError."""
    if not text:
        return None
    try:
        return Grade(text)
    except ValueError:
        raise NotFoundError(f"receipt of grade {text[:20]!a} (there are: {', '.join(Grade)})") from None


def of(event: Event, grade: Grade) -> Graded:
    """The receipt of an event in this grade. Raises NotYetError."""
    if grade is Grade.CUSTODY:
        return Graded(grade, queries.custody(event).encode())
    proof = inclusion.proof_of(event)
    if proof is None or (grade is Grade.WITNESSED and not is_cosigned(event.shard, proof)):
        raise NotYetError(grade)
    return Graded(grade, proof)


def awaited(event: Event, grade: Grade | None, *, seconds: int) -> Graded:
    """The same, waiting so long for it (LONGEST at most).

    Where no grade is named and there is time, the best one that is reached by then. Raises NotYetError.
    """
    wanted = grade or (Grade.INCLUSION if seconds else Grade.CUSTODY)
    waited = False
    if seconds and _may_come(event.shard, wanted):
        waited = _wait(event, until=time.monotonic() + min(seconds, LONGEST))
    try:
        return replace(of(event, wanted), waited=waited)
    except NotYetError:
        if grade is None:
            return replace(of(event, Grade.CUSTODY), waited=waited)
        raise


def _may_come(shard: str, grade: Grade) -> bool:
    """Whether a moment may bring it. Where no witness cosigns the log none will in this moment either."""
    if grade is Grade.WITNESSED:
        head = tiles.head_of(shard)
        return head is not None and _bears_others(shard, head.note.encode())
    return grade is Grade.INCLUSION


def _wait(event: Event, *, until: float) -> bool:
    """Wait until the log holds the leaf, or for nothing where too many do; whether it waited at all.

    A look reads one number, and no tile.
    """
    if not _turns.acquire(blocking=False):
        return False
    waited = False
    try:
        while tiles.size_of(event.shard) <= event.position and time.monotonic() + LOOK <= until:
            waited = True
            time.sleep(LOOK)
        return waited
    finally:
        _turns.release()


def is_cosigned(shard: str, proof: bytes) -> bool:
    """Whether the head bears a line that is not the log's own; whose it is, whoever verifies it decides."""
    return _bears_others(shard, TlogProof.parse(proof).checkpoint)


def _bears_others(shard: str, note: bytes) -> bool:
    return bool(checkpoint.open(note, signer.verify_keys(shard)).unknown)
