"""Which version of which agreement governs a notice: the one in force between its two parties when it comes.

Asked by the writer for every group of notices, so what was read is remembered as other look-ups are: embedded, every
change of it drops the memory with its own commit. Where several processes write, the rows themselves are asked.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.server.agreements.models import Agreement, Governing
from mufakat.server.journal.database import is_embedded
from mufakat.server.parties.queries import remembered

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

Pair = tuple[str, str]
STANDING = "standing"
DUE = "agreements_due"
PROFILE = "id-2017"  # By which notices run between parties that have no agreement in force.


@dataclass(frozen=True, slots=True)
class Governed:
    """A version that governs notices from a party to another, from when until when; `event` is its leaf's."""

    version: int
    number: int
    agreement: str
    event: str
    profile: str
    from_at: datetime
    until: datetime | None


Rows = dict[Pair, list[Governed]]


def of_pairs(pairs: Collection[Pair], *, at: datetime, anew: bool = False) -> Mapping[Pair, Governed]:
    """What governs notices of these senders to these recipients now; those without an agreement are left out.

    `anew` where this very transaction may have changed it: nothing that is remembered counts then.
    """
    known = _rows() if is_embedded() and not anew else _read(pairs)
    found = {}
    for pair in pairs:
        for one in known.get(pair, ()):
            if one.from_at <= at and (one.until is None or at < one.until):
                found[pair] = one
                break
    return found


def of_pair(sender: str, recipient: str, *, at: datetime) -> Governed | None:
    """The same of one pair (ids of parties)."""
    return of_pairs([(sender, recipient)], at=at).get((sender, recipient))


def next_due() -> datetime | None:
    """When something that was agreed begins or ends next; asked before every group of notices, so remembered too."""
    if not is_embedded():
        return _next_due()
    since = remembered.changes
    found: tuple[datetime | None] | None = remembered.get(DUE)
    if found is None:
        found = remembered.put(DUE, (_next_due(),), since=since)
    return found[0]


def _next_due() -> datetime | None:
    due = Agreement.objects.filter(next_at__isnull=False).order_by("next_at")
    return due.values_list("next_at", flat=True).first()


def _rows() -> Rows:
    since = remembered.changes
    found: Rows | None = remembered.get(STANDING)
    if found is None:
        found = remembered.put(STANDING, _read(None), since=since)
    return found


def _read(pairs: Collection[Pair] | None) -> Rows:
    """The rows that govern now; of these pairs' senders alone where pairs are given.

    What governed before is left out: whoever asks has settled what is due, and a long history must cost nothing here.
    """
    rows = Governing.objects.filter(until=None).order_by("-from_at", "-id")
    if pairs is not None:
        rows = rows.filter(sender__in={sender for sender, _ in pairs})
    found: Rows = defaultdict(list)
    for row in rows.select_related("version"):
        version = row.version
        governed = Governed(
            version.id, version.number, version.agreement_id, version.event, version.profile, row.from_at, row.until
        )
        found[row.sender_id, row.recipient_id].append(governed)
    return dict(found)
