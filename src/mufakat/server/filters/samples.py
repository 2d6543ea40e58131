"""Items of the past, handed in to try policies on: sealed like evidence, and gone after a while.

(1) What comes is sealed as it comes, under a key that only this process knows: nothing of it is read before all of it
is here, and a crash leaves noise. (2) It is read line by line. What was said in private is refused and counted, not
kept (I-13), as is what is no item; the rest is sealed anew. (3) One commit names the file; its key lies with the row,
under that of the house. Erasing destroys the key in a commit and removes the file after it; tables of back-tests then
name no item of it any more.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, Self

import msgspec
from django.conf import settings

from mufakat.formats.items import MAX_RECORD, Bad
from mufakat.formats.json_files import json_lines
from mufakat.formats.members import too_large
from mufakat.formats.screened import read_item
from mufakat.rules.errors import BadScreeningError, NotFoundError, NotNowError, RefusedError
from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.filtering import SAMPLE
from mufakat.rules.permissions import Deed
from mufakat.screening.errors import ItemRefusedError, PrivateItemError
from mufakat.screening.item import Item
from mufakat.screening.judging import refuse
from mufakat.server.filters import holdings
from mufakat.server.filters.errors import SampleTooLargeError
from mufakat.server.filters.models import Backtest, Sample
from mufakat.server.filters.policy_faces import BacktestTableOut, SampleLineOut, SampleOut
from mufakat.server.filters.policy_queries import sample_of
from mufakat.server.journal import answers, door, durability, vault
from mufakat.server.journal.answers import Answer
from mufakat.server.journal.errors import BusyError, ClosedError, DiskFullError
from mufakat.server.journal.parts import Swept, alone
from mufakat.server.notices.faces import encode

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from datetime import datetime
    from types import TracebackType

    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.vault import Sealed
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller

LARGEST = 50 * 1024 * 1024  # Bytes that are taken at once.
MOST = 20  # Samples of a platform that are kept at once.
NAME = 200  # Characters.
SHOWN = 100  # Lines that are named with their fault.
PORTION = 50  # Samples that one commit erases.
STRAY = 24 * 3_600.0  # Seconds after which a file that no row names belongs to nobody.
ROOM = vault.SAMPLES
# After these it is certain that no row names the file; after others its removal is left to the sweep.
NOTHING_STORED = (RefusedError, BusyError, ClosedError, DiskFullError)
_LINE_TOO_LONG = too_large(f"This line has more than {MAX_RECORD} bytes.")


class Read(NamedTuple):
    """What is kept of what was handed in, and how many lines were not taken."""

    sealed: Sealed
    items: int
    private: int
    refused: int
    faults: tuple[SampleLineOut, ...]


class Receiving:
    """What is being handed in, sealed as it comes. Left without `finish` it is removed, as if it had never been."""

    def __init__(self, by: Caller, *, length: int | None = None) -> None:
        holdings.require(by, Deed.PROPOSE_POLICY)
        if length is not None and length > LARGEST:
            raise SampleTooLargeError(LARGEST)
        durability.require_room_for(length or 0)
        self._draft = vault.Draft(room=ROOM)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    @property
    def size(self) -> int:
        """Bytes that came so far."""
        return self._draft.size

    def write(self, part: bytes) -> None:
        """What comes next. Raises SampleTooLargeError, and DiskFullError before others run out of room."""
        if self._draft.size + len(part) > LARGEST:
            raise SampleTooLargeError(LARGEST)
        durability.require_room_for(len(part))
        self._draft.write(part)

    def finish(self) -> Sealed:
        """All of it is here."""
        return self._draft.finish()

    def discard(self) -> None:
        """Remove what is not finished."""
        self._draft.discard()


@dataclass(slots=True)
class Adding:
    """A sample on its way to the writer: its file is durable already."""

    name: str
    read: Read
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        if Sample.objects.filter(platform=self.by.party_id, erased_at=None).count() >= MOST:
            raise NotNowError(f"Your platform keeps {MOST} samples already: erase one of them first.")
        pk = moment.id("smp")
        row = Sample.objects.create(
            id=pk,
            platform_id=self.by.party_id,
            name=self.name,
            items=self.read.items,
            private=self.read.private,
            refused=self.read.refused,
            file=self.read.sealed.name,
            wrapped=vault.wrap(self.read.sealed.key, under=_key(), context=_context(pk)),
            sha256=self.read.sealed.sha256,
            added_by_id=self.by.person_id,
            added_at=moment.at,
            erase_at=moment.at + SAMPLE,
        )
        return Answer(201, encode(SampleOut.of(row, self.read.faults)), pk)


@dataclass(slots=True)
class Erasing:
    """A sample that somebody of the platform wants to be gone."""

    sample: str
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        row = sample_of(self.by, self.sample)
        if row.erased_at is None:
            erase_rows([row], moment)
        return Answer(200, encode(SampleOut.of(row)), row.pk)


def take(received: Receiving, *, name: str, by: Caller, key: Key) -> Answer:
    """Keep what was handed in. `key` is of the bytes that came; a repetition keeps nothing twice.

    Raises BadScreeningError where no line is a public item, NotNowError where too many are kept.
    """
    holdings.require(by, Deed.PROPOSE_POLICY)
    require_name(name)
    raw = received.finish()
    try:
        read = _read(raw)
    finally:
        vault.remove([raw.name], room=ROOM)
    key = replace(key, digest=hashlib.sha256(raw.sha256 + name.encode()).digest())
    try:
        answer: Answer = door.writer().commit(Adding(name, read, by, key))
    except NOTHING_STORED:
        vault.remove([read.sealed.name], room=ROOM)
        raise
    if answer.replayed:
        vault.remove([read.sealed.name], room=ROOM)
    return answer


def require_name(name: str) -> None:
    """A sample is told from others by its name. Raises BadScreeningError."""
    if not name.strip():
        raise BadScreeningError([Fault("/name", FaultCode.EMPTY, "Say what it is: a sample has a name.")])
    if len(name) > NAME or not name.isprintable():
        detail = f"A name is one line of at most {NAME} characters."
        raise BadScreeningError([Fault("/name", FaultCode.BAD_TEXT, detail)])


def erase(sample: str, *, by: Caller, key: Key | None = None) -> Answer:
    """Erase a sample before its time. Erasing it again changes nothing."""
    holdings.require(by, Deed.PROPOSE_POLICY)
    sample_of(by, sample)
    answer: Answer = door.writer().commit(Erasing(sample, by, key))
    return answer


def items_of(sample: Sample) -> Iterator[Item]:
    """The items of a sample, as they are read. Raises NotFoundError once it is erased, vault.DamagedFileError."""
    if sample.wrapped is None:
        raise NotFoundError("sample")
    key = vault.unwrap(bytes(sample.wrapped), under=_key(), context=_context(sample.pk))
    for line in json_lines(vault.opened(sample.file, key, room=ROOM), too_long=_LINE_TOO_LONG):
        found = None if isinstance(line, Bad) else read_item(line[1])
        if not isinstance(found, Item):
            raise vault.DamagedFileError("a sample holds what is no item")
        yield found


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Erase samples whose time is over, and remove what a process that died left behind."""
    del stop
    due = Sample.objects.filter(erased_at=None, erase_at__lte=at).order_by("erase_at")
    chosen = list(due.values_list("pk", flat=True)[:PORTION])
    if not chosen:
        return Swept(_sweep_files(at), more=False)

    def run(moment: Moment) -> int:
        rows = list(Sample.objects.filter(pk__in=chosen, erased_at=None))
        erase_rows(rows, moment)
        return len(rows)

    return Swept(alone(run), more=True)


def erase_rows(rows: list[Sample], moment: Moment) -> None:
    """Destroy the keys, take the ids of items out of tables and stored answers; the files go after the commit."""
    for row in rows:
        row.wrapped, row.erased_at = None, moment.at
        row.save(update_fields=["wrapped", "erased_at"])
    tried = list(Backtest.objects.filter(samples__in=rows).distinct())
    for one in tried:
        one.table = msgspec.to_builtins(msgspec.convert(one.table, BacktestTableOut).without_items())
        one.save(update_fields=["table"])
    answers.erase(moment, subjects=[one.pk for one in tried])
    files = [row.file for row in rows]
    moment.after.append(lambda: vault.remove(files, room=ROOM))


def _read(raw: Sealed) -> Read:
    """Seal anew what may be kept of it."""
    items = private = refused = 0
    faults: list[SampleLineOut] = []
    with vault.Draft(room=ROOM) as draft:
        for line in json_lines(vault.opened(raw.name, raw.key, room=ROOM), too_long=_LINE_TOO_LONG):
            fault = None
            try:
                fault = _fault(line)
            except PrivateItemError:
                private += 1
                continue
            if fault is not None:
                refused += 1
                faults += [fault] if len(faults) < SHOWN else []
            elif not isinstance(line, Bad):
                draft.write(line[1].strip() + b"\n")
                items += 1
        if not items:
            raise _nothing_left(private, faults)
        return Read(draft.finish(), items, private, refused, tuple(faults))


def _fault(line: tuple[int, bytes] | Bad) -> SampleLineOut | None:
    """Why a line is not taken; None for one that is. Raises PrivateItemError."""
    if isinstance(line, Bad):
        number, found = line.number, line.faults
    else:
        number, read = line[0], read_item(line[1])
        if isinstance(read, Item):
            try:
                refuse(read)
            except PrivateItemError:
                raise
            except ItemRefusedError as error:
                return SampleLineOut(number, "/text", str(error))
            return None
        found = read
    return SampleLineOut(number, found[0].pointer, found[0].detail)


def _nothing_left(private: int, faults: list[SampleLineOut]) -> BadScreeningError:
    words = f"No line of it is an item that was said in public; {private} are private."
    told = [Fault("", FaultCode.EMPTY, words)]
    told += [Fault(one.pointer, FaultCode.BAD_FORM, _in_words(one)) for one in faults]
    return BadScreeningError(told)


def _in_words(one: SampleLineOut) -> str:
    """A fault with its line, and the member that has it: the sentence alone does not always name it."""
    place = f", {one.pointer}" if one.pointer else ""
    return f"Line {one.line}{place}: {one.detail}"


def _sweep_files(at: datetime) -> int:
    before = at.timestamp() - STRAY
    count = 0
    found = vault.strays(drafts_before=before, files_before=before, room=ROOM)
    while portion := list(islice(found, PORTION)):
        named = [path.name for path, draft in portion if not draft]
        known = set(Sample.objects.filter(file__in=named, erased_at=None).values_list("file", flat=True))
        for path, _ in portion:
            if path.name not in known:
                path.unlink(missing_ok=True)
                count += 1
    return count


def _key() -> bytes:
    return hashlib.sha256(b"mufakat/samples/v1\0" + settings.SECRET_KEY.encode()).digest()


def _context(sample: str) -> str:
    return f"items of {sample}"
