"""What a retracted entry, or a policy that was ended for a fault, had hit is restored: resumably, a portion at a time.

(1) A portion reads on after the last hit that was looked at. (2) Of an entry, what another entry justifies that was not
retracted stays: a hit is restored when the last of its entries goes. (3) What was blocked: the decision stands no more,
and what is in hand is to be undone (I-08). (4) Each hit has its event; the place is written in the same commit, so that
a portion is done or not, however the process ends. An authority that was told of a hit is told of this in that commit,
too. At the end one event says how much was restored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mufakat.rules import filtering
from mufakat.rules.decision import DecisionState
from mufakat.rules.events import EventType
from mufakat.rules.filtering import (
    EntryState,
    HitDeed,
    HitState,
    NotificationDeed,
    NotificationState,
    RestoringState,
)
from mufakat.server.decisions import operations as decided, queries as decisions
from mufakat.server.filters import notifying, telling
from mufakat.server.filters.models import Hit, HitEntry, Notification, Restoring
from mufakat.server.journal import operations as journal
from mufakat.server.journal.parts import Swept, alone

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.server.journal.operations import Happening
    from mufakat.server.journal.outbox import Row
    from mufakat.server.journal.work import Moment

PORTION: Final = 200
"""Hits of one commit: a quarter of a second of the writer's time where all of them were blocked."""

SHARE: Final = 5 * PORTION

RESTORABLE: Final = tuple(
    sorted(state.value for (state, deed) in filtering.HITS if deed is HitDeed.RESTORE and isinstance(state, HitState))
)


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Go on with what is to be restored; a part of the worker."""
    del at
    done = 0
    while done < SHARE and not (stop and stop.is_set()):
        looked = alone(_portion) if _running().exists() else 0
        if not looked:
            return Swept(done, more=False)
        done += looked
    return Swept(done, more=_running().exists())


def appealed(row: Row, moment: Moment) -> None:
    """An appeal, or a body outside, reversed a decision: where a filter had made it, its hit is restored with it.

    A reaction; doing it again changes nothing. The decision and its measures were undone with the appeal itself.
    """
    whole = [
        one.decision.id for one in decisions.all_of(row.case) if one.decision.state == DecisionState.REVERSED.value
    ]
    rows = list(Hit.objects.filter(decision__in=whole, state=HitState.BLOCKED.value)) if whole else []
    _restore(rows, because=row.event, moment=moment)


def _running() -> QuerySet[Restoring]:
    return Restoring.objects.filter(state=RestoringState.RUNNING.value)


def _portion(moment: Moment) -> int:
    """One portion of the oldest; how many hits it looked at, or 1 where it found the end."""
    going = _running().select_related("entry__bank", "policy").order_by("id").first()
    if going is None:
        return 0
    looked = _next(going)
    if not looked:
        _end(going, moment)
        return 1
    chosen = list(Hit.objects.filter(pk__in=looked, state__in=RESTORABLE).order_by("pk"))
    if going.entry_id is not None:
        kept = _justified([row.id for row in chosen])
        chosen = [row for row in chosen if row.id not in kept]
    _restore(chosen, because=going.because, moment=moment)
    going.after, going.restored = looked[-1], going.restored + len(chosen)
    going.save(update_fields=["after", "restored"])
    return len(looked)


def _next(going: Restoring) -> list[str]:
    """The hits that are looked at next, in the order of their ids."""
    if going.entry_id is not None:
        named = HitEntry.objects.filter(entry=going.entry_id, hit__gt=going.after)
        return list(named.order_by("hit").values_list("hit_id", flat=True)[:PORTION])
    of_policy = Hit.objects.filter(policy=going.policy_id, pk__gt=going.after)
    return list(of_policy.order_by("pk").values_list("pk", flat=True)[:PORTION])


def _justified(hits: Sequence[str]) -> set[str]:
    """Those that rest on an entry, too, that was not retracted."""
    standing = HitEntry.objects.filter(hit__in=hits).exclude(entry__state=EntryState.RETRACTED.value)
    return set(standing.values_list("hit_id", flat=True))


def _restore(rows: Sequence[Hit], *, because: str, moment: Moment) -> None:
    """Restore these hits, which can be, and all that followed from them."""
    if not rows:
        return
    blocked = [row.decision for row in rows if row.state == HitState.BLOCKED and row.decision]
    undone = decided.withdraw_all(blocked, because=because, moment=moment)
    lapsed = list(Notification.objects.filter(hit__in=[row.id for row in rows], state=NotificationState.WAITING.value))
    journal.append(
        [
            *(_restored(row, because) for row in rows),
            *undone,
            *(_lapsed(one, because) for one in lapsed),
            *notifying.withdrawn([row.id for row in rows], moment),
        ],
        moment,
    )
    for state in {HitState(row.state) for row in rows}:
        after = filtering.advance(state, HitDeed.RESTORE)
        found = Hit.objects.filter(pk__in=[row.id for row in rows], state=state.value)
        found.update(state=after.value, due_at=None, restored_at=moment.at)
    if lapsed:
        over = filtering.advance(NotificationState.WAITING, NotificationDeed.LAPSE)
        waiting = Notification.objects.filter(pk__in=[one.id for one in lapsed])
        waiting.update(state=over.value, due_at=None, decided_at=moment.at)


def _restored(row: Hit, because: str) -> Happening:
    return telling.happening(
        EventType.HIT_RESTORED,
        row.id,
        platform=row.platform_id,
        committed={"because": because.encode()},
        ref=tuple(filter(None, (row.event, row.decision, because))),
    )


def _lapsed(one: Notification, because: str) -> Happening:
    return telling.happening(EventType.NOTIFICATION_LAPSED, one.id, platform=one.platform_id, ref=(one.hit_id, because))


def _end(going: Restoring, moment: Moment) -> None:
    """All of it was looked at."""
    going.state, going.ended_at = RestoringState.DONE.value, moment.at
    going.save(update_fields=["state", "ended_at"])
    if going.entry is not None:
        case, platform = going.entry.bank_id, going.entry.bank.platform_id
    elif going.policy is not None:
        case, platform = going.policy.id, going.policy.platform_id
    else:  # pragma: no cover - a constraint of the row.
        return
    happening = telling.happening(
        EventType.RESTORING_DONE,
        case,
        platform=platform,
        committed={"restored": str(going.restored).encode()},
        ref=(going.because,),
    )
    journal.append([happening], moment)
