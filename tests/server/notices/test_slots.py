"""Long works: so many at once, a place is waited for a moment, and by one alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from mufakat.server.journal.errors import BusyError
from mufakat.server.notices.slots import Slots


def taken(slots: Slots, party: str) -> bool:
    try:
        with slots.one(party):
            return True
    except BusyError:
        return False


def test_there_are_so_many_places_and_so_many_of_one_party() -> None:
    slots = Slots(at_once=2, of_one_party=1)
    with slots.one("a"):
        assert (taken(slots, "a"), taken(slots, "b")) == (False, True)
        with slots.one("b"):
            assert not taken(slots, "c")
    assert taken(slots, "a")


def test_a_place_that_is_given_back_in_a_moment_is_waited_for() -> None:
    slots = Slots(at_once=2, of_one_party=1, patience=30)
    with ThreadPoolExecutor(1) as pool:
        with slots.one("a"):
            waiting = pool.submit(taken, slots, "a")
            until_somebody_waits(slots)
        assert waiting.result(timeout=30)


def test_one_waits_and_a_second_one_is_told_at_once() -> None:
    slots = Slots(at_once=1, of_one_party=1, patience=30)
    with ThreadPoolExecutor(1) as pool:
        with slots.one("a"):
            waiting = pool.submit(taken, slots, "b")
            until_somebody_waits(slots)
            assert not taken(slots, "c")
        assert waiting.result(timeout=30)


def test_who_waited_in_vain_is_told_and_keeps_nobody_from_waiting() -> None:
    slots = Slots(at_once=1, of_one_party=1, patience=0.01)
    with slots.one("a"):
        with pytest.raises(BusyError), slots.one("a"):
            pass
        assert not taken(slots, "b")
    assert taken(slots, "b")


def until_somebody_waits(slots: Slots) -> None:
    while not slots._somebody_waits:
        threading.Event().wait(0.001)
