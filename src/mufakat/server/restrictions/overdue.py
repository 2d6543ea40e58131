"""Operators that do not open in their time: found by what they did not say and what their resolvers still answer.

Each step of the ladder (`rules.overdue`) is one event, told to the authority, the platform and the operator. A ladder
ends when the operator says that it opened, or is seen to have; the first step that follows asks that again.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from mufakat.rules import overdue as rules
from mufakat.rules.events import EventType
from mufakat.rules.overdue import Step
from mufakat.rules.restriction import CarryingState
from mufakat.server.journal import operations as journal
from mufakat.server.journal.parts import Swept, alone
from mufakat.server.parties import contacts
from mufakat.server.parties.operations import HOUSE
from mufakat.server.restrictions.models import Carrying

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.rules.overdue import Rung
    from mufakat.server.journal.work import Moment

PORTION = 100  # Operators of one commit.


class Late(NamedTuple):
    """An operator that is late with a restriction, since when, and whether the public is told its name."""

    operator: str
    since: datetime
    named: bool


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Take the steps whose time has come, each once."""
    del stop
    if not _late(at).exists() and not _climbing(at).exists():
        return Swept(0, more=False)
    done = alone(partial(_climb, at=at))
    return Swept(done, more=done == PORTION)


def late(restriction: str) -> Sequence[Late]:
    """The operators that were late with this restriction and have not opened yet, the longest first."""
    rows = Carrying.objects.filter(restriction=restriction, overdue_at__isnull=False, opened_at=None)
    found = rows.select_related("operator").order_by("overdue_at", "operator__handle")
    return [
        Late(row.operator.handle, row.overdue_at, rules.is_named(row.climbed))
        for row in found
        if row.overdue_at is not None
    ]


def next_due() -> datetime | None:
    """When the first step comes."""
    first = Carrying.objects.filter(due_at__isnull=False, overdue_at=None, opened_at=None).order_by("due_at")
    later = Carrying.objects.filter(climbs_at__isnull=False).order_by("climbs_at")
    found = [first.values_list("due_at", flat=True).first(), later.values_list("climbs_at", flat=True).first()]
    return min((one for one in found if one is not None), default=None)


def _late(at: datetime) -> QuerySet[Carrying]:
    """Spelt as the partial index spells it."""
    overdue = Carrying.objects.filter(due_at__isnull=False, overdue_at__isnull=True, opened_at__isnull=True)
    return overdue.filter(due_at__lte=at, state=CarryingState.OPENING.value)


def _climbing(at: datetime) -> QuerySet[Carrying]:
    return Carrying.objects.filter(climbs_at__isnull=False, climbs_at__lte=at)


def _climb(moment: Moment, *, at: datetime) -> int:
    """One portion. Inside the writer nobody else writes: what is read here is true until the commit."""
    of = ("restriction__authority", "restriction__platform", "operator")
    rows = list(_late(at).select_related(*of).order_by("due_at")[:PORTION])
    rows += list(_climbing(at).select_related(*of).order_by("climbs_at")[: PORTION - len(rows)])
    for row in rows:
        if row.overdue_at is None:
            row.climbed = 0  # Late before, with other names: those were opened.
        found = rules.rung(row.climbed)
        if row.state == CarryingState.OPENING and found is not None:
            _take(row, found, moment, at=max(at, moment.at))
        else:
            row.climbs_at = None  # It opened meanwhile, or there is nothing above.
            row.save(update_fields=["climbs_at"])
    return len(rows)


def _take(row: Carrying, found: Rung, moment: Moment, *, at: datetime) -> None:
    due_at = row.due_at or at
    row.climbed += 1
    row.overdue_at = row.overdue_at or moment.at
    row.climbs_at = rules.next_at(row.climbed, due_at=due_at, at=at)
    contact = _contact(row.operator_id, found.step, at=at)
    restriction = row.restriction
    told = [restriction.authority, row.operator, *filter(None, [restriction.platform])]
    happening = journal.Happening(
        type=EventType.RESTRICTION_OVERDUE,
        sender=HOUSE,
        recipient=row.operator.handle,
        case=restriction.pk,
        actor=HOUSE,
        committed={"operator": row.operator.handle.encode(), "step": found.step.value.encode()},
        due=row.climbs_at,
        ref=(restriction.event, *filter(None, [contact])),
        to=(
            *dict.fromkeys(f"party:{one.handle}" for one in told),
            *(f"contact:{one}" for one in filter(None, [contact])),
        ),
    )
    journal.append([happening], moment)
    row.save(update_fields=["climbed", "overdue_at", "climbs_at"])


def _contact(operator: str, step: Step, *, at: datetime) -> str | None:
    """Whom of the operator the step turns to, beside its desk."""
    order = contacts.in_order(operator, at=at)
    if step is Step.LATE:
        return order[0].id if order else None
    senior = [one.id for one in order if one.senior]
    return senior[0] if senior else None
