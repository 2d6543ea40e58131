"""Erase openings: salt and value go, the leaf and its commitment stay, and nobody can guess their way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from mufakat.server.journal.models import Opening

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet

    from mufakat.rules.events import EventType
    from mufakat.server.journal.work import Moment


def whole(cases: Collection[str], *, fields: Collection[str], staying: Collection[EventType]) -> QuerySet[Opening]:
    """The openings of these fields that are not erased, of all events of the cases but those whose openings stay."""
    stays = Q(event__type__in=[type_.value for type_ in staying])
    return Opening.objects.filter(~stays, event__case__in=cases, field__in=fields, erased_at=None)


def left(cases: Collection[str], *, fields: Collection[str], staying: Collection[EventType]) -> set[tuple[str, str]]:
    """The cases and fields of what is not erased yet."""
    return set(whole(cases, fields=fields, staying=staying).values_list("event__case", "field"))


def erase(moment: Moment, cases: Collection[str], *, fields: Collection[str], staying: Collection[EventType]) -> int:
    """Take salts and values out. Called inside an operation of the writer."""
    chosen = list(whole(cases, fields=fields, staying=staying).values_list("pk", flat=True))
    return Opening.objects.filter(pk__in=chosen).update(salt=None, value=None, erased_at=moment.at)


def erase_of(moment: Moment, events: Collection[str], *, fields: Collection[str]) -> int:
    """The same for these events alone, where the rest of their case goes on."""
    chosen = Opening.objects.filter(event__in=events, field__in=fields, erased_at=None)
    return chosen.update(salt=None, value=None, erased_at=moment.at)
