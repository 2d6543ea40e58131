"""Read statements that were made elsewhere; a party sees its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mufakat.formats import dsa
from mufakat.rules.errors import ErasedError, NotFoundError, NotPermittedError
from mufakat.rules.permissions import Deed, Reach
from mufakat.server.decisions.dsa_rows import ForeignStatement, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.formats.dsa import Row
    from mufakat.server.parties.queries import Caller

PAGE = 500
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def seen_by(viewer: Caller) -> QuerySet[ForeignStatement]:
    """The statements of the viewer's own party."""
    if viewer.require(Deed.READ) is Reach.PEOPLE_AND_KEYS:
        raise NotPermittedError(Deed.READ, viewer.role)
    return ForeignStatement.objects.filter(party_id=viewer.party_id)


def get_for(viewer: Caller, uuid: str) -> ForeignStatement:
    """The statement of this UUID, if it is the viewer's. Raises NotFoundError, ErasedError."""
    found = seen_by(viewer).filter(uuid_key=key_of(viewer.party_id, uuid)).first() if _UUID.fullmatch(uuid) else None
    if found is None:
        raise NotFoundError("statement")
    if found.body is None:
        raise ErasedError("")
    return found


def is_used(viewer: Caller, puid: str) -> bool:
    """Whether the viewer's party used this identifier."""
    return dsa.is_puid(puid) and seen_by(viewer).filter(puid_key=key_of(viewer.party_id, puid)).exists()


def rows(viewer: Caller, *, since: datetime | None = None, until: datetime | None = None) -> Iterator[Row]:
    """The statements created in this time, oldest first, a page at a time; what was erased is left out."""
    found = seen_by(viewer).filter(body__isnull=False).order_by("created_at", "id")
    if since is not None:
        found = found.filter(created_at__gte=since)
    if until is not None:
        found = found.filter(created_at__lt=until)
    page = list(found[:PAGE])
    while page:
        for one in page:
            residue = bytes(one.residue) if one.residue is not None else None
            yield dsa.Row(one.pk, dsa.decoded(bytes(one.body or b"")), one.uuid, one.platform, one.created_at, residue)
        last = page[-1]
        same = found.filter(created_at=last.created_at, id__gt=last.pk)
        page = list(same[:PAGE]) or list(found.filter(created_at__gt=last.created_at)[:PAGE])
