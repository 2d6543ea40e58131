"""Fill an instance with a list of a million names, as a hundred orders would: by plain inserts, once."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.formats import rpz

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.database import Instance

ORDER = 10_000  # Names of one order, at most.
ZONE = rpz.zone_name("terrorism", "isp-a")


def names(count: int) -> Iterator[str]:
    """The names of the list."""
    return (f"host{number:07}.example{number % 997}.net" for number in range(count))


@dataclass(frozen=True, slots=True)
class Rows:
    """The peer of writing: the rows as they are, into lines as they come."""

    instance: Instance
    work: Path

    def write(self) -> None:
        """The whole file."""
        sql = (
            "SELECT DISTINCT c.name FROM restrictions_closedname c"
            " JOIN restrictions_restriction r ON r.id = c.restriction_id"
            " JOIN restrictions_carrying k ON k.restriction_id = r.id JOIN parties_party p ON p.id = k.operator_id"
            " WHERE c.lifted_at IS NULL AND r.list = 'terrorism' AND p.handle = 'isp-a'"
            " AND r.state IN ('publishing', 'applied', 'partly_lifted') ORDER BY c.name"
        )
        with self.instance.reading() as connection, (self.work / "peer.zone").open("w", encoding="ascii") as file:
            file.write(rpz.head(ZONE, 1))
            for (name,) in connection.execute(sql):
                file.write(f"{name} CNAME .\n")


def fill(count: int) -> None:
    """So many names in orders that are live, copied from one that was made the ordinary way."""
    import django

    django.setup()
    from bench import lifting
    from mufakat.server.journal import door, store
    from mufakat.server.restrictions import operations
    from mufakat.server.restrictions.models import Carrying, Change, ClosedName, Restriction, Zone
    from mufakat.server.runtime import worker

    def run(moment: object) -> None:
        del moment
        made = list(names(count))
        for start in range(0, count, ORDER):
            mine = f"rst_{start // ORDER:026}"
            row.pk, row.event, row.names = mine, f"evt_{start // ORDER:026}", ORDER
            row.save(force_insert=True)
            carrying.pk, carrying.restriction_id = None, mine
            carrying.save(force_insert=True)
            rows = [(mine, name, None) for name in made[start : start + ORDER]]
            store.insert(ClosedName, ("restriction_id", "name", "lifted_at"), rows)
        Zone.objects.filter(list="terrorism").update(published=0)  # Whoever publishes compares first.
        Change.objects.all().delete()

    with door.open_house():
        with worker.working():
            first = lifting.publish(["first.example.net"])
            lifting.published(first)
            officer = lifting.caller("kominfo", "officer")
            operations.lift(first, lifting.NOTE, by=officer)
        row = Restriction.objects.get(pk=first)
        row.state, row.ended_at, row.ended_by = "publishing", None, None
        carrying = Carrying.objects.get(restriction=first)
        carrying.state, carrying.due_at = "told", None
        door.commit(run)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "mufakat.server.runtime.settings"
    fill(json.loads(sys.argv[1])["count"])
    print(json.dumps({}))
