"""What is personal in mails goes when its period has passed; what happened stays (``docs/retention.md``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules import retention
from mufakat.rules.events import EventType
from mufakat.rules.retention import RETENTION, STAYING, Erasable
from mufakat.server.connectors.mail.models import Intake, Reply
from mufakat.server.journal import openings, operations as journal
from mufakat.server.journal.parts import alone
from mufakat.server.notices.erasure import PASSED, Swept
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.server.journal.work import Moment

PORTION = 50  # Mails of one commit; each may have ten mebibytes.
FIELDS = frozenset({"payload", "reason"})


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Erase the content of mails that came in so long ago."""
    del stop
    until = at - RETENTION[Erasable.MAIL].period
    old = Intake.objects.filter(erased_at=None, received_at__lte=until).order_by("received_at")
    portion = list(old.only("id", "to", "event")[:PORTION])
    if not portion:
        return Swept(0, more=False)
    done = alone(lambda moment: erase(portion, reason=PASSED, moment=moment))
    return Swept(done, more=len(portion) == PORTION)


def erase(rows: Sequence[Intake], *, reason: str, moment: Moment) -> int:
    """Take what is personal out of these mails. Called inside an operation of the writer."""
    whole = {row.pk: row for row in Intake.objects.filter(pk__in=[one.pk for one in rows], erased_at=None).defer("raw")}
    if not whole:
        return 0
    cases = list(whole)
    Intake.objects.filter(pk__in=cases).update(
        envelope=None, author=None, subject=None, links=None, raw=None, erased_at=moment.at
    )
    Reply.objects.filter(pk__in=cases, erased_at=None).update(address=None, due_at=None, erased_at=moment.at)
    openings.erase(moment, cases, fields=FIELDS, staying=STAYING)
    happenings = [
        journal.Happening(
            type=EventType.MAIL_ERASED,
            sender=HOUSE,
            recipient=row.to or HOUSE,
            case=row.pk,
            actor=HOUSE,
            committed={"classes": retention.encode_classes([Erasable.MAIL]), "reason": reason.encode()},
            ref=(row.event,),
        )
        for row in whole.values()
    ]
    journal.append(happenings, moment)
    return len(happenings)
