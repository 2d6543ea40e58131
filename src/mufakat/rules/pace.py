"""How fast a ladder may be climbed: never faster than people can answer, however late its steps are taken. Pure.

A server that was away for days finds many steps due at once. Each is taken, in order, at the moment it is taken; but
whoever was told has a quarter of an hour before the next person is turned to (or less, where the profile plans less):
ten mails in one minute to one person tell no more than one. And a step that says that time has passed without an answer
comes only once that time has passed since the step before it was really taken: the server's absence is nobody's fault.
"""

from datetime import datetime, timedelta

from mufakat.rules.ladder import Rung
from mufakat.rules.profile_shape import Act

GAP = timedelta(minutes=15)
"""The least time between a step that was taken late and the next, unless the profile plans less. Ours: F11 of our
faults asks for another contact within a quarter of an hour."""

HASTE = timedelta(minutes=10)
"""When the next contact is turned to once it is known that the last one was not reached: well within a quarter of an
hour, also when the worker or the mail is slow."""

TELLS = frozenset({Act.REMIND, Act.SECOND_CONTACT, Act.SENIOR_CONTACT, Act.PHONE_TASK})
"""The acts by which somebody else is turned to. The others say that time has passed, and nothing hastens time."""


def after(taken: Rung, following: Rung | None, *, at: datetime, missing: bool = False) -> datetime | None:
    """When the step after `taken` comes, which was taken at `at`; None at the top.

    Where nobody was there whom it could have told (`missing`) the next one comes at once, if it turns to somebody.
    """
    if following is None:
        return None
    if missing and following.act in TELLS:
        return at
    planned = max(following.at - taken.at, timedelta(0))
    return max(following.at, at + (min(GAP, planned) if following.act in TELLS else planned))


def hastened(following: Rung, next_at: datetime, *, at: datetime) -> datetime:
    """When the next step comes once it is known at `at` that somebody was not reached; never later than it was."""
    return min(next_at, at + HASTE) if following.act in TELLS else next_at
