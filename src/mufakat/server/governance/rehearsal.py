"""Rehearse a profile on what came in: how its clocks would have stood for the newest notices between two sides.

Nothing is written. What is read are times alone; no outcome and no content gets here (I-05). Whoever asks sees shares
over the notices of its own party, never a notice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules import rehearsing
from mufakat.rules.errors import NotFoundError
from mufakat.server.agreements import profiles
from mufakat.server.notices import pasts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from mufakat.rules.profile import Profile
    from mufakat.rules.rehearsing import Rehearsal

USUAL, MOST = 500, 100_000


def rehearse(draft: Profile, pairs: Collection[tuple[str, str]], *, at: datetime, limit: int = USUAL) -> Rehearsal:
    """How the clocks of `draft` would stand for the newest notices of these pairs of parties (ids), and how they do."""
    then = _known(pasts.profiles_of(pairs))
    types = rehearsing.concerned([draft, *then.values()])
    notices = pasts.newest(pairs, limit=min(limit, MOST), types=types)
    return rehearsing.rehearse(notices, draft, then=then, at=at)


def _known(refs: Collection[str]) -> Mapping[str, Profile]:
    """Those that this release knows; by one that it does not know nothing was in time or late."""
    found = {}
    for ref in refs:
        try:
            found[ref] = profiles.load(ref)
        except NotFoundError:
            continue
    return found
