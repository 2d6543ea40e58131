"""The rows that other tests of screening stand on, held against the constraints of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.server.filters.seeding import seed, seed_hits

from mufakat.server.filters.models import Hit, HitEntry

if TYPE_CHECKING:
    from tests.houses import House


def test_what_is_seeded_keeps_every_constraint(house: House) -> None:
    del house
    seeded = seed()
    seed_hits(seeded, 3)
    assert (Hit.objects.count(), HitEntry.objects.count(), len(seeded.entries)) == (3, 3, 4)
