"""What happens to restrictions at their time: they end by themselves, and are looked at again before they do (I-07).

An order that was not published when its end came is refused. What expires comes off the lists in the transaction that
says so; the lists themselves drop it at its sunset besides, whether this sweep runs or not.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mufakat.rules import restriction as lifecycle, restriction_checks as rules
from mufakat.rules.events import EventType
from mufakat.rules.restriction import RestrictionDeed, RestrictionState
from mufakat.server.agreements import profiles
from mufakat.server.journal import operations as journal
from mufakat.server.journal.parts import Swept, alone
from mufakat.server.restrictions import approving, lifting, publishing, queries, telling, zoning
from mufakat.server.restrictions.models import Restriction

if TYPE_CHECKING:
    import threading
    from datetime import datetime

    from mufakat.server.journal.work import Moment

PORTION = 20  # Restrictions of one share; each has a commit of its own.
UNPUBLISHED = frozenset({RestrictionState.PROPOSED.value, RestrictionState.APPROVED.value})


def next_due() -> datetime | None:
    """When the first restriction ends or is looked at again."""
    due = Restriction.objects.filter(next_at__isnull=False).exclude(state=RestrictionState.APPROVED.value)
    return due.order_by("next_at").values_list("next_at", flat=True).first()


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """End what has come to its end at `at`, and remind of what is to be looked at."""
    due = Restriction.objects.filter(next_at__lte=at).exclude(state=RestrictionState.APPROVED.value)
    found = list(due.order_by("next_at", "id").values_list("id", flat=True)[:PORTION])
    done = 0
    for pk in found:
        if stop is not None and stop.is_set():
            break
        done += alone(partial(_look, pk))
    return Swept(done, more=len(found) == PORTION)


def _look(pk: str, moment: Moment) -> int:
    """One restriction. Inside the writer nobody else writes: what is read here is true until the commit."""
    row = queries.known(pk)
    if row.next_at is None or row.next_at > moment.at:
        return 0
    if row.state == RestrictionState.PROPOSED and row.sunset_at > moment.at:
        publishing.told([pk], moment=moment)
        Restriction.objects.filter(pk=pk).update(next_at=row.sunset_at)
    elif row.sunset_at > moment.at:
        remind(row, moment)
    elif row.state in UNPUBLISHED:
        approving.refuse(row, reason=rules.SENTENCES[rules.Lack.TIME], moment=moment)
    else:
        expire(row, moment)
    return 1


def expire(row: Restriction, moment: Moment) -> None:
    """Its time is over: off the lists."""
    after = lifecycle.advance(RestrictionState(row.state), RestrictionDeed.EXPIRE)
    names = queries.names_of(row)
    due_at = rules.open_until(profiles.load(row.profile), at=moment.at)
    operators = lifting.off(row, names, due_at, moment)
    row.state, row.since, row.ended_at, row.next_at = after.value, moment.at, moment.at, None
    row.save(update_fields=["state", "since", "ended_at", "next_at"])
    zoning.delist(row, names, operators, moment)
    opening = {"opening": telling.listed(telling.opening(row))}
    happening = telling.happening(EventType.RESTRICTION_EXPIRED, row, committed=opening, ref=(row.event,), due=due_at)
    journal.append([happening], moment)


def remind(row: Restriction, moment: Moment) -> None:
    """It is to be looked at again: both sides are told, and told again as often as the profile says."""
    happening = telling.happening(EventType.RESTRICTION_REMINDED, row, ref=(row.event,), due=row.sunset_at)
    journal.append([happening], moment)
    again = rules.next_review(profiles.load(row.profile), at=moment.at, sunset_at=row.sunset_at)
    row.next_at = again or row.sunset_at
    row.save(update_fields=["next_at"])
