"""What an event elsewhere calls for in chats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.server.connectors.government_bot import chats

if TYPE_CHECKING:
    from mufakat.server.journal.outbox import Row
    from mufakat.server.journal.work import Moment


def end_chats(row: Row, moment: Moment) -> None:
    """The reaction to `person.ended`: whoever has no access any more has no chat either."""
    del row
    chats.end_of_ended(moment)
