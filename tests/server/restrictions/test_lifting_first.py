"""What opens a name again goes before everything that waits to be written, and through a disk that is full."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.houses import body

from mufakat.server.journal import ballast, door, durability
from mufakat.server.journal.errors import BusyError, DiskFullError
from mufakat.server.journal.models import Event
from mufakat.server.journal.work import Deed
from mufakat.server.journal.writer import WAITING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.server.restrictions.ordering import Ministry

    from mufakat.server.journal.work import Moment

WRITTEN = ("notice.received", "restriction.lifted")


def no_room() -> None:
    raise DiskFullError("the disk is full; nothing was stored")


def held() -> threading.Event:
    """Keep the writer busy until the event is set."""
    running, go = threading.Event(), threading.Event()

    def hold(moment: Moment) -> None:
        del moment
        running.set()
        go.wait(10)

    threading.Thread(target=door.commit, args=(hold,)).start()
    running.wait(10)
    return go


@pytest.mark.invariant("I-07")
def test_a_lifting_goes_before_everything_that_waits(ministry: Ministry) -> None:
    pk = ministry.published()
    go = held()
    notices = [threading.Thread(target=ministry.house.submit, kwargs={"key": f"k{number}"}) for number in range(5)]
    for one in notices:
        one.start()
    waited_for(5)
    lifting = threading.Thread(target=ministry.lift, args=(pk,))
    lifting.start()
    waited_for(6)

    go.set()
    for one in (*notices, lifting):
        one.join()
    told = Event.objects.filter(type__in=WRITTEN).order_by("position").values_list("type", flat=True)
    assert list(told) == ["restriction.lifted", *["notice.received"] * 5]


def waited_for(count: int) -> None:
    """Until so much waits to be written."""
    until = time.monotonic() + 10
    while door.writer().depth < count and time.monotonic() < until:
        time.sleep(0.01)


def test_a_queue_that_is_full_takes_a_lifting(ministry: Ministry) -> None:
    pk = ministry.published()
    go = held()
    heavy = Deed(lambda _: None)
    heavy.weight = WAITING
    threading.Thread(target=door.writer().commit, args=(heavy,)).start()
    waited_for(1)
    with pytest.raises(BusyError):
        door.commit(lambda _: None)
    lifting = threading.Thread(target=ministry.lift, args=(pk,))
    lifting.start()
    waited_for(2)

    go.set()
    lifting.join()
    assert ministry.state(pk) == "lifted"


def test_a_lifting_needs_no_reserve(ministry: Ministry, monkeypatch: pytest.MonkeyPatch) -> None:
    pk = ministry.published()
    monkeypatch.setattr(durability, "require_room", no_room)

    with pytest.raises(DiskFullError):
        ministry.house.submit(body())
    assert ministry.lift(pk)["state"] == "lifted"


@pytest.mark.embedded
def test_where_the_database_has_no_room_the_ballast_makes_some(
    ministry: Ministry, settings_of: Callable[..., None]
) -> None:
    pk = ministry.published(names=[f"a{number}.example.net" for number in range(900)])
    settings_of(MUFAKAT_BALLAST=1 << 20, MUFAKAT_DISK_RESERVE=0)
    assert (ballast.take(), ballast.take()) == (1 << 20, 0)
    stopped(growing=2)

    assert ministry.lift(pk)["state"] == "lifted"
    assert (ballast.path().exists(), ballast.take()) == (False, 1 << 20)


@pytest.mark.embedded
def test_without_ballast_a_full_database_says_that_nothing_was_stored(ministry: Ministry) -> None:
    pk = ministry.published(names=[f"a{number}.example.net" for number in range(900)])
    stopped(growing=2)

    with pytest.raises(DiskFullError):
        ministry.lift(pk)
    assert ministry.lift(pk)["state"] == "lifted"


def stopped(*, growing: int) -> None:
    """Let the file of the writer's connection grow by so many pages and no more."""

    def run(moment: Moment) -> None:
        count = moment.raw.execute("PRAGMA page_count").fetchone()[0]
        moment.raw.execute(f"PRAGMA max_page_count = {count + growing}")

    door.commit(run)


def test_no_ballast_is_taken_where_it_would_touch_the_reserve(
    ministry: Ministry, settings_of: Callable[..., None]
) -> None:
    del ministry
    settings_of(MUFAKAT_BALLAST=1 << 20, MUFAKAT_DISK_RESERVE=1 << 60)
    assert (ballast.take(), ballast.path().exists()) == (0, False)
    settings_of(MUFAKAT_BALLAST=0, MUFAKAT_DISK_RESERVE=0)
    assert ballast.take() == 0


def test_housekeeping_takes_it_again(ministry: Ministry, settings_of: Callable[..., None]) -> None:
    from mufakat.server.runtime import housekeeping

    del ministry
    settings_of(MUFAKAT_BALLAST=1 << 20, MUFAKAT_DISK_RESERVE=0)
    at = datetime.now(UTC)
    taken = [housekeeping.take_ballast(at=at).erased for _ in range(2)]
    assert (taken, ballast.path().stat().st_blocks * 512 >= 1 << 20, ballast.drop(), ballast.drop()) == (
        [1, 0],
        True,
        True,
        False,
    )
