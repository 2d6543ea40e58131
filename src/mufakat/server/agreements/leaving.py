"""End an agreement, or its talks, by a side that says why.

Whoever agreed may leave, at once and in public; nobody can be held to talk. What was in force stays to be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules import agreement_reading
from mufakat.rules.permissions import Deed
from mufakat.server.agreements import beginning, ending, queries
from mufakat.server.agreements.faces import AgreementOut, encode
from mufakat.server.journal.answers import Answer
from mufakat.server.journal.writer import GROUP

if TYPE_CHECKING:
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller


@dataclass(slots=True)
class Ending:
    """An end on its way to the writer."""

    agreement: str
    raw: bytes
    by: Caller
    key: Key | None
    weight: int = GROUP + 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        beginning.settle(moment)  # What has ended by itself meanwhile is over.
        row = queries.agreement_for(self.by, self.agreement, deed=Deed.AGREE_POINT)
        ending.require_open(row)
        found = agreement_reading.read_ending(self.raw)
        ending.end(row, at=moment.at, moment=moment, by=self.by.handle, reason=found.reason)
        return Answer(200, encode(AgreementOut.after(queries.whole(row, self.by))), row.id)
