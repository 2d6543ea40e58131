"""Contacts in force, as rows: how one comes into force has its own tests."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from mufakat.rules.contact import ContactRole
from mufakat.server.journal import door
from mufakat.server.parties import contacts, queries
from mufakat.server.parties.models import ContactPoint, ContactVersion

if TYPE_CHECKING:
    from mufakat.server.journal.work import Moment


def in_force(handle: str, count: int) -> list[str]:
    """So many contacts of a party, in the order in which they are turned to."""
    party = queries.party_by_handle(handle)

    def run(moment: Moment) -> None:
        for rank in range(1, count + 1):
            role = next(iter(ContactRole)).value
            point = ContactPoint.objects.create(id=moment.id("ctc"), party=party, role=role, added_at=moment.at)
            ContactVersion.objects.create(
                contact=point,
                party=party,
                role=role,
                number=1,
                event=moment.id("evt"),
                first=False,
                set_at=moment.at - timedelta(days=30),
                valid_from=moment.at - timedelta(days=20),
                country="ID",
                organisation="Example",
                languages=["id"],
                rank=rank,
                senior=rank > 1,
                name=f"Contact {rank}",
                email=f"contact{rank}@{handle}.example",
            )

    door.commit(run)
    return [one.id for one in contacts.in_order(party.id, at=timezone.now())]
