"""The single writer.

Every write of the process goes through one queue, one thread, one connection, and shares its commit.

Thirty-two request threads that commit alone wait for thirty-two fsyncs and fight for one lock; one thread that commits
for all who wait pays once. It takes what waits (no added wait), runs it in one durable transaction, signs, commits, and
only then answers everybody. What fails inside falls back to its own savepoint, so a bad neighbour costs nobody their
notice.

The race this prevents: on SQLite two connections that write take turns by back-off, and with Django's default
transaction mode the loser of an upgrade fails outright. Here there is no second writing connection
(``journal.database``). On PostgreSQL each process has a writer, and they take turns, a group at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import threading
import time
from collections import deque
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError

from mufakat.rules.errors import KeyInFlightError, RefusedError
from mufakat.server.journal import answers, ballast, database, durability, store
from mufakat.server.journal.errors import BusyError, ClosedError, DiskFullError, UnsureError
from mufakat.server.journal.figures import WriterFigures
from mufakat.server.journal.groups import fail, is_brief, is_hasty, keys_of, settle, way
from mufakat.server.journal.ids import Ids
from mufakat.server.journal.work import MORE, Handover, Moment, Slot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mufakat.server.journal.answers import Given, Scope
    from mufakat.server.journal.store import Question
    from mufakat.server.journal.work import Operation, Plan


log = logging.getLogger(__name__)

GROUP = 128  # Rows of work that share one commit at most; a group is usually half of the connections.
WAITING = 4_096  # Rows of work that may wait; more would only be late, and take memory.
SPARE = 64  # Operations that may wait where one comes that nobody waits for.
HURRY = 10.0  # Seconds after a single notice for which batches go in small portions: others will follow it.
LOAN = 5.0  # Seconds that another thread may keep the connection.
WAIT = 5.0  # Seconds that an operation waits for its turn when the caller names none.
# The connection, the disk, or a savepoint that could not be undone: it concerns the whole group, not one row.
BROKEN = (OperationalError, InterfaceError, TransactionManagementError)


class Writer:
    """The queue and its thread. ``commit`` blocks, ``enter`` gives a future of an event loop."""

    def __init__(self, *, clock: Callable[[], datetime] | None = None, shard: str | None = None) -> None:
        self._clock = clock or (lambda: datetime.now(UTC))
        self._shard = shard
        self._queue: deque[Slot] = deque()
        self._bulk: deque[Slot] = deque()  # The second lane: a batch must not stand in the way of single notices.
        self._urgent: deque[Slot] = deque()  # What opens a name again: it goes before both.
        self._bulk_next = False
        self._waiting = 0
        self._hurried_until = float("-inf")
        self._asked_at = float("-inf")
        self._batched_at = float("-inf")
        self._changed = threading.Condition()
        self._open = False
        self._failure: BaseException | None = None
        self._inflight: set[tuple[str, str, str]] = set()
        self._thread: threading.Thread | None = None
        self._last = self._newest = datetime(1970, 1, 1, tzinfo=UTC)
        self._ids = Ids()
        self.commits = 0  # Counted, so that a test can say how many fsyncs a deed costs.
        self.figures = WriterFigures()

    # -- Opening and closing --

    def start(self) -> None:
        """Open the connection, refuse weak settings, and begin to take operations.

        The caller holds the lock of the data directory.
        """
        ready = threading.Event()
        self._thread = threading.Thread(target=self._live, args=(ready,), name="writer", daemon=True)
        self._thread.start()
        ready.wait()
        if self._failure is not None:
            raise self._failure
        if database.is_embedded():
            database.set_lender(self)

    def close(self) -> None:
        """Refuse what comes, finish what waits, move the log into the file."""
        with self._changed:
            self._open = False
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if database.lender() is self:
            database.set_lender(None)

    @property
    def is_open(self) -> bool:
        return self._open and self._thread is not None and self._thread.is_alive()

    def was_asked(self, within: float) -> bool:
        """Whether somebody asked for something to be written in the last so many seconds, and waits for the answer."""
        return time.monotonic() - self._asked_at < within

    def had_batches(self, within: float) -> bool:
        """Whether a portion of a batch had its turn in the last so many seconds."""
        return time.monotonic() - self._batched_at < within

    @property
    def depth(self) -> int:
        """How many operations wait for their turn."""
        return len(self._queue) + len(self._bulk) + len(self._urgent)

    # -- The door --

    def commit(self, operation: Operation, *, wait: float = WAIT) -> Any:
        """Run the operation and return its result once it is durable."""
        slot = self._enter(Slot(operation, time.monotonic() + wait, None))
        if slot.done is None:  # pragma: no cover - a slot without a loop always has one.
            raise ClosedError
        if not slot.done.wait(wait) and not self._give_up(slot):
            slot.done.wait()  # It is being written: only the commit knows how it ends.
        if slot.error is not None:
            raise slot.error
        return slot.result

    def leave(self, operation: Operation) -> None:
        """Put the operation into the queue and go: nobody waits for it, and nobody learns how it ended.

        For what is worth a note and no more. It shares the next commit; where others wait already it is left out.
        """
        if self.depth < SPARE:
            with contextlib.suppress(BusyError, ClosedError, KeyInFlightError):
                self._enter(Slot(operation, time.monotonic() + WAIT, None))

    def enter(self, operation: Operation, *, wait: float = WAIT) -> asyncio.Future[Any]:
        """The same for the running event loop; bounded by rows, since here nothing else bounds what waits."""
        slot = self._enter(Slot(operation, time.monotonic() + wait, asyncio.get_running_loop()))
        if slot.future is None or slot.loop is None:  # pragma: no cover - a slot with a loop always has one.
            raise ClosedError
        timer = slot.loop.call_later(wait, self._give_up, slot)
        slot.future.add_done_callback(lambda _: timer.cancel())
        return slot.future

    def _give_up(self, slot: Slot) -> bool:
        """Take an operation that waited too long out of the queue; False when it is in the writer's hands already."""
        with self._changed:
            lane = self._lane(slot)
            if slot.begun or slot not in lane:
                return False
            lane.remove(slot)
            self._waiting -= slot.operation.weight
        slot.error = BusyError("the turn came too late")
        self._release([slot])
        return True

    def lend(self) -> Handover:
        """Wait for the turn and hand the connection to the calling thread."""
        handover = Handover()
        slot = self._enter(Slot(handover, time.monotonic() + WAIT, None))
        while not handover.lent.wait(0.05):
            if slot.done is not None and slot.done.is_set() and not handover.lent.is_set():
                raise slot.error or ClosedError("the writer closed")
        return handover

    def _enter(self, slot: Slot) -> Slot:
        operation = slot.operation
        key = operation.key
        with self._changed:
            if not self._open:
                raise ClosedError("the writer is closed")
            if self._waiting and self._waiting + operation.weight > WAITING and not slot.urgent:
                raise BusyError("too much waits to be written")
            if key is not None:
                if key.scope in self._inflight:
                    raise KeyInFlightError
                self._inflight.add(key.scope)
                self._asked_at = time.monotonic()
            self._waiting += operation.weight
            self._lane(slot).append(slot)
            if operation.plan is not None:
                self._hurried_until = time.monotonic() + HURRY
            self._changed.notify()
        return slot

    # -- The thread --

    def _live(self, ready: threading.Event) -> None:
        with database.claim():
            try:
                connection.ensure_connection()
                durability.require(connection)
                self._newest = store.last_moment(self._shard)
                with self._changed:
                    self._open = True
            except BaseException as failure:  # noqa: BLE001 - it is raised again in the thread that called start().
                self._failure = failure
                return
            finally:
                ready.set()
            while group := self._take():
                try:
                    self._write(group)
                except BaseException as failure:  # The thread must outlive whatever happens to one group.
                    log.exception("group broke", extra={"operations": len(group)})
                    drop()
                    fail(group, UnsureError(f"the writer broke: {type(failure).__name__}"))
                    self._release(group)
            durability.settle(connection)

    def _lane(self, slot: Slot) -> deque[Slot]:
        if slot.urgent:
            return self._urgent
        return self._bulk if slot.begun or slot.operation.weight > GROUP else self._queue

    def _take(self) -> list[Slot]:
        with self._changed:
            while not self.depth and self._open:
                self._changed.wait()
            if self._urgent:
                urgent = self._urgent.popleft()
                self._waiting -= urgent.operation.weight
                return [urgent]
            # The lanes take turns: singles never wait for more than a portion of a batch, a batch never starves.
            if self._bulk and (self._bulk_next or not self._queue):
                self._bulk_next = False
                batch = self._bulk.popleft()
                self._batched_at = time.monotonic()
                self._waiting -= batch.operation.weight
                return [batch]
            self._bulk_next = True
            group: list[Slot] = []
            weight = 0
            while self._queue:
                slot = self._queue[0]
                alone = isinstance(slot.operation, Handover)
                if group and (alone or weight + slot.operation.weight > GROUP):
                    break
                group.append(self._queue.popleft())
                weight += slot.operation.weight
                if alone:
                    break
            self._waiting -= weight
            return group

    def _begin(self, group: list[Slot]) -> tuple[Moment, Mapping[Scope, Given]]:
        """The moment of a turn that begins, and the answers that were given to the group's keys before.

        Where several processes write, the turn is waited for: who came meanwhile joins the group.
        """
        if database.is_embedded():
            return self._moment(0), answers.known(keys_of(group))
        self._newest, news = store.begin_turn(self._shard)
        self._join(group)
        moment, keys, ahead = self._moment(news), keys_of(group), self._ahead(group)
        asked = [answers.question(keys)] if keys else []
        rows = store.fetch_each(*asked, *ahead)
        moment.ahead.update(
            ((sql, tuple(values)), found) for (sql, values), found in zip(ahead, rows[len(asked) :], strict=True)
        )
        return moment, answers.found(keys, rows[0]) if keys else {}

    def _join(self, group: list[Slot]) -> None:
        """Take into the group who came while it waited, as long as nobody's statement has to be waited for."""
        now = time.monotonic()
        with self._changed:
            weight = sum(slot.operation.weight for slot in group)
            if weight >= GROUP or not all(is_hasty(slot) for slot in group):
                return
            while self._queue:
                slot = self._queue[0]
                weight += slot.operation.weight
                if weight > GROUP or slot.by < now or not is_hasty(slot):
                    break
                group.append(self._queue.popleft())
                self._waiting -= slot.operation.weight

    def _ahead(self, group: Sequence[Slot]) -> Sequence[Question]:
        """What the operations of the group's one plan will ask; nothing where anything else may change it before."""
        plans = {id(slot.operation.plan): slot.operation.plan for slot in group if not is_brief(slot)}
        (plan, *others) = plans.values() or [None]
        if plan is None or others:
            return []
        try:
            return plan.questions([slot.operation for slot in group if slot.operation.plan is plan], self._shard)
        except Exception:  # noqa: BLE001 - it is raised again where it is asked, and costs its own operation alone there.
            return []

    def _moment(self, news: int) -> Moment:
        # A clock set back must not date a receipt before the one it follows.
        at = self._clock()
        at = max(at.replace(microsecond=at.microsecond // 1000 * 1000), self._last)
        if self._newest > self._last and self._newest >= at:
            # Another process, before this one or beside it: its ids in its last millisecond are not known here.
            at = self._newest + timedelta(milliseconds=1)
        self._last = at
        hurried = bool(self._queue) or time.monotonic() < self._hurried_until
        return Moment(
            at, int(at.timestamp() * 1000 + 0.5), self._ids, connection.connection, self._shard, hurried, news
        )

    def _write(self, group: list[Slot]) -> None:
        now = time.monotonic()
        late = [slot for slot in group if not slot.begun and slot.by < now]
        for slot in late:
            slot.error = BusyError("the turn came too late")
            group.remove(slot)
        self._release(late)
        if group and isinstance(group[0].operation, Handover):
            self._hand_over(group[0].operation)
        elif group:
            self._commit(group)  # Others may join it.
        more = [slot for slot in group if slot.result is MORE]
        self._release([slot for slot in group if slot.result is not MORE])
        with self._changed:
            for slot in more:
                slot.begun, slot.result = True, None
                self._waiting += slot.operation.weight
                self._bulk.appendleft(slot)  # What was begun is finished before the next batch begins.

    def _commit(self, group: list[Slot]) -> None:
        """One durable transaction for all of them; nothing is answered before it is on the disk."""
        began = time.monotonic()
        moment: Moment | None = None
        try:
            if group[0].urgent:
                ballast.make_room()
            else:
                durability.require_room()
            reach()
            with transaction.atomic(durable=True), way(group):
                database.take_turn()
                moment, known = self._begin(group)
                self._run(group, moment, known)
                require_whole()
        except (DiskFullError, ClosedError) as error:
            fail(group, error)
            return
        except (DatabaseError, InterfaceError) as error:
            # (1) Whatever failed here, failed for all: BEGIN, COMMIT, or the disk below them.
            drop()
            if is_disk_full(error) and group[0].urgent and ballast.drop():
                self._commit(group)  # Nothing of it is stored, and now there is room.
                return
            if is_disk_full(error):
                fail(group, DiskFullError("no room on the disk"))
                return
            log.exception("commit failed", extra={"operations": len(group)})
            fail(group, UnsureError("the commit failed; repeat with the same key to learn whether it was stored"))
            return
        except Exception as error:
            log.exception("group failed", extra={"operations": len(group)})
            fail(group, error)
            return
        self.commits += 1
        self.figures.committed([began - slot.by + WAIT for slot in group], time.monotonic() - began)
        for deed in moment.after:
            deed()

    def _run(self, group: list[Slot], moment: Moment, known: Mapping[Scope, Given]) -> None:
        # (1) Who was answered before gets the same bytes.
        fresh: list[Slot] = []
        for slot in group:
            key = slot.operation.key
            before = known.get(key.scope) if key is not None else None
            if before is None or key is None:
                fresh.append(slot)
            else:
                slot.result, slot.error = answers.replay(before, key)
        # (2) Operations of one plan share their statements.
        plans: dict[int, tuple[Plan, list[Slot]]] = {}
        for slot in fresh:
            plan = slot.operation.plan
            if plan is None:
                self._alone(slot, moment)
            else:
                plans.setdefault(id(plan), (plan, []))[1].append(slot)
        with store.pipelined() if plans else nullcontext():
            for plan, slots in plans.values():
                self._together(plan, slots, moment)
            # (3) The answers are rows of the same transaction: a crash before this answer leaves loses nothing.
            answers.remember(
                [
                    (slot.operation.key, slot.result)
                    for slot in fresh
                    if slot.error is None and slot.operation.key and slot.result is not MORE
                ],
                moment,
            )

    def _together(self, plan: Plan, slots: list[Slot], moment: Moment) -> None:
        # One savepoint for the group costs a tenth less than one each; the careful way follows only a refusal.
        after = len(moment.after)
        try:
            with transaction.atomic():
                for slot, answer in zip(slots, plan.write([slot.operation for slot in slots], moment), strict=True):
                    if isinstance(answer, RefusedError):
                        slot.error = answer
                    else:
                        slot.result = answer
                require_whole()
        except BROKEN:
            raise
        except Exception:  # noqa: BLE001 - each is tried alone, and keeps its own error there.
            del moment.after[after:]
            for slot in slots:
                slot.error = None
                self._alone(slot, moment)

    def _alone(self, slot: Slot, moment: Moment) -> None:
        after = len(moment.after)
        try:
            with transaction.atomic():
                slot.result = slot.operation.run(moment)  # type: ignore[union-attr]  # A Handover never comes here.
                require_whole()
        except BROKEN:
            raise
        except RefusedError as error:
            del moment.after[after:]
            fail([slot], error)
        except Exception as error:
            log.exception("operation failed", extra={"operation": type(slot.operation).__name__})
            del moment.after[after:]
            fail([slot], error)

    def _hand_over(self, handover: Handover) -> None:
        # No look at the room here: who only wants to sign in may still find some; SQLite says so itself if not.
        connection.ensure_connection()
        handover.raw = connection.connection
        handover.lent.set()
        if handover.returned.wait(LOAN):
            self.commits += 1
            return
        # The borrower sleeps with the connection in its hands: everybody else's notices are worth more.
        handover.revoke()
        log.error("a borrowed connection was taken back", extra={"seconds": LOAN})

    def _release(self, group: list[Slot]) -> None:
        with self._changed:
            for slot in group:
                if slot.operation.key is not None:
                    self._inflight.discard(slot.operation.key.scope)
        loops: dict[int, tuple[asyncio.AbstractEventLoop, list[Slot]]] = {}
        for slot in group:
            if slot.done is not None:
                slot.done.set()
            elif slot.loop is not None:
                loops.setdefault(id(slot.loop), (slot.loop, []))[1].append(slot)
        for loop, slots in loops.values():
            # One call for the group: each wakes the loop through a pipe.
            loop.call_soon_threadsafe(settle, slots)


def reach() -> None:
    """Open the connection where there is none; nothing was begun yet, so nothing can have been stored."""
    try:
        connection.ensure_connection()
    except (DatabaseError, InterfaceError) as error:
        raise ClosedError(f"the database cannot be reached; nothing was stored ({type(error).__name__})") from error


def drop() -> None:
    """Let the connection go, whatever state it is in; the next group opens another."""
    try:
        connection.close()
    except (DatabaseError, InterfaceError):
        connection.connection = None


def require_whole() -> None:
    """Raise when a savepoint could not be undone: Django would roll everything around it back without a word.

    Asked inside each savepoint too: the one around takes the mark away when it rolls back, and the operation's answer,
    receipt and all, would be kept without its rows.
    """
    if transaction.get_rollback():
        raise OperationalError("a savepoint could not be undone")


def is_disk_full(error: BaseException) -> bool:
    """Tell whether SQLite (or PostgreSQL) stopped for want of room."""
    cause = error.__cause__ or error
    return (
        getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL or getattr(cause, "sqlstate", None) == "53100"
    )
