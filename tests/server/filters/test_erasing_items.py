"""What a hit item said goes when its period has passed; that it was hit, and by which rule, stays."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.server.filters.screened import WARN, item, screen
from tests.server.filters.seeding import seed

from mufakat.rules.retention import RETENTION, Erasable
from mufakat.server.filters import erasing, hits
from mufakat.server.filters.faces import HitOut
from mufakat.server.filters.models import Hit
from mufakat.server.journal.models import Event, Opening, Outbox
from mufakat.server.runtime import housekeeping

if TYPE_CHECKING:
    from tests.houses import House


@pytest.mark.invariant("I-09")
def test_the_text_goes_and_the_leaf_stays(house: House) -> None:
    seed()
    screen(item(WARN, author="somebody"))
    row = Hit.objects.get()
    leaf = bytes(Event.objects.get(pk=row.event).leaf)
    due = row.at + RETENTION[Erasable.SCREENED].period
    assert erasing.sweep(at=due - timedelta(seconds=1)).done == 0
    assert erasing.sweep(at=due).done == 1
    row.refresh_from_db()
    openings = {one.field: one.value is None for one in Opening.objects.filter(event=row.event)}
    assert (openings, bytes(Event.objects.get(pk=row.event).leaf)) == ({"item": True, "verdict": False}, leaf)
    event = Event.objects.get(case=row.id, type="hit.erased")
    assert (row.erased_at, Outbox.objects.filter(event=event).count()) == (event.at, 0)
    shown = HitOut.of(hits.whole(row), viewer=house.caller("telegram", "reviewer"))
    assert (shown.item.text, shown.item.item, shown.item.author, len(shown.entries)) == (None, None, None, 1)
    assert erasing.sweep(at=due).done == 0


def test_the_house_does_it_by_itself(house: House) -> None:
    del house
    seed()
    screen(item(WARN))
    row = Hit.objects.get()
    counts = housekeeping.run_all(at=row.at + RETENTION[Erasable.SCREENED].period)
    assert counts["items_erased"] == 1
