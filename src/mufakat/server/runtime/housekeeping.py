"""What has to be done again and again: erase what is due, forget what is old, cut the database's log.

A thread beside the server does it every hour, `mufakat work` when it is asked to. A chore does a bounded part at a time
and is done again until nothing is left; one that fails is logged and the others still run, so that it never takes the
server along. Several processes may do it at once: what one has erased another no longer finds.
"""

from __future__ import annotations

import logging
import secrets
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from django.db import connections

from mufakat.rules.retention import RETENTION, Erasable
from mufakat.server.connectors.government_bot import keeping as chats
from mufakat.server.connectors.mail import keeping as mail
from mufakat.server.filters import operations as filters
from mufakat.server.journal import ballast, door
from mufakat.server.notices import erasure, evidence, import_jobs
from mufakat.server.notices.erasure import Swept
from mufakat.server.parties import contact_erasure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mufakat.server.journal.work import Moment

log = logging.getLogger(__name__)

FIRST = 180.0  # Seconds after the start: a server that starts has other work.
EVERY = 3_600.0  # Seconds between two rounds.
JITTER = 600  # Seconds at most added to both, so that the processes of a house do not all come at once.
ATTEMPTS = 1_000  # Log-in attempts that one commit forgets.


class Part(Protocol):
    """One bounded part of a chore, for what is due at this time."""

    def __call__(self, *, at: datetime, stop: threading.Event | None = None) -> Swept: ...


class Round(msgspec.Struct, frozen=True):
    """What a chore did: how many rows or notices, whether more is left, and whether it broke."""

    chore: str
    done: int
    more: bool
    failed: bool


def forget_attempts(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Delete the failed log-ins whose period has passed."""
    from axes.models import AccessAttempt

    del stop
    until = at - RETENTION[Erasable.LOGIN_ATTEMPTS].period
    old = list(
        AccessAttempt.objects.filter(attempt_time__lte=until).order_by("pk").values_list("pk", flat=True)[:ATTEMPTS]
    )
    if not old:
        return Swept(0, more=False)

    def run(moment: Moment) -> int:
        del moment
        return int(AccessAttempt.objects.filter(pk__in=old).delete()[0])

    return Swept(door.commit(run), more=len(old) == ATTEMPTS)


def sweep_evidence(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Remove files of evidence that nobody named in time, and what was left behind by a process that died."""
    del stop
    found = evidence.sweep(at=at)
    return Swept(found.uploads + found.files, more=False)


def sweep_imports(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Remove files of notices that nobody goes on with, and forget what was typed in those of a month ago."""
    del stop
    found = import_jobs.sweep(at=at)
    return Swept(found.files + found.reasons, more=found.more)


def sweep_contacts(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Erase what is personal in contacts that were replaced or removed so long ago."""
    return Swept(*contact_erasure.sweep(at=at, stop=stop))


def erase_items(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Erase what items said that were hit so long ago."""
    return Swept(*filters.erase_items(at=at, stop=stop))


def erase_samples(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Erase items that were handed in to try policies on, when their time is over."""
    return Swept(*filters.sweep_samples(at=at, stop=stop))


def take_ballast(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Make the ballast again that a lifting threw overboard, once the disk has room."""
    del at, stop
    return Swept(int(ballast.take() > 0), more=False)


def cut_log(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Cut the database's log, where a reader stood in the way when something was erased."""
    del at, stop
    return Swept(int(erasure.cut_log()), more=False)


CHORES: Sequence[tuple[str, Part]] = (
    ("notices_erased", erasure.sweep),
    ("answers_erased", erasure.sweep_answers),
    ("evidence_removed", sweep_evidence),
    ("imports_cleared", sweep_imports),
    ("contacts_erased", sweep_contacts),
    ("items_erased", erase_items),
    ("samples_erased", erase_samples),
    ("attempts_forgotten", forget_attempts),
    ("mails_erased", mail.sweep),
    ("chats_erased", chats.sweep),
    ("chats_tidied", chats.forget),
    ("ballast_taken", take_ballast),
    ("log_cut", cut_log),
)
"""Every chore by its name, in the order in which they are done; the last makes what the others erased unreadable."""


def run(*, at: datetime, stop: threading.Event | None = None) -> list[Round]:
    """One part of every chore."""
    rounds = []
    for name, part in CHORES:
        if stop is not None and stop.is_set():
            break
        try:
            done = part(at=at, stop=stop)
        except Exception:
            # Whatever it is, the other chores and the server go on; the next round tries again.
            log.exception("chore failed", extra={"chore": name})
            rounds.append(Round(name, 0, more=False, failed=True))
        else:
            rounds.append(Round(name, done.erased, done.more, failed=False))
    return rounds


def run_all(*, at: datetime, stop: threading.Event | None = None) -> dict[str, int]:
    """Every chore until nothing is left; how much each did."""
    counts = dict.fromkeys((name for name, _ in CHORES), 0)
    while True:
        rounds = run(at=at, stop=stop)
        for one in rounds:
            counts[one.chore] += one.done
        if not any(one.more for one in rounds) or (stop is not None and stop.is_set()):
            return counts


class Housekeeper:
    """The thread beside the server."""

    def __init__(self, *, clock: Callable[[], datetime] | None = None) -> None:
        self._clock = clock or (lambda: datetime.now(UTC))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._live, name="housekeeping", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask it to stop and wait; it finishes the portion that the writer has in hand, no more."""
        self._stop.set()
        self._thread.join()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _live(self) -> None:
        wait = FIRST
        while not self._stop.wait(wait + secrets.randbelow(JITTER)):
            self.round()
            wait = EVERY

    def round(self) -> None:
        """Do everything once and say in the log what was done; whatever happens, the thread lives on."""
        counts: dict[str, Any] = {}
        try:
            counts = run_all(at=self._clock(), stop=self._stop)
        except Exception:
            log.exception("housekeeping failed")
        else:
            log.info("housekeeping", extra=counts)
        finally:
            connections.close_all()  # A reader that sleeps for an hour would keep the log from being cut.


@contextmanager
def keeping() -> Iterator[Housekeeper]:
    """Keep house while the block runs. The caller has opened the house."""
    keeper = Housekeeper()
    keeper.start()
    try:
        yield keeper
    finally:
        keeper.stop()
