"""The register as a pure function of the journal (I-12): from what happened in a case to what the public sees of it.

Which cases have entries, and who makes them; `entry` says what an entry is, `publicity` what of it is shown. A kind of
entry is a word: later rooms add theirs here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from mufakat.rules import agreement_entries, notice_entries, party_entries, restriction_entries
from mufakat.rules.entry import Entry, Happened, Hidden, Parties, Party, Projected, Step

__all__ = ["PROJECTIONS", "Entry", "Happened", "Hidden", "Party", "Projected", "Step", "entries_of"]

Projection = Callable[[Sequence[Happened], Parties, datetime], Iterable[Projected]]

PROJECTIONS: Mapping[str, Projection] = MappingProxyType(
    {
        "ntc": notice_entries.project,
        "mnd": party_entries.project_mandate,
        "ctc": party_entries.project_contact,
        "pty": party_entries.project_party,
        "agr": agreement_entries.project,
        "rst": restriction_entries.project,
    }
)
"""How the id of a case begins → what is made of its history. Cases that begin otherwise have no entries."""


def entries_of(history: Sequence[Happened], *, parties: Parties, at: datetime) -> tuple[Projected, ...]:
    """The entries that a case has at `at`, from its whole history in the journal's order; none where it has none."""
    if at.tzinfo is None:
        raise ValueError("A moment without a zone is no moment.")
    projection = PROJECTIONS.get(history[0].case.partition("_")[0]) if history else None
    return tuple(projection(history, parties, at)) if projection is not None else ()
