"""What goes on by itself stands in nobody's way: it shares commits, and of several processes one does a work."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from mufakat.server.governance import counting
from mufakat.server.journal import followers, parts, sequencer, store
from mufakat.server.journal.models import Event, Follower, Head, Pending
from mufakat.server.journal.parts import Lead
from mufakat.server.journal.work import Deed
from mufakat.server.journal.writer import GROUP
from mufakat.server.register import following

STOP = threading.Event()  # Who works by itself may be stopped, and looks again in a moment.


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=60))
def test_a_work_that_goes_on_is_left_to_who_does_it_and_never_to_nobody(looks):
    stands, leads = 0, {name: Lead[int](recent=60.0) for name in "ab"}
    for name, works in looks:
        if leads[name].is_anothers("register", stands):
            continue
        if works:
            stands += 1
            leads[name].did("register", stands)
    # Nobody is put off for ever: once nobody moves it, the second look of each finds it free.
    for name in "ab":
        leads[name].is_anothers("register", stands)
        assert not leads[name].is_anothers("register", stands)


def test_one_who_looked_long_ago_takes_it_up_at_once():
    lead = Lead[int](recent=0.01)
    assert not lead.is_anothers("log", 1)
    time.sleep(0.02)
    assert not lead.is_anothers("log", 2)
    assert lead.is_anothers("log", 3)
    assert not lead.is_anothers("another log", 4)


def test_what_goes_along_shares_the_commit_of_a_notice_and_what_is_large_does_not(house):
    for rows, commits in ((1, 2), (GROUP + 1, 3)):  # The holder's own is the first.
        running, go = threading.Event(), threading.Event()

        def hold(_, running=running, go=go):
            running.set()
            go.wait(30)

        before = house.writer.commits
        with ThreadPoolExecutor(3) as pool:
            pool.submit(house.writer.commit, Deed(hold))
            running.wait(30)
            notice = pool.submit(house.submit, key=f"with {rows}")
            told = pool.submit(parts.along, lambda _: store.fetch("SELECT 41 + 1", [])[0][0], rows=rows)
            while house.writer.depth < 2:
                time.sleep(0.01)
            go.set()
            assert (notice.result().status, told.result()) == (201, 42)
        assert house.writer.commits - before == commits


def test_what_goes_along_and_fails_costs_its_neighbours_nothing(house):
    def broken(_):
        store.tell("DELETE FROM journal_pending WHERE position >= %s", [(0,)])
        raise LookupError("made up")

    house.submit(key="before")
    waiting = Pending.objects.count()
    with pytest.raises(LookupError):
        parts.along(broken, rows=1)
    assert (Pending.objects.count(), house.submit(key="after").status) == (waiting, 201)


@pytest.mark.parametrize(
    ("lead", "work", "stands"),
    [
        (sequencer.lead, sequencer.part, lambda: Head.objects.values_list("size", flat=True).first()),
        (followers.lead, counting.part, lambda: Follower.objects.get(name=counting.NAME).position),
        (followers.lead, following.sweep, lambda: Follower.objects.get(name=following.NAME).position),
    ],
    ids=["log", "counts", "register"],
)
def test_of_two_processes_one_goes_on_until_it_does_no_more(house, monkeypatch, lead, work, stands):
    def of(process):
        monkeypatch.setattr(lead, "_seen", process)
        work(at=datetime.now(UTC), stop=STOP)
        return stands()

    first: dict[str, Any] = {}
    second: dict[str, Any] = {}
    house.submit(key="one")
    of(first)
    house.submit(key="two")
    place = of(second)
    for number in range(3):
        house.submit(key=f"more {number}")
        assert of(first) == place  # It sees that another one is at it.
        assert of(second) > place  # Whoever does it goes on.
        place = of(second)
    house.submit(key="no more")
    assert of(first) == place
    assert of(first) > place  # It moves no more: it is taken up.
    house.submit(key="last")
    while work(at=datetime.now(UTC)).more:  # Who is asked to do it does it.
        pass
    assert stands() >= Event.objects.count() - 1
