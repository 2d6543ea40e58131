"""A dump of the DSA Transparency Database, taken in portions of two thousand rows; each is told once it is durable.

The rows are written as if none of them were here yet. Only where the database refuses one of them is it looked which:
a dump comes once, and its hundred thousands of rows need not be asked for first. What is here already, word for word,
is counted and not doubled, so that an import that was cut off is simply done again.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from django.db import IntegrityError, transaction

from mufakat.formats import dsa
from mufakat.proof import canonical, tree
from mufakat.rules.permissions import Deed
from mufakat.server.decisions import dsa_intake
from mufakat.server.decisions.dsa_rows import ForeignStatement
from mufakat.server.journal import custody, door, signer
from mufakat.server.notices.imports import patiently

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from mufakat.formats.dsa import BadRow, Row
    from mufakat.formats.items import Stream
    from mufakat.server.decisions.dsa_intake import Prepared
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller

PORTION = 2_000  # Rows of one commit: some tens of milliseconds of the writer's time.

USED = "This identifier was used before, for another statement."
NAMED = "The database's name of this statement belongs to another one here."


class Remark(NamedTuple):
    """Which column ("" for the whole row), and a sentence."""

    pointer: str
    detail: str


class Told(NamedTuple):
    """Why a row was not taken."""

    line: int
    remarks: tuple[Remark, ...]


class Step(NamedTuple):
    """What became of one run of rows, which ended on the lines `first` to `last`; `leaf` and `receipt` of its event."""

    first: int
    last: int
    read: int
    taken: int
    repeated: int
    refused: tuple[Told, ...]
    leaf: str | None
    receipt: str | None


class Sorted(NamedTuple):
    """Which rows are new, how many are here already, and what is wrong with the others, by their place."""

    fresh: Sequence[Prepared]
    repeated: int
    refused: dict[int, str]


class Outcome(NamedTuple):
    """What the writer did with a portion."""

    taken: int
    repeated: int
    refused: dict[int, str]
    leaf_hash: bytes | None
    receipt: str | None


@dataclass(slots=True)
class Portion:
    """Rows on their way to the writer, and what their event commits to if all of them are new."""

    rows: Sequence[Prepared]
    by: Caller
    committed: bytes
    key: None = None
    plan: Plan | None = None

    @property
    def weight(self) -> int:
        return len(self.rows)

    def run(self, moment: Moment) -> Outcome:
        # (1) As if all were new.
        try:
            with transaction.atomic():
                return self._written(Sorted(self.rows, 0, {}), moment, self.committed)
        except IntegrityError:
            # (2) One is not: look which, and write the others. Nobody writes in between: the writers take turns.
            return self._written(self._sorted(), moment)

    def _written(self, found: Sorted, moment: Moment, committed: bytes | None = None) -> Outcome:
        if not found.fresh:
            return Outcome(0, found.repeated, found.refused, None, None)
        written = dsa_intake.write(found.fresh, by=self.by, moment=moment, portion=committed)
        leaf_hash = written.event.leaf_hash
        at = canonical.timestamp(moment.at)
        note = custody.Custodian(signer.live_shard()).of_many(count=1, root=tree.root([leaf_hash]), at=at)
        return Outcome(len(found.fresh), found.repeated, found.refused, leaf_hash, note)

    def _sorted(self) -> Sorted:
        found = ForeignStatement.objects.filter(puid_key__in=[row.puid_key for row in self.rows])
        known: dict[bytes, tuple[str, bytes | None]] = {
            bytes(key): (uuid, None if body is None else bytes(body))
            for key, uuid, body in found.values_list("puid_key", "uuid", "body")
        }
        named_rows = ForeignStatement.objects.filter(uuid_key__in=[row.uuid_key for row in self.rows])
        named = {bytes(key) for key in named_rows.values_list("uuid_key", flat=True)}
        fresh: list[Prepared] = []
        refused: dict[int, str] = {}
        repeated = 0
        for place, row in enumerate(self.rows):
            before = known.get(row.puid_key)
            if before is not None:
                # Of an erased one the name alone is left to compare.
                if before[0] == row.uuid and before[1] in (None, row.body):
                    repeated += 1
                else:
                    refused[place] = USED
            elif row.uuid_key in named:
                refused[place] = NAMED
            else:
                known[row.puid_key] = (row.uuid, row.body)
                named.add(row.uuid_key)
                fresh.append(row)
        return Sorted(fresh, repeated, refused)


def steps(stream: Stream, *, by: Caller) -> Iterator[Step]:
    """Take a dump, one durable portion after the other; gives the outcome of each once it is durable.

    While one portion is written the next one is read: the writer waits for the disk most of its time.
    """
    by.require(Deed.IMPORT_STATEMENTS)
    with ThreadPoolExecutor(1, thread_name_prefix="statements") as hand:
        before: tuple[_Run, Future[Outcome]] | None = None
        for run in _runs(stream, by):
            # What comes after a portion that could not be written is not written either.
            step = before[0].step(before[1].result()) if before is not None else None
            before = run, hand.submit(run.written)
            if step is not None:
                yield step
        if before is not None:
            yield before[0].step(before[1].result())


def _runs(stream: Stream, by: Caller) -> Iterator[_Run]:
    rows = dsa.read_dump(stream)
    while run := list(islice(rows, PORTION)):
        good = [one for one in run if isinstance(one, dsa.Row)]
        prepared = [dsa_intake.prepared(one, party=by.party_id) for one in good]
        yield _Run(run, good, Portion(prepared, by, dsa_intake.committed(prepared)))


class _Run(NamedTuple):
    """Rows that were read, those of them that are statements, and their portion."""

    read: list[Row | BadRow]
    good: list[Row]
    portion: Portion

    def written(self) -> Outcome:
        """Durable. Another attempt after an uncertain one finds what it stored."""
        if not self.good:
            return Outcome(0, 0, {}, None, None)
        outcome: Outcome = patiently(lambda: door.writer().commit(self.portion))
        return outcome

    def step(self, outcome: Outcome) -> Step:
        """What is told of it."""
        refused = [
            Told(one.number, tuple(Remark(fault.pointer[1:], fault.detail) for fault in one.faults))
            for one in self.read
            if isinstance(one, dsa.BadRow)
        ]
        for place, detail in outcome.refused.items():
            column = "platform_uid" if detail is USED else "uuid"
            refused.append(Told(self.good[place].number, (Remark(column, detail),)))
        return Step(
            self.read[0].number,
            self.read[-1].number,
            len(self.read),
            outcome.taken,
            outcome.repeated,
            tuple(sorted(refused)),
            canonical.to_base64(outcome.leaf_hash) if outcome.leaf_hash is not None else None,
            outcome.receipt,
        )
