"""What is personal in chats goes when its period has passed; what was only needed for a while goes after that while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mufakat.rules import chats as rules
from mufakat.rules.events import EventType
from mufakat.rules.retention import RETENTION, Erasable, fields_of
from mufakat.server.connectors.government_bot.models import Button, Chat, Heard, Talk, Ticket
from mufakat.server.journal import openings, operations as journal
from mufakat.server.journal.parts import alone
from mufakat.server.notices.erasure import Swept
from mufakat.server.parties import queries as parties
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.server.journal.work import Moment

PORTION = 200


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Erase the numbers of chats that ended so long ago, and the openings that repeat them."""
    del stop
    until = at - RETENTION[Erasable.CONTACTS].period
    old = Chat.objects.filter(erased_at=None, ended_at__lte=until).order_by("ended_at")
    portion = list(old.values_list("pk", flat=True)[:PORTION])
    if not portion:
        return Swept(0, more=False)
    return Swept(alone(lambda moment: erase(portion, moment)), more=len(portion) == PORTION)


def erase(chats: Sequence[str], moment: Moment) -> int:
    """Take the numbers out. Called inside an operation of the writer."""
    rows = list(Chat.objects.filter(pk__in=chats, erased_at=None, ended_at__isnull=False).order_by("pk"))
    Chat.objects.filter(pk__in=[row.pk for row in rows]).update(user=None, erased_at=moment.at)
    openings.erase_of(moment, [row.event for row in rows], fields=fields_of({Erasable.CONTACTS}))
    handles = parties.handles()
    happenings = [
        journal.Happening(
            type=EventType.CHAT_ERASED,
            sender=HOUSE,
            recipient=handles[row.party_id],
            case=row.party_id,
            actor=HOUSE,
            ref=(row.event,),
        )
        for row in rows
    ]
    journal.append(happenings, moment)
    return len(rows)


def forget(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Put aside what nobody went on with, and drop what is of no use any more: updates, buttons, words that bind."""
    del stop
    stale = Talk.objects.filter(ended_at=None, touched_at__lte=at - rules.STALE)
    heard = Heard.objects.filter(at__lte=at - rules.REMEMBERED)
    buttons = Button.objects.filter(made_at__lte=at - rules.BUTTONS)
    ended = Talk.objects.filter(ended_at__lte=at - rules.BUTTONS)
    tickets = Ticket.objects.filter(expires_at__lte=at - rules.STALE)
    if not any(one.exists() for one in (stale, heard, buttons, ended, tickets)):
        return Swept(0, more=False)

    def run(moment: Moment) -> int:
        done = stale.update(ended_at=moment.at, said=None)
        for rows in (heard, buttons, ended, tickets):
            chosen: list[Any] = list(rows.values_list("pk", flat=True)[:PORTION])
            done += rows.model.objects.filter(pk__in=chosen).delete()[0]
        return done

    done = alone(run)
    return Swept(done, more=done >= PORTION)
