"""What a reaction does: the one table of names and operations (``rules/reactions.py`` has the types of events).

A reaction runs in the writer, in one transaction with its row's `done_at`: after a crash it has happened or it has not.
Beside that an operation does nothing twice for the same event, so that an operator may have one tried anew.
"""

from __future__ import annotations

import logging
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.db import transaction

from mufakat.rules.reactions import PREFIX
from mufakat.server.agreements import operations as agreements
from mufakat.server.appeals import operations as appeals
from mufakat.server.connectors.government_bot import reactions as chats
from mufakat.server.filters import operations as filters
from mufakat.server.governance import obligations
from mufakat.server.journal import outbox
from mufakat.server.journal.parts import Swept, alone
from mufakat.server.journal.writer import BROKEN
from mufakat.server.notices import escalation
from mufakat.server.restrictions import operations as restrictions, watching

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from mufakat.server.journal.outbox import Row
    from mufakat.server.journal.work import Moment

log = logging.getLogger(__name__)

PORTION = 50  # Reactions of one commit.

OPERATIONS: Mapping[str, Callable[[Row, Moment], None]] = MappingProxyType(
    {
        "end_chats": chats.end_chats,
        "forget_entries": filters.forget_entries,
        "hasten_ladders": escalation.contact_lost,
        "judge_obligations": obligations.reconsider,
        "look_at_window": appeals.reversed_,
        "open_window": appeals.decided,
        "propose_entries": filters.propose_entries,
        "reconsider_reopening": agreements.reconsider,
        "reconsider_restrictions": restrictions.reconsider,
        "restore_hit": filters.restore_appealed,
        "retract_entries": filters.retract_fallen,
        "watch_restriction": watching.begin,
    }
)
"""Name → operation. It is given the event and the moment, uses the transaction it runs in, and commits nothing."""


class UnknownReactionError(LookupError):
    """A row names a reaction that this release does not know; an older one may have written it."""


def run(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """One portion of what events call for."""
    del stop
    if not outbox.is_due([PREFIX], at=at):
        return Swept(0, more=False)

    def portion(moment: Moment) -> Swept:
        rows = outbox.due([PREFIX], at=at, limit=PORTION)
        done = [row.pk for row in rows if _reacted(row, moment, at=at)]
        outbox.done(done, moment)
        return Swept(len(done), more=len(rows) == PORTION)

    return alone(portion)


def _operation(name: str) -> Callable[[Row, Moment], None]:
    if name not in OPERATIONS:
        raise UnknownReactionError(name)
    return OPERATIONS[name]


def _reacted(row: Row, moment: Moment, *, at: datetime) -> bool:
    """Run one in a savepoint of its own: what breaks is put off, and the others of its portion are done."""
    name = row.to.removeprefix(PREFIX)
    after = len(moment.after)
    try:
        with transaction.atomic():
            _operation(name)(row, moment)
    except BROKEN:
        raise
    except Exception as error:
        del moment.after[after:]
        given_up = outbox.failed(row, at=at, why=type(error).__name__)
        log.exception("reaction failed", extra={"reaction": name, "event": row.event, "given_up": given_up})
        return False
    return True
