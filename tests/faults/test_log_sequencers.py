"""Several processes sequence and publish one log: it never forks, and no two heads of one size are ever signed."""

from __future__ import annotations

import base64
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from django.db import connections
from forks import begun, ended
from published import key_of, proved
from tests.houses import House, move_to

from mufakat.server.journal import database, door, exporting, notary, sequencer, tiles
from mufakat.server.journal.models import Pending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

pytestmark = [pytest.mark.fault, pytest.mark.invariant("I-09")]

ROUNDS = 15
PROCESSES = 3


def noting(told: Path) -> object:
    """Write down each head that is signed, whoever signs it."""
    original = notary.Notary.sign

    def sign(self: notary.Notary, size: int, root: bytes, proof: Callable[[int], Sequence[bytes]]) -> str:
        note = original(self, size, root, proof)
        with told.open("a") as file:
            file.write(f"{size} {base64.b64encode(root).decode()} {base64.b64encode(note.encode()).decode()}\n")
        return note

    return patch.object(notary.Notary, "sign", sign)


@contextmanager
def lost(what: str, *, patience: float) -> Iterator[bool]:
    """A lease that everybody holds at once: what is left is the fence."""
    del what, patience
    yield True


def life(data: Path, name: int, told: Path, *, leased: bool) -> None:
    """One process: notices come in here, and it sequences and publishes what anybody took in."""
    move_to(data)
    lease = database.only_here if leased else lost
    with patch.object(database, "only_here", lease), noting(told), door.open_house() as writer:  # type: ignore[attr-defined]
        house = House(data, writer)
        for number in range(ROUNDS):
            house.submit(key=f"{name} {number}")
            sequencer.part(at=datetime.now(UTC))
            exporting.part(at=datetime.now(UTC))


def heads_of(told: Path) -> dict[int, set[str]]:
    """Every head that was signed, by its size."""
    found: dict[int, set[str]] = {}
    for line in told.read_text().splitlines():
        size, head = line.split(" ", 1)
        found.setdefault(int(size), set()).add(head)
    return found


@pytest.mark.postgresql
@pytest.mark.parametrize("leased", [True, False], ids=["leased", "lease lost"])
def test_processes_that_sequence_at_once_never_fork(data: Path, tmp_path: Path, *, leased: bool) -> None:
    told = tmp_path / "told"
    lives = [begun(lambda name=name: life(data, name, told, leased=leased)) for name in range(PROCESSES)]  # type: ignore[misc]
    codes = [ended(pid) for pid in lives]
    if leased:  # Nobody was in anybody's way. Without a lease one may refuse, and sign the next time.
        assert codes == [0] * PROCESSES
    move_to(data)
    with door.open_house(), noting(told):  # type: ignore[attr-defined]
        sequencer.part(at=datetime.now(UTC))
        exporting.part(at=datetime.now(UTC))
        assert not Pending.objects.exists()
    signed = heads_of(told)
    assert {size for size, heads in signed.items() if len(heads) > 1} == set()
    head = proved(data, key_of(data))
    assert head is not None
    assert head.size == max(signed) == tiles.leaves_of("1")
    assert base64.b64encode(head.root).decode() in next(iter(signed[head.size]))


@pytest.mark.parametrize("locked", [True, False], ids=["one at a time", "lock lost"])
def test_threads_that_sequence_at_once_never_fork(house: House, tmp_path: Path, *, locked: bool) -> None:
    told, wrong = tmp_path / "told", list[Exception]()

    def live() -> None:
        try:
            for _ in range(ROUNDS):
                sequencer.part(at=datetime.now(UTC))
                exporting.part(at=datetime.now(UTC))
        except Exception as error:  # noqa: BLE001 - told to the test.
            wrong.append(error)
        finally:
            connections.close_all()

    class Free:
        """A lock that keeps nobody out."""

        def __enter__(self) -> None: ...
        def __exit__(self, *_: object) -> None: ...

    with noting(told), patch.object(sequencer, "_lock", sequencer._lock if locked else Free()):  # type: ignore[attr-defined]
        threads = [threading.Thread(target=live) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(ROUNDS):
            house.submit(key=f"{number}")
        for thread in threads:
            thread.join()
        if locked:
            assert wrong == []
        sequencer.part(at=datetime.now(UTC))
        exporting.part(at=datetime.now(UTC))
    signed = heads_of(told)
    assert {size for size, heads in signed.items() if len(heads) > 1} == set()
    head = proved(house.data, key_of(house.data))
    assert head is not None
    assert head.size == max(signed) == tiles.leaves_of("1")
