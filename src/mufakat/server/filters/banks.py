"""Open a bank, and put entries in by hand. Nothing acts by it: a second person looks at each entry first (I-17)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from mufakat.rules.errors import BadScreeningError
from mufakat.rules.events import EventType
from mufakat.rules.fault import MAX_FAULTS, Fault, FaultCode
from mufakat.rules.filtering import MAX_BANKS, Origin
from mufakat.rules.permissions import Deed
from mufakat.screening.bank import BankKind
from mufakat.screening.entries import Told
from mufakat.server.filters import bank_queries, bank_reading, entering, entry_reading, holdings, telling
from mufakat.server.filters.bank_faces import AddedOut, BankOut
from mufakat.server.filters.entering import Whence
from mufakat.server.filters.models import Bank
from mufakat.server.journal import door, operations as journal
from mufakat.server.journal.answers import Answer
from mufakat.server.notices.faces import encode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mufakat.screening.bank import Entry
    from mufakat.server.filters.bank_reading import BankEntryIn, BankIn
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller

FROM_NOTICES = "from-notices-"
"""How the names of banks begin that decided notices feed."""
RESERVED = f"Names that begin with {FROM_NOTICES} are kept for what decided notices propose."
NAME_TAKEN = "Your platform has a bank of this name."
MANY = f"A platform has at most {MAX_BANKS} banks."


@dataclass(slots=True)
class Opening:
    """A bank on its way to the writer."""

    told: BankIn
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        if Bank.objects.filter(platform=self.by.party_id).count() >= MAX_BANKS:
            raise BadScreeningError([Fault("", FaultCode.TOO_MANY, MANY)])
        row = opened(self.told, self.by.party_id, person=self.by.person_id, actor=self.by.handle, moment=moment)
        return Answer(201, encode(BankOut.of(bank_queries.whole(row))), row.id)


def opened(told: BankIn, platform: str, *, person: int, actor: str | None, moment: Moment) -> Bank:
    """The bank, made in the writer. Raises BadScreeningError where the name is taken."""
    if Bank.objects.filter(platform=platform, name=told.name).exists():
        raise BadScreeningError([Fault("/name", FaultCode.REPEATED_ITEM, NAME_TAKEN)])
    row = Bank(
        id=moment.id("bnk"),
        platform_id=platform,
        name=told.name,
        kind=told.kind.value,
        allow=told.allow,
        made_by_id=person,
        made_at=moment.at,
    )
    happening = telling.happening(
        EventType.BANK_OPENED,
        row.id,
        platform=platform,
        actor=actor,
        committed={"bank": msgspec.json.encode(told)},
    )
    row.event = journal.append([happening], moment)[0].id
    row.save(force_insert=True)
    return row


def open_bank(raw: bytes, *, by: Caller, key: Key | None = None) -> Answer:
    """Open a bank of the caller's platform. Raises BadScreeningError, NotPermittedError."""
    holdings.require(by, Deed.MANAGE_BANKS)
    told = bank_reading.read_bank(raw)
    if told.name.startswith(FROM_NOTICES):
        raise BadScreeningError([Fault("/name", FaultCode.NOT_ENTITLED, RESERVED)])
    answer: Answer = door.writer().commit(Opening(told, by, key))
    return answer


@dataclass(slots=True)
class Adding:
    """Entries on their way to the writer."""

    bank: str
    entries: Mapping[int, Entry]  # By their place in what was sent.
    by: Caller
    key: Key | None
    plan: Plan | None = None

    @property
    def weight(self) -> int:
        return len(self.entries)

    def run(self, moment: Moment) -> Answer:
        bank = holdings.bank_of(self.by, self.bank)
        places = list(self.entries)
        found = entering.sort(bank, list(self.entries.values()), again=True)
        faults = [
            *(Fault(f"/entries/{places[one]}", FaultCode.REPEATED_ITEM, entry_reading.OTHER) for one in found.other),
            *(Fault(f"/entries/{places[one]}", FaultCode.CONTRADICTS, entering.OVER) for one in found.over),
        ]
        if faults:
            raise BadScreeningError(faults)
        fresh = list(found.fresh.values())
        if fresh:
            whence = Whence(Origin.HAND, self.by.person_id, self.by.handle)
            entering.write(bank, fresh, whence, moment)
        out = AddedOut(bank.name, [one.id for one in fresh], found.standing)
        return Answer(201, encode(out), bank.id)


def add_entries(bank: str, raw: bytes, *, by: Caller, key: Key | None = None) -> Answer:
    """Put entries in by hand, all of them or none. What stands there already, under whatever name, is that entry.

    Raises BadScreeningError with every fault, NotFoundError, NotPermittedError.
    """
    holdings.require(by, Deed.MANAGE_BANKS)
    kind = BankKind(holdings.bank_of(by, bank).kind)
    entries = _judged(kind, bank_reading.read_entries(raw).entries)
    answer: Answer = door.writer().commit(Adding(bank, entries, by, key))
    return answer


def _judged(kind: BankKind, told: Sequence[BankEntryIn]) -> Mapping[int, Entry]:
    """The entries by their place, each value in its one form. Raises BadScreeningError with every fault."""
    lines = enumerate(map(msgspec.json.encode, told))
    found = entry_reading.judge(kind, lines, told=Told(shadow=True))
    if found.faults:
        faults = found.faults[:MAX_FAULTS]
        raise BadScreeningError(Fault(f"/entries/{one.line}{one.pointer}", one.code, one.detail) for one in faults)
    return found.entries
