"""What a monitor tells: alarms, each of one kind, in words that somebody reads at night."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

MOST: Final = 50  # Alarms of one kind that are listed of one look; a log can be made to give any number.
LONGEST: Final = 1000  # Characters of a sentence: names in it may be somebody else's, and as long as they like.


class Kind(StrEnum):
    """What is wrong. A name, once given, stays: others wait for it in their own programs."""

    # What was served.
    UNREACHABLE = "unreachable"  # Nothing came, or not all of it.
    UNSIGNED = "unsigned"  # The head is not signed by a key that is trusted.
    SWAPPED = "swapped"  # A server that showed one log shows another in its place.
    BROKEN = "broken"  # Entries, tiles and the signed root do not agree (as `log fsck` finds it).
    FORK = "fork"  # Two signed heads that cannot both be true, proven in a file.
    UNSHOWN = "unshown"  # It is not shown that the log only grew; no file proves more.
    ROLLBACK = "rollback"  # A smaller log than was seen before.
    STALE = "stale"  # An old view: somebody else has seen more, or nothing came for too long.
    OMITTED = "omitted"  # A receipt promised that the log holds a leaf, and it does not.
    UNKEPT = "unkept"  # What was found out cannot be remembered here: the state or its disk.
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


@dataclass(slots=True)
class Alarms:
    """What one look at one log found: of each kind the first ones, and how many more there were."""

    source: str
    log: str
    _listed: list[Alarm] = field(default_factory=list)
    _found: Counter[Kind] = field(default_factory=Counter)

    def add(self, kind: Kind, said: str, *, index: int | None = None, event: str | None = None) -> None:
        """Another one; of a leaf where `index` names it."""
        self._found[kind] += 1
        if self._found[kind] > MOST:
            return
        words = said if index is None else f"Entry {index}: {said}."
        if len(words) > LONGEST:
            words = f"{words[:LONGEST]} …"
        self._listed.append(Alarm(kind=kind, source=self.source, log=self.log, index=index, event=event, said=words))

    def all(self) -> list[Alarm]:
        """Those that are listed, and one more of each kind of which not all are."""
        more = [(kind, count - MOST) for kind, count in self._found.items() if count > MOST]
        said = "more alarms of this kind were found, and are not listed."
        left = [Alarm(kind=kind, source=self.source, log=self.log, said=f"{count} {said}") for kind, count in more]
        return [*self._listed, *left]
