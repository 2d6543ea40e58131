"""What was closed opens by itself once what was asked for is there: the points of the agreement that the order names.

Asked again on every event of an agreement that may decide. What held already when it was ordered opens nothing until it
was lost in between: then the order was made for another reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules.reactions import REACTIONS
from mufakat.rules.restriction import LIVE
from mufakat.server.agreements import reopening
from mufakat.server.agreements.queries import Agreement
from mufakat.server.journal import ids, queries as events
from mufakat.server.restrictions import judging, lifting, queries
from mufakat.server.restrictions.models import Restriction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mufakat.server.journal.outbox import Row
    from mufakat.server.journal.work import Moment

OPEN = sorted({state.value for state in LIVE} | {"proposed", "approved"})
WHY = "What was asked for is there."
DECIDING = [type_.value for type_, names in REACTIONS.items() if "reconsider_restrictions" in names]


def reconsider(row: Row, moment: Moment) -> None:
    """A reaction to events of agreements; it runs in the writer. Doing it again changes nothing."""
    event = events.by_id([row.event]).get(row.event)
    agreement = Agreement.objects.filter(pk=event.case).first() if event is not None else None
    if agreement is None:
        return
    asking = list(_asking(agreement))
    if not asking:
        return
    # What is asked is how things stand now. So the newest event that may decide is the cause, though the reaction to an
    # older one comes first.
    cause = events.newest_of(agreement.pk, DECIDING)
    for one in asking:
        look(one, agreement, cause=cause, moment=moment)


def look(row: Restriction, agreement: Agreement, *, cause: str, moment: Moment) -> None:
    """Ask what reopens this one, and open it where that came to be."""
    found = reopening.outcome(agreement, judging.condition_of(row))
    held = bool(row.reopening.get("held"))
    if found.holds and not held and row.state in LIVE:
        lifting.lift(row, (), note=WHY, ref=(cause,), moment=moment)
    elif held and not found.holds:
        row.reopening = {**row.reopening, "held": False}
        row.save(update_fields=["reopening"])


def _asking(agreement: Agreement) -> Iterable[Restriction]:
    """The restrictions that this agreement may reopen: they name it, or a profile in whose place it is."""
    sides = list(agreement.sides.values_list("party", flat=True))
    rows = Restriction.objects.filter(authority__in=sides, platform__in=sides, state__in=OPEN)
    for row in rows.select_related(*queries.JOINED).order_by("id"):
        named = row.reopening["agreement"]
        if named == agreement.id or not ids.is_id(named, judging.AGREEMENT):
            yield row
