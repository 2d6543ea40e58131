"""The files of a notice that is being sent: those that come with the form, and those that came with it before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from mufakat.rules.notice import MAX_EVIDENCE, Category
from mufakat.server.journal import door
from mufakat.server.notices import evidence
from mufakat.server.web import uploads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.uploads import WaitingFile

KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that is stored already and that the notice is to name."""

    sha256: str
    media_type: str
    name: str

    @property
    def value(self) -> str:
        """How the form brings it back, so that nobody need choose a file twice. The rules judge it like any body."""
        return f"{self.sha256}:{self.media_type}:{self.name}"

    @property
    def reference(self) -> dict[str, str]:
        """The member of the notice's body."""
        return {"name": self.name, "media_type": self.media_type, "sha256": self.sha256}


def kept(request: Visit) -> list[Attached]:
    """The files that came with the form before, as far as their boxes are still ticked."""
    found = [value.split(":", 2) for value in request.POST.getlist(KEPT)]
    return [Attached(*parts) for parts in found if len(parts) == 3]


def arriving(request: Visit) -> Sequence[WaitingFile]:
    """The files that come with the form."""
    return [file for file in request.FILES.getlist(uploads.FIELD) if isinstance(file, uploads.WaitingFile)]


def refusal(request: Visit) -> str:
    """Why these files cannot be taken with this form; empty when they can. Asked before anything is stored."""
    if (arriving(request) or kept(request)) and request.POST.get("category") == Category.CHILD_SEXUAL_ABUSE:
        return _(
            "For sexual abuse of children no files are taken, and nothing was sent. "
            "Write their SHA-256 digests among the links instead."
        )
    if len(arriving(request)) + len(kept(request)) > MAX_EVIDENCE:
        return _("A notice names at most 20 files.")
    return {
        uploads.TOO_LARGE: _("A file is larger than 50 MiB, or all together are larger than 200 MiB."),
        uploads.TOO_MANY: _("A notice names at most 20 files."),
        uploads.NO_ROOM: _("There is no room left on the server for these files. Please tell the operator."),
    }.get(uploads.left_out(request), "")


def attach(request: Visit, by: Caller) -> list[Attached]:
    """Store what arrives, for good, and return all that the notice is to name."""
    found = {one.sha256: one for one in kept(request)}
    for file in arriving(request):
        made = evidence.record(file.draft.finish(), by=by)
        stored = door.writer().commit(made)
        found[stored.sha256] = Attached(stored.sha256, file.media_type, file.name or "")
    return list(found.values())
