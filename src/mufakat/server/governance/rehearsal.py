"""Rehearse a profile on what came in: how its clocks would have stood for the newest notices between two sides.

Nothing is written. What is read are times alone; no outcome and no content gets here (I-05). Whoever asks sees shares
over the notices of its own party, never a notice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules import profile as rules, rehearsing
from mufakat.rules.errors import NotFoundError
from mufakat.server.agreements import drafts, profiles
from mufakat.server.notices import pasts
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from mufakat.rules.profile import Profile
    from mufakat.rules.rehearsing import Rehearsal
    from mufakat.server.parties.queries import Caller

USUAL, MOST = 500, 100_000


def rehearse(draft: Profile, pairs: Collection[tuple[str, str]], *, at: datetime, limit: int = USUAL) -> Rehearsal:
    """How the clocks of `draft` would stand for the newest notices of these pairs of parties (ids), and how they do."""
    then = _known(pasts.profiles_of(pairs))
    types = rehearsing.concerned([draft, *then.values()])
    notices = pasts.newest(pairs, limit=min(limit, MOST), types=types)
    return rehearsing.rehearse(notices, draft, then=then, at=at)


def of_agreement(
    viewer: Caller, agreement: str, *, at: datetime, limit: int = USUAL, profile: str | None = None
) -> Rehearsal:
    """What is on the table of an agreement, or another `profile`, rehearsed for the viewer's party.

    Raises NotFoundError for an agreement of others, and for a profile that is not there.
    """
    draft = drafts.draft_for(viewer, agreement)
    return rehearse(named(profile or draft.profile), draft.pairs, at=at, limit=limit)


def between(sender: str, recipient: str, draft: Profile, *, at: datetime, limit: int = USUAL) -> Rehearsal:
    """A profile rehearsed on what a party (handle) sent another one. For the operator of the house alone."""
    pair = (parties.party_by_handle(sender).id, parties.party_by_handle(recipient).id)
    return rehearse(draft, [pair], at=at, limit=limit)


def named(profile: str) -> Profile:
    """The profile of this name, its newest text, or of this reference. Raises NotFoundError."""
    return (
        profiles.load(profile) if "@" in profile or profile in rules.names() else rules.parse(profiles.text_of(profile))
    )


def _known(refs: Collection[str]) -> Mapping[str, Profile]:
    """Those that this release knows; by one that it does not know nothing was in time or late."""
    found = {}
    for ref in refs:
        try:
            found[ref] = profiles.load(ref)
        except NotFoundError:
            continue
    return found
