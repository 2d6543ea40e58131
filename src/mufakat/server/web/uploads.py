"""Files that come in by the form: sealed while they are read, so that no content lies on the disk in the open.

Django reads a form's files before any view runs, whoever sent them and to whatever address. So it is asked here first:
only the form that sends notices takes files, and only from a signed-in person who may send. The page of imports takes
one of another kind (``spooling``), and those of screening theirs (``screening_files``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.urls import reverse

from mufakat.rules.notice import MAX_EVIDENCE
from mufakat.rules.permissions import Deed
from mufakat.server.journal import durability, vault
from mufakat.server.journal.errors import DiskFullError
from mufakat.server.notices import evidence
from mufakat.server.web import screening_files, seat, spooling

if TYPE_CHECKING:
    from django.http import HttpRequest

FIELD = "evidence"
TOTAL = 200 * 1024 * 1024  # Bytes of all files of one form.
ANY_TYPE = "application/octet-stream"
MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}")
LEFT_OUT = "mufakat_left_out"  # The attribute of the request that says why some file was not taken.

TOO_LARGE, TOO_MANY, NO_ROOM = "too_large", "too_many", "no_room"


class WaitingFile(UploadedFile):  # type: ignore[type-arg]  # Generic for the checker alone.
    """A file that was read and sealed, and is not finished: closed with the request it is gone."""

    def __init__(self, draft: vault.Draft, name: str, media_type: str) -> None:
        super().__init__(None, name, media_type, draft.size)
        self.draft = draft

    @property
    def media_type(self) -> str:
        """What the browser says it is, where that is a media type at all; nobody here looks inside."""
        told = self.content_type or ""
        return told if MEDIA_TYPE.fullmatch(told) else ANY_TYPE

    def close(self) -> None:
        self.draft.discard()


class SealingHandler(FileUploadHandler):
    """Django's upload handler."""

    chunk_size = 256 * 1024

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._open = False
        self._count = 0
        self._total = 0
        self._draft: vault.Draft | None = None

    def handle_raw_input(self, *told: Any, **_: Any) -> None:
        """Whether files are taken from this request at all."""
        request, length = self.request, told[2]
        if request is None or request.path != reverse("send"):
            return
        caller = seat.caller_of(request)
        self._open = caller is not None and seat.may(caller, Deed.SUBMIT)
        if self._open and length > TOTAL + 4 * 1024 * 1024:
            self._leave_out(TOO_LARGE, all_of_them=True)
        # A connection that breaks in the middle of a file tells no handler; the request is closed in any case.
        close = request.close

        def closed() -> None:
            self.upload_interrupted()
            close()

        request.close = closed  # type: ignore[method-assign]

    def new_file(self, field_name: str, *told: Any, **more: Any) -> None:
        super().new_file(field_name, *told, **more)
        if not self._open or field_name != FIELD:
            raise SkipFile
        self._count += 1
        if self._count > MAX_EVIDENCE:
            self._leave_out(TOO_MANY)
            raise SkipFile
        self._draft = vault.Draft()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        del start
        if self._draft is None:
            raise SkipFile
        self._total += len(raw_data)
        if self._draft.size + len(raw_data) > evidence.LARGEST or self._total > TOTAL:
            self._give_up(TOO_LARGE)
        try:
            durability.require_room_for(len(raw_data))
            self._draft.write(raw_data)
        except DiskFullError:
            self._give_up(NO_ROOM)

    def file_complete(self, file_size: int) -> WaitingFile | None:
        del file_size
        draft, self._draft = self._draft, None
        return WaitingFile(draft, self.file_name or "", self.content_type or "") if draft is not None else None

    def upload_interrupted(self) -> None:
        draft, self._draft = self._draft, None
        if draft is not None:
            draft.discard()

    def _give_up(self, why: str) -> None:
        self.upload_interrupted()
        self._leave_out(why)
        raise SkipFile

    def _leave_out(self, why: str, *, all_of_them: bool = False) -> None:
        setattr(self.request, LEFT_OUT, why)
        if all_of_them:
            self._open = False


def left_out(request: HttpRequest) -> str:
    """Why some file of this form was not taken; empty when all were."""
    request.POST  # noqa: B018 - the files are read with the fields.
    return str(getattr(request, LEFT_OUT, ""))


def handler_for(request: HttpRequest) -> FileUploadHandler:
    """The handler of this request's files, as Django asks for it: only one of ours, so that none undoes another's."""
    if screening_files.takes(request.path):
        return screening_files.ScreeningHandler(request)
    return spooling.SpoolHandler(request) if request.path == reverse("import") else SealingHandler(request)
