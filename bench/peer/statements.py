"""A dump into the same table as a plain Django app would: csv.DictReader, our own pure rules, ``bulk_create``.

Prints how many rows it stored and how many seconds that took.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

TOGETHER = 2_000  # Rows of one commit, as ours.
LISTS = ("decision_visibility", "category_addition", "category_specification", "content_type", "territorial_scope")
BESIDE = ("uuid", "platform_name", "platform_uid", "created_at", "content_id_ean")


def document(row: dict[str, str]) -> dict[str, Any]:
    """The statement of a row as the rules read it."""
    found: dict[str, Any] = {name: cell for name, cell in row.items() if cell and name not in BESIDE}
    for name in LISTS:
        if name in found:
            found[name] = json.loads(found[name])
    for name, value in found.items():
        if name.endswith("_date") or name.startswith("end_date"):
            found[name] = value.removesuffix(" 00:00:00")
    return found | {"puid": row["platform_uid"]}


def main() -> None:
    django.setup()
    from django.db import transaction

    from mufakat.formats import dsa
    from mufakat.server.decisions.dsa_rows import ForeignStatement, key_of
    from mufakat.server.parties import queries as parties

    party = parties.party_by_handle("telegram")
    started, stored = time.perf_counter(), 0
    waiting: list[ForeignStatement] = []

    def store() -> int:
        with transaction.atomic():
            done = len(ForeignStatement.objects.bulk_create(waiting))
        waiting.clear()
        return done

    with Path(sys.argv[1]).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            checked = dsa.check(document(row))
            if not isinstance(checked, dsa.Checked):
                raise SystemExit(f"refused: {checked}")
            waiting.append(
                ForeignStatement(
                    party=party,
                    platform=row["platform_name"],
                    puid=row["platform_uid"],
                    puid_key=key_of(party.id, row["platform_uid"]),
                    uuid=row["uuid"],
                    uuid_key=key_of(party.id, row["uuid"]),
                    created_at=datetime.fromisoformat(row["created_at"]).replace(tzinfo=UTC),
                    event="evt_00000000000000000000000000",
                    position=len(waiting),
                    body=dsa.encoded(checked.statement),
                )
            )
            if len(waiting) == TOGETHER:
                stored += store()
    stored += store()
    print(json.dumps({"stored": stored, "seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
