"""Read restrictions: the authority and the platform all of theirs, an operator what is on its lists, all others none.

Whoever asks by the exact name learns whether it is closed; nobody gets a list of names but the parties (I-16).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from mufakat.rules import network_names
from mufakat.rules.errors import NotFoundError, NotPermittedError
from mufakat.rules.permissions import Deed, Reach
from mufakat.rules.restriction import LIVE, Match, RestrictionState
from mufakat.server.journal import ids, queries as journal
from mufakat.server.restrictions.models import (
    Carrying as Carrying,  # noqa: PLC0414 - given on, so that others can name its type.
    ClosedName as ClosedName,  # noqa: PLC0414 - the same.
    Restriction as Restriction,  # noqa: PLC0414 - the same.
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.rules.events import EventType
    from mufakat.server.journal.models import Event
    from mufakat.server.parties.queries import Caller

PAGE = 50
JOINED = ("authority", "platform", "proposer", "first_approver", "second_approver")
LISTED = [state.value for state in LIVE]


@dataclass(frozen=True, slots=True)
class Whole:
    """A restriction with everything that belongs to it. `closed` is empty in a list: ten thousand names are no line."""

    row: Restriction
    carried: Sequence[Carrying]  # By the operator's handle.
    closed: Sequence[ClosedName]  # By name.
    events: Sequence[Event]  # In their order, openings loaded with them.

    @property
    def first(self) -> Event:
        """The event that proposed it."""
        return self.events[0]

    def of_type(self, type_: EventType) -> list[Event]:
        """Its events of this type, in their order."""
        return [event for event in self.events if event.type == type_.value]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of restrictions, newest first, and where the next begins."""

    items: Sequence[Whole]
    next: str | None


@dataclass(frozen=True, slots=True)
class Closed:
    """A restriction that closes a name: by that name itself, or by one above it whose whole tree is closed."""

    name: str
    closed: ClosedName
    whole: Whole


def seen_by(viewer: Caller, *, deed: Deed = Deed.READ) -> QuerySet[Restriction]:
    """The restrictions that the viewer's party ordered, is asked about, or carries out since they were published."""
    if viewer.require(deed) is Reach.PEOPLE_AND_KEYS:
        raise NotPermittedError(deed, viewer.role)
    carried = Carrying.objects.filter(operator=viewer.party_id).values("restriction")
    mine = Q(authority=viewer.party_id) | Q(platform=viewer.party_id)
    return Restriction.objects.filter(mine | Q(published_at__isnull=False, pk__in=carried)).select_related(*JOINED)


def get_for(viewer: Caller, restriction: str, *, deed: Deed = Deed.READ) -> Restriction:
    """The restriction, if the viewer may see it; a stranger's and an unknown one are the same to the viewer."""
    seen = seen_by(viewer, deed=deed)
    found = seen.filter(pk=restriction).first() if ids.is_id(restriction, "rst") else None
    if found is None:
        raise NotFoundError("restriction")
    return found


def is_inside(row: Restriction, viewer: Caller) -> bool:
    """Whether the viewer's party ordered it, or is asked about it. All others see of an order what is their own."""
    return viewer.party_id in {row.authority_id, row.platform_id}


def page(viewer: Caller, *, state: RestrictionState | None = None, after: str | None = None, size: int = PAGE) -> Page:
    """Newest first, a page at a time, in a constant number of queries; names and texts are left to the single one."""
    found = seen_by(viewer)
    if state is not None:
        found = found.filter(state=state.value)
    if after is not None:
        found = found.filter(pk__lt=after)
    rows = list(found.order_by("-pk")[: size + 1])
    shown = rows[:size]
    return Page(_lines(shown), shown[-1].id if len(rows) > size else None)


def known(restriction: str) -> Restriction:
    """The restriction, whoever asks. For what works by itself, and for who asked before who may see it."""
    return Restriction.objects.select_related(*JOINED).get(pk=restriction)


def whole(row: Restriction) -> Whole:
    """The restriction with all that belongs to it. The caller has asked whether the viewer may see it."""
    return wholes([row])[0]


def _lines(rows: Sequence[Restriction]) -> list[Whole]:
    """Restrictions as they stand in a list: with the event that proposed each, and nothing that it opens.

    What fifty orders of ten thousand names open would be a hundred times what a page shows.
    """
    carried = _carried([row.id for row in rows])
    first = journal.heads([row.event for row in rows])
    return [Whole(row, carried[row.id], (), (first[row.event],)) for row in rows]


def _carried(keys: Sequence[str]) -> Mapping[str, list[Carrying]]:
    found: dict[str, list[Carrying]] = defaultdict(list)
    for one in Carrying.objects.filter(restriction__in=keys).select_related("operator").order_by("operator__handle"):
        found[one.restriction_id].append(one)
    return found


def wholes(rows: Sequence[Restriction], *, names: bool = True) -> list[Whole]:
    """The same of many, in as many queries as of one."""
    keys = [row.id for row in rows]
    carried = _carried(keys)
    closed: dict[str, list[ClosedName]] = defaultdict(list)
    for each in ClosedName.objects.filter(restriction__in=keys).order_by("name") if names else ():
        closed[each.restriction_id].append(each)
    events = journal.events_of_cases(keys)
    return [Whole(row, carried[row.id], closed[row.id], events[row.id]) for row in rows]


def names_of(row: Restriction, *, standing: bool = True) -> list[str]:
    """The names that it closes, sorted; `standing` leaves out those that were lifted."""
    found = ClosedName.objects.filter(restriction=row)
    if standing:
        found = found.filter(lifted_at=None)
    return list(found.order_by("name").values_list("name", flat=True))


def named(name: str, *, at: datetime) -> list[Closed]:
    """What closes exactly this name at this time, oldest first: shadow runs close nothing, and no list is given (I-16).

    A name is looked up as somebody writes it; a text that is no name is closed by nothing.
    """
    sought = network_names.sought(name)
    if sought is None:
        return []
    above = list(network_names.above(sought))
    hit = Q(name=sought) | Q(name__in=above, restriction__match=Match.SUBTREE.value)
    found = (
        ClosedName.objects.filter(
            hit,
            lifted_at=None,
            restriction__state__in=LISTED,
            restriction__sunset_at__gt=at,
            restriction__shadow=False,
        )
        .select_related(*(f"restriction__{each}" for each in JOINED), "restriction")
        .order_by("restriction", "name")
    )
    rows = list(found)
    by_key = {one.row.id: one for one in wholes([one.restriction for one in rows], names=False)}
    return [Closed(sought, one, by_key[one.restriction_id]) for one in rows]
