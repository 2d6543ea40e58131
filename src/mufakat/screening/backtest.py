"""What a new policy would do to items of the past, beside the old one: a table of differences with samples.

Nothing is done to anybody. Each item is judged by both policies with the same banks, at one time, as if both were in
force: what is in shadow stays so, unless it is asked what would follow if every rule of the new policy were live.
The memory that is needed does not grow with the number of items: counts, and up to a few samples of each kind of
difference. Samples are those whose hash is smallest, so that the same items give the same samples, in any order.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from mufakat.screening.errors import ItemRefusedError
from mufakat.screening.item import Action
from mufakat.screening.judging import Banks, Screener
from mufakat.screening.policy import Mode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from mufakat.screening.bank import Bank
    from mufakat.screening.item import Item, Verdict
    from mufakat.screening.policy import Policy

SAMPLES: Final = 5
"""Samples of each difference, unless another number is asked for."""

Said = tuple[Action, str | None]
"""What a policy said of an item: the action, and the rule that decided."""


class Difference(Struct, frozen=True):
    """So many items for which both policies said this; `samples` are ids of items, fewer than `count` as a rule."""

    before: Said
    after: Said
    count: int
    samples: tuple[str, ...]

    @property
    def changes(self) -> bool:
        """Whether somebody would notice: the action is another one."""
        return self.before[0] is not self.after[0]


class Table(Struct, frozen=True):
    """What came of a back-test. The counts of `rows` add up to `items`, what was refused is beside them.

    `rows` are in order: what changes comes first, the more frequent before the less. `would` says for each rule how
    often it only would have decided under the new policy (shadow, or outside of its sample).
    """

    before: str | None
    after: str
    items: int
    refused: int
    rows: tuple[Difference, ...]
    would: dict[str, int]

    @property
    def changed(self) -> int:
        """Items for which another action follows."""
        return sum(row.count for row in self.rows if row.changes)


def live(policy: Policy) -> Policy:
    """The same policy with every rule live: what would follow if all of it were promoted."""
    return replace(policy, rules=tuple(replace(rule, mode=Mode.LIVE, percent=None) for rule in policy.rules))


def compare(  # noqa: PLR0913  # Two policies, what they are held against, and how much is shown.
    old: Policy | None,
    new: Policy,
    items: Iterable[Item],
    *,
    banks: Iterable[Bank],
    at: datetime,
    samples: int = SAMPLES,
) -> Table:
    """The table of differences between two policies over these items; without an old one, nothing was done before.

    An item that is not screened (`ItemRefusedError`) is counted as refused. Raises SameBankTwiceError, NaiveTimeError.
    """
    asking = Banks(banks)  # Each bank is asked once for both.
    before, after = Screener(old, asking), Screener(new, asking)
    rows: dict[tuple[Said, Said], _Row] = {}
    would: Counter[str] = Counter()
    refused = 0
    for item in items:
        try:
            asked = asking.ask(item, at=at)
        except ItemRefusedError:
            refused += 1
            continue
        first, second = before.verdict(item, asked), after.verdict(item, asked)
        would.update(second.shadow)
        key = _said(first), _said(second)
        if key not in rows:
            rows[key] = _Row(samples)
        rows[key].add(item.item)
    return Table(
        before=None if old is None else old.ref,
        after=new.ref,
        items=sum(row.count for row in rows.values()),
        refused=refused,
        rows=tuple(_ordered(Difference(*key, row.count, row.samples()) for key, row in rows.items())),
        would={rule.name: would[rule.name] for rule in new.rules if would[rule.name]},
    )


class _Row:
    """The count of one difference, and the items with the smallest hashes."""

    def __init__(self, limit: int) -> None:
        self.count = 0
        self._limit = limit
        self._kept: list[tuple[int, str]] = []  # A heap: the largest hash first, as its negative.

    def add(self, item: str) -> None:
        self.count += 1
        digest = hashlib.sha256(item.encode("utf-8", "surrogatepass")).digest()
        one = -int.from_bytes(digest), item
        if len(self._kept) < self._limit:
            if one not in self._kept:
                heapq.heappush(self._kept, one)
        elif self._kept and one > self._kept[0] and one not in self._kept:
            heapq.heapreplace(self._kept, one)

    def samples(self) -> tuple[str, ...]:
        return tuple(item for _, item in sorted(self._kept, reverse=True))


def _said(verdict: Verdict) -> Said:
    return verdict.action, verdict.rule


def _ordered(rows: Iterable[Difference]) -> Iterator[Difference]:
    def place(row: Difference) -> tuple[bool, int, str, str, str, str]:
        return not row.changes, -row.count, *_text(row.before), *_text(row.after)

    yield from sorted(rows, key=place)


def _text(said: Said) -> tuple[str, str]:
    return said[0].value, said[1] or ""
