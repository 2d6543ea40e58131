"""Whether somebody can be reached at a party: its contacts in force and how they answered, for many parties at once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.db.models import Max, Q

from mufakat.rules.contact import ContactRole
from mufakat.rules.obligation_judging import Reach
from mufakat.server.parties import contacts
from mufakat.server.parties.models import Drill

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

OFFICIAL = sorted({role.value for role in ContactRole} - {ContactRole.FOR_USERS.value})
"""Contacts to whom the other side of an agreement turns; who is there for users represents nobody."""

Answers = tuple["datetime | None", "datetime | None", "datetime | None"]
NOTHING: Answers = (None, None, None)


def of_parties(parties: Collection[str], *, at: datetime) -> Mapping[str, Reach]:
    """By party, who is there at `at`; one without a contact in force is left out. Two queries however many."""
    rows = contacts.versions_in_force(at=at).filter(party__in=parties, role__in=OFFICIAL)
    held: defaultdict[str, dict[str, bool]] = defaultdict(dict)
    for party, contact, since in rows.values_list("party_id", "contact_id", "unreachable_since"):
        held[party][contact] = since is not None
    answers = _answers(parties)
    return {party: _reach(one, answers) for party, one in held.items()}


def _answers(parties: Collection[str]) -> Mapping[str, Answers]:
    """By contact, when it answered last, when it missed last, and until when an open drill waits."""
    still = Q(answered_at=None, missed_at=None)
    found = Drill.objects.filter(contact__party__in=parties, void_at=None).order_by().values_list("contact_id")
    rows = found.annotate(Max("answered_at"), Max("missed_at"), waits=Max("due_at", filter=still))
    return {contact: (answered, missed, waits) for contact, answered, missed, waits in rows}


def _reach(held: Mapping[str, bool], answers: Mapping[str, Answers]) -> Reach:
    every = [answers.get(contact, NOTHING) for contact in held]
    told = [answers.get(contact, NOTHING) for contact, is_unreachable in held.items() if not is_unreachable]
    return Reach(
        contacts=len(held),
        unreachable=sum(held.values()),
        answered_at=max((one for one, _, _ in told if one is not None), default=None),
        missed_at=max((one for _, one, _ in every if one is not None), default=None),
        open_until=max((one for _, _, one in told if one is not None), default=None),
    )
