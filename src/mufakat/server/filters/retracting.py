"""Entries that act no more: by a person with the reason, or because what proposed them fell.

What an entry hit while it acted is restored afterwards: one row for each entry says that this is to be done, from which
event on, and how far it is (`Restoring`); the work itself goes on in portions (`restoring`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules.events import EventType
from mufakat.rules.filtering import EntryDeed, EntryState, RestoringState
from mufakat.rules.permissions import Deed
from mufakat.server.filters import bank_reading, entering, holdings, moving
from mufakat.server.filters.bank_faces import MovedOut
from mufakat.server.filters.models import Entry, Restoring
from mufakat.server.journal import door
from mufakat.server.journal.answers import Answer
from mufakat.server.notices.faces import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mufakat.server.filters.bank_reading import RetractionIn
    from mufakat.server.filters.models import Bank
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller


@dataclass(slots=True)
class Retracting:
    """A retraction on its way to the writer: all of these entries, or none."""

    bank: str
    told: RetractionIn
    by: Caller
    key: Key | None
    plan: Plan | None = None

    @property
    def weight(self) -> int:
        return len(self.told.entries)

    def run(self, moment: Moment) -> Answer:
        bank = holdings.bank_of(self.by, self.bank)
        deed = EntryDeed.RETRACT
        moved, standing = moving.split(moving.named(bank, self.told.entries), deed)
        if moved:
            tells = EventType.ENTRIES_RETRACTED
            event = moving.tell(tells, bank, moved, deed, moment=moment, actor=self.by.handle, reason=self.told.reason)
            take_out(bank, moved, event=event, person=self.by.person_id, moment=moment)
        return Answer(200, encode(MovedOut.of(bank, deed, moved, standing)), bank.id)


def take_out(bank: Bank, rows: Sequence[Entry], *, event: str, person: int | None, moment: Moment) -> None:
    """The rows of a retraction whose event is written: they act no more, and what they hit is to be restored."""
    Entry.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=EntryState.RETRACTED.value, retracted_by=person, retracted_at=moment.at, retracted_event=event
    )
    # In shadow it hit nothing: what is told as shadow is only counted.
    Restoring.objects.bulk_create(
        (
            Restoring(entry=row, state=RestoringState.RUNNING.value, because=event, begun_at=moment.at)
            for row in rows
            if row.state == EntryState.LIVE
        ),
        batch_size=entering.ROWS,
    )
    entering.changed(bank)


def fell(rows: Iterable[Entry], *, reason: str, because: str, moment: Moment) -> None:
    """What proposed these entries fell, by the event `because`: they are retracted in every bank that has them."""
    by_bank: dict[Bank, list[Entry]] = defaultdict(list)
    for row in rows:
        by_bank[row.bank].append(row)
    for bank, own in by_bank.items():
        event = moving.tell(
            EventType.ENTRIES_RETRACTED, bank, own, EntryDeed.RETRACT, moment=moment, ref=(because,), reason=reason
        )
        take_out(bank, own, event=event, person=None, moment=moment)


def retract(bank: str, raw: bytes, *, by: Caller, key: Key | None = None) -> Answer:
    """Take entries out, with the reason; one's own too, and what never acted. What stands so already is left.

    Raises BadScreeningError, ScreeningStandsError, NotFoundError, NotPermittedError.
    """
    holdings.require(by, Deed.MANAGE_BANKS)
    holdings.bank_of(by, bank)
    told = bank_reading.read_retraction(raw)
    answer: Answer = door.writer().commit(Retracting(bank, told, by, key))
    return answer
