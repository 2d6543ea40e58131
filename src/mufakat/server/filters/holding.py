"""A reviewer decides on what is held: lets it go, or blocks it; and a hold that nobody decides ends by itself.

A block by a person is a notice of own detection and a decision of that person with its statement of reasons, in the
commit in which the hit says so. A hold is no silent block: after its time the platform is told to let the item go.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from mufakat.rules import filtering, hit_reading as reading
from mufakat.rules.decision import Automation
from mufakat.rules.errors import NotNowError, ScreeningStandsError
from mufakat.rules.events import EventType
from mufakat.rules.filtering import HitDeed, HitState
from mufakat.rules.notice import MeasureName
from mufakat.rules.permissions import Deed
from mufakat.server.filters import blocking, hits, holdings, telling, texts
from mufakat.server.filters.faces import HitOut, encode
from mufakat.server.filters.findings import Said
from mufakat.server.filters.models import Hit
from mufakat.server.journal import door, operations as journal
from mufakat.server.journal.answers import Answer
from mufakat.server.journal.parts import Swept, alone

if TYPE_CHECKING:
    import threading
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.rules.hit_reading import HitBlockIn, HitReleaseIn
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller

PORTION = 200  # Holds that one commit ends.
SHARE = 10 * PORTION


class NothingPointedAtError(NotNowError):
    """What the item is called is no locator, and neither is its channel: a decision would be about nothing."""

    def __str__(self) -> str:
        return (
            "Neither the item's id nor its channel is an address that a decision could be about. It can be let go; to "
            "block it, hand it in under its address."
        )


class ErasedItemError(NotNowError):
    """What was said is not kept any more."""

    def __str__(self) -> str:
        return "What this item said is erased; nothing more can be decided about it."


@dataclass(slots=True)
class Releasing:
    """A release on its way to the writer."""

    hit: str
    told: HitReleaseIn
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        row = own(self.by, self.hit)
        after = filtering.advance(HitState(row.state), HitDeed.RELEASE)
        happening = telling.happening(
            EventType.HIT_RELEASED,
            row.id,
            platform=row.platform_id,
            actor=self.by.handle,
            committed={"note": (self.told.note or "").encode()},
            ref=(row.event,),
        )
        journal.append([happening], moment)
        move(row, after, decided_by_id=self.by.person_id, decided_at=moment.at)
        return answered(row, self.by)


@dataclass(slots=True)
class Blocking:
    """A person's block on its way to the writer."""

    hit: str
    told: HitBlockIn
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        row = own(self.by, self.hit)
        # (1) It is held, and points at something.
        after = filtering.advance(HitState(row.state), HitDeed.BLOCK)
        found, pointed = hits.finding(row)
        if pointed is None:
            raise NothingPointedAtError
        # (2) The notice and the decision of this person; (3) the event, the row.
        ground = msgspec.to_builtins(self.told.ground) if self.told.ground is not None else None
        measure = self.told.measure or MeasureName.DISABLE
        said = Said(measure, Automation.PARTIAL, ground, self.told.reasons or "")
        submission = blocking.prepared(found, pointed, by=self.by, at=moment.at)
        if submission is None:
            raise NothingPointedAtError
        made = blocking.block(found, said, submission, under=None, by=self.by, moment=moment)
        happening = telling.happening(
            EventType.HIT_BLOCKED,
            row.id,
            platform=row.platform_id,
            actor=self.by.handle,
            committed={"note": (self.told.note or "").encode()},
            ref=(row.event, made.notice, made.decision),
        )
        journal.append([happening], moment)
        decided = {"decided_by_id": self.by.person_id, "decided_at": moment.at}
        move(row, after, notice=made.notice, decision=made.decision, **decided)
        return answered(row, self.by)


def own(by: Caller, hit: str) -> Hit:
    """The hit, if it is the caller's to decide on. Raises NotFoundError, NotPermittedError."""
    holdings.require(by, Deed.DECIDE_HIT)
    return holdings.hit_of(by, hit)


def move(row: Hit, after: HitState, **changed: object) -> None:
    """Move a hit that is held, and what goes with it; its hold is over."""
    found = Hit.objects.filter(pk=row.pk, state=row.state)
    if found.update(state=after.value, due_at=None, **changed) != 1:
        raise ScreeningStandsError(row.state, after.value)
    row.refresh_from_db()


def answered(row: Hit, by: Caller) -> Answer:
    """The hit as it stands."""
    return Answer(200, encode(HitOut.of(hits.whole(row), viewer=by)), row.id)


def release(hit: str, raw: bytes, *, by: Caller, key: Key | None = None) -> Answer:
    """Let a held item go. Raises ScreeningStandsError, BadScreeningError, NotFoundError, NotPermittedError."""
    own(by, hit)
    answer: Answer = door.writer().commit(Releasing(hit, reading.read_release(raw), by, key))
    return answer


def block(hit: str, raw: bytes, *, by: Caller, key: Key | None = None) -> Answer:
    """Block a held item, with a decision and its reasons.

    Raises ScreeningStandsError, BadScreeningError, BadDecisionError, NothingPointedAtError, ErasedItemError,
    NotFoundError, NotPermittedError.
    """
    texts.rules_of(own(by, hit).policy_id)  # The largest policy takes seconds to read, and the writer must not wait.
    answer: Answer = door.writer().commit(Blocking(hit, reading.read_block(raw), by, key))
    return answer


# -- Holds whose time is over --


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Let go what nobody decided on in its time, each with one event, once."""
    done = 0
    while done < SHARE and not (stop and stop.is_set()):
        if not _due(at).exists():
            return Swept(done, more=False)
        done += alone(partial(_lapse, at=at))
    return Swept(done, more=_due(at).exists())


def next_due() -> datetime | None:
    """When the first hold ends by itself."""
    held = Hit.objects.filter(due_at__isnull=False)
    return held.order_by("due_at").values_list("due_at", flat=True).first()


def _due(at: datetime) -> QuerySet[Hit]:
    return Hit.objects.filter(due_at__isnull=False, due_at__lte=at)


def _lapse(moment: Moment, *, at: datetime) -> int:
    """One portion. Inside the writer nobody else writes: what is read here is true until the commit."""
    rows = list(_due(at).order_by("due_at", "id")[:PORTION])
    journal.append(
        [telling.happening(EventType.HIT_RELEASED, row.id, platform=row.platform_id, ref=(row.event,)) for row in rows],
        moment,
    )
    after = filtering.advance(HitState.HELD, HitDeed.LAPSE)
    held = Hit.objects.filter(pk__in=[row.id for row in rows], state=HitState.HELD.value)
    held.update(state=after.value, due_at=None, decided_at=moment.at)
    return len(rows)
