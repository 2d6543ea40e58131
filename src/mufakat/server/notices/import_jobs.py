"""Imports that run behind a page: each batch and the counts of its import are one commit.

    waiting ──start──▶ running ──▶ done
       │                 │ ▲
    discard        stop, │ │ start
       ▼      crash ...  ▼ │
    discarded ◀─discard─ interrupted

What if power fails: the row says how many lines have their answer, and it says so in the transaction that took them. So
an import that goes on skips exactly those lines; what it counts is exact, and nothing is taken twice. A file whose lock
nobody holds is one that nobody works on, whatever its row says (``spool``).
"""

from __future__ import annotations

import itertools
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from django.db import connections
from django.db.models import F

from mufakat import formats
from mufakat.rules.errors import RefusedError
from mufakat.rules.permissions import Deed
from mufakat.server.journal import door
from mufakat.server.journal.errors import ClosedError, DiskFullError
from mufakat.server.notices import import_queries as queries, imports, spool
from mufakat.server.notices.models import Import, ImportProblem, ImportReceipt, ImportState
from mufakat.server.notices.spool import FileGoneError, FileInUseError, Spool

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.formats import Bad, Item
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.notices.batches import BatchSubmission
    from mufakat.server.notices.imports import How, Step
    from mufakat.server.parties.queries import Caller

log = logging.getLogger(__name__)

AT_ONCE = 2  # Files that are taken at once; the next begins when one has ended.
OPEN = 10  # Files of a party that may wait, run or be interrupted at once.
KEPT = 1_000  # Reasons that are kept of one import; the rest is counted.
DAYS = 7  # A file that nobody goes on with is kept so long.
REPORT_DAYS = 30  # Reasons may repeat what was typed; after this time they go.
PORTION = 500  # Reasons that one commit forgets.

_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="import job")


class TooManyOpenError(RefusedError):
    """The party has as many files open as it may."""

    def __str__(self) -> str:
        return f"Your party has {OPEN} files that wait or run. Send or discard one of them first."


class MovedOnError(RefusedError):
    """The import is no longer where this work left it: it was stopped, or the batch was stored before."""

    def __str__(self) -> str:
        return "The import has moved on."


def create(file: Spool, *, name: str, how: How, by: Caller) -> str:
    """Keep a file that is wholly here, with how it is read. Nothing of it is sent yet. Returns its id."""
    by.require(Deed.SUBMIT)

    def run(moment: Moment) -> str:
        if queries.seen_by(by).filter(state__in=queries.OPEN).count() >= OPEN:
            raise TooManyOpenError
        made = Import.objects.create(
            id=moment.id("imp"),
            party_id=by.party_id,
            person_id=by.person_id,
            spool=file.path.name,
            name=name[:255],
            size=file.size,
            form=how.form.value,
            encoding=how.encoding.value if how.encoding else "",
            defaults=msgspec.json.encode(how.defaults),
            state=ImportState.WAITING.value,
            created_at=moment.at,
        )
        return made.id

    sweep(at=imports.now())
    file.sync()
    return door.commit(run)


def start(pk: str, *, by: Caller) -> None:
    """Begin, or go on. Of two clicks the second finds it running and changes nothing.

    Raises FileGoneError where the file is no longer kept.
    """
    found = queries.get_for(by, pk)
    if found.state not in queries.OPEN:
        return
    try:
        file = Spool.take(found.spool)
    except FileInUseError:
        return
    except FileGoneError:
        if Import.objects.get(pk=pk).state in queries.OPEN:
            raise
        return  # It ended between the two looks.
    try:
        _move(pk, ImportState.RUNNING)
        _threads.submit(_Worker(pk, by, file).run)
    except BaseException:
        file.close()
        raise


def stop(pk: str, *, by: Caller) -> None:
    """Let it end behind the batch at hand; it can go on later."""
    if queries.get_for(by, pk).state in queries.OPEN:
        _move(pk, ImportState.INTERRUPTED, reason="stopped", among=(ImportState.RUNNING,))


def discard(pk: str, *, by: Caller) -> None:
    """Do not want it, or not the rest of it. Raises FileInUseError while it runs."""
    found = queries.get_for(by, pk)
    if found.state not in queries.OPEN:
        return
    try:
        file = Spool.take(found.spool)
    except FileGoneError:
        file = None
    try:
        _move(pk, ImportState.DISCARDED)
    except BaseException:
        if file:
            file.close()
        raise
    if file:
        file.remove()


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep removed: files, and reasons why lines were refused; whether more is left."""

    files: int
    reasons: int
    more: bool


def sweep(*, at: datetime) -> Swept:
    """Say of every file that nobody works on that it was interrupted, and remove what nobody wants any more.

    Safe at any moment, also beside other processes: a file is held by whoever sends it until its row is durable, so
    that one without a row that nobody holds is left over.
    """
    removed = sum(_look_after(name, at.timestamp() - written) for name, written in spool.names())
    reasons = _forget_reports(at)
    return Swept(removed, reasons, more=reasons == PORTION)


def _look_after(name: str, age: float) -> bool:
    """See to one file; whether it was removed."""
    try:
        file = Spool.at(spool.folder() / name)
    except (FileInUseError, FileGoneError):
        return False
    found = Import.objects.filter(spool=name).first()
    expired = age > timedelta(days=DAYS).total_seconds()
    unwanted = found is None or found.state not in queries.OPEN or expired
    if found is not None:
        if found.state in queries.OPEN and expired:
            _move(found.pk, ImportState.DISCARDED, reason="expired")
        elif found.state == ImportState.RUNNING:
            _move(found.pk, ImportState.INTERRUPTED, reason="restarted", among=(ImportState.RUNNING,))
    if unwanted:
        file.remove()
    else:
        file.close()
    return unwanted


def _forget_reports(at: datetime) -> int:
    """Forget what was typed and is no notice: why lines were refused, and what a file was called."""
    before = at - timedelta(days=REPORT_DAYS)
    old = ImportProblem.objects.filter(of__created_at__lt=before)
    named = Import.objects.filter(created_at__lt=before).exclude(name="")
    if not old.exists() and not named.exists():
        return 0

    def run(moment: Moment) -> int:
        del moment
        named.update(name="")
        return int(ImportProblem.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:PORTION])).delete()[0])

    return door.commit(run)


def _move(pk: str, to: ImportState, *, reason: str = "", among: tuple[ImportState, ...] = queries.OPEN) -> None:
    def run(moment: Moment) -> None:
        found = Import.objects.filter(pk=pk, state__in=[state.value for state in among])
        if to in {ImportState.DONE, ImportState.DISCARDED}:
            # What was typed once for all lines is in the notices now, or nowhere: here nobody would think to erase it.
            found.update(state=to.value, reason=reason, ended_at=moment.at, defaults=b"{}")
        else:
            found.update(state=to.value, reason=reason)
        if to is ImportState.RUNNING:
            Import.objects.filter(pk=pk, started_at=None).update(started_at=moment.at)

    imports.patiently(lambda: door.commit(run))


@dataclass(frozen=True, slots=True)
class _Worker:
    """Takes one file, in a thread of its own. However it ends, the row says so as far as it can be written."""

    pk: str
    by: Caller
    file: Spool

    def run(self) -> None:
        try:
            self._take(Import.objects.get(pk=self.pk))
            _move(self.pk, ImportState.DONE, among=(ImportState.RUNNING,))
            self.file.remove()
        except MovedOnError:
            pass  # Somebody stopped it, and the row says so.
        except ClosedError:
            log.info("import waits for the next start", extra={"import": self.pk})
        except Exception as error:
            log.exception("import interrupted", extra={"import": self.pk})
            self._interrupted("full" if isinstance(error, DiskFullError) else "failed")
        finally:
            self.file.close()
            connections.close_all()

    def _interrupted(self, reason: str) -> None:
        try:
            _move(self.pk, ImportState.INTERRUPTED, reason=reason, among=(ImportState.RUNNING,))
        except Exception:
            log.exception("import left running", extra={"import": self.pk})  # The next start says that it is not.

    def _take(self, found: Import) -> None:
        how = queries.how(found)
        self.file.rewind()
        before = found.read
        rest = itertools.islice(how.results(self.file), before, None)
        for run in formats.runs(rest, items=imports.ITEMS):
            batch = partial(self._once, run, how, before)
            imports.patiently(batch)
            before += len(run)

    def _once(self, run: Sequence[Item | Bad], how: How, before: int) -> None:
        submission = imports.prepare(run, by=self.by, key=None)
        try:
            door.writer().commit(_Batch(self.pk, run, how, submission, before, self.file.place))
        except MovedOnError:
            # After an uncertain commit the row tells whether it was stored.
            now = Import.objects.get(pk=self.pk)
            if now.state != ImportState.RUNNING or now.read != before + len(run):
                raise


@dataclass(slots=True)
class _Batch:
    """One run of lines on its way to the writer: its notices, and the counts of its import."""

    pk: str
    lines: Sequence[Item | Bad]
    how: How
    submission: BatchSubmission
    before: int
    place: int
    key: None = None
    plan: Plan | None = None

    @property
    def weight(self) -> int:
        return self.submission.weight

    def run(self, moment: Moment) -> None:
        batch = self.submission
        found = imports.outcomes_of(batch.whole(moment)) if batch.items else imports.judged(batch)
        step = imports.step_of(self.lines, found, form=self.how.form)
        # (1) The counts move once: of two attempts, or of two workers, the second finds them moved and takes nothing.
        moved = Import.objects.filter(pk=self.pk, state=ImportState.RUNNING.value, read=self.before).update(
            read=F("read") + step.read,
            place=self.place,
            taken=F("taken") + len(step.taken),
            repeated=F("repeated") + step.repeated,
            refused=F("refused") + len(step.refused),
        )
        if moved != 1:
            raise MovedOnError
        # (2) What the person is told of it.
        self._tell(step)

    def _tell(self, step: Step) -> None:
        if step.refused:
            room = KEPT - ImportProblem.objects.filter(of_id=self.pk).count()
            reasons = (
                ImportProblem(of_id=self.pk, line=told.line, pointer=one.pointer, detail=one.detail)
                for told in step.refused
                for one in told.remarks
            )
            ImportProblem.objects.bulk_create(itertools.islice(reasons, max(room, 0)))
        if step.receipt is not None:
            ImportReceipt.objects.create(
                of_id=self.pk,
                first=step.first,
                last=step.last,
                receipt=step.receipt,
                items=msgspec.json.encode([one._asdict() for one in step.taken]),
            )
