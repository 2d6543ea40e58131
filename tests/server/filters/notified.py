"""What tests of notifications share: an agreement that lists grounds, hits that wait to be told, and who decides."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from tests.server.agreements.talking import frame, in_force
from tests.server.filters.seeding import Seeded, seed

from mufakat.rules.events import EventType
from mufakat.rules.filtering import NOTIFICATION, HitState, NotificationState, RestoringState
from mufakat.server.agreements.models import Version
from mufakat.server.filters import notification_queries as reading, operations, telling
from mufakat.server.filters.models import Hit, Notification, Policy, Restoring
from mufakat.server.filters.notification_faces import NotificationOut, encode
from mufakat.server.journal import door, operations as journal, outbox
from mufakat.server.parties import queries as parties
from mufakat.server.runtime import reactions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.houses import House

    from mufakat.server.journal.work import Moment

GROUND = {"system": "id", "instrument": "UU 35/2009", "provision": "Pasal 111"}
OTHER_GROUND = {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"}
START = datetime(2040, 1, 4, 2, 0, tzinfo=UTC)  # A Wednesday.
REVIEWER, REPRESENTATIVE = ("telegram", "reviewer"), ("telegram", "representative")
MINISTRY = ("kominfo", "officer")
SECRET = "mangga muda, kata penjual di kanal buah"
ITEM: dict[str, Any] = {
    "item": "https://t.me/s/buahsegar/77",
    "author": "@penjualbuah",
    "channel": "https://t.me/s/buahsegar",
    "text": SECRET,
    "kind": "message",
    "urls": ["https://jual.example.net/mangga"],
}


@dataclass
class Desk:
    """The house, its time, a live policy, and what waits to be told."""

    house: House | None
    seeded: Seeded
    set_to: datetime | None = START  # None: the clock of this machine.

    @classmethod
    def standing(cls, seeded: Seeded) -> Desk:
        """One in a house that somebody else opened, by the clock of this machine."""
        return cls(None, seeded, None)

    def __post_init__(self) -> None:
        if self.set_to is not None and self.house is not None:
            self.house.writer._clock = lambda: self.at

    @property
    def at(self) -> datetime:
        return self.set_to or datetime.now(UTC)

    def wait(self, **passed: float) -> None:
        self.set_to = self.at + timedelta(**passed)

    def agreed_for(self, *, weeks: int) -> None:
        """The agreement came into force so many weeks ago."""
        since = self.at - timedelta(weeks=weeks)

        def run(moment: Moment) -> None:
            del moment
            Version.objects.update(from_at=since)

        door.commit(run)

    def work(self) -> None:
        """What goes on by itself, until nothing is left that is due now."""
        parts = (reactions.run, operations.restore_due, operations.lapse_notifications, operations.tell_counts)
        while any(part(at=self.at).done for part in parts):
            pass

    def hit(self, *, category: str = "narcotics", item: dict[str, Any] | None = None) -> str:
        """A hit with its event, and the notification that waits for it; the notification's id."""
        told = msgspec.json.encode(ITEM if item is None else item)
        party = parties.party_by_handle("telegram")

        def run(moment: Moment) -> str:
            hit, waiting = moment.id("hit"), moment.id("ntf")
            happened = telling.happening(
                EventType.FILTER_HIT, hit, platform=party.id, actor="telegram", committed={"item": told}
            )
            event = journal.append([happened], moment)[0].id
            Hit.objects.create(
                id=hit,
                platform=party,
                policy_id=self.seeded.policy,
                rule="unripe-notify",
                action="propose_notification",
                category=category,
                item=hashlib.sha256(hit.encode()).digest(),
                content=hashlib.sha256(told).digest(),
                state=HitState.TOLD.value,
                at=moment.at,
                event=event,
            )
            proposed = telling.happening(
                EventType.NOTIFICATION_PROPOSED,
                waiting,
                platform=party.id,
                committed={"codes": msgspec.json.encode({"category": category})},
                ref=(hit, event),
            )
            Notification.objects.create(
                id=waiting,
                hit_id=hit,
                platform=party,
                state=NotificationState.WAITING.value,
                proposed_at=moment.at,
                due_at=moment.at + NOTIFICATION,
                event=journal.append([proposed], moment)[0].id,
            )
            return waiting

        made: str = door.commit(run)
        return made

    def release(
        self, pk: str, *, by: tuple[str, str] = REVIEWER, to: str = "kominfo", ground: Any = None
    ) -> dict[str, Any]:
        raw = json.dumps({"to": to, "legal_ground": GROUND if ground is None else ground}).encode()
        return said(operations.release_notification(pk, raw, by=parties.caller_by_seat(*by)).body)

    def decline(self, pk: str, *, by: tuple[str, str] = REVIEWER, reason: str = "Harmless.") -> dict[str, Any]:
        raw = json.dumps({"reason": reason}).encode()
        return said(operations.decline_notification(pk, raw, by=parties.caller_by_seat(*by)).body)

    def seen(self, by: tuple[str, str]) -> list[dict[str, Any]]:
        """All that somebody is shown, each as it is shown by itself."""
        caller = parties.caller_by_seat(*by)
        names = [NotificationOut.of(one, viewer=caller).id for one in reading.page(caller).items]
        return [said(encode(NotificationOut.single(reading.get_for(caller, name), viewer=caller))) for name in names]

    def restore(self) -> None:
        """The policy was ended for a fault: what it hit is restored, by what goes on by itself."""
        self.undo()
        self.work()

    def undo(self) -> None:
        """It is to be restored, as whoever ends a policy says it."""

        def run(moment: Moment) -> None:
            Restoring.objects.create(
                policy_id=self.seeded.policy,
                state=RestoringState.RUNNING.value,
                because=Policy.objects.get(pk=self.seeded.policy).event,
                begun_at=moment.at,
            )

        door.commit(run)


def desk(
    house: House,
    *,
    grounds: Sequence[dict[str, str]] = (GROUND,),
    at: datetime | None = START,
    **changes: Any,
) -> Desk:
    """A desk of a platform that has an agreement with the ministry, which lists these grounds."""
    made = Desk(house, seed(at=at), at)
    agree(grounds=grounds, **changes)
    return made


def agree(*, grounds: Sequence[dict[str, str]] = (GROUND,), **changes: Any) -> str:
    """An agreement in force between the ministry and the service; its id."""
    from tests.server.agreements.talking import body

    point = {"name": "terms", **frame(grounds=list(grounds), **changes)}
    made: str = in_force(body(points=[point]))["id"]
    return made


def told_to(handle: str) -> list[tuple[str, str]]:
    """Types and cases of the events of this room that go out to a party."""
    rows = outbox.due(["party:"], at=START + timedelta(days=400), limit=1_000)
    ours = ("notification.", "counts.", "filter.", "hit.")
    return [(row.type, row.case) for row in rows if row.to == f"party:{handle}" and row.type.startswith(ours)]


def said(body: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(body)
    return found
