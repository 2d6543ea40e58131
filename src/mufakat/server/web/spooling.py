"""Files of notices that the page of imports is sent: written where imports lie, and only for whom it is.

Django reads a form before any view of ours is asked. Without this handler everybody could fill the disk with files that
no page asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.urls import reverse

from mufakat.rules.permissions import Deed
from mufakat.server.journal.errors import DiskFullError
from mufakat.server.notices.spool import FileTooLargeError, Spool
from mufakat.server.web import seat

if TYPE_CHECKING:
    from collections.abc import Mapping


class Received(UploadedFile):  # type: ignore[type-arg]  # Generic in its stubs alone.
    """A file that is wholly here; closing it removes it unless somebody kept it."""

    def __init__(self, spool: Spool, name: str) -> None:
        super().__init__(file=spool.file, name=name, size=spool.size)
        self.spool = spool
        self.kept = False

    def close(self) -> None:
        if self.kept:
            self.spool.close()
        else:
            self.spool.remove()


class SpoolHandler(FileUploadHandler):
    """Django's handler of uploads: one file, on the page of imports, by somebody who may send notices."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._spool: Spool | None = None
        self._expected: bool | None = None

    def new_file(self, *given: Any, **more: Any) -> None:
        super().new_file(*given, **more)
        if self._expected is None:
            self._expected = self._is_expected()
        if not self._expected or self._spool is not None:
            raise SkipFile
        self._spool = Spool.new()

    def _is_expected(self) -> bool:
        if self.request is None or self.request.path != reverse("import"):
            return False
        caller = seat.caller_of(self.request)
        return caller is not None and seat.may(caller, Deed.SUBMIT)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        del start
        if self._spool is None:
            return
        try:
            self._spool.write(raw_data)
        except (FileTooLargeError, DiskFullError, OSError) as error:
            self.upload_interrupted()
            self.request.upload_refused = error  # type: ignore[union-attr]  # Ours, for the view.
            raise StopUpload(connection_reset=False) from None

    def file_complete(self, file_size: int) -> Received | None:
        del file_size
        if self._spool is None:
            return None
        return Received(self._spool, self.file_name or "")

    def upload_interrupted(self) -> None:
        if self._spool is not None:
            self._spool.remove()


def refused(request: Any) -> Exception | None:
    """Why the file of this request was not kept, if it was not."""
    found: Exception | None = getattr(request, "upload_refused", None)
    return found


def received(files: Mapping[str, Any], name: str) -> Received | None:
    """The file of this field, if one came."""
    found = files.get(name)
    return found if isinstance(found, Received) else None
