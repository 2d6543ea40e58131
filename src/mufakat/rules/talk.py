"""Who speaks with whom about a notice, in whose hands it may be put, and what a message does to its state.

Both sides speak as long as the notice has not ended. A message moves nothing, but for one case: while the recipient
waits for information, what the sender writes is the answer.
"""

from enum import StrEnum

from mufakat.rules import lifecycle
from mufakat.rules.errors import EndedError
from mufakat.rules.lifecycle import NoticeDeed, NoticeState, Turn
from mufakat.rules.permissions import Deed, Reach, Role, reach

LONGEST = 4_000  # Characters of a message.
MOST = 200  # Messages of one side on one notice: nobody's flood makes the page of the other side unreadable.


class Side(StrEnum):
    """Where a party stands in a notice."""

    SENDER = "sender"
    RECIPIENT = "recipient"


def answers_for(role: Role, side: Side) -> bool:
    """Whether somebody in this role speaks for the party on this side, and may have the notice in hand there.

    A reply is a message within a notice that somebody else opened.
    """
    found = reach(role, Deed.MESSAGE)
    return found is Reach.OWN_PARTY or (found is Reach.REPLY and side is Side.RECIPIENT)


def after_message(state: NoticeState, *, by: Side) -> NoticeState:
    """The state after a message of this side. Raises EndedError where the notice has ended."""
    require_open(state)
    if by is Side.SENDER and lifecycle.turn(state) is Turn.SENDER:
        return lifecycle.advance(state, NoticeDeed.ANSWER)
    return state


def require_open(state: NoticeState) -> None:
    """Raise EndedError where it is nobody's turn any more: nobody would read it, and nothing would end its keeping."""
    if lifecycle.turn(state) is Turn.NOBODY:
        raise EndedError(state)
