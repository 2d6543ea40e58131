"""Read banks: for somebody of the platform whose they are, in a constant number of queries a page (I-10)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, Q

from mufakat.formats import banks as bank_files
from mufakat.formats.banks import BankHead
from mufakat.rules.filtering import EntryState, HitState
from mufakat.rules.permissions import Deed
from mufakat.screening.bank import BankKind, Entry as Told
from mufakat.server.filters import holdings
from mufakat.server.filters.entering import STANDING
from mufakat.server.filters.models import Bank, Entry, HitEntry
from mufakat.server.journal import ids, queries as journal
from mufakat.server.notices.faces import or_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.server.parties.queries import Caller

PAGE = 50
PORTION = 1_000
"""Entries that an export reads at once."""
WINDOW = timedelta(days=30)
"""Over how long hits are counted."""
MOST = 20
"""Categories, and entries that hit most, in the figures."""
RESTORED = Q(hit__state=HitState.RESTORED.value)
PEOPLE = ("added_by", "reviewed_by", "retracted_by")


@dataclass(frozen=True, slots=True)
class Whole:
    """A bank, and how many of its entries stand in each state."""

    row: Bank
    counts: Mapping[str, int]


class Page(NamedTuple):
    """One page of entries in the order in which they came, and where the next begins."""

    items: Sequence[Entry]
    said: Mapping[str, str]  # What reviews and retractions of them say, by the event.
    next: str | None


class Hitting(NamedTuple):
    """An entry and what it hit: items, and those of them that were restored."""

    name: str
    state: str
    hits: int
    restored: int


class Stats(NamedTuple):
    """A bank in figures: entries by state, origin and category; what is past its time; what it hit."""

    row: Bank
    states: Mapping[str, int]
    origins: Mapping[str, int]
    categories: Sequence[tuple[str, int]]
    expired: int
    to_review: int
    days: int
    hits: int
    restored: int
    hitting: Sequence[Hitting]


def banks(viewer: Caller) -> Sequence[Whole]:
    """Every bank of the viewer's platform, by name: there are two hundred at most."""
    holdings.require(viewer, Deed.READ)
    return wholes(Bank.objects.filter(platform=viewer.party_id).order_by("name"))


def bank(viewer: Caller, name: str) -> Whole:
    """The bank of this name. Raises NotFoundError."""
    holdings.require(viewer, Deed.READ)
    return whole(holdings.bank_of(viewer, name))


def whole(row: Bank) -> Whole:
    """The bank with its counts. The caller has asked whether the viewer may see it."""
    return wholes(Bank.objects.filter(pk=row.pk))[0]


def wholes(rows: QuerySet[Bank]) -> Sequence[Whole]:
    """The same of many, in as many queries as of one."""
    found = list(rows.select_related("made_by"))
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    entries = Entry.objects.filter(bank__in=[one.pk for one in found]).order_by()
    for key, state, count in entries.values_list("bank", "state").annotate(many=Count("id")):
        counts[key][state] = count
    return [Whole(one, counts[one.pk]) for one in found]


def entries(viewer: Caller, name: str, *, state: EntryState | None = None, after: str | None = None) -> Page:
    """A page of the entries of a bank, in the order in which they came; `after` is the `next` of the page before."""
    holdings.require(viewer, Deed.READ)
    rows = Entry.objects.filter(bank=holdings.bank_of(viewer, name))
    if state is not None:
        rows = rows.filter(state=state.value)
    if after is not None:
        rows = rows.filter(pk__gt=int(after))
    found = list(rows.select_related(*PEOPLE).order_by("pk")[: PAGE + 1])
    shown = found[:PAGE]
    return Page(shown, said(shown), str(shown[-1].pk) if len(found) > PAGE else None)


def said(rows: Iterable[Entry]) -> Mapping[str, str]:
    """The notes of the reviews of these entries, and the reasons of their retractions, by the event."""
    named = {event for row in rows for event in (row.reviewed_event, row.retracted_event) if event}
    return {event: value.decode() for event, value in journal.opened(named, fields=("note", "reason")).items()}


def entry(viewer: Caller, bank: str, name: str) -> Entry:
    """One entry, with who put it in and who looked at it. Raises NotFoundError."""
    holdings.require(viewer, Deed.READ)
    return holdings.entry_of(viewer, bank, name)


def export(viewer: Caller, name: str) -> Iterator[bytes]:
    """The lines of a bank's file: what stands, in the order in which it came; what was not reviewed is in shadow.

    Raises NotFoundError, NotPermittedError at once; the entries are read as the lines are taken.
    """
    holdings.require(viewer, Deed.READ)
    row = holdings.bank_of(viewer, name)
    return bank_files.write_bank(BankHead(bank=row.name, kind=BankKind(row.kind), allow=row.allow), _standing(row))


def told(row: Entry) -> Told:
    """The entry as the engine takes it."""
    return Told(
        id=row.name,
        value=row.value,
        source=row.source,
        category=row.category,
        ground=row.ground,
        author=row.author,
        review_at=or_none(row.review_at),
        expires_at=or_none(row.expires_at),
        shadow=row.state != EntryState.LIVE,
    )


def stats(viewer: Caller, name: str, *, at: datetime) -> Stats:
    """A bank in figures."""
    holdings.require(viewer, Deed.READ)
    row = holdings.bank_of(viewer, name)
    held = Entry.objects.filter(bank=row).order_by()
    standing = held.filter(state__in=sorted(STANDING))
    categories = standing.values_list("category").annotate(many=Count("id")).order_by("-many", "category")
    past = standing.aggregate(
        expired=Count("id", filter=Q(expires_at__lte=at)), to_review=Count("id", filter=Q(review_at__lte=at))
    )
    hit = HitEntry.objects.filter(entry__bank=row, hit__gte=ids.lowest("hit", at - WINDOW))
    totals = hit.aggregate(hits=Count("hit", distinct=True), restored=Count("hit", filter=RESTORED, distinct=True))
    hitting = hit.values_list("entry__name", "entry__state").annotate(
        many=Count("hit"), undone=Count("hit", filter=RESTORED)
    )
    return Stats(
        row,
        dict(held.values_list("state").annotate(many=Count("id"))),
        dict(standing.values_list("origin").annotate(many=Count("id"))),
        list(categories[:MOST]),
        past["expired"],
        past["to_review"],
        WINDOW.days,
        totals["hits"],
        totals["restored"],
        [Hitting(*one) for one in hitting.order_by("-many", "entry__name")[:MOST]],
    )


def _standing(row: Bank) -> Iterator[Told]:
    """What stands in a bank, a portion at a time: a million entries are not held at once."""
    after = 0
    while True:
        found = Entry.objects.filter(bank=row, state__in=sorted(STANDING), pk__gt=after)
        portion = list(found.order_by("pk")[:PORTION])
        yield from map(told, portion)
        if len(portion) < PORTION:
            return
        after = portion[-1].pk
