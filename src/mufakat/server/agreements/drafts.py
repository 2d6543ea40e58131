"""What a draft would change: the profile that is on the table, and between which parties it would hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules import agreement as rules, agreement_checks
from mufakat.rules.agreement import FRAME
from mufakat.server.agreements import queries, standing, tables
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.server.parties.queries import Caller

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Draft:
    """The profile (a name or a reference) of the newest proposal of the frame, and whose notices to whom it governs.

    `pairs` are ids of parties, those alone in which the viewer's own party has a side (I-10).
    """

    agreement: str
    profile: str
    pairs: Sequence[Pair]


def draft_for(viewer: Caller, agreement: str) -> Draft:
    """The draft of an agreement of the viewer's party. Raises NotFoundError."""
    whole = queries.get_for(viewer, agreement)
    frame = next((point for point in whole.newest() if point.name == FRAME), None)
    proposals = list(frame.proposed.all()) if frame is not None else []
    found = rules.from_json(proposals[-1].terms).frame if proposals else None
    directory = parties.directory()
    pairs = [
        (directory[sender][0], directory[recipient][0])
        for sender, recipient in agreement_checks.pairs(tables.kinds_of(whole.row))
    ]
    mine = [pair for pair in pairs if viewer.party_id in pair]
    return Draft(whole.row.id, found.profile if found is not None else standing.PROFILE, mine)
