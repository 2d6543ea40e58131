"""The page of the log says its times in the zone that it names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.test import Client

from mufakat.server.journal import sequencer
from mufakat.server.journal.models import Head

if TYPE_CHECKING:
    from tests.houses import House


def test_when_it_was_last_signed_is_said_in_utc(house: House) -> None:
    house.submit()
    sequencer.part(at=datetime.now(UTC))
    head = Head.objects.get(pk="1")
    page = Client().get("/log/").content.decode()
    assert f">{head.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC</time>" in page
