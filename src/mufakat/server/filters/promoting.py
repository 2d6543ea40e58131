"""A version goes live: by a second person, on the figures of a back-test (`rules.promotion`). The former one ends.

Both moves are one commit: there is no moment with two policies, or with none. Whoever keeps an engine ready asks which
versions stand before it judges, so that in every process the next item is judged by the new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from mufakat.rules import filtering as lifecycle, promotion
from mufakat.rules.errors import NotFoundError
from mufakat.rules.events import EventType
from mufakat.rules.filtering import PolicyDeed, PolicyState
from mufakat.rules.permissions import Deed
from mufakat.rules.promotion import Figures
from mufakat.screening.policy import Mode
from mufakat.server.filters import holdings, policies, policy_queries as queries
from mufakat.server.filters.policy_faces import BacktestTableOut
from mufakat.server.journal import door
from mufakat.server.notices.faces import encode

if TYPE_CHECKING:
    from mufakat.screening.policy import Policy as Rules
    from mufakat.server.filters.models import Backtest, Policy
    from mufakat.server.journal.answers import Answer, Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller


@dataclass(slots=True)
class Promoting:
    """A promotion on its way to the writer."""

    policy: str
    rules: Rules
    backtest: str
    note: str
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        row = holdings.policy_of(self.by, self.policy)
        # (1) The state, the person, the figures: each as it stands now. Two who promote at once come here one after the
        # other, and the second finds another policy live than its figures speak of.
        after = lifecycle.advance(PolicyState(row.state), PolicyDeed.PROMOTE)
        promotion.require_other(row.proposer_id, self.by.person_id, role=self.by.role)
        former = queries.live_of(row.platform_id)
        found = _found(row, self.backtest)
        promotion.require(
            self._figures(found) if found is not None else None,
            policy=row.pk,
            live=former.pk if former is not None else None,
            at=moment.at,
        )
        if found is None:
            raise NotFoundError("back-test")  # Refused above; said for the reader of types.
        # (2) The former one ends first: the database takes one live policy of a platform.
        if former is not None:
            self._replaced(former, row, moment)
        # (3) The event with the figures, then the row.
        table = msgspec.convert(found.table, BacktestTableOut).without_items()
        committed = {"figures": encode(table), "note": self.note.encode()}
        policies.tell(row, EventType.POLICY_PROMOTED, committed, by=self.by, moment=moment, ref=(found.pk,))
        row.state, row.backtest = after.value, found
        row.promoter_id, row.promoted_at = self.by.person_id, moment.at
        row.save()
        changed = queries.banks_changed(row.platform_id, table.banks)
        return policies.answered(row.pk, self.rules, banks_changed=changed)

    def _figures(self, found: Backtest) -> Figures:
        exact = not found.live or all(rule.mode is Mode.LIVE for rule in self.rules.rules)
        return Figures(found.policy_id, found.against_id, found.made_at, exact)

    def _replaced(self, former: Policy, row: Policy, moment: Moment) -> None:
        former.state = lifecycle.advance(PolicyState(former.state), PolicyDeed.END).value
        former.ended_at, former.ended_by_id = moment.at, self.by.person_id
        policies.tell(former, EventType.POLICY_ENDED, {}, by=self.by, moment=moment, ref=(row.event,))
        former.save()


def promote(policy: str, *, backtest: str, note: str = "", by: Caller, key: Key | None = None) -> Answer:
    """Let a version that runs in shadow go live, on the figures of this back-test; the policy before it ends.

    The answer names the banks that were changed since. Raises OwnProposalError, BadScreeningError,
    ScreeningStandsError, NotPermittedError.
    """
    rules = policies.known(policy, by=by, deed=Deed.PROMOTE_POLICY)
    answer: Answer = door.writer().commit(Promoting(policy, rules, backtest, note, by, key))
    return answer


def _found(row: Policy, backtest: str) -> Backtest | None:
    try:
        return queries.backtest_of(row, backtest)
    except NotFoundError:
        return None
