"""Which version of which agreement governs a notice: the one in force between its two parties when it comes.

Asked by the writer for every group of notices, so what was read is remembered (``parties.turns``).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mufakat.server.agreements.models import Agreement, Governing
from mufakat.server.parties import turns

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from mufakat.server.journal.work import Moment

Pair = tuple[str, str]
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


def of_pairs(pairs: Collection[Pair], *, moment: Moment) -> Mapping[Pair, Governed]:
    """What governs notices of these senders to these recipients now; those without an agreement are left out.

    Called in the writer's turn.
    """
    known = _known.of(moment).rows
    found = {}
    for pair in pairs:
        for one in known.get(pair, ()):
            if one.from_at <= moment.at and (one.until is None or moment.at < one.until):
                found[pair] = one
                break
    return found


def of_recipient(recipient: str, *, moment: Moment) -> list[Governed]:
    """Every version in force now under which somebody may send this party notices, the oldest agreement first.

    Called in the writer's turn.
    """
    found = {
        one.agreement: one
        for pair, rows in _known.of(moment).rows.items()
        for one in rows
        if pair[1] == recipient and one.from_at <= moment.at and (one.until is None or moment.at < one.until)
    }
    return [found[agreement] for agreement in sorted(found)]


def next_due_in(moment: Moment) -> datetime | None:
    """When something that was agreed begins or ends next; asked before every group of notices, so remembered."""
    return _known.of(moment).due


def next_due() -> datetime | None:
    """The same outside of a turn."""
    due = Agreement.objects.filter(next_at__isnull=False).order_by("next_at")
    return due.values_list("next_at", flat=True).first()


class Known(NamedTuple):
    """What governs now, and when that changes by itself."""

    rows: Rows
    due: datetime | None


def _read() -> Rows:
    """The rows that govern now.

    What governed before is left out: whoever asks has settled what is due, and a long history must cost nothing here.
    """
    found: Rows = defaultdict(list)
    for row in Governing.objects.filter(until=None).order_by("-from_at", "-id").select_related("version"):
        version = row.version
        governed = Governed(
            version.id, version.number, version.agreement_id, version.event, version.profile, row.from_at, row.until
        )
        found[row.sender_id, row.recipient_id].append(governed)
    return dict(found)


_known = turns.Kept(lambda: Known(_read(), next_due()))
