"""Notifications by the command line: what waits, is released or declined, what an authority reads, the counts."""

from __future__ import annotations

import json
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.cli.conftest import Line

MINISTRY = ("--party", "kominfo", "--role", "officer")
GROUND = ("--system", "id", "--instrument", "UU 35/2009", "--provision", "Pasal 111")


@pytest.fixture
def example(line: Line) -> Line:
    line.json("example", "load", "parties")
    return line


@contextmanager
def inside(line: Line) -> Iterator[None]:
    """In the house, whoever runs it."""
    from mufakat.server.journal import door

    with nullcontext() if line.served else door.open_house():
        yield


def waiting(line: Line, many: int = 1) -> list[str]:
    """Hits that wait to be told, oldest first."""
    from tests.server.filters.notified import Desk, agree
    from tests.server.filters.seeding import seed

    with inside(line):
        agree()
        desk = Desk.standing(seed())
        return [desk.hit() for _ in range(many)]


def test_a_notification_is_released_and_read_by_the_authority(example: Line) -> None:
    (pk,) = waiting(example)
    rows = example("notification", "list").stdout
    assert [pk in rows, "waiting" in rows, "narcotics" in rows] == [True] * 3
    told = example("notification", "release", pk, "--to", "kominfo", *GROUND)
    assert (told.exit_code, f"{pk}: released, narcotics, message" in told.stdout) == (0, True)
    (seen,) = example.json("notification", "list", *MINISTRY)["items"]
    shown = example("notification", "show", seen["id"], *MINISTRY).stdout
    assert ["told kominfo" in shown, "UU 35/2009, Pasal 111" in shown, "hit" in shown] == [True, True, False]
    assert example("notification", "show", pk, *MINISTRY).exit_code == 1


def test_a_notification_is_declined_with_the_reason(example: Line) -> None:
    (pk,) = waiting(example)
    told = example("notification", "decline", pk, "--reason", "Harmless.", "--role", "representative")
    assert (told.exit_code, "declined: Harmless." in told.stdout) == (0, True)
    assert example("notification", "list", *MINISTRY).stdout == "there is no notification\n"


def test_what_cannot_be_released_says_why(example: Line) -> None:
    (pk,) = waiting(example)
    refused = example("notification", "release", pk, "--to", "bnpt", *GROUND)
    assert (refused.exit_code, "regulator or a court" in refused.stderr) == (1, True)
    other = example("notification", "release", pk, "--to", "kominfo", *GROUND[:-1], "Pasal 112")
    assert (other.exit_code, "other grounds" in other.stderr) == (1, True)
    assert example.json("notification", "show", pk)["state"] == "waiting"


def test_the_counts_of_a_week_are_listed(example: Line) -> None:
    from tests.server.filters.counted import count
    from tests.server.filters.notified import Desk, agree
    from tests.server.filters.seeding import seed

    from mufakat.server.filters import operations

    assert example("notification", "counts").stdout == "nothing was told yet\n"
    with inside(example):
        agree()
        desk = Desk.standing(seed())
        desk.agreed_for(weeks=3)
        day = datetime.now(UTC).date() - timedelta(days=7)
        count(desk.seeded, day - timedelta(days=day.weekday()), screened=900, terrorism=50)
        operations.tell_counts(at=datetime.now(UTC) + timedelta(days=1))
    rows = example("notification", "counts").stdout
    assert ["terrorism 50" in rows, "900" in rows, "kominfo" in rows] == [True] * 3
    (week,) = json.loads(example("notification", "counts", "--json", *MINISTRY).stdout)["items"]
    assert week["counts"]["cells"]["narcotics"] is None
