"""Read imports: only the party that sent a file sees what became of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from mufakat import formats
from mufakat.formats import Bad
from mufakat.rules.errors import DocumentRefusedError, NotFoundError, RefusedError
from mufakat.rules.permissions import Deed
from mufakat.server.notices import imports, operations, spool
from mufakat.server.notices.imports import How, Remark
from mufakat.server.notices.models import (
    Import as Import,  # noqa: PLC0414 - given on, so that others can name its type.
    ImportState as ImportState,  # noqa: PLC0414 - the same.
)
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.models import QuerySet

    from mufakat.formats import Item
    from mufakat.server.notices.models import ImportProblem, ImportReceipt
    from mufakat.server.parties.queries import Caller

PAGE = 20
LOOK = 20  # Lines that are looked at before a file is sent.
HEAD = 1024 * 1024  # Bytes of a file that are read for it.
OPEN = (ImportState.WAITING, ImportState.RUNNING, ImportState.INTERRUPTED)


def seen_by(viewer: Caller) -> QuerySet[Import]:
    """The imports of the viewer's party, for those who may send its notices."""
    viewer.require(Deed.SUBMIT)
    return Import.objects.filter(party_id=viewer.party_id)


def get_for(viewer: Caller, pk: str) -> Import:
    """The import; a stranger's and an unknown one are the same to the viewer."""
    found = seen_by(viewer).filter(pk=pk).select_related("person").first()
    if found is None:
        raise NotFoundError("import")
    return truly(found)


def truly(found: Import) -> Import:
    """The import as it is, shown as interrupted where it runs no more: the process that took it is gone.

    Whoever takes a file holds its lock, in whichever process; the row of one that died still says that it runs.
    """
    if found.state == ImportState.RUNNING and not spool.is_held(found.spool):
        # It may have ended between the two looks.
        found.refresh_from_db()
        if found.state == ImportState.RUNNING:
            found.state, found.reason = ImportState.INTERRUPTED.value, "restarted"
    return found


def recent(viewer: Caller) -> Sequence[Import]:
    """The newest imports of the viewer's party."""
    return [truly(one) for one in seen_by(viewer).select_related("person").order_by("-id")[:PAGE]]


def problems(found: Import, *, upto: int | None = None) -> Iterator[ImportProblem]:
    """Why lines were refused, in their order."""
    return found.problems.order_by("id")[:upto].iterator(chunk_size=500)


def receipts(found: Import) -> Iterator[ImportReceipt]:
    """The receipts of its batches, in their order."""
    return found.receipts.order_by("first").iterator(chunk_size=20)


def how(found: Import) -> How:
    """How its file is read."""
    encoding = formats.Encoding(found.encoding) if found.encoding else None
    return How(formats.Format(found.form), msgspec.json.decode(bytes(found.defaults)), encoding)


def is_here(found: Import) -> bool:
    """Whether its file is still kept on this machine."""
    return (spool.folder() / found.spool).is_file()


@dataclass(frozen=True, slots=True)
class Seen:
    """A line that was looked at and not sent: what it points at first, or why it would be refused."""

    line: int
    about: str
    refused: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """The first lines of a file; `whole` where that is all of it."""

    lines: Sequence[Seen]
    whole: bool

    @property
    def good(self) -> int:
        return sum(not one.refused for one in self.lines)


def look(found: Import, *, by: Caller) -> Look:
    """Judge the first lines of a file. Nothing is stored."""
    if not is_here(found):
        return Look([], whole=False)
    directory = parties.directory()
    wanted: list[Item | Bad] = []
    with (spool.folder() / found.spool).open("rb") as file:
        head = _Head(file.read(HEAD), more=file.read(1) != b"")
        results = how(found).results(head)
        for result in results:
            wanted.append(result)
            if len(wanted) > LOOK:
                break
    whole = len(wanted) <= LOOK and not head.more
    if head.more and len(wanted) <= LOOK:
        wanted = wanted[:-1]  # Its end is behind what was read.
    return Look([_seen(one, found, by, directory) for one in wanted[:LOOK]], whole)


class _Head:
    """The beginning of a file as a stream."""

    def __init__(self, data: bytes, *, more: bool) -> None:
        self._data = data
        self._at = 0
        self.more = more

    def read(self, size: int, /) -> bytes:
        part = self._data[self._at : self._at + size]
        self._at += len(part)
        return part


def _seen(result: Item | Bad, found: Import, by: Caller, directory: parties.Directory) -> Seen:
    if isinstance(result, Bad):
        return Seen(result.number, "", tuple(Remark(one.pointer, one.detail) for one in result.faults))
    try:
        files = {hashlib.sha256(content).hexdigest() for content in result.files}
        admitted = operations.admit(result.body, by=by, at=imports.now(), directory=directory, uploaded=files)
    except DocumentRefusedError as error:
        return Seen(result.number, "", imports.in_words([Remark(*one) for one in _places(error)], how(found).form))
    except RefusedError as error:
        return Seen(result.number, "", (Remark("", str(error)),))
    return Seen(result.number, admitted.locators[0].canonical, ())


def _places(error: DocumentRefusedError) -> Iterator[tuple[str, str]]:
    return ((fault.pointer, fault.detail) for fault in error.faults)
