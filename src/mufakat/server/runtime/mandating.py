"""The operator's deeds on mandates, from grant to revoke; a holder's reply; and how well what is asked holds.

Like every deed of the console they are reachable on the local socket and in the process, never from the network.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.locator.kinds import Surface
from mufakat.rules.mandate import Quota, Terms
from mufakat.rules.notice import Category, NoticeKind
from mufakat.server.api import accuracy as asking
from mufakat.server.api.answers import MandateOut
from mufakat.server.governance import counting, queries as governance
from mufakat.server.governance.faces import AccuracyOut
from mufakat.server.parties import mandate_queries, mandates, queries, share_faces, shares

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.server.parties.queries import Mandate

REVIEW = timedelta(days=365)


class MandateGrant(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat mandate grant``."""

    party: str
    kinds: list[NoticeKind]
    categories: list[Category]
    surfaces: list[Surface]
    granted_by: str
    legal_source: str
    burst: int
    per_minute: int
    country: str = ""
    expertise: str = ""
    review_on: date | None = None


class MandateDeed(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat mandate suspend|resume|revoke``."""

    id: str
    reason: str


class MandateReply(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat mandate reply``."""

    id: str
    text: str
    party: str
    role: str


class MandateAccuracy(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat mandate accuracy``."""

    party: str = ""
    category: str = ""
    first: str = ""
    last: str = ""
    after: str = ""
    anew: bool = False


class MandateList(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat mandate list``."""

    party: str = ""


def grant(told: MandateGrant, at: datetime) -> Any:
    terms = Terms(
        kinds=tuple(told.kinds),
        categories=tuple(told.categories),
        surfaces=tuple(told.surfaces),
        country=told.country or None,
        expertise=told.expertise,
        granted_by=told.granted_by,
        legal_source=told.legal_source,
        quota=Quota(told.burst, told.per_minute),
        review_on=told.review_on or (at + REVIEW).date(),
    )
    return shown(mandates.grant(queries.party_by_handle(told.party), terms, at=at), at)


def suspend(told: MandateDeed, at: datetime) -> Any:
    return shown(mandates.suspend(told.id, reason=told.reason), at)


def resume(told: MandateDeed, at: datetime) -> Any:
    return shown(mandates.resume(told.id, reason=told.reason), at)


def revoke(told: MandateDeed, at: datetime) -> Any:
    return shown(mandates.revoke(told.id, reason=told.reason), at)


def reply(told: MandateReply, at: datetime) -> Any:
    return shown(mandates.reply(told.id, by=queries.caller_by_seat(told.party, told.role), text=told.text), at)


def listed(told: MandateList, at: datetime) -> Any:
    party = queries.party_by_handle(told.party).handle if told.party else None
    rows = mandate_queries.every(party)
    uses = mandate_queries.use_of([row.party_id for row in rows], at=at)
    found = share_faces.followed(rows)
    return [MandateOut.whole(row, uses.get(row.party_id), at=at, found=found[row.id]) for row in rows]


def restore(told: MandateDeed, at: datetime) -> Any:
    return shown(shares.restore(told.id, reason=told.reason), at)


def decline(told: MandateDeed, at: datetime) -> Any:
    return shown(shares.decline(told.id, reason=told.reason), at)


def accuracy(told: MandateAccuracy, at: datetime) -> Any:
    del at
    if told.anew:
        counting.count_anew()
    asked = {"party": told.party, "category": told.category, "from": told.first, "to": told.last, "after": told.after}
    wanted = asking.read(asked)
    return AccuracyOut.of(governance.listed(wanted), governance.conserved(wanted), wanted)


def shown(mandate: Mandate, at: datetime) -> MandateOut:
    """A mandate with the use of its holder's quota, and what followed from how its notices hold."""
    use = mandate_queries.use_of([mandate.party_id], at=at).get(mandate.party_id)
    return MandateOut.whole(mandate, use, at=at, found=share_faces.followed([mandate])[mandate.id])
