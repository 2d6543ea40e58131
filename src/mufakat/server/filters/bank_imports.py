"""A bank's file, taken in portions of a thousand entries; each is told once it is durable.

Where any line has a fault nothing is taken, and every fault is told with its line; with `partial` the sound lines are.
So a file is read twice: once to judge it, once to take it. Nothing is held in memory but the portion at hand. An import
that was cut off is simply done again: what stands in the bank already is counted and not doubled.

One thing is only found when it is written: a line that takes the id of another line, of another portion of the same
file, for another value. What was taken before it stays; it is in shadow, like all that is imported (I-17).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from mufakat.formats import banks as files
from mufakat.formats.banks import BankRefusedError
from mufakat.rules.errors import BadScreeningError
from mufakat.rules.fault import MAX_FAULTS, Fault, FaultCode
from mufakat.rules.filtering import Origin
from mufakat.rules.permissions import Deed
from mufakat.screening.bank import BankKind
from mufakat.server.filters import entering, entry_reading, holdings
from mufakat.server.filters.entering import Whence
from mufakat.server.journal import door
from mufakat.server.notices.imports import patiently

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mufakat.formats.items import Stream
    from mufakat.screening.bank import Entry
    from mufakat.screening.entries import Told
    from mufakat.server.filters.entry_reading import Judged
    from mufakat.server.filters.models import Bank
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller

PORTION = 1_000
"""Lines of one commit."""
FIRST = 2  # The line on which the entries begin.

OTHER_BANK = "This file is of another bank: its name stands on the first line."
OTHER_KIND = "The bank holds entries of another kind, or allows where this file accuses."
REWRITTEN = "It is not in its one form, and was taken in it."


class Step(NamedTuple):
    """What became of one run of lines, `first` to `last`; `leaf` (base64) of the event that took its entries.

    `noted` are lines that were not refused, and of which something should be known.
    """

    first: int
    last: int
    read: int
    taken: int
    repeated: int
    refused: Sequence[Fault]
    noted: Sequence[Fault]
    leaf: str | None


class Outcome(NamedTuple):
    """What the writer did with a portion: how many it took, and at which places stood what."""

    taken: int
    standing: int
    over: Sequence[int]
    other: Sequence[int]
    leaf: str | None


class Lines(NamedTuple):
    """What the first line says for all entries, and the lines of them with their numbers."""

    told: Told
    numbered: Iterator[tuple[int, bytes]]


class Run(NamedTuple):
    """A run of lines, `first` to `last`, and what is in them."""

    first: int
    last: int
    judged: Judged


@dataclass(slots=True)
class Portion:
    """Entries on their way to the writer, by their lines."""

    bank: str
    entries: Mapping[int, Entry]
    by: Caller
    partial: bool
    key: None = None
    plan: Plan | None = None

    @property
    def weight(self) -> int:
        return len(self.entries)

    def run(self, moment: Moment) -> Outcome:
        bank = holdings.bank_of(self.by, self.bank)
        lines = list(self.entries)
        found = entering.sort(bank, list(self.entries.values()), again=False)
        other = [lines[one] for one in found.other]
        if other and not self.partial:
            raise BadScreeningError(map(_other, other))
        leaf = None
        if found.fresh:
            whence = Whence(Origin.IMPORT, self.by.person_id, self.by.handle)
            leaf = entering.write(bank, list(found.fresh.values()), whence, moment).leaf_hash
        return Outcome(
            len(found.fresh),
            len(found.standing),
            [lines[one] for one in found.over],
            other,
            None if leaf is None else base64.b64encode(leaf).decode(),
        )


def check(stream: Stream, bank: str, *, by: Caller, partial: bool = False) -> None:
    """Read the file and take nothing. Raises BadScreeningError with every fault and its line (at most 250).

    With `partial` the first line alone is judged: it says for all of them what they are.
    """
    row = own(by, bank)
    lines = _begin(stream, row)
    faults: list[Fault] = []
    for run in () if partial else _runs(lines, row):
        faults += run.judged.faults
        places = list(run.judged.entries)
        found = entering.sort(row, list(run.judged.entries.values()), again=False)
        faults += [_other(places[one]) for one in found.other]
        if len(faults) >= MAX_FAULTS:
            break
    if faults:
        raise BadScreeningError(sorted(faults, key=lambda one: one.line or 0)[:MAX_FAULTS])


def steps(stream: Stream, bank: str, *, by: Caller, partial: bool = False) -> Iterator[Step]:
    """Take the file, one durable portion after the other; gives the outcome of each.

    Raises BadScreeningError where a line has a fault and `partial` was not asked for; `check` finds nearly all of them
    before anything is taken.
    """
    row = own(by, bank)
    for run in _runs(_begin(stream, row), row):
        if run.judged.faults and not partial:
            raise BadScreeningError(run.judged.faults[:MAX_FAULTS])
        yield _take(run, row.name, by, partial=partial)


def own(by: Caller, bank: str) -> Bank:
    """The bank, if the caller may put entries in. Raises NotFoundError, NotPermittedError."""
    holdings.require(by, Deed.MANAGE_BANKS)
    return holdings.bank_of(by, bank)


def _begin(stream: Stream, bank: Bank) -> Lines:
    """The lines of the entries, and what the first one says for all. Raises BadScreeningError where it is another's."""
    try:
        head, lines = files.begin(stream)
    except BankRefusedError as refused:
        raise BadScreeningError(refused.faults) from None
    if head.bank != bank.name:
        raise BadScreeningError([Fault("/bank", FaultCode.CONTRADICTS, OTHER_BANK, 1)])
    if (head.kind, head.allow) != (BankKind(bank.kind), bank.allow):
        raise BadScreeningError([Fault("/kind", FaultCode.CONTRADICTS, OTHER_KIND, 1)])
    return Lines(structs.replace(files.told(head), shadow=True), enumerate(lines, FIRST))


def _runs(lines: Lines, bank: Bank) -> Iterator[Run]:
    while portion := list(islice(lines.numbered, PORTION)):
        judged = entry_reading.judge(BankKind(bank.kind), portion, told=lines.told)
        yield Run(portion[0][0], portion[-1][0], judged)


def _take(run: Run, bank: str, by: Caller, *, partial: bool) -> Step:
    judged = run.judged
    found = Outcome(0, 0, (), (), None)
    if judged.entries:
        operation = Portion(bank, judged.entries, by, partial)
        found = patiently(lambda: door.writer().commit(operation))
    noted = [Fault("", FaultCode.CONTRADICTS, entering.OVER, one) for one in found.over]
    noted += [Fault("/value", FaultCode.BAD_FORM, REWRITTEN, one) for one in judged.rewritten]
    refused = [*judged.faults, *map(_other, found.other)]
    return Step(
        run.first,
        run.last,
        len(judged.entries) + len(judged.repeated) + len({one.line for one in judged.faults}),
        found.taken,
        found.standing + len(found.over) + len(judged.repeated),
        sorted(refused, key=lambda one: one.line or 0),
        sorted(noted, key=lambda one: one.line or 0),
        found.leaf,
    )


def _other(line: int) -> Fault:
    return Fault("", FaultCode.REPEATED_ITEM, entry_reading.OTHER, line)
