"""Entries and hits are found by their names alone, and each is looked up: no table is read through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.server.filters.screened import HOLD, WARN, item, screen, screen_many, written
from tests.server.filters.seeding import seed

from mufakat.server.filters import by_name, findings
from mufakat.server.filters.models import Bank, Entry, Hit

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House


def plan(ask: Callable[[], object]) -> list[str]:
    """How SQLite would go through the tables for the one statement that this asks."""
    with CaptureQueriesContext(connection) as captured:
        ask()
    (told,) = [one["sql"] for one in captured.captured_queries]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {told}")
        return [row[3] for row in cursor.fetchall()]


@pytest.mark.parametrize("rows", [1, 2, 500])
def test_entries_are_those_of_the_bank_and_the_name(house: House, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    del house
    monkeypatch.setattr(by_name, "ROWS", rows)
    seed()
    held = list(Entry.objects.select_related("bank").order_by("pk"))
    gone = held[0]
    written(lambda: Entry.objects.filter(pk=gone.pk).update(state="shadow"))
    asked = {(bank.id, name) for bank in Bank.objects.all() for name in {one.name for one in held} | {"none"}}
    expected = [(one.pk, one.bank.name, one.name, one.category, one.ground) for one in held if one.pk != gone.pk]
    assert sorted(by_name.live_entries(asked)) == expected


@pytest.mark.parametrize("rows", [1, 500])
def test_hits_are_those_of_the_platform_and_the_item(house: House, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(by_name, "ROWS", rows)
    seed()
    screen_many(*(item(WARN, name=f"i{number}") for number in range(4)))
    made = screen(item(HOLD, name="i1"))["hit"]
    platform = house.caller("telegram", "reviewer").party_id
    asked = [findings.digest(name) for name in ("i1", "i3", "none")]
    found = {row[4] for row in by_name.hits(platform, asked)}
    assert found == {*Hit.objects.filter(item__in=asked).values_list("id", flat=True)}
    assert (len(found), made in found, list(by_name.hits("pty_none", asked))) == (3, True, [])


@pytest.mark.embedded
@pytest.mark.parametrize("many", [1, 2, 10, 100, 500])
def test_however_many_are_asked_for_each_is_looked_up(house: House, many: int) -> None:
    del house
    seed()
    bank: Any = Bank.objects.all()[0].id
    entries = plan(lambda: list(by_name.live_entries((bank, f"e-{number}") for number in range(many))))
    hits = plan(lambda: list(by_name.hits("pty_none", (bytes([number % 256] * 32) for number in range(many)))))
    assert [step for step in entries if "bank_id=? AND name=?" in step] != []
    assert [step for step in hits if "platform_id=? AND item=?" in step] != []
