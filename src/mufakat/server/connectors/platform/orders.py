"""What a connector is told, and what it gives back: orders, snapshots and receipts, as plain values.

An order has its name: the case and the act. Given again under the same name it is the same order, and is not carried
out twice; another order under a name that is taken is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping  # noqa: TC003 - msgspec evaluates a struct's annotations.
from enum import StrEnum

import msgspec
from msgspec import Struct

from mufakat.rules.measures_planning import Capability, Subject, Way  # noqa: TC001 - the same.


class Target(Struct, frozen=True):
    """What something is done to: its locator, and the service's own numbers for it, by name."""

    locator: str
    numbers: Mapping[str, int]


class Order(Struct, frozen=True, kw_only=True):
    """One verb to be carried out. `until`: seconds since 1970, where it ends by itself; `undoes` names an act."""

    case: str
    act: str
    way: Way
    verb: Capability
    subject: Subject
    target: Target
    text: str = ""
    until: int | None = None
    undoes: str | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the order: two of one name must be the same."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


class Snapshot(Struct, frozen=True):
    """Evidence of what is there, taken before something is done to it."""

    sha256: str
    at: str


class Outcome(StrEnum):
    """What became of an order."""

    DONE = "done"
    ALREADY = "already"  # It was so before: somebody else was faster, or we were and did not hear of it.
    REFUSED = "refused"  # The service said no, for good: a person has to do it.
    UNCERTAIN = "uncertain"  # It may have been done, and doing it again would be doing it twice: a person looks.
    WOULD = "would"  # A dry run: nothing was done.


class Receipt(Struct, frozen=True, kw_only=True):
    """What the service answered. `answer` is SHA-256 of it as it came, `remote` its own number for what was made."""

    outcome: Outcome
    at: str
    says: str = ""
    status: int | None = None
    answer: str = ""
    remote: int | None = None
    undone_by: Capability | None = None
