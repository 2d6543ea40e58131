"""What a draft would change: the profile that is on the table, and between which parties it would hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules import agreement_checks
from mufakat.rules.agreement import FRAME
from mufakat.rules.errors import NotFoundError
from mufakat.server.agreements import queries, standing, tables
from mufakat.server.agreements.models import Agreement
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.server.parties.queries import Caller

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Draft:
    """The profile (a name or a reference) of the newest proposal of the frame, and whose notices to whom it governs.

    `pairs` are ids of parties.
    """

    agreement: str
    profile: str
    pairs: Sequence[Pair]


def draft_for(viewer: Caller, agreement: str) -> Draft:
    """The draft of an agreement of the viewer's party, between it and others alone (I-10). Raises NotFoundError."""
    found = _draft(queries.get_for(viewer, agreement).row)
    return Draft(found.agreement, found.profile, [pair for pair in found.pairs if viewer.party_id in pair])


def draft_of(agreement: str) -> Draft:
    """The same between all of its parties. For the operator of the house alone."""
    row = Agreement.objects.filter(pk=agreement).first()
    if row is None:
        raise NotFoundError("agreement")
    return _draft(row)


def _draft(row: Agreement) -> Draft:
    frames = [terms.frame for name, _, _, terms in tables.newest_terms(row) if name == FRAME]
    profile = next((frame.profile for frame in reversed(frames) if frame is not None), standing.PROFILE)
    directory = parties.directory()
    named = agreement_checks.pairs(tables.kinds_of(row))
    return Draft(row.id, profile, [(directory[sender][0], directory[recipient][0]) for sender, recipient in named])
