"""Send receipts back to the people whose mails were taken: soon, once, and never to a machine."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from mufakat.formats import mail
from mufakat.rules.letters import Sign
from mufakat.server.connectors.mail import configuration, relay
from mufakat.server.connectors.mail.models import Intake, Reply
from mufakat.server.journal import door, queries as events
from mufakat.server.journal.parts import Swept

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from datetime import datetime

    from mufakat.server.journal.work import Moment

PORTION = 20
ATTEMPTS = 8
FIRST = timedelta(minutes=1)  # Before the second attempt; doubled from then on: about four hours in all.


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Send what is due."""
    to = configuration.configured().relay
    if to is None:
        return Swept(0, more=False)
    due = Reply.objects.filter(due_at__lte=at).order_by("due_at", "pk")
    done = 0
    portion = list(due[:PORTION])
    for reply in portion:
        if stop is not None and stop.is_set():
            break
        # The time of the next attempt is written first: several processes work, and one takes it.
        if door.commit(_claimed(reply.pk, reply.attempts, at=at)):
            done += _send(reply, to, at=at)
    return Swept(done, more=len(portion) == PORTION)


def _claimed(pk: str, attempts: int, *, at: datetime) -> Callable[[Moment], bool]:
    following = at + FIRST * 2**attempts if attempts + 1 < ATTEMPTS else None

    def run(moment: Moment) -> bool:
        del moment
        mine = Reply.objects.filter(pk=pk, attempts=attempts, due_at__lte=at)
        return bool(mine.update(attempts=attempts + 1, due_at=following))

    return run


def _send(reply: Reply, to: configuration.Relay, *, at: datetime) -> int:
    from mufakat.server.connectors.mail import compose

    # One after the other: each mail may have ten mebibytes.
    raw = Intake.objects.values_list("raw", flat=True).get(pk=reply.pk)
    address = reply.address
    if raw is None or not address:
        return 0
    found = mail.read_mail(bytes(raw))
    custody = events.custody(events.first_event_of(reply.pk))
    letter = compose.receipt_for(reply.pk, address=address, message_id=found.message_id, receipt=custody, at=at)
    # From nobody: what comes back of an answer is nobody's concern, and two machines never answer each other.
    said = relay.hand_over(to, letter, sender="", to=address)
    if said.sign is Sign.DELAYED:
        return 0

    def run(moment: Moment) -> None:
        sent = moment.at if said.sign is Sign.HANDED else None
        Reply.objects.filter(pk=reply.pk, sent_at=None).update(sent_at=sent, due_at=None)

    door.commit(run)
    return 1
