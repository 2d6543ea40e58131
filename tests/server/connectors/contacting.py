"""Contacts in force, as rows: how one comes into force has its own tests."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from mufakat.rules.contact import ContactRole
from mufakat.server.journal import door
from mufakat.server.parties import queries
from mufakat.server.parties.models import ContactPoint, ContactVersion

if TYPE_CHECKING:
    from mufakat.server.journal.work import Moment


def in_force(handle: str, count: int) -> list[str]:
    """So many contacts of a party, in the order in which they are turned to."""
    party = queries.party_by_handle(handle)

    def run(moment: Moment) -> list[str]:
        made = []
        for rank in range(1, count + 1):
            role = next(iter(ContactRole)).value
            point = ContactPoint.objects.create(id=moment.id("ctc"), party=party, role=role, added_at=moment.at)
            ContactVersion.objects.create(
                contact=point,
                party=party,
                role=role,
                number=1,
                event=moment.id("evt"),
                first=rank == 1,
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
            made.append(point.pk)
        return made

    found: list[str] = door.commit(run)
    return found
