"""What happens to banks, policies, hits and notifications in the course of screening: states, and who may move them.

The engine (``screening``) answers and does nothing; what follows from its answers is ruled here. Nothing acts on what
one person alone put in: an entry acts after somebody else looked at it (I-17), a policy is promoted by a second person
who saw what it would do, and a measure that no agreement allows to a machine waits for a person (I-06). An authority
learns of nothing but counts unless a named person releases a notification (I-14).

Pure: plain values in, plain values out.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeVar

from mufakat.rules.errors import ScreeningStandsError
from mufakat.rules.notice import Category, NoticeKind

MAX_BANKS: Final = 200
"""Banks of one platform."""

HOLD: Final = timedelta(hours=24)
"""How long an item is held without a person's decision; then it is let go (a hold is no silent block)."""

NOTIFICATION: Final = timedelta(days=14)
"""How long a notification waits for a named person; then it lapses, and nobody was told."""

SAMPLE: Final = timedelta(days=30)
"""How long items that were handed in to try policies on are kept."""

FRESH: Final = timedelta(days=7)
"""How old the back-test may be on whose figures a policy is promoted."""

LEAST: Final = 10
"""k: a count below it is never told (I-14)."""


class EntryState(StrEnum):
    """How an entry of a bank stands."""

    SHADOW = "shadow"  # A second person looks at it next; until then it is told and does nothing (I-17).
    LIVE = "live"
    DECLINED = "declined"
    RETRACTED = "retracted"  # It acts no more, and what it hit is restored.


class EntryDeed(StrEnum):
    """What moves an entry."""

    ACCEPT = "accept"
    DECLINE = "decline"
    RETRACT = "retract"


class Origin(StrEnum):
    """Whence an entry came."""

    HAND = "hand"
    IMPORT = "import"
    NOTICE = "notice"  # A decided notice proposed it.


class PolicyState(StrEnum):
    """How a version of a policy stands."""

    PROPOSED = "proposed"  # It can be tried on samples, and begin its shadow run.
    SHADOW = "shadow"  # It judges beside the live one, and does nothing.
    LIVE = "live"
    DECLINED = "declined"
    ENDED = "ended"  # Retracted, or replaced by another version.


class PolicyDeed(StrEnum):
    """What moves a version of a policy."""

    BEGIN_SHADOW = "begin_shadow"
    PROMOTE = "promote"
    DECLINE = "decline"
    END = "end"


class HitState(StrEnum):
    """What became of an item that a rule hit."""

    TOLD = "told"  # A label or a warning: the platform was told; nothing else follows.
    HELD = "held"  # A reviewer decides next, or the hold ends by itself.
    RELEASED = "released"  # A reviewer let it go, or nobody decided in time.
    BLOCKED = "blocked"  # By a decision with its statement of reasons.
    RESTORED = "restored"  # What was done to it is undone.


class HitDeed(StrEnum):
    """What moves a hit."""

    RELEASE = "release"
    BLOCK = "block"
    LAPSE = "lapse"
    RESTORE = "restore"


class NotificationState(StrEnum):
    """How a notification to an authority stands."""

    WAITING = "waiting"  # A named person of the platform decides next.
    RELEASED = "released"
    DECLINED = "declined"
    LAPSED = "lapsed"


class NotificationDeed(StrEnum):
    """What moves a notification."""

    RELEASE = "release"
    DECLINE = "decline"
    LAPSE = "lapse"


class RestoringState(StrEnum):
    """How the undoing of what an entry or a policy hit stands."""

    RUNNING = "running"
    DONE = "done"


FEEDING = frozenset(NoticeKind) - {NoticeKind.OWN_DETECTION}
"""The kinds of notice whose decision proposes entries: what a platform found itself, it knows already."""

PROPOSING = frozenset(Category) - {Category.PRIVACY}
"""The categories of which it does: what speaks of one person's affairs is not looked for beyond its case."""

S = TypeVar("S", EntryState, PolicyState, HitState, NotificationState)

ENTRIES: Mapping[tuple[EntryState, EntryDeed], EntryState] = MappingProxyType(
    {
        (EntryState.SHADOW, EntryDeed.ACCEPT): EntryState.LIVE,
        (EntryState.SHADOW, EntryDeed.DECLINE): EntryState.DECLINED,
        (EntryState.SHADOW, EntryDeed.RETRACT): EntryState.RETRACTED,
        (EntryState.LIVE, EntryDeed.RETRACT): EntryState.RETRACTED,
    }
)
AFTER: Mapping[EntryDeed, EntryState] = MappingProxyType({deed: after for (_, deed), after in ENTRIES.items()})
"""Where each deed leads to, from wherever it is open."""
POLICIES: Mapping[tuple[PolicyState, PolicyDeed], PolicyState] = MappingProxyType(
    {
        (PolicyState.PROPOSED, PolicyDeed.BEGIN_SHADOW): PolicyState.SHADOW,
        (PolicyState.PROPOSED, PolicyDeed.DECLINE): PolicyState.DECLINED,
        (PolicyState.SHADOW, PolicyDeed.PROMOTE): PolicyState.LIVE,
        (PolicyState.SHADOW, PolicyDeed.DECLINE): PolicyState.DECLINED,
        (PolicyState.LIVE, PolicyDeed.END): PolicyState.ENDED,
    }
)
HITS: Mapping[tuple[HitState, HitDeed], HitState] = MappingProxyType(
    {
        (HitState.HELD, HitDeed.RELEASE): HitState.RELEASED,
        (HitState.HELD, HitDeed.BLOCK): HitState.BLOCKED,
        (HitState.HELD, HitDeed.LAPSE): HitState.RELEASED,
        (HitState.HELD, HitDeed.RESTORE): HitState.RESTORED,
        (HitState.TOLD, HitDeed.RESTORE): HitState.RESTORED,
        (HitState.BLOCKED, HitDeed.RESTORE): HitState.RESTORED,
    }
)
NOTIFICATIONS: Mapping[tuple[NotificationState, NotificationDeed], NotificationState] = MappingProxyType(
    {
        (NotificationState.WAITING, NotificationDeed.RELEASE): NotificationState.RELEASED,
        (NotificationState.WAITING, NotificationDeed.DECLINE): NotificationState.DECLINED,
        (NotificationState.WAITING, NotificationDeed.LAPSE): NotificationState.LAPSED,
    }
)


# By the state's own type: two tables may use the same words, and as texts they are equal.
TABLES: Mapping[type[StrEnum], Mapping[Any, Any]] = MappingProxyType(
    {EntryState: ENTRIES, PolicyState: POLICIES, HitState: HITS, NotificationState: NOTIFICATIONS}
)


def advance(state: S, deed: EntryDeed | PolicyDeed | HitDeed | NotificationDeed) -> S:
    """The state after this deed. ScreeningStandsError where the deed is not there in this state."""
    after: S | None = TABLES[type(state)].get((state, deed))
    if after is None:
        raise ScreeningStandsError(state.value, deed.value)
    return after
