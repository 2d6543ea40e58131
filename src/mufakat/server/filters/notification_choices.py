"""Whom a notification can be released to, and on which grounds: of the agreements in force at this moment (I-14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mufakat.rules.notifying import AUTHORITIES
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Deed
from mufakat.server.agreements import counterparties
from mufakat.server.filters import holdings
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.rules.notice import Category, LegalGround
    from mufakat.server.parties.queries import Caller


class Choice(NamedTuple):
    """An authority, a ground that an agreement with it lists, and that agreement."""

    to: str
    name: str
    ground: LegalGround
    agreement: str


def choices(viewer: Caller, category: Category, *, at: datetime) -> list[Choice]:
    """What a release of something of this category can name. The release itself judges once more."""
    holdings.require(viewer, Deed.RELEASE_NOTIFICATION)
    found: dict[tuple[str, LegalGround], Choice] = {}
    bound = counterparties.bound(PartyKind.PLATFORM, AUTHORITIES, at=at)
    others = {one.other for one in bound if one.one == viewer.party_id}
    for party in (one for one in parties.parties() if one.id in others):
        for one in counterparties.between(viewer.party_id, party.id, at=at):
            for ground in one.grounds if category in one.categories else ():
                found.setdefault((party.handle, ground), Choice(party.handle, party.name, ground, one.agreement))
    return list(found.values())
