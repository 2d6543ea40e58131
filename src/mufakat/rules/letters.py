"""A letter on its way: what its signs mean, and when the next contact is told instead.

That a mail server took a letter says nothing about anybody reading it, and in 2017 nobody did. So a letter that asks
for an answer has a time at which the next contact is told, unless a sign of life came: fifteen minutes after it was
handed over, or at once where it came back.
"""

from datetime import datetime, timedelta
from enum import StrEnum

PATIENCE = timedelta(minutes=15)
"""From handing a letter over until the next contact is told, where nothing is heard."""


class Sign(StrEnum):
    """The last that is known of a letter."""

    HANDED = "handed"  # A mail server took it over. Since then: silence.
    RELAYED = "relayed"  # It went on to a server that makes no reports.
    DELAYED = "delayed"  # "Not now", said by a server on the way, or by ours.
    DELIVERED = "delivered"  # It lies in the mailbox.
    FULL = "full"  # Nobody empties the mailbox.
    FAILED = "failed"


_WEIGHT = {sign: weight for weight, sign in enumerate(Sign)}
"""Of two signs the later in the list holds: a mailbox that forwards first says "delivered" and then fails."""


def next_sign(former: Sign, said: Sign) -> Sign:
    """What is known after one more report; the order in which reports come makes no difference."""
    return max(former, said, key=_WEIGHT.__getitem__)


def turn_at(sign: Sign, *, handed_at: datetime, at: datetime) -> datetime | None:
    """When the next contact is told, as of what became known at `at`; None: this letter arrived."""
    match sign:
        case Sign.FAILED | Sign.FULL:
            return at
        case Sign.DELIVERED:
            return None
        case Sign.HANDED | Sign.RELAYED | Sign.DELAYED:
            return handed_at + PATIENCE


def is_unreachable(sign: Sign, status: str) -> bool:
    """Whether the address is marked as unreachable: it came back, and the enhanced status speaks of it for good.

    A temporary one (4.x.x) does not, nor one of policy (5.7.x): that refuses us or what we wrote, whoever it is for.
    """
    return sign in {Sign.FAILED, Sign.FULL} and not status.startswith(("4", "5.7."))
