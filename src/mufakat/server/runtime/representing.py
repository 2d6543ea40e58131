"""The operator's deeds about the contacts of parties: set, list, try, take back, remove.

Like every deed of the console they are reachable on the local socket and in the process, never from the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules.errors import NotNowError
from mufakat.server.parties import contact_lists, contacts, drills, queries, representatives

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.server.journal.answers import Answer


class ContactSet(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat representative set``; with `contact` it is changed, without it a new one is added."""

    party: str
    card: msgspec.Raw
    contact: str | None = None


class ContactsOf(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat representative list``."""

    party: str


class ContactDrill(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat representative drill``: one contact or all; `every` changes the period and sends nothing."""

    party: str
    contact: str | None = None
    every: int | None = None


class ContactRemove(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat representative remove``."""

    contact: str
    reason: str


class ContactWithdraw(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat representative withdraw``."""

    contact: str


def contact_set(told: ContactSet, at: datetime) -> Any:
    party = queries.party_by_handle(told.party)
    raw = bytes(told.card)
    if told.contact is None:
        return said(representatives.add(party, raw, by=None, at=at))
    contact_lists.require_of(party, told.contact)
    return said(representatives.change(told.contact, raw, by=None, at=at))


def contacts_of(told: ContactsOf, at: datetime) -> Any:
    party = queries.party_by_handle(told.party)
    every = drills.terms_of(party.id).every.days
    return {"party": party.handle, "every": every, "contacts": contact_lists.own(party.id, at=at)}


def contact_drill(told: ContactDrill, at: datetime) -> Any:
    party = queries.party_by_handle(told.party)
    if told.every is not None:
        return {"every": drills.plan(party, told.every, by=None).every.days, "sent": [], "open": []}
    if told.contact is not None:
        contact_lists.require_of(party, told.contact)
    chosen = [told.contact] if told.contact else [one.id for one in contacts.in_order(party.id, at=at)]
    sent, still = [], []
    for contact in chosen:
        try:
            sent.append(said(drills.send(contact, by=None)))
        except drills.DrillOpenError:
            if told.contact is not None:
                raise
            still.append(contact)
    if not chosen:
        raise NotNowError(f"{party.handle} has no contact in force; set one with: mufakat representative set")
    return {"every": drills.terms_of(party.id).every.days, "sent": sent, "open": still}


def contact_remove(told: ContactRemove, at: datetime) -> Any:
    point = contact_lists.point_for(None, told.contact)
    removed = said(representatives.remove(told.contact, reason=told.reason, by=None))
    # The request began before the removal.
    left = sum(one.id != point.id for one in contacts.in_order(point.party_id, at=at))
    return {"contact": removed, "party": point.party.handle, "left": left}


def contact_withdraw(told: ContactWithdraw, at: datetime) -> Any:
    del at
    return said(representatives.withdraw(told.contact, by=None))


def said(answer: Answer) -> msgspec.Raw:
    """An answer's JSON, as it is."""
    return msgspec.Raw(answer.body)
