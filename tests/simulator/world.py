"""A seeded world: the real house on a real database, and everything that could differ between two runs in its hands.

Injected are the clock (the writer's and the doors'), the random bytes of ids and salts, the secrets of tokens, the
operator's key, and the faults of the store. What is left to the machine (how long something takes, which thread runs
first) decides nothing: requests enter the queue one after the other, also where many wait there together.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self
from unittest.mock import patch

from tests.houses import move_to
from tests.simulator.carrying import Way
from tests.simulator.content import PERIODS
from tests.simulator.faults import Store
from tests.simulator.ground import Ground
from tests.simulator.growing import Log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mufakat.proof.key import VerifyKey
    from mufakat.server.journal.work import Moment

BEGINNING = datetime(2027, 7, 14, tzinfo=UTC)  # A year from here has a 29 February in it.
# Modules that read the machine's clock once a request.
DATED = ("mufakat.server.api.evidence", "mufakat.server.api.intake", "mufakat.server.runtime.requests")
GROUP = 6  # Of rows of work in a commit, so that a crowd makes several groups and a batch takes the second lane.
PORTION = 3  # Items of a batch in one commit, so that most batches take several.
ERASED_AT_ONCE = 4  # Notices or answers of one commit of a sweep.
PATIENCE = 60.0  # Seconds of the real clock after which a wait is a deadlock, however busy the machine is.


class Clock:
    """What the machine says the time is: the true time and an error that comes and goes."""

    def __init__(self) -> None:
        self.true = BEGINNING
        self.skew = timedelta()
        self.highest = BEGINNING  # The latest reading in this life of the process, or the newest event of the last.

    def __call__(self) -> datetime:
        read = self.reading
        self.highest = max(self.highest, read)
        return read

    @property
    def reading(self) -> datetime:
        """What a request would be told, without asking."""
        return self.true + self.skew

    def now(self, zone: Any = None) -> datetime:
        """In the place of ``datetime.now`` in the doors."""
        del zone
        return self.reading


class World:
    """The house and what surrounds it."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.chance = Random(seed)  # noqa: S311 - to be repeated, not to be secret.
        # Streams of their own, so that a drawn id does not move what happens next.
        self._ids, self._secrets, keys = (Random(self.chance.getrandbits(64)) for _ in range(3))  # noqa: S311
        self._key_seed = keys.randbytes(32)
        self.way = Way(keys.getrandbits(64))
        self.log = Log(keys.getrandbits(64))
        self.clock = Clock()
        self.ground = Ground()
        self.store = Store(self.ground.photograph)
        self.patience = 0.0  # What the writer takes for ``time.monotonic``.
        self.kills = self.restarts = 0
        self._dated: set[str] = set()
        self._patches = ExitStack()
        self._house = ExitStack()

    # -- The life of the house --

    def __enter__(self) -> Self:
        from django.conf import settings

        self._former = settings.MUFAKAT_DATA
        self._patches.enter_context(self._injected())
        self.ground.found(self._write_key)
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        from django.db import connections

        self.close()
        connections.close_all()
        self._patches.close()
        self.ground.leave()
        move_to(self._former)

    @contextmanager
    def _injected(self) -> Iterator[None]:
        import importlib

        from django.test.utils import override_settings

        from mufakat.rules import retention
        from mufakat.rules.mandate import Quota
        from mufakat.server.appeals import closing
        from mufakat.server.connectors import dispatch, expansion, registry
        from mufakat.server.decisions import measures
        from mufakat.server.journal import door, ids, writer
        from mufakat.server.notices import batches, clocks, erasure, escalation, evidence
        from mufakat.server.parties import operations

        with ExitStack() as stack:
            stack.enter_context(self.store.installed())
            wide = Quota(burst=1_000_000, per_minute=1_000_000)  # How often is asked is drawn from the chance alone.
            doors = SimpleNamespace(reading=wide, appealing=wide, proxies=())
            stack.enter_context(override_settings(MUFAKAT_DOORS=doors))
            stack.enter_context(patch.object(ids, "entropy", self._ids.randbytes))
            stack.enter_context(patch.object(door, "Writer", partial(writer.Writer, clock=self.clock)))
            stack.enter_context(patch.object(writer, "time", SimpleNamespace(monotonic=lambda: self.patience)))
            stack.enter_context(patch.object(writer, "GROUP", GROUP))
            stack.enter_context(patch.object(batches, "PORTION", PORTION))
            stack.enter_context(patch.object(batches, "WHOLE", PORTION))
            stack.enter_context(patch.object(evidence, "PORTION", ERASED_AT_ONCE))
            stack.enter_context(patch.object(erasure, "PORTION", ERASED_AT_ONCE))
            stack.enter_context(patch.object(erasure, "ANSWERS", ERASED_AT_ONCE))
            makers = [lambda: SimpleNamespace(name="webhook"), lambda: SimpleNamespace(name="mail")]
            stack.enter_context(patch.object(registry, "MAKERS", makers))
            stack.enter_context(patch.object(dispatch, "courier", lambda: self.way))
            for portioned in (clocks, escalation, expansion, measures, closing):
                stack.enter_context(patch.object(portioned, "PORTION", ERASED_AT_ONCE))
            stack.enter_context(patch.object(retention, "RETENTION", shortened(retention.RETENTION)))
            for way_in in (writer.Writer.commit, writer.Writer.enter):
                stack.enter_context(patch.dict(way_in.__kwdefaults__, wait=PATIENCE))
            secrets = SimpleNamespace(token_urlsafe=lambda size: self._secrets.randbytes(size).hex())
            stack.enter_context(patch.object(operations, "secrets", secrets))
            for name in DATED:
                stack.enter_context(patch.object(importlib.import_module(name), "datetime", self.clock))
            former = logging.root.manager.disable
            logging.disable(logging.CRITICAL)  # A commit that fails is what happens here all day.
            try:
                yield
            finally:
                logging.disable(former)

    def _write_key(self) -> None:
        from mufakat.proof.key import SigningKey
        from mufakat.server.journal import files, signer

        path = signer.key_file(signer.live_shard())
        path.parent.mkdir(mode=0o700)
        key = SigningKey.generate(signer.origin(signer.live_shard()), seed=self._key_seed)
        files.write_private(path, key.private_text() + "\n", replace=False)

    @property
    def verify_key(self) -> VerifyKey:
        """By which receipts are verified: made from the seed, not read from the house."""
        from mufakat.proof.key import SigningKey, VerifyKey
        from mufakat.server.journal import signer

        return VerifyKey.parse(SigningKey.generate(signer.origin(signer.live_shard()), seed=self._key_seed).vkey)

    def open(self) -> None:
        """Start the process's writer."""
        from mufakat.server.journal import door, store

        self.way.forget()
        self._house.enter_context(door.open_house())
        # A new process knows no other time than that of the newest event.
        self.clock.highest = store.last_moment()

    def close(self) -> None:
        """End in order."""
        self._house.close()

    def restart(self) -> None:
        """End in order and start again."""
        self.close()
        self.ground.stand()
        self.set_wrongly()
        self.open()
        self.restarts += 1

    def die(self) -> None:
        """Let the process end as by ``kill -9``, at this instant."""
        self.store.photograph()
        self.store.dead = True
        self.bury()

    def bury(self, *, wrongly: bool = True) -> None:
        """Start again on what a dead process left, as a rule by a clock that may be wrong."""
        self.close()
        self.ground.move_on()
        self.store.dead = False
        if wrongly:
            self.set_wrongly()
        self.open()
        self.kills += 1

    # -- Time --

    def pass_time(self, amount: timedelta) -> None:
        """Let the time go on; sometimes the machine's clock jumps, sometimes it is set right."""
        self.clock.true += timedelta(milliseconds=int(amount.total_seconds() * 1000))
        if self.chance.random() < 0.08:
            jump = self.chance.choice((-86_400, -3_600, -7, 0, 0, 2, 600, 86_400))
            self.clock.skew = timedelta(seconds=jump, milliseconds=self.chance.randrange(1000))

    def date_files(self) -> None:
        """Let the files that were written since the last call bear the time of this world."""
        from mufakat.server.journal import vault

        for path in vault.root().glob("*/*"):
            if path.name not in self._dated:
                self._dated.add(path.name)
                os.utime(path, times=(self.clock.true.timestamp(),) * 2)

    def set_wrongly(self) -> None:
        """A machine that starts often does not know how late it is."""
        if self.chance.random() < 0.3:
            self.clock.skew = timedelta(seconds=self.chance.choice((-86_400, -3_600, -60, 3_600)))

    # -- Requests --

    def crowd(self, requests: Sequence[Callable[[], Any]], *, late: bool = False) -> list[Any]:
        """Let requests wait for the writer together, in this order; ``late`` lets their time run out there."""
        from django.db import connections

        from mufakat.server.journal import door
        from mufakat.server.journal.work import Deed

        writer = door.writer()
        held, go = threading.Event(), threading.Event()

        def hold(moment: Moment) -> None:
            del moment
            held.set()
            go.wait(PATIENCE)

        answers: list[Any] = [None] * len(requests)

        def ask(number: int) -> None:
            try:
                answers[number] = requests[number]()
            finally:
                connections.close_all()

        armed, self.store.armed = self.store.armed, None  # The holder itself is spared.

        def hold_and_arm(moment: Moment) -> None:
            hold(moment)
            moment.after.append(lambda: setattr(self.store, "armed", armed))

        holder = threading.Thread(target=partial(writer.commit, Deed(hold_and_arm)))
        holder.start()
        held.wait(PATIENCE)
        threads = []
        for number in range(len(requests)):
            before = waiting(writer)
            thread = threading.Thread(target=ask, args=(number,))
            thread.start()
            threads.append(thread)
            until = time.monotonic() + PATIENCE
            while thread.is_alive() and waiting(writer) == before and time.monotonic() < until:
                thread.join(0.0005)
        if late:
            self.patience += 2 * PATIENCE
        go.set()
        for thread in [holder, *threads]:
            thread.join(PATIENCE)
            if thread.is_alive():
                raise RuntimeError("a request was never answered")
        return answers

    @contextmanager
    def without_room(self) -> Iterator[None]:
        """Let the disk's reserve be reached.

        The one setting is set and set back: Django's own way would also put back where the house lay before it died.
        """
        from django.conf import settings

        former = settings.MUFAKAT_DISK_RESERVE
        settings.MUFAKAT_DISK_RESERVE = 1 << 62
        try:
            yield
        finally:
            settings.MUFAKAT_DISK_RESERVE = former

    @contextmanager
    def with_short_queue(self) -> Iterator[None]:
        """Let nobody but one wait."""
        from mufakat.server.journal import writer

        with patch.object(writer, "WAITING", 1):
            yield

    @contextmanager
    def closed(self) -> Iterator[None]:
        """The writer is not running: the process starts or stops."""
        self.close()
        try:
            yield
        finally:
            self.open()


def shortened(table: Mapping[Any, Any]) -> dict[Any, Any]:
    """The table of retention with the periods of the simulated house."""
    import msgspec

    return {
        what: msgspec.structs.replace(line, period=PERIODS.get(what.value, line.period)) for what, line in table.items()
    }


def waiting(writer: Any) -> int:
    """How many operations stand in the queue."""
    return len(writer._queue) + len(writer._bulk)
