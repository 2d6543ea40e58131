"""What a platform holds in this room, looked up for somebody of it: a stranger's and an unknown one are the same.

Only a platform screens. Whoever belongs to another kind of party is told so, whatever is asked for; whoever belongs to
another platform finds nothing (I-10).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules.errors import NotFoundError, NotPermittedError
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Reach
from mufakat.server.filters.models import Bank, Entry, Hit, Policy
from mufakat.server.journal import ids

if TYPE_CHECKING:
    from mufakat.rules.permissions import Deed
    from mufakat.server.parties.queries import Caller

LONGEST = 64
"""Characters of a name; what is longer is never asked of the database."""


class NotAPlatformError(NotPermittedError):
    """The role may do it, but its party publishes nothing that could be screened."""

    def __str__(self) -> str:
        return "A platform screens its own content: nobody else has banks, policies or hits."


def require(by: Caller, deed: Deed) -> Reach:
    """How far the caller may go: by the role, and as somebody of a platform.

    Raises NotPermittedError, NotAPlatformError.
    """
    found = by.require(deed)
    if found is Reach.PEOPLE_AND_KEYS:
        raise NotPermittedError(deed, by.role)
    if by.kind is not PartyKind.PLATFORM:
        raise NotAPlatformError(deed, by.role)
    return found


def bank_of(by: Caller, name: str) -> Bank:
    """The bank of this name on the caller's platform. Raises NotFoundError."""
    found = Bank.objects.filter(platform=by.party_id, name=name).first() if _may_be(name) else None
    if found is None:
        raise NotFoundError("bank")
    return found


def entry_of(by: Caller, bank: str, name: str) -> Entry:
    """The entry of this name in a bank of the caller's platform. Raises NotFoundError."""
    held = bank_of(by, bank)
    known = Entry.objects.select_related("bank", "added_by", "reviewed_by", "retracted_by")
    found = known.filter(bank=held, name=name).first() if _may_be(name) else None
    if found is None:
        raise NotFoundError("entry")
    return found


def policy_of(by: Caller, policy: str) -> Policy:
    """The policy of this id, or of this name and version (``orchard/2``). Raises NotFoundError."""
    own = Policy.objects.filter(platform=by.party_id)
    name, _, version = policy.rpartition("/")
    found = None
    if ids.is_id(policy, "pol"):
        found = own.filter(pk=policy).first()
    elif _may_be(name) and version.isascii() and version.isdigit() and len(version) < 10:
        found = own.filter(name=name, version=int(version)).first()
    if found is None:
        raise NotFoundError("policy")
    return found


def hit_of(by: Caller, hit: str) -> Hit:
    """The hit of this id on the caller's platform. Raises NotFoundError."""
    own = Hit.objects.filter(platform=by.party_id)
    found = own.filter(pk=hit).first() if ids.is_id(hit, "hit") else None
    if found is None:
        raise NotFoundError("hit")
    return found


def _may_be(name: str) -> bool:
    """Whether it can be a name at all: PostgreSQL takes no NUL in a text."""
    return 0 < len(name) <= LONGEST and "\x00" not in name and name.isprintable()
