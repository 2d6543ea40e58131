"""Read what happened to many cases at once, for whoever counts: types, a few codes, and what the leaf refers to."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from mufakat.server.journal.models import Event, Opening

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime


PORTION = 5_000  # Cases of one query; SQLite takes no more than 32,766 values in one.


class Passed(NamedTuple):
    """An event with what was opened of it (field → value) and, of its leaf, the law and the ids it refers to."""

    id: str
    position: int
    type: str
    at: datetime
    law: str | None
    ref: tuple[str, ...]
    opened: Mapping[str, str]


class _Leaf(msgspec.Struct):
    law: str | None = None
    ref: tuple[str, ...] = ()


_leaf = msgspec.json.Decoder(_Leaf)


def of_cases(
    cases: Collection[str], *, shard: str, upto: int, types: Collection[str], fields: Collection[str]
) -> dict[str, list[Passed]]:
    """By case, its events of these types in their order, none behind position `upto`; in two queries."""
    found = Event.objects.filter(case__in=cases, shard=shard, position__lte=upto, type__in=types).order_by("position")
    rows = list(found.values_list("case", "id", "position", "type", "at", "leaf"))
    opened = openings_of([pk for _, pk, *_ in rows], fields=fields)
    histories: defaultdict[str, list[Passed]] = defaultdict(list)
    for case, pk, position, type_, at, raw in rows:
        leaf = _leaf.decode(bytes(raw))
        histories[case].append(Passed(pk, position, type_, at, leaf.law, leaf.ref, opened.get(pk, {})))
    return histories


def openings_of(events: Collection[str], *, fields: Collection[str]) -> dict[str, dict[str, str]]:
    """By event, the values of these fields that are not erased."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    rows = Opening.objects.filter(event__in=events, field__in=fields, erased_at=None)
    for event, field, value in rows.values_list("event_id", "field", "value"):
        found[event][field] = bytes(value or b"").decode()
    return found


def times_of(cases: Sequence[str], *, types: Collection[str]) -> dict[str, list[tuple[str, datetime]]]:
    """By case, the types and times of its events of these types, in their order; a query for each PORTION of cases."""
    found: defaultdict[str, list[tuple[str, datetime]]] = defaultdict(list)
    if not types:
        return found
    for start in range(0, len(cases), PORTION):
        rows = Event.objects.filter(case__in=cases[start : start + PORTION], type__in=types).order_by("at", "position")
        for case, type_, at in rows.values_list("case", "type", "at"):
            found[case].append((type_, at))
    return found
