"""The next contact: told when a letter came back, or when nothing was heard of it for a quarter of an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules.errors import MufakatError
from mufakat.rules.events import EventType
from mufakat.rules.letters import Sign
from mufakat.server.connectors.mail.models import Letter
from mufakat.server.journal import ids, operations as journal
from mufakat.server.journal.models import Event
from mufakat.server.journal.parts import Swept, alone
from mufakat.server.parties import contacts, queries as parties
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    import threading
    from datetime import datetime

    from mufakat.server.journal.work import Moment

PORTION = 100  # Letters of one commit.
LIVING = frozenset(  # Somebody of the recipient's was there: what is said to nobody is another matter.
    {"notice.acknowledged", "notice.seen", "message.sent", "notice.handed_over", "decision.made"}
)
ENDING = frozenset({"notice.withdrawn"})  # There is nothing to answer any more.
RETURNED = frozenset({Sign.FULL.value, Sign.FAILED.value})


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Tell the next contact of every letter whose time has come, in portions."""
    del stop
    due = Letter.objects.filter(turn_at__lte=at).order_by("turn_at", "id").values_list("id", flat=True)
    portion = list(due[:PORTION])
    if not portion:
        return Swept(0, more=False)

    def run(moment: Moment) -> int:
        # Read again: another process may have been here, or a report may have come in between.
        found = list(Letter.objects.filter(pk__in=portion, turn_at__lte=at).order_by("turn_at", "id"))
        for letter in found:
            _turn(letter, moment)
        return len(found)

    return Swept(alone(run), more=len(portion) == PORTION)


def _turn(letter: Letter, moment: Moment) -> None:
    letter.turn_at, letter.turned_at = None, moment.at
    letter.save(update_fields=["turn_at", "turned_at"])
    if letter.sign not in RETURNED and _has_answered(letter):
        return
    following = _next_contact(letter, moment)
    happening = journal.Happening(
        type=EventType.MAIL_UNDELIVERED,
        sender=HOUSE,
        recipient=letter.party,
        case=letter.case,
        actor=HOUSE,
        ref=(letter.event,),
        to=(f"contact:{following}",) if following else (),
    )
    journal.append([happening], moment)


def _has_answered(letter: Letter) -> bool:
    """Whether somebody was heard of in this case since the letter's event."""
    since = Event.objects.filter(case=letter.case, type__in=LIVING, sender=letter.party) | Event.objects.filter(
        case=letter.case, type__in=ENDING
    )
    began = Event.objects.filter(pk=letter.event).values_list("at", flat=True).first()
    return (since.filter(at__gte=began) if began else since).exists()


def _next_contact(letter: Letter, moment: Moment) -> str:
    """The first contact in the party's order who got no letter in this case in this round; "" where nobody is left."""
    try:
        party = parties.party_by_handle(letter.party)
    except MufakatError:
        return ""
    mine = Letter.objects.filter(case=letter.case, party=letter.party)
    # The round began with the last letter, up to this one, that was not itself a turn to the next contact.
    began = mine.filter(handed_at__lte=letter.handed_at).exclude(type=EventType.MAIL_UNDELIVERED.value)
    since = began.order_by("-handed_at").values_list("handed_at", flat=True).first() or letter.handed_at
    told = set(mine.filter(handed_at__gte=since).values_list("contact", flat=True))
    for contact in contacts.in_order(party.id, at=moment.at):
        if contact.id not in told and contact.unreachable_since is None and ids.is_id(contact.id, "ctc"):
            return contact.id
    return ""
