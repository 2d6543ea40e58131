"""What followed for a mandate, as its holder and the operator of this instance see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mufakat.proof.canonical import timestamp
from mufakat.rules import consequences
from mufakat.rules.consequences import WHOLE, Evidence
from mufakat.rules.mandate import Quota
from mufakat.server.parties import shares

if TYPE_CHECKING:
    from collections.abc import Collection

    from mufakat.server.parties.models import Mandate, Proposal, QuotaShare


class ShareLeftOut(msgspec.Struct, frozen=True):
    """How much of the quota is left, since when, and what was counted; a `reason` where people gave it back."""

    percent: int
    burst: int
    per_minute: int
    since: str
    reason: str
    evidence: Evidence | None

    @classmethod
    def of(cls, row: QuotaShare, mandate: Mandate) -> ShareLeftOut:
        left = consequences.lowered(Quota(mandate.burst, mandate.per_minute), row.percent)
        evidence = consequences.from_json(row.evidence) if row.percent < WHOLE else None
        return cls(row.percent, left.burst, left.per_minute, timestamp(row.since), row.reason, evidence)


class ProposalOut(msgspec.Struct, frozen=True):
    """That the mandate be suspended, put to the operator; `reason` is why it was declined."""

    id: str
    state: str
    made_at: str
    reason: str
    evidence: Evidence

    @classmethod
    def of(cls, row: Proposal) -> ProposalOut:
        return cls(row.id, row.state, timestamp(row.made_at), row.reason, consequences.from_json(row.evidence))


class Followed(msgspec.Struct, frozen=True):
    """What followed for one mandate: nothing, less of its quota, a proposal."""

    share: ShareLeftOut | None = None
    proposal: ProposalOut | None = None


NOTHING = Followed()


def followed(held: Collection[Mandate]) -> dict[str, Followed]:
    """By mandate, what followed; two queries however many there are."""
    ids = [mandate.id for mandate in held]
    left, put = shares.shares_of(ids), shares.proposals_of(ids)
    return {
        mandate.id: Followed(
            ShareLeftOut.of(left[mandate.id], mandate) if mandate.id in left else None,
            ProposalOut.of(put[mandate.id]) if mandate.id in put else None,
        )
        for mandate in held
    }
