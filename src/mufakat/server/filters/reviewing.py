"""A second person looks at entries in shadow: they act from then on, or never (I-17).

Whoever put an entry in, or made the decision that proposed it, is not the one who reviews it; what one put in oneself
is taken back by retracting it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules import filtering
from mufakat.rules.errors import NotPermittedError
from mufakat.rules.events import EventType
from mufakat.rules.filtering import EntryDeed
from mufakat.rules.permissions import Deed
from mufakat.server.filters import bank_reading, entering, holdings, moving
from mufakat.server.filters.bank_faces import MovedOut
from mufakat.server.filters.models import Entry
from mufakat.server.journal import door
from mufakat.server.journal.answers import Answer
from mufakat.server.notices.faces import encode

if TYPE_CHECKING:
    from mufakat.server.filters.bank_reading import BankReviewIn
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller


class OwnEntryError(NotPermittedError):
    """Some of the entries are the caller's own; somebody else looks at them."""

    def __init__(self, by: Caller, count: int) -> None:
        self.count = count
        super().__init__(Deed.REVIEW_ENTRY, by.role)

    def __str__(self) -> str:
        return (
            "A second person looks at an entry before it acts: not who put it in, nor who made the decision that "
            f"proposed it. Of these entries {self.count} came by you; nothing was changed."
        )


@dataclass(slots=True)
class Reviewing:
    """A review on its way to the writer: all of these entries, or none."""

    bank: str
    told: BankReviewIn
    by: Caller
    key: Key | None
    plan: Plan | None = None

    @property
    def weight(self) -> int:
        return len(self.told.entries)

    def run(self, moment: Moment) -> Answer:
        bank = holdings.bank_of(self.by, self.bank)
        deed = EntryDeed.ACCEPT if self.told.accept else EntryDeed.DECLINE
        # (1) As they stand now: two who review at once come here one after the other.
        moved, standing = moving.split(moving.named(bank, self.told.entries), deed)
        own = sum(row.added_by_id == self.by.person_id for row in moved)
        if own:
            raise OwnEntryError(self.by, own)
        # (2) One event for all of them, then the rows.
        if moved:
            tells = EventType.ENTRIES_REVIEWED
            by = self.by.handle
            event = moving.tell(tells, bank, moved, deed, moment=moment, actor=by, note=self.told.note)
            Entry.objects.filter(pk__in=[row.pk for row in moved]).update(
                state=filtering.AFTER[deed].value,
                reviewed_by=self.by.person_id,
                reviewed_at=moment.at,
                reviewed_event=event,
            )
            entering.changed(bank)
        return Answer(200, encode(MovedOut.of(bank, deed, moved, standing)), bank.id)


def review(bank: str, raw: bytes, *, by: Caller, key: Key | None = None) -> Answer:
    """Accept entries in shadow, or decline them. What stands so already is left as it is.

    Raises BadScreeningError, ScreeningStandsError, OwnEntryError, NotFoundError, NotPermittedError.
    """
    holdings.require(by, Deed.REVIEW_ENTRY)
    holdings.bank_of(by, bank)
    told = bank_reading.read_review(raw)
    answer: Answer = door.writer().commit(Reviewing(bank, told, by, key))
    return answer
