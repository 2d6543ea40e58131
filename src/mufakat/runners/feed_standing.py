"""What of a list stands at a time, and who it is handed to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from mufakat.rules.errors import MufakatError
from mufakat.rules.profile_powers import Layer

if TYPE_CHECKING:
    from mufakat.formats.feed import Domain, Feed
    from mufakat.formats.feed_chain import Loaded

SQUID: Final = "squid.txt"


class NotShownError(MufakatError):
    """The list could not be handed on; the sentence says why. It is tried again."""


@dataclass(frozen=True)
class Standing:
    """The entries of a list that close something at this time.

    `domains` are all of them, `dns` those that are closed by name servers, `ended` the others. A list that nobody
    renewed for as long as it may outlive its source is `outlived`, and closes nothing any more.
    """

    feed: Feed
    domains: tuple[Domain, ...]
    dns: tuple[Domain, ...]
    ended: tuple[Domain, ...]
    outlived: bool

    @classmethod
    def of(cls, loaded: Loaded, *, at: datetime) -> Standing:
        """What stands now. A clock behind the signed time of the list is wrong, and does not keep names closed."""
        feed = loaded.feed
        now = max(at, datetime.fromisoformat(feed.at))
        outlived = now >= outlived_at(feed)
        domains = () if outlived else loaded.standing(at=now)
        kept = set(domains)
        return cls(
            feed,
            domains,
            tuple(one for one in domains if loaded.proofs[one.restriction].layer == Layer.DNS),
            tuple(one for one in loaded.domains if one not in kept),
            outlived,
        )

    def closing(self, kind: str) -> tuple[Domain, ...]:
        """The entries of a file of this kind; none where the list only measures: a file could do nothing but close."""
        if self.feed.shadow:
            return ()
        return self.domains if kind == SQUID else self.dns


def outlived_at(feed: Feed) -> datetime:
    """When a list closes nothing any more, unless a newer one came."""
    return datetime.fromisoformat(feed.at) + timedelta(seconds=max(feed.expire, 0))


def next_change(loaded: Loaded, *, at: datetime) -> datetime | None:
    """When the next entry ends, or the whole list does; None where nothing of it is left to end."""
    whole = outlived_at(loaded.feed)
    if at >= whole:
        return None
    ends = loaded.next_end(at=max(at, datetime.fromisoformat(loaded.feed.at)))
    return whole if ends is None else min(whole, datetime.fromisoformat(ends))


class Sink(Protocol):
    """Who carries a list out: a name server, or files."""

    def show(self, shown: Standing) -> bool:
        """Carry out what stands; whether something changed. Raises NotShownError."""
