"""Read evidence: what a notice names, and the bytes of it, for either party of the notice and nobody else."""

from __future__ import annotations

import logging
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from mufakat.rules.errors import ErasedError, NotFoundError
from mufakat.server.journal import vault
from mufakat.server.notices import evidence, queries
from mufakat.server.notices.models import CaseKey, Exhibit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mufakat.server.notices.queries import Notice
    from mufakat.server.parties.queries import Caller

log = logging.getLogger(__name__)

LONGEST_NAME = 120  # Characters; with the worst of UTF-8 still a name that file systems take.
# Separators and what shells and systems give a meaning, control characters, and whatever turns or hides text (UAX #9).
UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f/\\\\:*?\"<>|%;'`$"
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
NOT_ASCII = re.compile(r"[^\x20-\x7e]")

HELD, DIGEST_ONLY, ERASED = "held", "digest_only", "erased"


class ExhibitOut(msgspec.Struct, frozen=True):
    """A file of a notice; ``state`` is held, digest_only (its bytes were never taken) or erased."""

    position: int
    state: str
    name: str | None
    media_type: str | None
    size: int | None
    sha256: str | None

    @classmethod
    def of(cls, row: Exhibit) -> ExhibitOut:
        if row.erased_at is not None or row.sha256 is None:
            return cls(row.position, ERASED, None, None, None, None)
        state = HELD if row.upload is not None else DIGEST_ONLY
        size = row.upload.size if row.upload is not None else None
        return cls(row.position, state, row.name, row.media_type, size, bytes(row.sha256).hex())


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that opens to its end, and its content, decrypted as it is read."""

    name: str
    size: int
    parts: Iterator[bytes]


def of(notice: Notice) -> Sequence[ExhibitOut]:
    """The files of a notice that the viewer has been let see, in their order; those of appeals stand elsewhere."""
    rows = Exhibit.objects.filter(notice=notice, appeal=None).select_related("upload").order_by("position")
    return [ExhibitOut.of(row) for row in rows]


def of_appeals(viewer: Caller, notice: Notice) -> dict[str, list[ExhibitOut]]:
    """By appeal, the files of the appeals against what was decided on a notice, as far as they are for the viewer."""
    found: dict[str, list[ExhibitOut]] = {}
    rows = Exhibit.objects.filter(notice=notice, appeal__isnull=False).select_related("upload").order_by("position")
    for row in rows:
        if is_for(viewer, notice, row):
            found.setdefault(row.appeal or "", []).append(ExhibitOut.of(row))
    return found


def is_for(viewer: Caller, notice: Notice, row: Exhibit) -> bool:
    """Whether a party of the notice may see this file.

    Both sides see those of the notice. What somebody affected sent with an appeal may say who they are: it is for whom
    has to judge it, and for the party that sent it itself.
    """
    own = row.upload is not None and row.upload.party_id == viewer.party_id
    return row.appeal is None or notice.recipient_id == viewer.party_id or own


def open_for(viewer: Caller, notice: str, position: int) -> Opened:
    """The bytes of one file. Raises NotFoundError, ErasedError or DamagedFileError; nothing is changed by it."""
    found = queries.get_for(viewer, notice)
    row = Exhibit.objects.filter(notice=found, position=position).select_related("upload").first()
    if row is None or not is_for(viewer, found, row):
        raise NotFoundError("file")
    if row.erased_at is not None:
        raise ErasedError(queries.receipt(found))
    if row.upload is None or row.sealed_key is None:
        raise NotFoundError("file (only its digest was taken)")
    try:
        case = CaseKey.objects.values_list("key", flat=True).get(notice=found)
        under = bytes(case or b"")
        key = vault.unwrap(bytes(row.sealed_key), under=under, context=evidence.context(found.id, position))
        vault.check(row.upload.file, key, sha256=bytes(row.upload.sha256))
    except vault.DamagedFileError:
        log.exception("evidence is damaged", extra={"notice": found.id, "position": position})
        raise
    return Opened(row.name or "", row.upload.size, vault.opened(row.upload.file, key))


def headers_of(found: Opened) -> dict[str, str]:
    """What goes out with the bytes: a browser saves them, and shows, sniffs and runs nothing."""
    return {
        "Content-Type": "application/octet-stream",
        "Content-Length": str(found.size),
        "Content-Disposition": disposition(found.name),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }


def disposition(name: str) -> str:
    """An attachment's name (RFC 6266): in ASCII for all, and whole (RFC 8187) for those that read it."""
    whole = file_name(name)
    plain = NOT_ASCII.sub("_", whole)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(whole, safe='')}"


def file_name(name: str) -> str:
    """The name to save a file under: no path, nothing that turns or hides a part of it, not a hidden file."""
    text = UNSAFE.sub("_", unicodedata.normalize("NFC", name)).strip(" .")
    if len(text) <= LONGEST_NAME:
        return text or "evidence"
    stem, dot, kind = text.rpartition(".")
    if not dot or len(kind) > 16:
        return text[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(kind) - 1]}.{kind}"
