"""Erase what is personal in contacts of the past: the row's values, and the openings that repeat them.

The leaf keeps its commitment, which says nothing to anybody without its salt; role, office and times stay (I-09).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mufakat.rules.events import EventType
from mufakat.rules.retention import RETENTION, Erasable, fields_of
from mufakat.server.journal import openings, operations as journal
from mufakat.server.journal.parts import Swept, alone
from mufakat.server.parties.models import ContactVersion
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.server.journal.work import Moment

PORTION = 100  # Versions of one commit.
PERSONAL = ("name", "email", "phone", "postal_address", "mandate")


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """One portion of the versions whose period has passed at `at`."""
    del stop
    until = at - RETENTION[Erasable.CONTACTS].period
    rows = ContactVersion.objects.filter(erased_at=None, until__lte=until)
    due = list(rows.order_by("until", "pk").values_list("pk", flat=True)[:PORTION])
    if not due:
        return Swept(0, more=False)
    return Swept(alone(partial(_erase, due)), more=len(due) == PORTION)


def _erase(versions: Sequence[int], moment: Moment) -> int:
    rows = list(ContactVersion.objects.select_related("party").filter(pk__in=versions, erased_at=None).order_by("pk"))
    ContactVersion.objects.filter(pk__in=[row.pk for row in rows]).update(
        **dict.fromkeys(PERSONAL, ""), erased_at=moment.at
    )
    openings.erase_of(moment, [row.event for row in rows], fields=fields_of({Erasable.CONTACTS}))
    # What was said when a contact was removed goes with the last of it.
    cases = {row.contact_id for row in rows}
    left = set(ContactVersion.objects.filter(contact__in=cases, erased_at=None).values_list("contact_id", flat=True))
    openings.erase(moment, cases - left, fields=fields_of({Erasable.NOTES}), staying=())
    happenings = [
        journal.Happening(
            type=EventType.CONTACT_ERASED,
            sender=HOUSE,
            recipient=row.party.handle,
            case=row.contact_id,
            actor=HOUSE,
            ref=(row.event,),
            to=(f"party:{row.party.handle}",),
        )
        for row in rows
    ]
    journal.append(happenings, moment)
    return len(rows)
