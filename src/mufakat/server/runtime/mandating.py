"""The operator's deeds on mandates: grant, suspend, resume, revoke, list; and a holder's reply from the command line.

Like every deed of the console they are reachable on the local socket and in the process, never from the network.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.locator.kinds import Surface
from mufakat.rules.mandate import Quota, Terms
from mufakat.rules.notice import Category, NoticeKind
from mufakat.server.api.answers import MandateOut
from mufakat.server.parties import mandate_queries, mandates, queries

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
    return [MandateOut.whole(row, uses.get(row.party_id), at=at) for row in rows]


def shown(mandate: Mandate, at: datetime) -> MandateOut:
    """A mandate with the use of its holder's quota."""
    return MandateOut.whole(mandate, mandate_queries.use_of([mandate.party_id], at=at).get(mandate.party_id), at=at)
