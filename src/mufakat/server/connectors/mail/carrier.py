"""E-mail as a carrier: write the letter, hand it over, remember it until something is heard."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from django.db import close_old_connections

from mufakat.rules import letters as rules
from mufakat.rules.letters import Sign
from mufakat.rules.lifecycle import OPEN_STATES
from mufakat.server.connectors.carriers import Fate, Outcome
from mufakat.server.connectors.mail import addresses, bounces, configuration, relay, words
from mufakat.server.connectors.mail.addresses import Kind
from mufakat.server.connectors.mail.models import Letter
from mufakat.server.connectors.mail.relay import Said
from mufakat.server.journal import door, queries as events
from mufakat.server.journal.models import Event
from mufakat.server.notices import heads
from mufakat.server.parties import drills

if TYPE_CHECKING:
    from mufakat.server.connectors.carriers import Parcel
    from mufakat.server.connectors.mail.configuration import Relay
    from mufakat.server.journal.work import Moment

FATES = {Sign.HANDED: Fate.ACCEPTED, Sign.DELAYED: Fate.RETRY, Sign.FULL: Fate.DEAD, Sign.FAILED: Fate.DEAD}


def mail() -> MailCarrier | None:
    """The carrier, where the operator configured a mail server."""
    told = configuration.configured().relay
    return MailCarrier(told) if told is not None else None


class MailCarrier:
    """One way out."""

    name = "mail"
    longest = relay.TOTAL + 5.0  # Seconds of an attempt: beyond what the mail server may take, within a lease.

    def __init__(self, to: Relay) -> None:
        self._relay = to

    async def carry(self, parcel: Parcel) -> Outcome:
        """Hand the letter over once. That it is accepted is not that it arrived: a report, or silence, says more."""
        # Everything here waits for a network or a database, and would hold up the others in the event loop. A thread
        # cannot be broken off: so it knows its end itself, or its letter would leave after we gave up, and once more.
        return await asyncio.to_thread(self._in_thread, parcel, ends=time.monotonic() + relay.TOTAL)

    def _in_thread(self, parcel: Parcel, *, ends: float) -> Outcome:
        # These threads live as long as the process, and no request opens or closes them: a connection that broke, as
        # when the database was restarted, is let go here, or no letter would ever leave by this thread again.
        close_old_connections()
        try:
            return self._carry(parcel, ends=ends)
        finally:
            close_old_connections()

    def _carry(self, parcel: Parcel, *, ends: float) -> Outcome:
        from mufakat.server.connectors.mail import compose

        if not parcel.address:
            return unsent(parcel, "the contact is no longer in force")
        if is_late(parcel):
            return Outcome(Fate.DEAD, "its time is over")
        # (1) The row first: a bounce may come back before we have written down that there is a letter, and where it
        # cannot be written at all the next contact is told in time nevertheless.
        door.commit(lambda moment: remember(parcel, moment))
        raw = compose.letter(parcel, head=heads.head_of(parcel.case), receipt=receipt_of(parcel), code=code_of(parcel))
        sender = addresses.made(Kind.BOUNCE, parcel.delivery)
        said = relay.hand_over(self._relay, raw, sender=sender, to=parcel.address, ends=ends)
        # (2) What the server said. A process that dies before this hands it over again; the Message-ID is the same.
        if said.sign is not Sign.HANDED:
            door.commit(lambda moment: learn(parcel.delivery, said, moment))
        # A mailbox that is full for now is tried again, while the next contact is told already.
        fate = Fate.RETRY if said.code is not None and said.code < 500 and said.sign is Sign.FULL else FATES[said.sign]
        return Outcome(fate, said.detail, said.code)


def is_late(parcel: Parcel) -> bool:
    """Whether this letter asks for what nobody need do any more, as after days in which no mail server was reached."""
    if parcel.type == "drill.sent":
        asked = drills.asked_by(parcel.event)
        return asked is not None and (asked.over or asked.answered_at is not None or asked.due_at <= parcel.at)
    head = heads.head_of(parcel.case) if parcel.type == "escalation.climbed" else None
    return head is not None and head.state not in OPEN_STATES


def unsent(parcel: Parcel, why: str) -> Outcome:
    """A letter that is not written: the next contact is told at once, as of one that came back."""

    def run(moment: Moment) -> None:
        remember(parcel, moment)
        learn(parcel.delivery, Said(Sign.FAILED, "", None, why), moment)

    door.commit(run)
    return Outcome(Fate.DEAD, why)


def code_of(parcel: Parcel) -> str:
    """What answers a drill: it stands in this message alone, so that whoever has it has read the message."""
    asked = drills.asked_by(parcel.event) if parcel.type == "drill.sent" else None
    return asked.code if asked is not None else ""


def receipt_of(parcel: Parcel) -> str:
    """The custody receipt of the case, where it has one."""
    if parcel.case.partition("_")[0] not in {"ntc", "mai"}:
        return ""
    return events.custody_of([parcel.case]).get(parcel.case, "")


def remember(parcel: Parcel, moment: Moment) -> None:
    """Write down that there is a letter, and when the next contact is told; at the first attempt alone."""
    if Letter.objects.filter(pk=parcel.delivery).exists():
        return
    asks = words.letter_for(parcel.type).asks and parcel.contact is not None
    event = Event.objects.filter(pk=parcel.event).values_list("pk", flat=True).first()
    Letter.objects.create(
        id=parcel.delivery,
        event=event or parcel.event,
        type=parcel.type,
        case=parcel.case,
        party=parcel.party,
        contact=parcel.contact or "",
        sign=Sign.HANDED.value,
        handed_at=moment.at,
        turn_at=rules.turn_at(Sign.HANDED, handed_at=moment.at, at=moment.at) if asks else None,
    )


def learn(letter: str, said: Said, moment: Moment) -> None:
    """Note what our own server said at once."""
    found = Letter.objects.filter(pk=letter).first()
    if found is not None:
        bounces.note(found, said.sign, said.status, moment)
