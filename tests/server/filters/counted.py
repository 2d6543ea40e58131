"""What tests of weekly counts share: rows of counts as screening leaves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.server.filters.models import Count
from mufakat.server.journal import door

if TYPE_CHECKING:
    from datetime import date

    from tests.server.filters.seeding import Seeded

    from mufakat.server.journal.work import Moment


def count(seeded: Seeded, day: date, *, screened: int = 0, shadow: bool = False, **hits: int) -> None:
    """So many items screened on a day, and hit, by category."""
    rows = [("", "", screened), *(("unripe-block", category, many) for category, many in hits.items())]

    def run(moment: Moment) -> None:
        del moment
        Count.objects.bulk_create(
            Count(policy_id=seeded.policy, day=day, rule=rule, shadow=shadow, category=category, count=many)
            for rule, category, many in rows
            if many
        )

    door.commit(run)
