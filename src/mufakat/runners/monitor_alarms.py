"""What a monitor tells: alarms, each of one kind, in words that somebody reads at night."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What is wrong. A name, once given, stays: others wait for it in their own programs."""

    # What was served.
    UNREACHABLE = "unreachable"  # Nothing came, or not all of it.
    UNSIGNED = "unsigned"  # The head is not signed by a key that is trusted.
    BROKEN = "broken"  # Entries, tiles and the signed root do not agree (as `log fsck` finds it).
    FORK = "fork"  # Two signed heads that cannot both be true, proven in a file.
    UNSHOWN = "unshown"  # It is not shown that the log only grew; no file proves more.
    ROLLBACK = "rollback"  # A smaller log than was seen before.
    STALE = "stale"  # An old view: somebody else has seen more, or nothing came for too long.
    OMITTED = "omitted"  # A receipt promised that the log holds a leaf, and it does not.
    # What the leaves say.
    DUPLICATE = "duplicate"  # One event, twice.
    CHANNEL = "channel"  # A number is missing in a channel, or it has two continuations.
    TIME = "time"  # A time that goes back, lies ahead, or comes too late.
    MEMBERS = "members"  # What an event of this type cannot have, or must.
    ORDER = "order"  # Something before what it needs.
    RESTRICTION = "restriction"  # Closed without an order, a law, an end or two approvals; or not ended.
    DECISION = "decision"  # Without its reasons.
    STATISTICS = "statistics"  # A published report that the log contradicts.
    # What is shown beside them.
    DISCLOSURE = "disclosure"  # Not what the leaf commits to, or gone without an erasure.


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alarm. `index` and `event` name the leaf where it is about one, `file` what proves it where something does.

    `source` is whoever served it; `log` its origin, None where no head of it could be verified.
    """

    kind: Kind
    source: str
    said: str
    log: str | None = None
    index: int | None = None
    event: str | None = None
    file: str | None = None

    def as_json(self, *, at: str) -> dict[str, Any]:
        """For machines, with the time at which it was found."""
        return {
            "at": at,
            "alarm": self.kind.value,
            "log": self.log,
            "source": self.source,
            "index": self.index,
            "event": self.event,
            "file": self.file,
            "said": self.said,
        }
