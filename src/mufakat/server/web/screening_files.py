"""Files that the pages of screening take: a sample, sealed as it comes, and a bank, small enough to be held.

Django reads a form's files before any view runs, whoever sent them. So who may send is asked first, and nothing of
anybody else's file is kept (`uploads`).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.utils.translation import gettext as _

from mufakat.rules.errors import NotPermittedError
from mufakat.rules.permissions import Deed
from mufakat.server.filters import holdings, samples
from mufakat.server.filters.errors import SampleTooLargeError
from mufakat.server.filters.samples import Receiving
from mufakat.server.journal.errors import DiskFullError
from mufakat.server.web import seat

if TYPE_CHECKING:
    from django.http import HttpRequest

    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.agreement_forms import Judged

FIELD = "file"
BANK = 4 * 1024 * 1024
"""Bytes of a bank's file by the page: some forty thousand entries. A larger one goes by the API or the command."""
PLACE = "/desk/screening/"
SAMPLES = f"{PLACE}samples"
BANKS = f"{PLACE}banks/"
REFUSED = "mufakat_screening_refused"


class SampleFile(UploadedFile):  # type: ignore[type-arg]  # Generic for the checker alone.
    """A sample that is wholly here, sealed; closed with the request it is gone unless it was taken."""

    def __init__(self, receiving: Receiving, name: str) -> None:
        super().__init__(None, name, None, receiving.size)
        self.receiving = receiving

    def close(self) -> None:
        self.receiving.discard()


class TooLargeError(Exception):
    """More than the page takes."""


class ScreeningHandler(FileUploadHandler):
    """Django's handler of uploads on the pages of screening: one file, from somebody who may hand it in."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._receiving: Receiving | None = None
        self._held: bytearray | None = None

    def handle_raw_input(self, *told: Any, **_more: Any) -> None:
        """A connection that breaks in the middle of a file tells no handler; the request is closed in any case."""
        del told
        if self.request is None:
            return
        close = self.request.close

        def closed() -> None:
            self.upload_interrupted()
            close()

        self.request.close = closed  # type: ignore[method-assign]

    def new_file(self, field_name: str, *told: Any, **more: Any) -> None:
        super().new_file(field_name, *told, **more)
        if field_name != FIELD or self._receiving is not None or self._held is not None or self.request is None:
            raise SkipFile
        caller = seat.caller_of(self.request)
        if caller is None or not self._begin(caller, self.request.path):
            raise SkipFile

    def _begin(self, caller: Caller, path: str) -> bool:
        """Whether this person may hand in what this address takes, and then where it goes."""
        deed = Deed.PROPOSE_POLICY if path == SAMPLES else Deed.MANAGE_BANKS
        try:
            holdings.require(caller, deed)
            if path == SAMPLES:
                self._receiving = Receiving(caller)
            else:
                self._held = bytearray()
        except NotPermittedError:
            return False
        except DiskFullError as error:
            self._refuse(error)
        return True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        del start
        try:
            if self._receiving is not None:
                self._receiving.write(raw_data)
        except (SampleTooLargeError, DiskFullError) as error:
            self._refuse(error)
        if self._held is not None:
            self._held += raw_data
            if len(self._held) > BANK:
                self._refuse(TooLargeError())

    def file_complete(self, file_size: int) -> UploadedFile | None:  # type: ignore[type-arg]
        del file_size
        if self._receiving is not None:
            return SampleFile(self._receiving, self.file_name or "")
        if self._held is None:
            return None
        return UploadedFile(io.BytesIO(bytes(self._held)), self.file_name, None, len(self._held))

    def upload_interrupted(self) -> None:
        if self._receiving is not None:
            self._receiving.discard()

    def _refuse(self, error: Exception) -> None:
        self.upload_interrupted()
        setattr(self.request, REFUSED, error)
        raise StopUpload(connection_reset=False)


def takes(path: str) -> bool:
    """Whether this address takes a file of screening."""
    return path == SAMPLES or (path.startswith(BANKS) and path.endswith("/import"))


def sample_of(request: Any, form: Judged) -> tuple[SampleFile | None, int]:
    """The sample that was sent; or None and the status of the refusal that now stands in the form."""
    largest = samples.LARGEST // 1024**2
    file, status = _sent(request, form, largest=largest)
    return (file if isinstance(file, SampleFile) else None), status


def bank_of(request: Any, form: Judged) -> tuple[io.BytesIO | None, int]:
    """The same of a bank's file, as a stream that can be read twice."""
    file, status = _sent(request, form, largest=BANK // 1024**2)
    return (io.BytesIO(file.read()) if file is not None else None), status


def _sent(request: Any, form: Judged, *, largest: int) -> tuple[Any, int]:
    refused = getattr(request, REFUSED, None)
    if isinstance(refused, DiskFullError):
        raise refused
    if refused is not None:
        form.add_error(FIELD, _("The file is too large: at most %(mib)s MiB are taken here.") % {"mib": largest})
        return None, 413
    file = request.FILES.get(FIELD)
    if file is None:
        form.add_error(FIELD, _("Choose a file."))
        return None, 422
    if not request.POST.get("end"):
        # The last field of the form is missing: so is the end of the file.
        form.add_error(FIELD, _("The file was cut off on its way. Nothing was kept; send it again."))
        return None, 422
    return file, 200
