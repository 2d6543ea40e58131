"""The process dies at every step on the way from an event to its published proof, one step after the other.

What is published can be proved from its files each time, it only grows, and the next process goes on by itself.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from forks import die, lived
from published import key_of, proved, signed
from tests.houses import House, move_to

from mufakat.proof import merkle
from mufakat.proof.reader import TileReader
from mufakat.server.journal import door, exporting, files, notary, parts, publication, sequencer, tiles
from mufakat.server.journal.models import Pending

if TYPE_CHECKING:
    from collections.abc import Callable

    from mufakat.proof.checkpoint import Checkpoint

pytestmark = [pytest.mark.fault, pytest.mark.invariant("I-09")]

STEPS: tuple[tuple[Any, str, str], ...] = (
    (notary.Notary, "sign", "the signature"),
    (notary, "write_private", "the notary's file"),
    (parts, "along", "the commit"),
    (BaseDatabaseWrapper, "_commit", "the commit in the writer's thread"),
    (exporting, "_put", "a file"),
    (Path, "replace", "its name"),
    (files, "sync_folder", "the sync of a folder"),
)
"""Each is two places to die at: before it is done, and after."""


def stepping(reached: Callable[[str], None]) -> list[Any]:
    """Tell of each step before it is done and after."""

    def around(original: Any, name: str) -> Any:
        def run(*words: Any, **named: Any) -> Any:
            reached(f"before {name}")
            result = original(*words, **named)
            reached(f"after {name}")
            return result

        return run

    return [patch.object(owner, name, around(getattr(owner, name), words)) for owner, name, words in STEPS]


def life(data: Path, number: int, reached: Callable[[str], None]) -> None:
    """One process: notices come in, their events are sequenced and published."""
    move_to(data)
    with door.open_house() as writer:
        house = House(data, writer)
        for place in range(8):
            house.submit(key=f"life {number}, {place}")
        patches = stepping(reached)
        for each in patches:
            each.start()
        sequencer.part(at=datetime.now(UTC))
        exporting.part(at=datetime.now(UTC))
        for each in patches:  # What its orderly end writes is no step of this way.
            each.stop()


def counted(data: Path, number: int, told: Path) -> list[str]:
    """The steps of a whole life, in their order."""

    def tell(name: str) -> None:
        with told.open("a") as file:
            file.write(f"{name}\n")

    assert lived(lambda: life(data, number, tell)) == 0
    return told.read_text().splitlines()


class Doomed:
    """Dies at the step with this number."""

    def __init__(self, at: int) -> None:
        self._left = at

    def __call__(self, name: str) -> None:
        del name
        if self._left == 0:
            die()
        self._left -= 1


def test_whoever_dies_at_any_step_leaves_a_log_that_can_be_proved_and_goes_on(data: Path, tmp_path: Path) -> None:
    key = key_of(data)
    names = counted(data, 0, tmp_path / "told")
    assert {name.partition(" ")[2] for name in names} == {words for _, _, words in STEPS}
    seen: list[Checkpoint] = []
    for number in range(len(names)):
        # At first folders are new, later they are there: so the steps of a life become fewer, and the last ones none.
        code = lived(lambda number=number: life(data, number + 1, Doomed(number)))  # type: ignore[misc]
        assert code in {-9, 0}, names[number]
        head, last = proved(data, key), signed(data, key)
        assert head is not None
        assert last is not None
        assert last.size >= head.size, names[number]
        seen.append(head)
    assert lived(lambda: life(data, len(names) + 1, lambda _: None)) == 0
    move_to(data)
    head = proved(data, key)
    assert head is not None
    assert head.size == tiles.leaves_of("1")
    assert not Pending.objects.exists()
    assert head.size > 256  # It has grown over the end of a tile on the way.
    reader = TileReader(lambda one: (publication.folder("1") / one.path).read_bytes())
    for before, after in zip(seen, [*seen[1:], head], strict=True):
        proof = reader.consistency(before.size, after.size)
        merkle.verify_growth(proof, old=before.size, old_root=before.root, new=after.size, new_root=after.root)
