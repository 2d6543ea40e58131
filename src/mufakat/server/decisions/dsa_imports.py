"""A dump of the DSA Transparency Database, taken in portions of a thousand rows, each durable before the next is read.

The rows are written as if none of them were here yet. Only where the database refuses one of them is it looked which:
a dump comes once, and its hundred thousands of rows need not be asked for first. What is here already, word for word,
is counted and not doubled, so that an import that was cut off is simply done again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.db import IntegrityError, transaction

from mufakat.formats import dsa
from mufakat.proof import canonical, receipt, tree
from mufakat.rules.permissions import Deed
from mufakat.server.decisions import dsa_intake
from mufakat.server.decisions.dsa_intake import Prepared
from mufakat.server.decisions.dsa_rows import ForeignStatement
from mufakat.server.journal import door, signer
from mufakat.server.notices.imports import patiently

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mufakat.formats.dsa import BadRow, Row
    from mufakat.formats.items import Stream
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller

PORTION = 1_000  # Rows of one commit: some tens of milliseconds of the writer's time.

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

    fresh: list[Prepared]
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
    """Rows on their way to the writer."""

    rows: Sequence[Prepared]
    by: Caller
    key: None = None
    plan: Plan | None = None

    @property
    def weight(self) -> int:
        return len(self.rows)

    def run(self, moment: Moment) -> Outcome:
        # (1) As if all were new.
        try:
            with transaction.atomic():
                return self._written(Sorted(list(self.rows), 0, {}), moment)
        except IntegrityError:
            # (2) One is not: look which, and write the others. Nobody writes in between: the writers take turns.
            return self._written(self._sorted(), moment)

    def _written(self, found: Sorted, moment: Moment) -> Outcome:
        if not found.fresh:
            return Outcome(0, found.repeated, found.refused, None, None)
        written = dsa_intake.write(found.fresh, by=self.by, moment=moment)
        leaf_hash = written.event.leaf_hash
        key, at = signer.signing_key(signer.live_shard()), canonical.timestamp(moment.at)
        note = receipt.sign_custody_batch(key, count=1, root=tree.root([leaf_hash]), at=at, mmd=None)
        return Outcome(len(found.fresh), found.repeated, found.refused, leaf_hash, note)

    def _sorted(self) -> Sorted:
        mine = ForeignStatement.objects.filter(party_id=self.by.party_id)
        columns = ("puid", "platform", "uuid", "body")
        puids, uuids = [row.puid for row in self.rows], [row.uuid for row in self.rows]
        known: dict[tuple[str, str], tuple[str, bytes | None]] = {
            (puid, platform): (uuid, None if body is None else bytes(body))
            for puid, platform, uuid, body in mine.filter(puid__in=puids).values_list(*columns)
        }
        named = set(mine.filter(uuid__in=uuids).values_list("uuid", flat=True))
        fresh: list[Prepared] = []
        refused: dict[int, str] = {}
        repeated = 0
        for place, row in enumerate(self.rows):
            before = known.get((row.puid, row.platform))
            if before is not None:
                # Of an erased one the name alone is left to compare.
                if before[0] == row.uuid and before[1] in (None, row.body):
                    repeated += 1
                else:
                    refused[place] = USED
            elif row.uuid in named:
                refused[place] = NAMED
            else:
                known[row.puid, row.platform] = (row.uuid, row.body)
                named.add(row.uuid)
                fresh.append(row)
        return Sorted(fresh, repeated, refused)


def steps(stream: Stream, *, by: Caller) -> Iterator[Step]:
    """Take a dump, one durable portion after the other; gives the outcome of each once it is durable."""
    by.require(Deed.IMPORT_STATEMENTS)
    run: list[Row | BadRow] = []
    for one in dsa.read_dump(stream):
        run.append(one)
        if len(run) == PORTION:
            yield _step(run, by=by)
            run = []
    if run:
        yield _step(run, by=by)


def _step(run: Sequence[Row | BadRow], *, by: Caller) -> Step:
    good = [one for one in run if isinstance(one, dsa.Row)]
    portion = Portion(
        [
            Prepared(
                one.platform,
                one.statement.puid or "",
                one.uuid,
                one.created_at,
                dsa.encoded(one.statement),
                one.residue,
            )
            for one in good
        ],
        by,
    )
    none = Outcome(0, 0, {}, None, None)
    outcome: Outcome = patiently(lambda: door.writer().commit(portion)) if good else none
    refused = [
        Told(one.number, tuple(Remark(fault.pointer[1:], fault.detail) for fault in one.faults))
        for one in run
        if isinstance(one, dsa.BadRow)
    ]
    for place, detail in outcome.refused.items():
        refused.append(Told(good[place].number, (Remark("platform_uid" if detail is USED else "uuid", detail),)))
    return Step(
        run[0].number,
        run[-1].number,
        len(run),
        outcome.taken,
        outcome.repeated,
        tuple(sorted(refused)),
        canonical.to_base64(outcome.leaf_hash) if outcome.leaf_hash is not None else None,
        outcome.receipt,
    )
