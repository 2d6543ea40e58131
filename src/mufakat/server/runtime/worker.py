"""What goes on by itself beside the server: one table of parts, a thread for each.

A part does a bounded share of what is due and says whether more is left; then it waits for the bell (something new was
committed in this process) or for its time. A thread each, because one that waits for a slow mail server must not hold
up the clocks; one that breaks is logged and tried again, and takes nobody along. `mufakat work` runs the same table in
a process of its own. Several processes may: each part takes its share in the writer's turn, or by a lease.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import close_old_connections, connections

from mufakat.server.agreements import operations as agreements
from mufakat.server.appeals import operations as appeals
from mufakat.server.connectors import dispatch, expansion, registry
from mufakat.server.connectors.dns import parts as dns, probing
from mufakat.server.connectors.mail import parts as mail
from mufakat.server.decisions import measures
from mufakat.server.filters import operations as filters
from mufakat.server.governance import counting, judging, obligations
from mufakat.server.journal import database, door, exporting, outbox, sequencer
from mufakat.server.journal.errors import WriteError
from mufakat.server.notices import clocks, escalation
from mufakat.server.parties import drills
from mufakat.server.register import following, merging
from mufakat.server.restrictions import operations as restrictions, overdue
from mufakat.server.runtime import reactions
from mufakat.server.runtime.housekeeping import Round

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mufakat.server.journal.parts import Part, Swept

log = logging.getLogger(__name__)

GATHER = (
    0.1  # Seconds after a ring in which more of the same may come: each share takes a turn and a commit of its own.
)
# Seconds between two looks of a part while the bell rings all the time: each look asks a dozen questions, and what it
# then does costs little more for many than for one. Ten looks a second took a fifth of the processor time of an intake.
APART = 0.4


@dataclass(frozen=True, slots=True)
class Work:
    """A part by its name, and how many seconds it waits when nothing is left; one that `hears` the bell waits less.

    What nobody waits for does not hear it: it would write once more for every notice that comes in. One that
    `gives_way` reads what others wrote: while people write it takes a share now and then, and catches up afterwards.
    Its looks lie `apart`: it hears the bell at once where it was quiet, but looks so many seconds after it last looked.
    What falls due by a stored time lies farther apart than what others wait for.
    After a ring it waits for more of the same as long as it says in `gather`; a bell of its own it names.
    """

    name: str
    part: Part
    every: float = 1.0
    hears: bool = True
    gives_way: bool = False
    apart: float = APART
    gather: float = GATHER
    bell: outbox.Bell = outbox.bell


RECENT = 0.25  # Seconds for which somebody who asked is thought to ask for more.
WAY = 0.5  # Seconds given to those who ask, between two shares.
FAR_WAY = 2.0  # While batches come: who follows is behind by thousands then anyhow, and took a fifth of the writer.
CHECKED = 5.0  # Seconds for which a connection is taken for whole: to ask at each look was one statement in 23.
SECOND = 1.0  # Between two looks at times that were stored before; ten parts looked after each tenth of one.


def way_for_others() -> float:
    """How many seconds one that gives way leaves to those who write, after a share of its own; 0 where nobody does."""
    writer = door.writer()
    if writer.had_batches(WAY):
        return FAR_WAY
    return WAY if writer.was_asked(RECENT) else 0.0


def drilled(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Drills, which count where their letters leave this house."""
    return drills.sweep(at=at, stop=stop, carried=registry.has_mail())


PARTS: Sequence[Work] = (
    Work("agreements_begun", agreements.sweep, apart=SECOND),
    Work("clocks_run_out", clocks.sweep, apart=SECOND),
    Work("ladders_climbed", escalation.sweep, apart=SECOND),
    Work("measures_ended", measures.sweep, apart=SECOND),
    Work("restrictions_published", restrictions.publish_due),
    Work("restrictions_ended", restrictions.end_due),
    Work("hits_released", filters.end_holds, apart=SECOND),
    Work("hits_restored", filters.restore_due),
    Work("reactions", reactions.run),
    *(Work(name, part, every, hears=hears) for name, part, every, hears in dns.PARTS),
    # At once where it was quiet, and ten times a second where it is not. What another process committed rings no bell.
    Work(
        "log_sequenced",
        sequencer.part,
        every=SECOND if database.is_embedded() else sequencer.TICK,
        apart=sequencer.TICK,
        gather=0.0,
        bell=outbox.leaf_bell,
    ),
    Work("log_exported", exporting.part, hears=False),
    Work("log_pruned", exporting.prune, every=600.0, hears=False),
    Work("outbox_expanded", expansion.expand),
    Work("deliveries_tried", dispatch.deliver),
    Work("deliveries_given_up", dispatch.bury, every=5.0, apart=SECOND),
    Work("drills", drilled, every=30.0, apart=SECOND),
    Work("notices_closed", appeals.sweep, every=30.0, apart=SECOND),
    Work("resolvers_asked", probing.look, every=0.5, hears=False),
    Work("notifications_lapsed", filters.lapse_notifications, every=30.0, hears=False),
    Work("counts_told", filters.tell_counts, every=300.0, hears=False),
    Work("operators_late", overdue.sweep, every=5.0, hears=False),
    Work("accuracy_counted", counting.part, every=2.0, hears=False, gives_way=True),
    Work("mandates_judged", judging.part, every=30.0, hears=False),
    Work("obligations_judged", obligations.part, every=30.0, hears=False),
    Work("register_followed", following.sweep, gives_way=True),
    Work("register_merged", merging.sweep, every=30.0, hears=False),
    *(Work(name, part, every, apart=SECOND) for name, part, every in mail.PARTS),
)
"""Every part. A room adds its own here and nowhere else."""


def run(*, at: datetime, stop: threading.Event | None = None) -> list[Round]:
    """One share of every part, in the order of the table."""
    rounds = []
    for work in PARTS:
        if stop is not None and stop.is_set():
            break
        rounds.append(_share(work, at=at, stop=stop))
    return rounds


def run_all(*, at: datetime, stop: threading.Event | None = None) -> dict[str, int]:
    """Every part until nothing is left that was due at this time; how much each did."""
    counts = dict.fromkeys((work.name for work in PARTS), 0)
    while True:
        rounds = run(at=at, stop=stop)
        for one in rounds:
            counts[one.chore] += one.done
        if not any(one.more for one in rounds) or (stop is not None and stop.is_set()):
            return counts


def _share(work: Work, *, at: datetime, stop: threading.Event | None) -> Round:
    try:
        done, more = work.part(at=at, stop=stop)
    except Exception as error:
        # Whatever it is, the other parts and the server go on; the next time it is tried again.
        if _is_news(work, error):
            log.exception("work failed", extra={"part": work.name})
        return Round(work.name, 0, more=False, failed=True)
    _failures.pop(work.name, None)
    return Round(work.name, done, more, failed=False)


REPEATED = 60.0  # Seconds in which one part's same failure is logged once.
_failures: dict[str, tuple[str, float]] = {}


def _is_news(work: Work, error: Exception) -> bool:
    """Whether this failure is worth a line: what is tried each second and fails in the same words is so once."""
    words, now = f"{type(error).__name__}: {error}", time.monotonic()
    before, since = _failures.get(work.name, ("", 0.0))
    if words == before and now - since < REPEATED:
        return False
    _failures[work.name] = (words, now)
    return True


class Worker:
    """The threads."""

    def __init__(self, *, clock: Callable[[], datetime] | None = None) -> None:
        self._clock = clock or (lambda: datetime.now(UTC))
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._live, args=(work,), name=f"work: {work.name}", daemon=True) for work in PARTS
        ]
        self._bells = {work.name: threading.Event() for work in PARTS}

    def start(self) -> None:
        for work in PARTS:
            if work.hears:
                work.bell.hear(self._bells[work.name])
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask all to stop and wait; each finishes the portion that the writer has in hand, no more."""
        self._stop.set()
        for work in PARTS:
            work.bell.leave(self._bells[work.name])
            self._bells[work.name].set()
        for thread in self._threads:
            thread.join()
        try:
            dispatch.close(at=self._clock())
        except WriteError:
            log.exception("deliveries in hand were not given back; their leases end by themselves")

    def _live(self, work: Work) -> None:
        bell = self._bells[work.name]
        checked = time.monotonic()
        try:
            while not self._stop.is_set():
                bell.clear()  # Before looking: what is committed from now on rings again.
                looked = time.monotonic()
                if looked - checked > CHECKED:
                    checked = looked
                    close_old_connections()  # One that broke is let go.
                share = _share(work, at=self._clock(), stop=self._stop)
                if share.failed:
                    checked = float("-inf")
                    # The bell may ring all the time; what is broken stays so a while.
                    self._stop.wait(max(work.every, SECOND))
                elif work.gives_way and (way := way_for_others()):
                    self._stop.wait(way)
                elif not share.more and bell.wait(work.every):
                    self._stop.wait(max(work.gather, looked + work.apart - time.monotonic()))
        finally:
            connections.close_all()


_working: set[Worker] = set()


def is_working() -> bool:
    """Whether this process works by itself."""
    return bool(_working)


@contextmanager
def working() -> Iterator[Worker]:
    """Work while the block runs. The caller has opened the house."""
    worker = Worker()
    worker.start()
    _working.add(worker)
    try:
        yield worker
    finally:
        _working.discard(worker)
        worker.stop()
