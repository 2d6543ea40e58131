"""Evidence: files are durable before a notice may name them, sealed for each case, and gone when nothing needs them.

The order of the steps, and what a power cut after each leaves behind, is told in docs/evidence.md. What is shown of it
is in `exhibits`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from mufakat.rules.errors import NotAdmissibleError, NotPermittedError, RefusedError
from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.notice import Category
from mufakat.rules.permissions import Deed as May, Reach, reach
from mufakat.server.journal import door, durability, vault
from mufakat.server.journal.errors import BusyError, ClosedError, DiskFullError
from mufakat.server.journal.work import Deed
from mufakat.server.notices.models import CaseKey, Exhibit, Upload

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from django.db.models import QuerySet

    from mufakat.rules.admissibility import Admitted
    from mufakat.rules.notice import EvidenceRef
    from mufakat.server.journal.vault import Sealed
    from mufakat.server.journal.work import Moment
    from mufakat.server.parties.queries import Caller

LARGEST = 50 * 1024 * 1024  # Bytes of one file.
KEPT = timedelta(hours=24)  # How long a file waits for a notice that names it.
LONGEST = timedelta(minutes=15)  # No upload takes longer.
ABANDONED = timedelta(hours=1)  # A draft that nobody has written to for so long belongs to a process that is gone.
PORTION = 500  # Rows of one commit of the sweep: notices that wait behind it must not wait long.
# After these it is certain that no row names the file; after others its removal is left to the sweep.
NOTHING_STORED = (BusyError, ClosedError, DiskFullError)
DEEDS = (May.SUBMIT, May.MESSAGE, May.DECIDE)


class NotForEvidenceError(NotPermittedError):
    """Who neither sends nor answers notices has nothing to upload for."""

    def __str__(self) -> str:
        return f"Evidence is uploaded by those who send, answer or decide notices; the role {self.role.value} does not."


class OtherDigestError(RefusedError):
    """The bytes that came are not those that the address names."""

    def __init__(self) -> None:
        super().__init__(
            "The bytes that came have another SHA-256 than the address names: the file was damaged on its way, or it "
            "is another file. Nothing was stored."
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored file as its party may name it, and until when."""

    sha256: str
    size: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a notice on its way to the writer: sealed already, to be looked up there, or a digest alone."""

    position: int
    name: str
    media_type: str
    sha256: bytes
    sealed: Sealed | None
    held: bool


# -- Taking files in


def require_uploader(by: Caller) -> None:
    """Raise unless the seat sends, answers or decides notices, and its token is for one of these."""
    if all(reach(by.role, deed) is Reach.NONE for deed in DEEDS):
        raise NotForEvidenceError(May.SUBMIT, by.role)
    refusal: NotPermittedError | None = None
    for deed in DEEDS:
        try:
            by.require(deed)
        except NotPermittedError as error:
            refusal = error
        else:
            return
    if refusal is not None:
        raise refusal


def record(sealed: Sealed, *, by: Caller) -> Deed:
    """What the writer does for a durable file: from then on the party's notices may name it.

    A hundred uploads of one file at once make one row: the newest file takes the place of the one before it, which
    nobody has named. A file that a notice names stays as it is, and the party gets another.
    """

    def run(moment: Moment) -> Kept:
        expires_at = moment.at + KEPT
        before = nameable(by.party_id, [sealed.sha256], at=moment.at).filter(exhibits=None).first()
        if before is None:
            Upload.objects.create(
                id=moment.id("upl"),
                party_id=by.party_id,
                sha256=sealed.sha256,
                size=sealed.size,
                file=sealed.name,
                key=sealed.key,
                expires_at=expires_at,
            )
        else:
            Upload.objects.filter(pk=before.pk).update(file=sealed.name, key=sealed.key, expires_at=expires_at)
            moment.after.append(remover([before.file]))
        return Kept(sealed.sha256.hex(), sealed.size, expires_at)

    return Deed(run)


def remover(names: Sequence[str]) -> Callable[[], None]:
    """Remove files once the commit that no longer names them is durable."""
    return lambda: vault.remove(names)


def nameable(party: str, digests: Collection[bytes], *, at: datetime) -> QuerySet[Upload]:
    """The party's own files that a notice may name at this time."""
    return Upload.objects.filter(party_id=party, sha256__in=digests, key__isnull=False, expires_at__gt=at)


def is_stored(party: str, sha256: str, *, at: datetime) -> bool:
    """Whether this party has uploaded this file; what others have is not said (I-10)."""
    return nameable(party, [bytes.fromhex(sha256)], at=at).exists()


def store(content: bytes, *, by: Caller) -> None:
    """Make a file durable that is in memory already, so that a notice of the party may name it."""
    require_uploader(by)
    durability.require_room_for(len(content))
    sealed = vault.keep(content)
    try:
        door.writer().commit(record(sealed, by=by))
    except NOTHING_STORED:
        vault.remove([sealed.name])
        raise


# -- Naming them in a notice


def touches_disk(raw: bytes) -> bool:
    """Whether looking at this body may read rows or write files, which the event loop must not wait for.

    A member's name can be written with escapes too; those of its letters begin like this.
    """
    return b"evidence" in raw or b"\\u006" in raw or b"\\u007" in raw


def items_of(admitted: Admitted) -> tuple[Item, ...]:
    """The files that an admitted notice names; what it carries inside is made durable here, before its transaction.

    For child_sexual_abuse every file is its digest alone, also where the same bytes were uploaded before (I-15).
    """
    return made_durable(admitted.draft.evidence or (), admitted.contents, admitted.draft.category)


def made_durable(
    named: Sequence[EvidenceRef], contents: Sequence[bytes | None], category: Category
) -> tuple[Item, ...]:
    """The same of files that were named, each beside its bytes where it came inside."""
    held = category is not Category.CHILD_SEXUAL_ABUSE
    if any(content is not None for content in contents):
        durability.require_room()
    return tuple(
        Item(
            position,
            ref.name,
            ref.media_type,
            bytes.fromhex(ref.sha256),
            vault.keep(content) if held and content is not None else None,
            held,
        )
        for position, (ref, content) in enumerate(zip(named, contents, strict=True))
    )


def let_go(items: Iterable[Item]) -> None:
    """Remove the files of a notice that was answered before: its repetition stored nothing new."""
    vault.remove(item.sealed.name for item in items if item.sealed is not None)


def exhibit(named: Sequence[tuple[str, str, Sequence[Item]]], moment: Moment) -> None:
    """Write the exhibits of notices (notice, sender, files) in the transaction that writes the notices themselves.

    An upload may have been collected since the notice was judged. Whoever collects is a writer too and has its turn
    before or after this one, so what is found here stays; what is not found refuses the notice.
    """
    uploads = uploads_of(named, moment)
    keys: list[CaseKey] = []
    inline: list[Upload] = []
    exhibits: list[Exhibit] = []
    for notice, party, items in named:
        case = os.urandom(vault.KEY)
        if any(item.held for item in items):
            keys.append(CaseKey(notice_id=notice, key=case))
        for item in items:
            row = Exhibit(
                notice_id=notice,
                position=item.position,
                name=item.name,
                media_type=item.media_type,
                sha256=item.sha256,
            )
            if item.sealed is not None:
                # Nobody but this notice names it, so its own key is never written down.
                row.upload_id, key = moment.id("upl"), item.sealed.key
                inline.append(
                    Upload(
                        id=row.upload_id,
                        party_id=party,
                        sha256=item.sha256,
                        size=item.sealed.size,
                        file=item.sealed.name,
                        key=None,
                        expires_at=moment.at,
                    )
                )
            elif item.held:
                upload = uploads[party, item.sha256]
                row.upload_id, key = upload.pk, bytes(upload.key or b"")
            if item.held:
                row.sealed_key = vault.wrap(key, under=case, context=context(notice, item.position))
            exhibits.append(row)
    Upload.objects.bulk_create(inline)
    CaseKey.objects.bulk_create(keys)
    Exhibit.objects.bulk_create(exhibits)


def context(notice: str, position: int) -> str:
    """What a file's key is sealed for: it does not open in another place."""
    return f"mufakat/exhibit/v1 {notice} {position}"


def uploads_of(named: Sequence[tuple[str, str, Sequence[Item]]], moment: Moment) -> dict[tuple[str, bytes], Upload]:
    """The uploaded files that these (case, party, files) name, by party and digest; NotAdmissibleError for others."""
    wanted: dict[str, set[bytes]] = {}
    for _, party, items in named:
        looked_up = {item.sha256 for item in items if item.held and item.sealed is None}
        if looked_up:
            wanted.setdefault(party, set()).update(looked_up)
    found = {
        (party, bytes(upload.sha256)): upload
        for party, digests in wanted.items()
        for upload in nameable(party, digests, at=moment.at).order_by("expires_at")
    }
    faults = [
        Fault(f"/evidence/{item.position}/sha256", FaultCode.NOT_UPLOADED, absent(item.sha256.hex()))
        for _, party, items in named
        for item in items
        if item.held and item.sealed is None and (party, item.sha256) not in found
    ]
    if faults:
        raise NotAdmissibleError(faults)
    return found


def absent(sha256: str) -> str:
    """The sentence for a digest whose file is not here, as `rules.admissibility` says it."""
    return f"No file with this digest is here; upload it first: PUT /api/v1/evidence/{sha256}"


# -- Letting them go


def destroy_keys(notices: Collection[str], moment: Moment) -> set[str]:
    """Make the files of these notices unreadable for ever, inside the operation that erases their content.

    Returns the notices of which there was something to erase.
    The key goes with the transaction; a file goes after the commit, unless another notice still needs it. Should the
    power fail between the two, what is left is noise under a random name, which the sweep finds.
    """
    live = Exhibit.objects.filter(notice_id__in=notices, erased_at=None)
    had = set(live.values_list("notice_id", flat=True))
    uploads = set(live.exclude(upload=None).values_list("upload_id", flat=True))
    CaseKey.objects.filter(notice_id__in=notices, erased_at=None).update(key=None, erased_at=moment.at)
    live.update(name=None, media_type=None, sha256=None, sealed_key=None, upload=None, erased_at=moment.at)
    _drop(Upload.objects.filter(pk__in=uploads, exhibits=None), moment)
    return had


def _drop(unneeded: QuerySet[Upload], moment: Moment) -> int:
    rows = list(unneeded.values_list("pk", "file"))
    Upload.objects.filter(pk__in=[pk for pk, _ in rows]).delete()
    if rows:
        moment.after.append(remover([file for _, file in rows]))
    return len(rows)


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found: uploads nobody named, keys that only cases keep from now on, files without a row."""

    uploads: int
    keys: int
    files: int


def sweep(*, at: datetime) -> Swept:
    """Remove what nobody named in its time, and what a process that died left behind. Safe to repeat at any moment."""
    uploads = keys = 0
    while True:
        gone, sealed = door.commit(lambda moment: _expire(at, moment))
        uploads, keys = uploads + gone, keys + sealed
        if gone + sealed < PORTION:
            return Swept(uploads, keys, _sweep_files(at))


def _expire(at: datetime, moment: Moment) -> tuple[int, int]:
    """Rows first, files after the commit: a row never names a file that is not there."""
    due = Upload.objects.filter(key__isnull=False, expires_at__lte=at).order_by("expires_at")
    chosen = list(due.values_list("pk", flat=True)[:PORTION])
    named = Upload.objects.filter(pk__in=chosen, exhibits__isnull=False).values_list("pk", flat=True)
    keys = Upload.objects.filter(pk__in=set(named)).update(key=None)
    return _drop(Upload.objects.filter(pk__in=chosen, exhibits=None), moment), keys


def _sweep_files(at: datetime) -> int:
    """Drafts of dead processes, and files whose row was never written or whose removal was cut off."""
    count = 0
    found = vault.strays(drafts_before=(at - ABANDONED).timestamp(), files_before=(at - KEPT).timestamp())
    for portion in _portions(found):
        named = {path.name for path, draft in portion if not draft}
        known = set(Upload.objects.filter(file__in=named).values_list("file", flat=True))
        for path, _ in portion:
            if path.name not in known:
                path.unlink(missing_ok=True)
                count += 1
    return count


def _portions(found: Iterator[tuple[Path, bool]]) -> Iterator[list[tuple[Path, bool]]]:
    while portion := list(islice(found, PORTION)):
        yield portion
