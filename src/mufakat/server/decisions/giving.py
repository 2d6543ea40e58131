"""The statement of reasons on its way to whoever is affected: the platform brings it there, and says how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules.decision import ACTS
from mufakat.rules.events import EventType
from mufakat.rules.permissions import Deed
from mufakat.server.decisions import queries
from mufakat.server.decisions.errors import NothingDoneError, NotTheRecipientError
from mufakat.server.decisions.faces import StatementOut, encode
from mufakat.server.decisions.telling import told, turned
from mufakat.server.journal import door, operations as journal
from mufakat.server.journal.answers import Answer

if TYPE_CHECKING:
    from mufakat.rules.statement import GivenHow
    from mufakat.server.decisions.models import Statement
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller


@dataclass(slots=True)
class Giving:
    """A statement that reached somebody. The first time counts; saying it again changes nothing."""

    statement: str
    how: GivenHow
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        row = own(self.by, self.statement)
        decision = row.decision
        if row.given_at is None:
            more = turned(decision.notice, EventType.REASONS_GIVEN, moment=moment)
            committed = {"how": self.how.value.encode()}
            happening = told(EventType.REASONS_GIVEN, decision, committed=committed, actor=self.by.handle)
            journal.append([happening, *more], moment)
            row.given_at, row.given_how = moment.at, self.how.value
            row.save(update_fields=["given_at", "given_how"])
        return Answer(200, encode(StatementOut.of(row)), decision.notice_id)


def own(by: Caller, statement: str) -> Statement:
    """The statement, if the caller's party made it and somebody is affected by what it did."""
    row = queries.statement_for(by, statement, deed=Deed.GIVE_REASONS)
    if row.decision.party_id != by.party_id:
        raise NotTheRecipientError(Deed.GIVE_REASONS, by.role)
    if row.decision.outcome not in ACTS:
        raise NothingDoneError
    return row


def give_reasons(statement: str, how: GivenHow, *, by: Caller, key: Key | None = None) -> Answer:
    """The statement reached whoever is affected, in this way. Raises NotTheRecipientError, NothingDoneError."""
    own(by, statement)
    answer: Answer = door.writer().commit(Giving(statement, how, by, key))
    return answer
