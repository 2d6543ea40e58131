"""On which side of a notice a party stands, and who is on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules.errors import NotPermittedError
from mufakat.rules.permissions import Deed
from mufakat.rules.talk import Side, answers_for
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from mufakat.server.notices.models import Notice
    from mufakat.server.parties.queries import Caller

SIDES = {
    Deed.ACKNOWLEDGE: (
        "A notice is seen and acknowledged by its recipient, and by an engineer only when it is an order."
    ),
    Deed.WITHDRAW: "A notice is withdrawn by its sender.",
    Deed.SEND_WARNING: "What a ladder puts to people is sent by the sender of the notice.",
    Deed.MESSAGE: "Your seat replies within notices that your party received; officers speak for the sender.",
}


class WrongSideError(NotPermittedError):
    """The party sees the notice, but the deed is the other side's."""

    def __str__(self) -> str:
        return SIDES[self.deed]


def side_of(viewer: Caller, notice: Notice) -> Side:
    """The side of the viewer, who is let see the notice; who wrote to itself stands on the recipient's."""
    return Side.RECIPIENT if notice.recipient_id == viewer.party_id else Side.SENDER


def other_of(viewer: Caller, notice: Notice) -> str:
    """The handle of the party on the other side; one's own where a party wrote to itself."""
    side = side_of(viewer, notice)
    return parties.handles()[notice.sender_id if side is Side.RECIPIENT else notice.recipient_id]


def require_voice(viewer: Caller, notice: Notice) -> Side:
    """The side for which the viewer speaks. Raises NotPermittedError, or WrongSideError where it is not the seat's."""
    viewer.require(Deed.MESSAGE)
    side = side_of(viewer, notice)
    if not answers_for(viewer.role, side):
        raise WrongSideError(Deed.MESSAGE, viewer.role)
    return side
