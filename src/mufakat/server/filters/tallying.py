"""Counts a day: how many items were screened, by which rule how many were hit, or would have been.

Totals alone; nothing of any item. They are written with what they count, in the same commit, by one statement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mufakat.server.filters.verdicts import Counted
    from mufakat.server.journal.work import Moment

COLUMNS = "policy_id, day, rule, shadow, category, count"
ROWS = 500  # Of one statement.


def add(counted: Mapping[Counted, int], moment: Moment) -> None:
    """So many more today (UTC). Called inside an operation of the writer.

    In the order of their names: two processes that add to the same counts must not wait for each other.
    """
    day = moment.at.date().isoformat()
    rows = [
        (one.policy, day, one.rule, one.shadow, one.category, many) for one, many in sorted(counted.items()) if many
    ]
    for start in range(0, len(rows), ROWS):
        part = rows[start : start + ROWS]
        marks = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(part))
        sql = (
            f"INSERT INTO filters_count ({COLUMNS}) VALUES {marks} "  # noqa: S608 - placeholders alone are put in.
            "ON CONFLICT (policy_id, day, rule, shadow, category) "
            "DO UPDATE SET count = filters_count.count + excluded.count"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [value for row in part for value in row])
