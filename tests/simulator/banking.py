"""What decided notices leave in the banks of platforms, and that it goes with the decision, as docs/banks.md says.

Nobody reviews anything in this world: what is proposed stays in shadow until it is taken out or forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulator import books
from tests.simulator.model import HOUSE, require
from tests.simulator.rulings import DECLINED, REVERSED, REVERTED, REVERTING

if TYPE_CHECKING:
    from tests.simulator.books import Seen
    from tests.simulator.model import Case, Model

EVENTS = ("bank.opened", "entries.added", "entries.reviewed", "entries.retracted")
STANDING = "shadow"


def claim(model: Model, seen: Seen) -> int:
    """The events of banks are the house's own doing, told to the platform alone; how many there were."""
    offered = [event for type_ in EVENTS for event in seen.offered(type_)]
    for event in offered:
        seen.take(event)
        in_channel = event.sender == HOUSE and model.parties[event.recipient].kind == "platform"
        require(in_channel, "I-10", f"{event.id} of a bank went from {event.sender} to {event.recipient}")
    return len(offered)


def fed(model: Model) -> None:
    """I-17: what notices proposed acts on nobody, and none of it stands once its decision fell."""
    waiting = {model.case_of(event) for event, _ in model.called}
    for notice, state, value, recipient in books.entries():
        case = model.cases[notice]
        require(state != "live", "I-17", f"an entry of {notice} acts, and nobody looked at it")
        require(recipient == case.recipient, "I-10", f"an entry of {notice} is in the bank of {recipient}")
        if notice in waiting:
            continue
        require(state != STANDING or stands(case), "I-08", f"an entry of {notice} stands, and its decision fell")
        gone = "locators" in case.erased
        require(not gone or not value, "I-09", f"an entry of {notice} says what was erased")


def stands(case: Case) -> bool:
    """Whether anything is done because of a decision on the notice that was not reversed."""
    duties = [(one, duty) for one in case.rulings if one.acts for duty in one.duties if duty.state != DECLINED]
    return any(one.state != REVERSED or duty.state not in {REVERTING, REVERTED} for one, duty in duties)
