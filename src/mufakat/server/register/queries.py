"""Read the register: search, newest first, and look one entry up. Everybody may; nothing here knows a viewer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from django.db import connection
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


def get_many(ids: Sequence[str]) -> dict[str, Entry]:
    """Those of these entries that there are, in one query."""
    found = Row.objects.filter(id__in=ids).values_list("id", "body")
    return {id_: _decoder.decode(bytes(body)) for id_, body in found}


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

    So the newest are looked through first. Words of which these do not fill a page are rare, and the index finds the
    few entries with them.
    """
    asked = " & ".join(f"'{word}'" for word in words)
    newest = (
        "SELECT place, vector @@ %s::tsquery FROM register_words WHERE place >= %s AND place < %s "
        "ORDER BY place DESC LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(newest, [asked, since, before, WINDOW])
        seen = cursor.fetchall()
    found = [place for place, fits in seen if fits][:limit]
    if len(found) == limit or len(seen) < WINDOW:
        return found
    # The sum keeps the planner from walking the primary key instead, past everything that does not fit.
    rest = (
        "SELECT place FROM register_words WHERE vector @@ %s::tsquery AND place >= %s AND place < %s "
        "ORDER BY place + 0 DESC LIMIT %s"
    )
    return found + _fetch(rest, [asked, since, seen[-1][0], limit - len(found)])


def _fetch(sql: str, values: Sequence[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [row[0] for row in cursor.fetchall()]
