"""Whether exactly this name is closed, by whom and until when, and how it stands at every operator. Everybody may ask.

Nothing here lists names: one is asked for, and what closes it is told, a name above it included where that was closed
with everything below it (I-16). What was opened again stays to be asked for, so that an operator that still closes it
is seen by everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from django.db.models import Q

from mufakat.rules import network_names
from mufakat.rules.notice import Category
from mufakat.rules.publicity import unnamed_words
from mufakat.rules.restriction import LIVE, Match, RestrictionState, Sighting
from mufakat.server.journal import queries as journal
from mufakat.server.restrictions.models import Carrying, ClosedName, Sight

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from mufakat.server.journal.models import Event
    from mufakat.server.restrictions.models import Restriction

MOST = 20
"""Restrictions that are told of one name, the newest first."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What an operator's resolvers answer for the name, taken together: closed as long as one of them closes it."""

    state: Sighting
    since: datetime
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class AtOperator:
    """A restriction at one operator: what the operator says, and what is seen."""

    carrying: Carrying
    seen: Seen | None


@dataclass(frozen=True, slots=True)
class Told:
    """A restriction that closes the name, or closed it. `event` is the proposal; its openings say why."""

    restriction: Restriction
    closed: ClosedName
    event: Event
    operators: Sequence[AtOperator]

    @property
    def is_live(self) -> bool:
        """Whether it closes the name now."""
        row = self.restriction
        return RestrictionState(row.state) in LIVE and self.closed.lifted_at is None and not row.shadow

    @property
    def ground(self) -> dict[str, str]:
        """The law it stands on, without what may name other names (I-16); empty where that is erased."""
        said = _opened(self.event, "legal_ground")
        found = msgspec.json.decode(said, type=dict[str, str]) if said is not None else {}
        kept = {"system"} if self._is_kept_quiet else found.keys()
        return {key: unnamed_words(one) for key, one in found.items() if key in kept}

    @property
    def reason(self) -> str:
        """Why, in the words of the authority, without other names; empty where there are none to be shown (I-15)."""
        said = _opened(self.event, "reason")
        return unnamed_words(said.decode()) if said is not None and not self._is_kept_quiet else ""

    @property
    def _is_kept_quiet(self) -> bool:
        return bool(self.restriction.list == Category.CHILD_SEXUAL_ABUSE)

    @property
    def opened_at(self) -> datetime | None:
        """When the name went off the lists."""
        return self.closed.lifted_at or self.restriction.ended_at


def look_up(name: str) -> list[Told]:
    """Every restriction that closes this name or closed it, once it was published; in a constant number of queries."""
    mine = Q(name=name) | Q(name__in=list(network_names.above(name)), restriction__match=Match.SUBTREE.value)
    rows = ClosedName.objects.filter(mine, restriction__published_at__isnull=False)
    joined = rows.select_related("restriction__authority", "restriction__platform")
    found = list(joined.order_by("-restriction__published_at", "-restriction_id")[:MOST])
    events = journal.by_id({one.restriction.event for one in found})
    carried = _carried({one.restriction_id for one in found})
    seen = _seen([one.pk for one in found])
    return [
        Told(
            one.restriction,
            one,
            events[one.restriction.event],
            [
                AtOperator(each, taken_together(seen.get((one.pk, each.operator_id), ())))
                for each in carried.get(one.restriction_id, ())
            ],
        )
        for one in found
    ]


def taken_together(sights: Iterable[Sight]) -> Seen | None:
    """What an operator's resolvers answer as one: closed while one closes it, open since the last one opened it."""
    rows = list(sights)
    if not rows:
        return None
    asked_at = max(row.asked_at for row in rows)
    for state, chosen in ((Sighting.CLOSED, min), (Sighting.OPEN, max), (Sighting.SILENT, max)):
        if moments := [row.since for row in rows if row.state == state.value]:
            return Seen(state, chosen(moments), asked_at)
    return None


def _carried(restrictions: Iterable[str]) -> dict[str, list[Carrying]]:
    found: dict[str, list[Carrying]] = {}
    rows = Carrying.objects.filter(restriction_id__in=list(restrictions)).select_related("operator")
    for row in rows.order_by("operator__handle"):
        found.setdefault(row.restriction_id, []).append(row)
    return found


def _seen(closed: Sequence[int]) -> dict[tuple[int, str], list[Sight]]:
    """By name and operator; a resolver that was taken back, or was never seen to filter, says nothing."""
    found: dict[tuple[int, str], list[Sight]] = {}
    rows = Sight.objects.filter(closed__in=closed, resolver__removed_at=None, resolver__ready_at__isnull=False)
    for row in rows.select_related("resolver"):
        found.setdefault((row.closed_id, row.resolver.operator_id), []).append(row)
    return found


def _opened(event: Event, field: str) -> bytes | None:
    """What the event committed to under this name, while that is not erased."""
    return next((bytes(one.value) for one in event.openings.all() if one.field == field and one.value), None)
