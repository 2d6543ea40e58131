"""Clocks that this release cannot say anything of: each is left where it is, is logged, and holds nobody else up.

Their notice names a profile that is not there (an older release runs, or the database came from elsewhere), or a party
that is not. A sweep passes them over; they are found again as soon as what they name is there.
"""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING

from mufakat.rules.errors import NotFoundError
from mufakat.server.agreements import profiles

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)


def is_stray(clock: int, profile_name: str, *sides: str, handles: Mapping[str, str]) -> bool:
    """Whether the clock's profile, or a party of its notice, is unknown here."""
    found = any(side not in handles for side in sides) or not _is_profile(profile_name)
    if found:
        _say(clock, profile_name)
    return found


def _is_profile(name: str) -> bool:
    try:
        profiles.load(name)
    except NotFoundError:
        return False
    return True


@functools.lru_cache(maxsize=1024)
def _say(clock: int, profile_name: str) -> None:
    """Once in a process, and not at each of its sweeps."""
    log.error("a clock is passed over", extra={"clock": clock, "profile": profile_name})
