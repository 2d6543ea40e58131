"""What kinds of parties there are, and what a handle looks like."""

import re
from enum import StrEnum

MAX_HANDLE_LENGTH = 63
"""Characters; a handle then fits a DNS label and, twice, the `chan` of a leaf."""

HOUSE = "mufakat"
"""The handle of the neutral operator, who registers the others."""

_HANDLE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class PartyKind(StrEnum):
    """What an organisation is here. One kind each; mandates, which come from outside, are no kind."""

    REGULATOR = "regulator"  # A public authority that may ask and, by law, command.
    TRUSTED_FLAGGER = "trusted_flagger"  # Known for its expertise; its notices go first.
    COURT = "court"
    PLATFORM = "platform"  # Decides about the content on its service.
    OPERATOR = "operator"  # Carries out restrictions at the network (ISP).
    MEMBER = "member"  # Any other organisation that reports.
    AUDITOR = "auditor"  # Reads and counts; asks for nothing.
    HOUSE = "house"  # The neutral operator of this instance; home of the admins.


def is_handle(text: str) -> bool:
    """Whether `text` may name a party: a-z and 0-9, single hyphens inside, at most 63 characters."""
    return len(text) <= MAX_HANDLE_LENGTH and _HANDLE.fullmatch(text) is not None
