"""What a carrier is: given a parcel, it carries it once and says what became of it. It never decides what is next."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime, timedelta


class Fate(StrEnum):
    """What became of one attempt."""

    DELIVERED = "delivered"  # The recipient's own system says that it has it.
    ACCEPTED = "accepted"  # Somebody on the way took it over (a mail server); that it arrives is not said.
    RETRY = "retry"  # Not now.
    DEAD = "dead"  # Never in this way: an operator has to look.
    GONE = "gone"  # The recipient wants nothing at this address any more.


@dataclass(frozen=True, slots=True)
class Parcel:
    """One attempt to bring one event to one address."""

    delivery: str  # The id of the delivery: the same at every attempt, so that a receiver can tell a repetition.
    attempt: int  # From 1.
    event: str
    type: str
    case: str  # The notice's id, or what else the event is about.
    party: str  # The handle of the party that is told.
    address: str  # A URL, an e-mail address; of a chat nothing, its carrier looks it up.
    contact: str | None  # The contact point whose address it is, or the chat, where it is one.
    body: bytes  # JSON as a webhook sends it.
    at: datetime
    keys: tuple[bytes, ...] = field(default=(), repr=False)  # The secrets that sign it, the newest first.


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it, with the words for the operator and the sender; never content of the notice."""

    fate: Fate
    detail: str = ""
    status: int | None = None
    after: timedelta | None = None  # When the recipient asked to be tried again.


class Carrier(Protocol):
    """One way out. One that needs other than the courier's seconds for an attempt says so as `longest`."""

    name: str

    async def carry(self, parcel: Parcel) -> Outcome:
        """Try once, within the carrier's own bounds of time and size. What it raises counts as RETRY."""
