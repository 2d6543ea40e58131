"""Read the journal: the events of a case, with what can still be opened of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.server.journal.models import Event

if TYPE_CHECKING:
    from collections.abc import Sequence


def events_of(case: str) -> Sequence[Event]:
    """The events of a case in their order, openings loaded with them.

    The caller has asked whether the viewer may see the case.
    """
    return list(Event.objects.filter(case=case).order_by("shard", "position").prefetch_related("openings"))


def first_event_of(case: str) -> Event:
    """The event that made the case, whose custody receipt its sender holds."""
    return Event.objects.filter(case=case).order_by("shard", "position")[0]


def custody_of(cases: Sequence[str]) -> dict[str, str]:
    """The custody receipts by which these cases began."""
    rows = (
        Event.objects.filter(case__in=cases)
        .exclude(custody="")
        .order_by("-shard", "-position")
        .values_list("case", "custody")
    )
    return dict(rows)
