"""Whether exactly this name is closed, by whom and until when, and how it stands at every operator. Everybody may ask.

Nothing here lists names: one is asked for, and what closes it is told, a name above it included where that was closed
with everything below it (I-16). What was opened again stays to be asked for, so that an operator that still closes it
is seen by everybody.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from django.db.models import Max, Q

from mufakat.rules import network_names, probing
from mufakat.rules.notice import Category
from mufakat.rules.publicity import unnamed_words
from mufakat.rules.restriction import LIVE, Match, RestrictionState, Sighting
from mufakat.server.journal import queries as journal
from mufakat.server.restrictions.models import Carrying, ClosedName, Resolver, Sight, Watch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
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

    @property
    def named_since(self) -> datetime | None:
        """Since when it is late, once everybody is told."""
        return self.carrying.named_since


@dataclass(frozen=True, slots=True)
class Told:
    """A restriction that closes the name, or closed it. `event` is the proposal; its openings say why."""

    restriction: Restriction
    closed: ClosedName
    event: Event
    operators: Sequence[AtOperator]
    at: datetime

    @property
    def is_live(self) -> bool:
        """Whether it closes the name now. What is past its sunset does not, whether it was ended by then or not."""
        row = self.restriction
        return not _is_off(self.closed) and not row.shadow and row.sunset_at > self.at

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
        row = self.restriction
        return self.closed.lifted_at or row.ended_at or (row.sunset_at if row.sunset_at <= self.at else None)


def look_up(name: str, *, at: datetime) -> list[Told]:
    """Every restriction that closes this name or closed it, once it was published; in a constant number of queries."""
    mine = Q(name=name) | Q(name__in=list(network_names.above(name)), restriction__match=Match.SUBTREE.value)
    rows = ClosedName.objects.filter(mine, restriction__published_at__isnull=False)
    joined = rows.select_related("restriction__authority", "restriction__platform")
    found = list(joined.order_by("-restriction__published_at", "-restriction_id")[:MOST])
    events = journal.by_id({one.restriction.event for one in found})
    carried = _carried({one.restriction_id for one in found})
    sights = _Sights(found, carried)
    return [
        Told(
            one.restriction,
            one,
            events[one.restriction.event],
            [AtOperator(each, sights.of(one, each.operator_id)) for each in carried.get(one.restriction_id, ())],
            at,
        )
        for one in found
    ]


def taken_together(spots: Sequence[tuple[Sighting, datetime]], *, of: int) -> tuple[Sighting, datetime] | None:
    """What an operator's resolvers answer as one: closed while one closes it, open since the last one opened it.

    Where fewer than `of` answered, and none closes it, nobody knows.
    """
    if not spots:
        return None
    if shut := [since for state, since in spots if state is Sighting.CLOSED]:
        return Sighting.CLOSED, min(shut)
    state = probing.together({state for state, _ in spots}) if len(spots) >= of else Sighting.SILENT
    return state, max(since for _, since in spots)


class _Sights:
    """What is seen of some names at the operators that carry them: a constant number of queries for all of them.

    A resolver counts once it was seen to filter. Of a long list a part is put to the resolvers; a name that is not in
    that part stands as those of its list do that are closed, or lifted, with it: an operator carries a list as a whole.
    """

    def __init__(self, closed: Sequence[ClosedName], carried: Mapping[str, Sequence[Carrying]]) -> None:
        operators = {each.operator_id for rows in carried.values() for each in rows}
        proved = Resolver.objects.filter(operator__in=operators, removed_at=None, proved_at__isnull=False)
        self._operator_of = dict(proved.values_list("pk", "operator_id"))
        self._many = Counter(self._operator_of.values())
        self._asked = self._last_asked({one.restriction_id for one in closed})
        self._own = self._of_names(closed)
        self._others = self._of_lists([one for one in closed if all(key[0] != one.pk for key in self._own)])

    def of(self, closed: ClosedName, operator: str) -> Seen | None:
        """What is seen of a name at an operator; None where nobody looks."""
        own = self._own.get((closed.pk, operator))
        if own is not None:
            found = taken_together(own, of=self._many[operator])
        else:
            found = taken_together(self._others.get((closed.restriction_id, operator, _is_off(closed)), ()), of=0)
        if found is None:
            return None
        return Seen(*found, self._asked.get((closed.restriction_id, operator), found[1]))

    def _of_names(self, closed: Sequence[ClosedName]) -> dict[tuple[int, str], list[tuple[Sighting, datetime]]]:
        found: dict[tuple[int, str], list[tuple[Sighting, datetime]]] = {}
        rows = Sight.objects.filter(closed__in=closed, resolver__in=list(self._operator_of))
        for pk, resolver, state, since in rows.values_list("closed_id", "resolver_id", "state", "since"):
            found.setdefault((pk, self._operator_of[resolver]), []).append((Sighting(state), since))
        return found

    def _of_lists(self, closed: Sequence[ClosedName]) -> dict[tuple[str, str, bool], list[tuple[Sighting, datetime]]]:
        """By restriction, operator and whether it is lifted: the states of the others, each with its last change."""
        found: dict[tuple[str, str, bool], list[tuple[Sighting, datetime]]] = {}
        over = {one.restriction_id: _is_over(one) for one in closed}
        rows = Sight.objects.filter(closed__restriction__in=over, resolver__in=list(self._operator_of))
        grouped = rows.annotate(standing=Q(closed__lifted_at=None)).values_list(
            "closed__restriction_id", "resolver_id", "standing", "state"
        )
        for of, resolver, standing, state, since in grouped.annotate(last=Max("since")):
            key = (of, self._operator_of[resolver], over[of] or not standing)
            found.setdefault(key, []).append((Sighting(state), since))
        return found

    @staticmethod
    def _last_asked(restrictions: Iterable[str]) -> dict[tuple[str, str], datetime]:
        rows = Watch.objects.filter(restriction__in=list(restrictions), asked_at__isnull=False)
        found = rows.values_list("restriction_id", "resolver__operator_id").annotate(last=Max("asked_at"))
        return {(of, operator): last for of, operator, last in found}


def _is_over(closed: ClosedName) -> bool:
    return RestrictionState(closed.restriction.state) not in LIVE


def _is_off(closed: ClosedName) -> bool:
    """Whether the name is off the lists."""
    return closed.lifted_at is not None or _is_over(closed)


def _carried(restrictions: Iterable[str]) -> dict[str, list[Carrying]]:
    found: dict[str, list[Carrying]] = {}
    rows = Carrying.objects.filter(restriction_id__in=list(restrictions)).select_related("operator")
    for row in rows.order_by("operator__handle"):
        found.setdefault(row.restriction_id, []).append(row)
    return found


def _opened(event: Event, field: str) -> bytes | None:
    """What the event committed to under this name, while that is not erased."""
    return next((bytes(one.value) for one in event.openings.all() if one.field == field and one.value), None)
