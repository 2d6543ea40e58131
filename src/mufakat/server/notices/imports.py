"""Many notices from one file: read line by line, taken in batches, answered line by line.

Nothing is kept but the lines at hand. An import that was cut off is started again: each line is known by its bytes
(``batches``), so none is taken twice, whichever way it comes the second time.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import msgspec
from django.db import DatabaseError, InterfaceError, connection
from msgspec import inspect

from mufakat import formats
from mufakat.formats import Bad
from mufakat.rules.errors import DocumentRefusedError, KeyInFlightError, QuotaSpentError
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.notice import Draft
from mufakat.rules.reading import Members, read
from mufakat.server.journal import door
from mufakat.server.journal.answers import Key
from mufakat.server.journal.errors import BusyError, UnsureError
from mufakat.server.notices import batches
from mufakat.server.notices.batches import BatchOut, RepeatedItemError
from mufakat.server.notices.faces import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mufakat.formats import Encoding, Format, Item
    from mufakat.formats.items import Stream
    from mufakat.server.journal.answers import Answer
    from mufakat.server.notices.batches import BatchSubmission
    from mufakat.server.parties.queries import Caller

T = TypeVar("T")

ROUTE = "POST /api/v1/notices/import"
# Lines of one batch. It fits one portion, so that its notices, its counts and its receipt are one commit.
ITEMS = 125
PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 5.0, 10.0, 10.0, 10.0)
"""Seconds between attempts: a restarted database is back within them, and other work goes first meanwhile."""
PASSES = (BusyError, UnsureError, KeyInFlightError, DatabaseError, InterfaceError)

_DRAFT = inspect.type_info(Draft)
# A sound notice that what is said once for all is tried on.
_SAMPLE: Mapping[str, Any] = {
    "to": "example",
    "kind": "user_report",
    "category": "other",
    "locators": ["https://example.com/"],
    "explanation": "A made-up placeholder.",
    "language": "en",
}


@dataclass(frozen=True, slots=True)
class How:
    """How a file is read, and the members that are said once for all its lines."""

    form: Format
    defaults: Mapping[str, object] = field(default_factory=dict)
    encoding: Encoding | None = None

    def results(self, stream: Stream) -> Iterator[Item | Bad]:
        """One result for each line, row or record, and one at least."""
        none = True
        for result in formats.reader(self.form)(stream, defaults=self.defaults, encoding=self.encoding):
            none = False
            yield result
        if none:
            faults = Faults()
            faults.add("", FaultCode.EMPTY, "There is nothing in this file.")
            yield Bad(1, tuple(faults.found))


class Remark(NamedTuple):
    """What is wrong, or worth a word: in which member (RFC 6901) or column of a csv file, and a sentence."""

    pointer: str
    detail: str


class Outcome(msgspec.Struct, frozen=True):
    """What became of one notice of a batch, as the stored answer holds it."""

    status: int
    id: str | None = None
    leaf: str | None = None
    problem: tuple[Remark, ...] = ()


class Outcomes(msgspec.Struct, frozen=True):
    """The stored answer of a batch."""

    items: list[Outcome]
    receipt: str | None


class Told(NamedTuple):
    """What is said of a line: why it was refused, or what should be known although it was not."""

    line: int
    remarks: tuple[Remark, ...]


class Taken(NamedTuple):
    """A line that is a notice now: its id, and its leaf's hash in base64."""

    line: int
    id: str
    leaf: str


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one run of lines, from `first` to `last`; `read` counts them."""

    first: int
    last: int
    read: int
    taken: tuple[Taken, ...]
    repeated: int
    refused: tuple[Told, ...]
    noted: tuple[Told, ...]
    receipt: str | None


def faults_of(defaults: Mapping[str, object]) -> Faults:
    """What is wrong with the members that are said once for all, each fault with its pointer."""
    faults = Faults()
    if isinstance(defaults, Members):
        faults.add("", FaultCode.REPEATED_MEMBER, "A member stands here twice.")
    read({**_SAMPLE, **defaults}, _DRAFT, "", faults)
    return faults


def now() -> datetime:
    """The time, for work that takes longer than the request that began it."""
    return datetime.now(UTC)


def steps(stream: Stream, how: How, *, by: Caller, name: str, digest: bytes) -> Iterator[Step]:
    """Take a file, one durable batch after the other; gives the outcome of each once it is durable.

    A batch fits one portion of the writer, so that no notice is ever stored without the receipt that covers it.

    `name` and `digest` are what its batches are known by: of the same name with other bytes, nothing is taken.
    """
    for number, run in enumerate(formats.runs(how.results(stream), items=ITEMS)):
        key = Key(by.party_id, ROUTE, f"import-{name}-{number}", digest)
        yield _take(run, how, by, key)


def _take(run: Sequence[Item | Bad], how: How, by: Caller, key: Key) -> Step:
    def once() -> Outcomes:
        submission = prepare(run, by=by, key=key)
        if not submission.items:
            return judged(submission)
        answer: Answer = door.writer().commit(submission)
        if answer.replayed:
            submission.let_go()
        return outcomes_of(answer)

    return step_of(run, patiently(once), form=how.form)


def prepare(run: Iterable[Item | Bad], *, by: Caller, key: Key | None) -> BatchSubmission:
    """The notices of a run, checked and ready for the writer."""
    items = [result for result in run if not isinstance(result, Bad)]
    files = {index: item.files for index, item in enumerate(items) if item.files}
    return batches.prepare([item.body for item in items], by=by, at=now(), key=key, told=told, files=files)


def judged(submission: BatchSubmission) -> Outcomes:
    """The outcome of a run in which nothing is left to be written."""
    found = [submission.problems[index] for index in sorted(submission.problems)]
    return msgspec.json.decode(encode(BatchOut(found, None)), type=Outcomes)


def outcomes_of(answer: Answer) -> Outcomes:
    """The outcome of a run that was written."""
    return msgspec.json.decode(answer.body, type=Outcomes)


def told(error: Exception) -> tuple[int, msgspec.Raw]:
    """An item's error as it is kept with the answer: its status, and the remarks alone."""
    if isinstance(error, RepeatedItemError):
        return 409, msgspec.Raw(b"[]")
    if isinstance(error, DocumentRefusedError):
        remarks = [Remark(fault.pointer, fault.detail) for fault in error.faults]
    elif isinstance(error, DatabaseError):
        # The row itself was refused by the database; its words are not for strangers.
        remarks = [Remark("", "This line could not be stored. The others were not touched by it.")]
    else:
        remarks = [Remark("", str(error))]
    status = 429 if isinstance(error, QuotaSpentError) else 422
    return status, msgspec.Raw(msgspec.json.encode(remarks))


def step_of(run: Sequence[Item | Bad], found: Outcomes, *, form: Format) -> Step:
    """The outcome of a run in the order of its lines, whoever refused them: the reader or the rules."""
    taken: list[Taken] = []
    refused: list[Told] = []
    noted: list[Told] = []
    repeated = 0
    outcomes = iter(found.items)
    for result in run:
        if isinstance(result, Bad):
            refused.append(Told(result.number, tuple(Remark(one.pointer, one.detail) for one in result.faults)))
            continue
        if result.remarks:
            noted.append(Told(result.number, tuple(Remark(one.pointer, one.detail) for one in result.remarks)))
        outcome = next(outcomes)
        if outcome.id is not None and outcome.leaf is not None:
            taken.append(Taken(result.number, outcome.id, outcome.leaf))
        elif outcome.status == 409:
            repeated += 1
        else:
            refused.append(Told(result.number, in_words(outcome.problem, form)))
    return Step(
        run[0].number,
        run[-1].number,
        len(run),
        tuple(taken),
        repeated,
        tuple(refused),
        tuple(noted),
        found.receipt,
    )


def in_words(remarks: Sequence[Remark], form: Format) -> tuple[Remark, ...]:
    """The remarks with the places as the file has them: in csv a column."""
    if form is formats.Format.CSV:
        remarks = [Remark(formats.column_of(one.pointer), one.detail) for one in remarks]
    return tuple(dict.fromkeys(remarks))  # A cell that holds three bad links says so once.


def patiently(deed: Callable[[], T]) -> T:
    """Do it, and again while what stands in the way may pass by itself; the last attempt's error is the caller's.

    The deed doubles nothing when its first attempt was stored after all: its key, or its row, tells.
    """
    for pause in PAUSES:
        try:
            return deed()
        except PASSES:
            # A connection that was lost is not used again.
            connection.close_if_unusable_or_obsolete()
            time.sleep(pause)
    return deed()
