"""What an authority learns of a hit, from end to end: the Python client, a server process, its worker."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager

import pytest
from tests.houses import move_to
from tests.server.filters.notified import GROUND, ITEM, Desk, agree
from tests.server.filters.seeding import seed

from mufakat.client import Client, ProblemError


@contextmanager
def inside(server):
    """In the data directory of a server that is stopped, in this process."""
    from django.db import connections

    from mufakat.server.journal import door

    move_to(server.data, server.database)
    with door.open_house():
        yield
    connections.close_all()


@pytest.fixture
def waiting(stopped_server):
    """A server under way, its desk, and the ids of two notifications that wait."""
    with inside(stopped_server):
        agree()
        desk = Desk.standing(seed())
        found = [desk.hit(), desk.hit()]
    stopped_server.start()
    return stopped_server, desk, found


@pytest.fixture
def seated(waiting):
    """A client of any seat, closed afterwards."""
    server, *_ = waiting
    with ExitStack() as stack:

        def client(handle, seat):
            return stack.enter_context(Client(server.url, server.token(handle, seat)))

        yield client


@pytest.mark.invariant("I-14")
def test_a_person_releases_an_authority_reads_codes_and_hears_that_it_was_restored(waiting, seated):
    server, desk, (one, other) = waiting
    service, ministry = seated("telegram", "representative"), seated("kominfo", "officer")
    assert list(ministry.notifications()) == []
    made = service.release_notification(one, to="kominfo", legal_ground=GROUND, key="release")
    assert service.release_notification(one, to="kominfo", legal_ground=GROUND, key="release") == made
    assert service.decline_notification(other, reason="Harmless.")["state"] == "declined"
    (seen,) = ministry.notifications(state="released")
    assert ministry.notification(made["told"]) == seen
    assert (seen["codes"], seen["legal_ground"]) == (made["codes"], GROUND)
    assert not any(str(value) in str(seen) for name, value in ITEM.items() if name != "kind")
    for hidden in (one, other):
        with pytest.raises(ProblemError):
            ministry.notification(hidden)
    assert list(ministry.screening_counts()) == list(service.screening_counts()) == []
    # Whoever restores works in the same room; what follows for the authority is the worker's.
    server.stop()
    with inside(server):
        desk.undo()
    server.start()
    until = time.monotonic() + 60
    while "withdrawn_at" not in ministry.notification(made["told"]):
        assert time.monotonic() < until
        time.sleep(0.1)


def test_what_cannot_be_released_is_refused_with_every_fault(waiting, seated):
    _, _, (one, _other) = waiting
    service = seated("telegram", "reviewer")
    with pytest.raises(ProblemError) as caught:
        service.release_notification(one, to="bnpt", legal_ground={**GROUND, "system": "xx"})
    assert {fault["pointer"] for fault in caught.value.errors} == {"/legal_ground/system"}
    with pytest.raises(ProblemError) as caught:
        service.release_notification(one, to="bnpt", legal_ground=GROUND)
    assert {fault["pointer"] for fault in caught.value.errors} == {"/to"}
    assert service.notification(one)["state"] == "waiting"
