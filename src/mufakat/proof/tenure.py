"""From when to when a key speaks for its log: `keys.json`, with validity by the size of the tree.

    {"origin": "<origin>", "keys": [{"vkey": "<vkey>", "from": 0, "to": 70000, "until": "2026-11-22T01:02:03.456Z"}]}

A key signs checkpoints of trees of `from` leaves at least and of `to` at most (null: of any size after). A custody
receipt has no size: one that is dated after `until` was signed when the key had ended (null: it has not).

Nobody signs this file, so nothing in it can make a reader accept more than its vkeys alone would: it only narrows. A
signature of a key outside its tenure counts as little as one of a key that nobody knows.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import msgspec

from mufakat.proof import canonical
from mufakat.proof.errors import KeysFileError, OutOfTenureError
from mufakat.proof.key import KeysFileItem, VerifyKey, read_items
from mufakat.proof.tree import MAX_SIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenure:
    """A key with the sizes of trees for which it signs, `first` to `last`, and the time `until` which it takes custody.

    None for no end. `until` is RFC 3339 in UTC with milliseconds. Raises KeysFileError where no tree would be left.
    """

    key: VerifyKey
    first: int = 0
    last: int | None = None
    until: str | None = None

    def __post_init__(self) -> None:
        last = MAX_SIZE if self.last is None else self.last
        if not 0 <= self.first <= last <= MAX_SIZE:
            raise KeysFileError
        if self.until is not None and not canonical.is_timestamp(self.until):
            raise KeysFileError

    @property
    def name(self) -> str:
        """The key's name, for a log its origin."""
        return self.key.name

    def covers(self, size: int) -> bool:
        """Ask whether a checkpoint of so many leaves is one that the key may sign."""
        return self.first <= size and (self.last is None or size <= self.last)

    def takes(self, at: str) -> bool:
        """Ask whether a custody receipt of this time is one that the key may sign; `at` is a canonical timestamp."""
        # Timestamps of one length and zone: the order of their signs is that of the times.
        return self.until is None or at <= self.until


Trusted = VerifyKey | Tenure  # What a reader trusts: a key whatever it signs, or only within its tenure.


def keys_of(trusted: Iterable[Trusted]) -> tuple[VerifyKey, ...]:
    """Give the keys without their tenures, each once, in their order."""
    return tuple(dict.fromkeys(map(_key, trusted)))


def of_size(trusted: Iterable[Trusted], signed_by: Sequence[VerifyKey], size: int) -> tuple[VerifyKey, ...]:
    """Give those that signed a checkpoint of this size within their tenure. Raises OutOfTenureError where none did."""
    return _required(signed_by, {_key(one) for one in trusted if not isinstance(one, Tenure) or one.covers(size)})


def of_time(trusted: Iterable[Trusted], signed_by: Sequence[VerifyKey], at: str) -> tuple[VerifyKey, ...]:
    """Give those that signed a custody receipt of this time within their tenure. Raises OutOfTenureError."""
    return _required(signed_by, {_key(one) for one in trusted if not isinstance(one, Tenure) or one.takes(at)})


def read(text: str) -> list[Tenure]:
    """Read a file of public keys: a log's keys.json, or vkeys, one a line, which have no end.

    Raises KeyTextError and its children; NoKeyError where there is none.
    """
    return [
        Tenure(key=VerifyKey.parse(one.vkey), first=_whole(one.first) or 0, last=_whole(one.last), until=one.until)
        for one in read_items(text, _Item)
    ]


class _Item(KeysFileItem):
    # Files of the time before the log say here when the key was made. That bounds no tree.
    first: int | str | None = msgspec.field(name="from", default=None)
    last: int | str | None = msgspec.field(name="to", default=None)
    until: str | None = None


def _whole(value: int | str | None) -> int | None:
    return value if isinstance(value, int) else None


def _key(one: Trusted) -> VerifyKey:
    return one.key if isinstance(one, Tenure) else one


def _required(signed_by: Sequence[VerifyKey], good: Collection[VerifyKey]) -> tuple[VerifyKey, ...]:
    found = tuple(key for key in signed_by if key in good)
    if not found:
        raise OutOfTenureError(signed_by[0].name)
    return found
