"""``/metrics``: how the instance is, for Prometheus (docs/metrics.md).

Two sources. What the database knows (open notices, overdue clocks, what waits to go out) is asked, the same from every
process; asking is remembered for a while, because it counts rows. What a process does (requests, commits) is counted in
that process alone and bears its number, so that two processes behind one address are never mistaken for one.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import platform
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpResponse
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily as Counter,
    GaugeMetricFamily as Gauge,
    HistogramMetricFamily as Histogram,
    InfoMetricFamily as Info,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics

from mufakat import __version__
from mufakat.rules.agreement import AgreementState
from mufakat.rules.errors import NotPermittedError, RefusedError
from mufakat.rules.lifecycle import NoticeState
from mufakat.rules.measure import MeasureState
from mufakat.rules.obligation import ObligationState
from mufakat.rules.permissions import Deed, Role
from mufakat.rules.restriction import RestrictionState
from mufakat.server.agreements import figures
from mufakat.server.api import auth, problems, tallies
from mufakat.server.connectors import letters
from mufakat.server.decisions import queries as decisions
from mufakat.server.decisions.operations import DECIDED
from mufakat.server.filters import figures as screening
from mufakat.server.filters.queries import SCREENED
from mufakat.server.journal import door, durability, queries as journal, standing
from mufakat.server.journal.door import LOCAL
from mufakat.server.journal.errors import WriteError
from mufakat.server.notices import operations, queries as notices
from mufakat.server.restrictions import figures as restrictions
from mufakat.server.restrictions.resolvers import ResolverState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest
    from prometheus_client.core import Metric

    from mufakat.server.journal.writer import Writer

log = logging.getLogger(__name__)

READERS = frozenset({Role.ADMIN, Role.AUDITOR})
ASKED = [state for state in ResolverState if state is not ResolverState.REMOVED]
# A proxy says with one of these that the request came from elsewhere.
PROXIED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via")
FRESH = 15.0  # Seconds for which counted rows are believed.
SHARE = 50  # Counting may take a fiftieth of the time: at millions of rows it is done more rarely than every 15 s.


class FiguresNotOpenError(NotPermittedError):
    """The figures of the whole instance are for who runs it or watches it."""

    def __str__(self) -> str:
        return f"The figures are for the roles admin and auditor; this token is for the role {self.role.value}."


class Counted(NamedTuple):
    """What the database was asked, and when."""

    at: datetime
    standing: list[tuple[str, int]]
    overdue: int
    waiting: journal.Waiting
    deliveries: letters.Standing
    measures: list[tuple[str, int]]
    agreements: list[tuple[str, int]]
    obligations: list[tuple[str, int]]
    restrictions: list[tuple[str, int]]
    resolvers: list[tuple[str, int]]
    late: int
    screening: screening.Waiting
    logs: list[standing.Standing]


class Remembered:
    """The last count. A scrape waits for the first one only: later ones are made beside it, by one thread at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted: Counted | None = None
        self._until = float("-inf")
        self._thread: threading.Thread | None = None

    def get(self) -> Counted:
        """What was counted last; counting anew begins where that is too old."""
        with self._lock:
            found = self._counted
            if found is None:
                found = self._count()
            elif time.monotonic() >= self._until and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._count_beside, name="figures", daemon=True)
                self._thread.start()
            return found

    def forget(self) -> None:
        """Count anew next time, and wait for it."""
        with self._lock:
            self._counted = None

    def _count(self) -> Counted:
        began = time.monotonic()
        at = datetime.now(UTC)
        found = Counted(
            *(at, notices.standing(), notices.overdue(at=at), journal.waiting(), letters.standing()),
            *(decisions.standing_measures(), figures.standing(), figures.obligations()),
            *(restrictions.standing(), restrictions.resolvers(), restrictions.late()),
            *(screening.waiting(), standing.remembered.get()),
        )
        ended = time.monotonic()
        self._counted, self._until = found, ended + max(FRESH, SHARE * (ended - began))
        return found

    def _count_beside(self) -> None:
        try:
            self._count()
        except DatabaseError as error:
            # The figures stay as old as their time says; /health/ready tells why.
            log.warning("figures not counted", extra={"error": type(error).__name__})
        finally:
            connection.close()


remembered = Remembered()


@problems.only_read
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, for this machine itself or a token of an admin or auditor."""
    try:
        require_reader(request)
    except RefusedError as error:
        return problems.response(error)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(House())
    # The library's own choice by the header stumbles over a version that is no number, and repeats it.
    if "application/openmetrics-text" in request.headers.get("Accept", ""):
        text = openmetrics.generate_latest(registry)  # type: ignore[no-untyped-call]  # It has no types.
        kind = openmetrics.CONTENT_TYPE_LATEST
    else:
        text = generate_latest(registry)
        kind = CONTENT_TYPE_PLAIN_0_0_4
    return HttpResponse(text, content_type=kind, headers={"Cache-Control": "no-store"})


def require_reader(request: HttpRequest) -> None:
    """Raise unless the request comes from this machine itself, or bears a token of a role that may read figures."""
    if request.headers.get("Authorization"):
        caller = auth.caller(request.headers["Authorization"], at=request.at)  # type: ignore[attr-defined]
        caller.require(Deed.READ)
        if caller.role not in READERS:
            raise FiguresNotOpenError(Deed.READ, caller.role)
    elif not is_from_here(request):
        raise problems.NotAuthenticatedError


def is_from_here(request: HttpRequest) -> bool:
    """Whether the peer is this machine, and no proxy on it that speaks for somebody else."""
    if request.environ.get(LOCAL) is True:  # type: ignore[attr-defined]
        return True
    if any(name in request.headers for name in PROXIED):
        return False
    try:
        peer = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    mapped = peer.ipv4_mapped if isinstance(peer, ipaddress.IPv6Address) else None
    return (mapped or peer).is_loopback


class House:
    """Collects everything once."""

    def collect(self) -> Iterator[Metric]:
        """Every family of figures."""
        process = str(os.getpid())
        yield Info(
            "mufakat_build",
            "What runs here.",
            value={"version": __version__, "python": platform.python_version(), "database": connection.vendor},
        )
        yield from counted(remembered.get())
        yield from disk()
        yield from answered(process)
        try:
            writer = door.writer()
        except WriteError:
            return
        yield from written(writer, process)


def counted(found: Counted) -> Iterator[Metric]:
    """What the database knows."""
    yield from by_state(found)
    yield Gauge("mufakat_clocks_overdue", "Running clocks whose time has passed.", value=found.overdue)
    yield Gauge("mufakat_operators_late", "Restrictions that an operator did not open in its time.", value=found.late)
    yield Gauge("mufakat_outbox_waiting", "What still has to reach somebody.", value=found.waiting.outbox)
    due = found.waiting.outbox_due
    oldest = 0.0 if due is None else max(0.0, (found.at - due).total_seconds())
    yield Gauge("mufakat_outbox_oldest_seconds", "For how long the oldest of it has been due.", value=oldest)
    going = found.deliveries
    yield Gauge("mufakat_deliveries_waiting", "Deliveries on their way.", value=going.waiting)
    oldest = 0.0 if going.oldest is None else max(0.0, (found.at - going.oldest).total_seconds())
    yield Gauge("mufakat_deliveries_oldest_seconds", "For how long the oldest undelivered one waits.", value=oldest)
    yield Gauge("mufakat_deliveries_dead", "Dead letters: an operator has to look.", value=going.dead)
    yield from screened(found)
    yield Gauge("mufakat_leaves_pending", "Leaves that wait for the log.", value=found.waiting.leaves)
    yield from logged(found)
    yield Gauge("mufakat_counted_timestamp_seconds", "When these were counted.", value=found.at.timestamp())


def logged(found: Counted) -> Iterator[Metric]:
    """How the public log of every shard stands."""
    for name, words, of in (
        ("mufakat_log_leaves", "Leaves that the signed head stands for.", lambda one: one.signed),
        ("mufakat_log_published_leaves", "Leaves of the published checkpoint.", lambda one: one.published),
        ("mufakat_log_oldest_seconds", "For how long the oldest leaf waits.", lambda one: one.waits(found.at)),
        ("mufakat_log_refused", "Whether nothing is signed (1): see mufakat doctor.", lambda one: bool(one.wrong)),
    ):
        family = Gauge(name, words, labels=["shard"])
        for log_ in found.logs:
            family.add_metric([log_.shard], float(of(log_)))
        yield family


def screened(found: Counted) -> Iterator[Metric]:
    """What waits for people of platforms that screen."""
    waiting = found.screening
    for what, words, many, since in (
        (
            "notifications",
            "Notifications that wait for a person of a platform",
            waiting.notifications,
            waiting.notified,
        ),
        ("holds", "Items that are held for a reviewer", waiting.holds, waiting.held),
    ):
        yield Gauge(f"mufakat_{what}_waiting", f"{words}.", value=many)
        oldest = 0.0 if since is None else max(0.0, (found.at - since).total_seconds())
        yield Gauge(f"mufakat_{what}_oldest_seconds", f"{words}: for how long the oldest does.", value=oldest)


def by_state(found: Counted) -> Iterator[Metric]:
    """What stands in states: each state has its figure, 0 where nothing does."""
    for name, words, states, rows in (
        ("mufakat_notices", "Notices by state.", NoticeState, found.standing),
        ("mufakat_measures", "Measures by state.", MeasureState, found.measures),
        ("mufakat_agreements", "Agreements by state.", AgreementState, found.agreements),
        ("mufakat_obligations", "Obligations of agreements by state.", ObligationState, found.obligations),
        ("mufakat_restrictions", "Restrictions by state.", RestrictionState, found.restrictions),
        ("mufakat_resolvers", "Resolvers of operators that are asked, by state.", ASKED, found.resolvers),
    ):
        family, standing = Gauge(name, words, labels=["state"]), dict(rows)
        for state in states:
            family.add_metric([state.value], standing.get(state.value, 0))
        yield family


def disk() -> Iterator[Metric]:
    """Room where the data lie."""
    try:
        yield Gauge("mufakat_disk_free_bytes", "Room where the data lie.", value=durability.free_bytes())
    except OSError:
        return  # The data directory cannot be read: the figure's absence says so, and /health/ready why.
    yield Gauge(
        "mufakat_disk_reserve_bytes", "Below so much room nothing new is taken.", value=settings.MUFAKAT_DISK_RESERVE
    )


def answered(process: str) -> Iterator[Metric]:
    """What this process answered."""
    took = Histogram(
        "mufakat_http_request_duration_seconds",
        "How long answers took.",
        labels=["method", "route", "status", "process"],
    )
    for (method, route, status), durations in tallies.requests():
        took.add_metric([method, route, str(status), process], durations.buckets(), durations.sum)
    yield took
    for name, words, label, tally in (
        ("mufakat_notices_received", "Notices taken by this process.", "kind", operations.RECEIVED),
        ("mufakat_decisions_made", "Decisions taken by this process, whatever they decide.", "what", DECIDED),
        ("mufakat_screened", "Items screened by this process, refused, and hit.", "what", SCREENED),
        ("mufakat_refusals", "Problems answered, those of the items of a batch included.", "type", tallies.refusals),
    ):
        family = Counter(name, words, labels=[label, "process"])
        for value, many in tally.items():
            family.add_metric([value, process], many)
        yield family
    again = Counter("mufakat_answers_replayed", "Answers given again to a known key.", labels=["process"])
    again.add_metric([process], sum(many for _, many in tallies.replayed.items()))
    yield again


def written(writer: Writer, process: str) -> Iterator[Metric]:
    """What the writer of this process does."""
    figures = writer.figures
    for name, words, value in (
        ("mufakat_writer_open", "Whether it takes operations (1) or not (0).", float(writer.is_open)),
        ("mufakat_writer_waiting_operations", "Operations that wait for the writer.", float(writer.depth)),
    ):
        gauge = Gauge(name, words, labels=["process"])
        gauge.add_metric([process], value)
        yield gauge
    commits = Counter("mufakat_writer_commits", "Durable commits, borrowed ones included.", labels=["process"])
    commits.add_metric([process], writer.commits)
    yield commits
    for name, words, seen in (
        ("mufakat_writer_wait_seconds", "How long operations waited for their turn.", figures.waits),
        ("mufakat_writer_group_operations", "How many operations shared a commit.", figures.groups),
        ("mufakat_writer_commit_seconds", "How long a group took from its turn to the disk.", figures.commits),
    ):
        family = Histogram(name, words, labels=["process"])
        family.add_metric([process], seen.buckets(), seen.sum)
        yield family
