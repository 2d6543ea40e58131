"""The proof of every entry of a signed list: from the name back to the leaf that the log's key signed for. Pure.

The steps of verification, of which `feed.read` takes the first two:

1. A trusted key signed the note, its text is that of a list, and its origin is the name of such a key.
2. The digest is that of the document, and the document says the same as the note.
3. Of a restriction, the receipt is good for its leaf, which is `restriction.published` with this id as its case and
   this end as its due time.
4. The names open the leaf's commitment `names`, as canonical JSON `{"match", "names"}`.
5. Of an entry, its restriction passed 3 and 4, the name is among the opened ones, match and end are the proven ones.

What fails 1 or 2 is refused as a whole. What fails 3 to 5 is refused alone: it is not loaded, and all else is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from mufakat.formats.feed import Refusal, is_name
from mufakat.proof import canonical, commitment, leaf as leaves, verify
from mufakat.proof.errors import ProofError
from mufakat.rules.events import EventType
from mufakat.rules.restriction import Match

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mufakat.formats.feed import Domain, Feed, Proof
    from mufakat.proof.key import VerifyKey


@dataclass(frozen=True, slots=True)
class Refused:
    """What is not loaded, and why: a restriction, or a name of one."""

    restriction: str
    name: str | None
    reason: Refusal


@dataclass(frozen=True, slots=True)
class Loaded:
    """What may be loaded of a list, and what may not."""

    feed: Feed
    domains: tuple[Domain, ...]
    proofs: Mapping[str, Proof]
    refused: tuple[Refused, ...]

    def standing(self, *, at: datetime) -> tuple[Domain, ...]:
        """The entries whose end has not come."""
        now = canonical.timestamp(at)
        return tuple(one for one in self.domains if one.until > now)

    def next_end(self, *, at: datetime) -> str | None:
        """When the next of them ends; None where none stands."""
        return min((one.until for one in self.standing(at=at)), default=None)


@dataclass(frozen=True, slots=True)
class Names:
    """What a restriction committed to: match and names, sorted."""

    match: Match
    names: tuple[str, ...]

    def value(self) -> bytes:
        """The bytes of the commitment's value."""
        return canonical.encode({"match": self.match.value, "names": list(self.names)})

    @classmethod
    def parse(cls, value: bytes) -> Self:
        """Read them, strictly. Raises CanonicalError or ValueError."""
        told = canonical.decode(value)
        if not isinstance(told, dict) or told.keys() != {"match", "names"}:
            raise ValueError("not the members of names")
        names = told["names"]
        if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
            raise ValueError("not a list of names")
        return cls(Match(told["match"]), tuple(names))


def load(feed: Feed, *, keys: Sequence[VerifyKey]) -> Loaded:
    """What of a list may be loaded, steps (3) to (5). Never raises for what the list says."""
    proofs: dict[str, Proof] = {}
    opened: dict[str, frozenset[str]] = {}
    refused: list[Refused] = []
    for one in feed.restrictions:
        found = _proven(one, keys)
        if isinstance(found, Refusal):
            refused.append(Refused(one.id, None, found))
        else:
            proofs[one.id], opened[one.id] = one, found
    domains = []
    for entry in feed.domains:
        reason = _fault(entry, proofs.get(entry.restriction), opened)
        if reason is None:
            domains.append(entry)
        else:
            refused.append(Refused(entry.restriction, entry.name, reason))
    return Loaded(feed, tuple(domains), proofs, tuple(refused))


def _proven(one: Proof, keys: Sequence[VerifyKey]) -> frozenset[str] | Refusal:
    """The names of a restriction; or why it proves none."""
    data = canonical.from_base64(one.leaf)
    if data is None:
        return Refusal.NO_RECEIPT
    # (3) The receipt is good for the leaf, and the leaf is the publication of this restriction until this end.
    try:
        verified = verify.verify(one.receipt.encode(), keys=keys, leaf=data)
        leaf = leaves.decode(data)
    except (ProofError, UnicodeEncodeError):
        return Refusal.NO_RECEIPT
    is_it = (verified.notice, leaf.case, leaf.type, leaf.due)
    if is_it != (one.id, one.id, EventType.RESTRICTION_PUBLISHED.value, one.until):
        return Refusal.NO_RECEIPT
    # (4) The names are the ones that the leaf commits to.
    names = _opened(one, leaf.c.get("names", ""))
    # What a house commits to is checked where it orders; that nothing else can reach a zone is checked here again.
    return Refusal.NO_NAMES if names is None else frozenset(filter(is_name, names.names))


def _opened(one: Proof, committed: str) -> Names | None:
    salt, commitment_ = canonical.from_base64(one.opening.salt), canonical.from_base64(committed)
    try:
        value = one.opening.value.encode()
        if salt is None or commitment_ is None or not commitment.opens(commitment_, "names", salt, value):
            return None
        names = Names.parse(value)
    except (ProofError, ValueError):
        return None
    return names if names.match is one.match else None


def _fault(entry: Domain, proof: Proof | None, opened: Mapping[str, frozenset[str]]) -> Refusal | None:
    # (5) The entry is of a proven restriction, with its name, its match and its end.
    if proof is None:
        return Refusal.UNKNOWN_RESTRICTION
    if entry.name not in opened[proof.id]:
        return Refusal.UNKNOWN_NAME
    if (entry.until, entry.match) != (proof.until, proof.match):
        return Refusal.OTHER_END
    return None
