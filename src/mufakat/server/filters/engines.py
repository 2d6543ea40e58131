"""The engine of a platform, ready: its policies and banks as the rows say, kept in memory and made anew when they move.

One cheap question a request says whether what is kept is still what stands: the ids of its policies and banks with the
count of each bank's changes. Where it is not, only the banks that changed are made again, outside of the writer, and
the new engine takes the place of the old one at once; who asks meanwhile waits a moment, or is answered by the former.
That is safe, because a hit is written only while what it rests on stands (``striking``). So it is with every process
that serves, and nothing has to be told to the others.
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

from mufakat.formats import policies as texts
from mufakat.rules.errors import NotNowError
from mufakat.rules.filtering import EntryState, PolicyState
from mufakat.screening import banks
from mufakat.screening.bank import BankKind, Entry as Held
from mufakat.screening.judging import Banks, Screener
from mufakat.server.filters.models import Bank, Entry, Policy
from mufakat.server.notices.faces import or_none

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mufakat.screening.bank import Bank as Kept
    from mufakat.screening.policy import Rule

PATIENCE: Final = 5.0
"""Seconds that a request waits for an engine that is being made; then the former one answers once more."""

PLATFORMS: Final = 32
"""Platforms whose engines are kept; of more, those that were asked last."""

ENTRIES: Final = 3_000_000
"""Entries of all engines together, some gigabytes; beyond them the platform that was not asked for longest goes."""

JUDGING: Final = (PolicyState.LIVE.value, PolicyState.SHADOW.value)
FINDING: Final = (EntryState.LIVE.value, EntryState.SHADOW.value)


class Signature(NamedTuple):
    """What an engine is made of: its policies with their states, and its banks with the count of their changes."""

    policies: tuple[tuple[str, str], ...]
    banks: tuple[tuple[str, int], ...]


class Lane(NamedTuple):
    """A version of a policy at work: its row's id, the judge, and its rules by name."""

    policy: str
    screener: Screener
    rules: Mapping[str, Rule]


class Shelved(NamedTuple):
    """A bank at work, after how many changes, and how many entries it holds."""

    bank: Kept
    changes: int
    entries: int


class Ready(NamedTuple):
    """All that is asked about an item of a platform. `shelved` are its banks by id, `named` their ids by name."""

    signature: Signature
    live: Lane | None
    shadows: tuple[Lane, ...]
    asked: Banks
    shelved: Mapping[str, Shelved]
    named: Mapping[str, str]

    @property
    def entries(self) -> int:
        """How much it takes of the memory."""
        return sum(one.entries for one in self.shelved.values())


class Shelf:
    """The engines of this process, those asked last at the end; bounded."""

    def __init__(self, *, platforms: int = PLATFORMS, entries: int = ENTRIES) -> None:
        self._platforms, self._entries = platforms, entries
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Ready] = OrderedDict()
        self._making: dict[str, threading.Lock] = {}

    def get(self, platform: str, *, anew: bool = False) -> Ready:
        """The engine as the rows stand now; where it is still being made, and not `anew`, as they stood before."""
        found = self._found(platform)
        if found is not None and found.signature == signature(platform):
            return found
        making = self._lock_of(platform)
        waits = found is None or anew
        if not making.acquire(timeout=-1 if waits else PATIENCE) and found is not None:
            return found
        try:
            # Asked again: whoever held the lock may have made what is wanted, or more may have changed since.
            told, found = signature(platform), self._found(platform)
            if found is None or found.signature != told:
                found = make(platform, told, former=found.shelved if found is not None else {})
                self._keep(platform, found)
            return found
        finally:
            making.release()

    def __len__(self) -> int:
        return len(self._kept)

    def _found(self, platform: str) -> Ready | None:
        with self._lock:
            found = self._kept.get(platform)
            if found is not None:
                self._kept.move_to_end(platform)
            return found

    def _lock_of(self, platform: str) -> threading.Lock:
        with self._lock:
            return self._making.setdefault(platform, threading.Lock())

    def _keep(self, platform: str, made: Ready) -> None:
        with self._lock:
            self._kept[platform] = made
            self._kept.move_to_end(platform)
            while len(self._kept) > 1 and self._is_full():
                self._kept.popitem(last=False)

    def _is_full(self) -> bool:
        return len(self._kept) > self._platforms or sum(one.entries for one in self._kept.values()) > self._entries


shelf = Shelf()


def ready(platform: str, *, anew: bool = False) -> Ready:
    """The engine of this platform (its id). Raises NotNowError where a bank needs an extra that is missing."""
    try:
        return shelf.get(platform, anew=anew)
    except ImportError as error:
        raise NotNowError(str(error)) from None


def signature(platform: str) -> Signature:
    """What its engine has to be made of, as the rows stand now; two small queries."""
    judging = Policy.objects.filter(platform=platform, state__in=JUDGING).order_by("id")
    held = Bank.objects.filter(platform=platform).order_by("id")
    return Signature(tuple(judging.values_list("id", "state")), tuple(held.values_list("id", "changes")))


def make(platform: str, told: Signature, *, former: Mapping[str, Shelved]) -> Ready:
    """The engine of these rows. What the rows hold by now may be newer: then the next request makes it once more."""
    shelved: dict[str, Shelved] = {}
    named: dict[str, str] = {}
    changes = dict(told.banks)
    for row in Bank.objects.filter(pk__in=changes).order_by("name"):
        kept = former.get(row.id)
        shelved[row.id] = kept if kept is not None and kept.changes == changes[row.id] else load(row, changes[row.id])
        named[row.name] = row.id
    asked = Banks(one.bank for one in shelved.values())
    states = dict(told.policies)
    live: Lane | None = None
    shadows: list[Lane] = []
    for version in Policy.objects.filter(platform=platform, pk__in=states).order_by("id"):
        lane = _lane(version, asked)
        if states[version.id] == PolicyState.LIVE:
            live = lane
        else:
            shadows.append(lane)
    return Ready(told, live, tuple(shadows), asked, shelved, named)


def load(row: Bank, changes: int) -> Shelved:
    """A bank with the entries that may find something."""
    held = list(entries_of(row))
    return Shelved(banks.make(row.name, BankKind(row.kind), held, allow=row.allow), changes, len(held))


def entries_of(row: Bank) -> Iterator[Held]:
    """The entries of a bank as the engine takes them. What many of them say alike is kept once."""
    names = ("name", "value", "source", "category", "ground", "author", "review_at", "expires_at", "state")
    rows = Entry.objects.filter(bank=row, state__in=FINDING).order_by("id").values_list(*names)
    for name, value, source, category, ground, author, review_at, expires_at, state in rows.iterator(chunk_size=2_000):
        yield Held(
            id=name,
            value=value,
            source=sys.intern(source),
            category=sys.intern(category),
            ground=sys.intern(ground),
            author=sys.intern(author),
            review_at=or_none(review_at),
            expires_at=or_none(expires_at),
            shadow=state == EntryState.SHADOW,
        )


def _lane(row: Policy, asked: Banks) -> Lane:
    """A policy that was checked when it was proposed: banks and tests are not asked for once more."""
    policy = texts.parse(row.text.encode(), tests=False)
    return Lane(row.id, Screener(policy, asked), {rule.name: rule for rule in policy.rules})
