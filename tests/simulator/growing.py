"""The public log beside the house: now and then it grows, sometimes while the store fails, and is looked at.

The tree is worked out anew here, from the rows of the journal alone; what was signed before has to be its beginning.
All that is drawn comes from a stream of its own, so that a log that grows makes no other story.
"""

from __future__ import annotations

import base64
import hashlib
from random import Random
from typing import TYPE_CHECKING

from tests.simulator.faults import PLACES
from tests.simulator.model import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.simulator.world import World

SHARE = 0.15  # Of the steps.
FAULTS = 0.4  # Of those.
STATEMENTS = 4  # A step of the sequencer has about so many in the writer's hands.
SHARD = "1"


class Log:
    """What was signed so far, and the hashes of the leaves below it."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)  # noqa: S311 - to be repeated, not to be secret.
        self._hashes: list[bytes] = []
        self._signed: tuple[int, bytes] = (0, b"")

    def step(self, world: World) -> list[str]:
        """Let it grow, if its time has come; what failed meanwhile."""
        if self._chance.random() >= SHARE:
            return []
        if self._chance.random() < FAULTS:
            kind = self._chance.choice(sorted(PLACES))
            world.store.arm(kind, at=self._chance.randint(1, STATEMENTS) if PLACES[kind] == "statement" else 1)
        self.grow(world)
        world.store.armed = None
        fired = world.store.struck()
        if world.store.dead:
            world.bury(wrongly=False)
        self.check(world)
        return [f"log: {kind}" for kind in fired]

    def grow(self, world: World) -> None:
        """Sequence and publish all that waits, or as much of it as does not fail."""
        from mufakat.server.journal import exporting, sequencer
        from mufakat.server.journal.errors import WriteError

        try:
            while sequencer.part(at=world.clock.reading).more:
                """Until nothing waits."""
        except WriteError:
            return  # The writer said so; the next time goes on.
        if not world.store.dead:
            exporting.part(at=world.clock.reading)

    def check(self, world: World) -> None:
        """I-09: the signed head is that of the journal's leaves, the log only grew, and nothing is in it and waits."""
        from mufakat.server.journal.models import Event, Head, Pending

        head = Head.objects.filter(pk=SHARD).first()
        size, root = (0, b"") if head is None else (head.size, bytes(head.root))
        before, its_root = self._signed
        require(size >= before, "I-09", f"the log had {before} leaves, and has {size}")
        rows = Event.objects.filter(shard=SHARD, position__gte=len(self._hashes), position__lt=size)
        self._hashes += [hashed(bytes(raw)) for raw in rows.order_by("position").values_list("leaf", flat=True)]
        require(
            len(self._hashes) == size, "I-09", f"the log has {size} leaves, the journal {len(self._hashes)} of them"
        )
        if size:
            require(root_over(self._hashes) == root, "I-09", f"the head of {size} leaves is not that of the journal")
        if before:
            require(root_over(self._hashes[:before]) == its_root, "I-09", f"the {before} leaves of before are others")
        waiting = set(Pending.objects.filter(shard=SHARD).values_list("position", flat=True))
        due = set(Event.objects.filter(shard=SHARD, position__gte=size).values_list("position", flat=True))
        require(waiting == due, "I-09", f"leaves wait {sorted(waiting ^ due)[:3]} that are in the log, or none of both")
        self._signed = (size, root)
        self._published(world, size)

    def _published(self, world: World, size: int) -> None:
        path = world.ground.folder / "log" / SHARD / "checkpoint"
        if not path.exists():
            return
        count, root = path.read_text().splitlines()[1:3]
        require(int(count) <= size, "I-09", f"{count} leaves are published, and {size} signed")
        found = base64.b64encode(root_over(self._hashes[: int(count)])).decode()
        require(root == found, "I-09", f"what is published of {count} leaves is not the journal")


def hashed(raw: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\0" + raw).digest()


def root_over(hashes: Sequence[bytes]) -> bytes:
    """The root of RFC 6962, section 2.1, as it stands there."""
    if len(hashes) == 1:
        return hashes[0]
    middle = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root_over(hashes[:middle]) + root_over(hashes[middle:])).digest()
