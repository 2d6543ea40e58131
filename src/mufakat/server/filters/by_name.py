"""Entries and hits by their names, each looked up where its name stands in the index. Called inside the writer.

Asked with ``IN`` and some ten names, SQLite takes another index that begins alike, and reads every entry of a bank or
every hit of a policy. Joined to the list of the names it looks up each of them, however large the tables are.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from mufakat.rules.filtering import EntryState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROWS: Final = 500  # Names of one statement.

ENTRIES: Final = """
WITH wanted (bank, name) AS (VALUES {names})
SELECT entry.id, bank.name, entry.name, entry.category, entry.ground FROM wanted
CROSS JOIN filters_entry AS entry JOIN filters_bank AS bank ON bank.id = entry.bank_id
WHERE entry.bank_id = wanted.bank AND entry.name = wanted.name AND entry.state = %s
"""
HITS: Final = """
WITH wanted (item) AS (VALUES {names})
SELECT hit.item, hit.content, hit.policy_id, hit.rule, hit.id, hit.state FROM wanted
CROSS JOIN filters_hit AS hit
WHERE hit.item = wanted.item AND hit.platform_id = %s
"""
"""In SQLite the tables of a ``CROSS JOIN`` are read in the order in which they are written."""

Row = tuple[Any, ...]


def live_entries(wanted: Iterable[tuple[str, str]]) -> Iterator[Row]:
    """Of these entries, by the id of the bank and their name, those that are live: as `findings.Basis`."""
    return _rows(ENTRIES, wanted, EntryState.LIVE.value)


def hits(platform: str, items: Iterable[bytes]) -> Iterator[Row]:
    """The hits of a platform on these items (digests): item, content, policy, rule, id and state."""
    return _rows(HITS, ((item,) for item in items), platform)


def _rows(statement: str, names: Iterable[tuple[str | bytes, ...]], last: str) -> Iterator[Row]:
    left = iter(names)
    while part := list(islice(left, ROWS)):
        marks = ", ".join([f"({', '.join(['%s'] * len(part[0]))})"] * len(part))
        with connection.cursor() as cursor:
            cursor.execute(statement.format(names=marks), [*(one for name in part for one in name), last])
            yield from cursor.fetchall()
