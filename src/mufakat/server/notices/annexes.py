"""The files of an appeal: sealed under the key of the notice that it is about, behind the notice's own files.

So whatever erases the case's evidence erases them too, in every backup, and nobody need remember that they exist.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from django.db.models import Max

from mufakat.server.journal import vault
from mufakat.server.notices import evidence
from mufakat.server.notices.models import CaseKey, Exhibit, Upload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.server.journal.work import Moment
    from mufakat.server.notices.evidence import Item


def attach(notice: str, appeal: str, *, party: str, items: Sequence[Item], moment: Moment) -> None:
    """Write the files of an appeal, in the transaction that writes the appeal.

    `party` has uploaded what did not come inside, and is who sees the files besides the recipient. Raises
    NotAdmissibleError where an upload is gone.
    """
    if not items:
        return
    uploads = evidence.uploads_of([(notice, party, items)], moment)
    held = any(item.held for item in items)
    case = _case_key(notice) if held else b""
    newest = Exhibit.objects.filter(notice=notice).aggregate(last=Max("position"))["last"]
    start = 0 if newest is None else newest + 1
    for item in items:
        position = start + item.position
        upload, key = _upload(item, party, uploads, moment) if item.held else (None, b"")
        Exhibit.objects.create(
            notice_id=notice,
            appeal=appeal,
            position=position,
            name=item.name,
            media_type=item.media_type,
            sha256=item.sha256,
            upload=upload,
            sealed_key=vault.wrap(key, under=case, context=evidence.context(notice, position)) if item.held else None,
        )


def _upload(item: Item, party: str, uploads: dict[tuple[str, bytes], Upload], moment: Moment) -> tuple[Upload, bytes]:
    """The row of a held file and its own key, which is written down nowhere but under the case's."""
    if item.sealed is None:
        found = uploads[party, item.sha256]
        return found, bytes(found.key or b"")
    made = Upload.objects.create(
        id=moment.id("upl"),
        party_id=party,
        sha256=item.sha256,
        size=item.sealed.size,
        file=item.sealed.name,
        key=None,
        expires_at=moment.at,
    )
    return made, item.sealed.key


def _case_key(notice: str) -> bytes:
    """The key of the case. Where it was destroyed there is a new one, which opens nothing of what was erased."""
    found = CaseKey.objects.filter(notice=notice).first()
    if found is not None and found.key is not None:
        return bytes(found.key)
    key = os.urandom(vault.KEY)
    CaseKey.objects.update_or_create(notice_id=notice, defaults={"key": key, "erased_at": None})
    return key
