"""Read the register: search, newest first, and look one entry up. Everybody may; nothing here knows a viewer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from django.db import connection, transaction
from django.db.models import Count

from mufakat.rules.entry import Entry, first_place, fold, mark
from mufakat.rules.errors import NotFoundError, RefusedError
from mufakat.server.journal.database import is_embedded
from mufakat.server.register.models import Entry as Row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

PAGE = 50
MOST_WORDS = 16  # Of a search; more say nothing more.
LONGEST_MARK = 400  # Signs of the word of a filter: of a handle, which is the longest, there are 133.
WINDOW = 4_000  # Newest entries that PostgreSQL looks through before it asks its index (`_by_vector`).
AGE = 50  # Bits of a place below its age: 2²⁹ milliseconds, about six days. Migration 0003 has it too.
FIRST_AGES = 4  # Windows that the index is asked for first; twice as many then, and so on,
WIDER = 2  # up to so many times as many
FEW = 1_000  # Entries that are all fetched, wherever they lie.
MOST_AGES = 64  # and never more than these at once.


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What narrows a search; None is everything. `since` is inclusive, `until` is not."""

    kind: str | None = None
    party: str | None = None
    category: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of entries, newest first, and where the next begins."""

    items: Sequence[Entry]
    next: str | None


class BadAfterError(RefusedError):
    """A place in the register that is none."""

    def __str__(self) -> str:
        return "Pass on as `after` what the page before gave as `next`."


BY_ITS_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off"
"""PostgreSQL guesses how many entries have two words; guessing wrong it would read the whole table."""

EVERYTHING = Filters()
_decoder = msgspec.json.Decoder(Entry)


def search(text: str = "", filters: Filters = EVERYTHING, *, after: str | None = None, limit: int = PAGE) -> Page:
    """Entries in which every word of the text stands; `after` is the `next` of the page before.

    Raises BadAfterError for an `after` that is none of ours.
    """
    words = _words(text, filters)
    if text.strip() and not fold(text):
        return Page((), None)  # Signs alone: nothing is found by them.
    if any(len(word) > LONGEST_MARK for word in words):
        return Page((), None)  # No entry has a code that long, and PostgreSQL refuses such a word.
    since = first_place(filters.since) if filters.since is not None else 0
    before = min(_place(after), first_place(filters.until) if filters.until is not None else _END)
    places = _places(words, since, before, limit + 1)
    shown = places[:limit]
    bodies = dict(Row.objects.filter(place__in=shown).values_list("place", "body"))
    # A row that was made anew between the two reads is there again with the next one.
    items = [_decoder.decode(bytes(bodies[place])) for place in shown if place in bodies]
    return Page(items, _token(shown[-1]) if len(places) > limit else None)


def get(id_: str) -> Entry:
    """The entry of this id. Raises NotFoundError."""
    found = Row.objects.filter(id=id_).values_list("body", flat=True).first()
    if found is None:
        raise NotFoundError("entry")
    return _decoder.decode(bytes(found))


def counts() -> dict[tuple[str, str], int]:
    """How many entries there are, by kind and state."""
    rows = Row.objects.values_list("kind", "state").annotate(many=Count("place")).order_by("kind", "state")
    return {(kind, state): many for kind, state, many in rows}


_END = (1 << 63) - 1
_is_token = re.compile("[0-9a-f]{1,16}").fullmatch


def _token(place: int) -> str:
    return f"{place:x}"


def _place(after: str | None) -> int:
    if not after:
        return _END
    place = int(after, 16) if _is_token(after) else -1
    if not 0 <= place <= _END:
        raise BadAfterError
    return place


def _words(text: str, filters: Filters) -> list[str]:
    """Every word that an entry must have: those of the text, and one for each filter; the rarest kind first."""
    marks = [
        mark(name, value)
        for name in ("outcome", "category", "party", "kind")
        if (value := getattr(filters, name)) is not None
    ]
    return list(dict.fromkeys((*fold(text)[:MOST_WORDS], *marks)))


def _places(words: Sequence[str], since: int, before: int, limit: int) -> list[int]:
    if not words:
        sql = "SELECT place FROM register_entry WHERE place >= %s AND place < %s ORDER BY place DESC LIMIT %s"
        return _fetch(sql, [since, before, limit])
    return _by_fts(words, since, before, limit) if is_embedded() else _by_vector(words, since, before, limit)


def _by_fts(words: Sequence[str], since: int, before: int, limit: int) -> list[int]:
    """FTS5 walks the lists of the words backwards, by rowid, and stops when the page is full."""
    sql = (
        "SELECT rowid FROM register_found WHERE register_found MATCH %s AND rowid >= %s AND rowid < %s "
        "ORDER BY rowid DESC LIMIT %s"
    )
    return _fetch(sql, [" ".join(f'"{word}"' for word in words), since, before, limit])


def _by_vector(words: Sequence[str], since: int, before: int, limit: int) -> list[int]:
    """PostgreSQL's index gives no order: of a common word it would fetch and sort every entry.

    So the newest are looked through first: common words fill a page there. Then the index is asked for a few entries,
    in no order: of rare words that is all. The rest is common further back, and is sought there, age after age.
    """
    asked = " & ".join(f"'{word}'" for word in words)
    newest = (
        "SELECT place, fits, turn FROM (SELECT place, vector @@ %s::tsquery AS fits, "
        "row_number() OVER (ORDER BY place DESC) AS turn FROM register_words WHERE place >= %s AND place < %s "
        "ORDER BY place DESC LIMIT %s) AS newest WHERE fits OR turn = %s LIMIT %s"
    )
    seen = _rows(newest, [asked, since, before, WINDOW, WINDOW, limit])
    found = [place for place, fits, _ in seen if fits]
    if len(found) == limit or not seen or seen[-1][2] < WINDOW:
        return found
    last, limit = seen[-1][0], limit - len(found)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(BY_ITS_INDEX)
        few = _fetch("SELECT place FROM register_words WHERE vector @@ %s::tsquery LIMIT %s", [asked, FEW + 1])
        if len(few) <= FEW:
            return found + sorted((place for place in few if since <= place < last), reverse=True)[:limit]
        return found + _further_back(asked, since, last, limit, ages=_ages_of(last, before))


def _ages_of(last: int, before: int) -> int:
    """How many ages hold a few windows of entries, as dense as those that were just looked through."""
    newest = _fetch("SELECT place FROM register_words WHERE place < %s ORDER BY place DESC LIMIT 1", [before])[0]
    return max(1, min(MOST_AGES, FIRST_AGES * (newest - last >> AGE)))


def _further_back(asked: str, since: int, before: int, limit: int, *, ages: int) -> list[int]:
    """The newest of those before a place.

    Every vector bears its age (migration 0003): asked as a condition of its own, the index skips in the lists of the
    words to the entries of these ages. The sum keeps the planner from walking the primary key instead.
    """
    oldest = _fetch("SELECT place FROM register_words WHERE place >= %s ORDER BY place LIMIT 1", [since])[0]
    sql = (
        "SELECT place FROM register_words WHERE vector @@ %s::tsquery AND vector @@ %s::tsquery "
        "AND place >= %s AND place < %s ORDER BY place + 0 DESC LIMIT %s"
    )
    found: list[int] = []
    ends, first, most = before, oldest >> AGE, min(MOST_AGES, WIDER * ages)
    while len(found) < limit and ends > oldest:
        last = ends - 1 >> AGE
        begins = max(first, last - ages + 1)
        those = " | ".join(f"'§age§{age:x}'" for age in range(begins, last + 1))
        found += _fetch(sql, [asked, those, oldest, ends, limit - len(found)])
        ends, ages = begins << AGE, min(most, 2 * ages)
    return found


def _fetch(sql: str, values: Sequence[Any]) -> list[int]:
    """The places that a statement finds."""
    return [row[0] for row in _rows(sql, values)]


def _rows(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
