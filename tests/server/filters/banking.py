"""What tests of banks share: a platform whose reviewers open banks, put entries in, look at them and take them out."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mufakat.server.filters import operations, queries
from mufakat.server.filters.models import Bank, Entry
from mufakat.server.journal.answers import Key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.houses import House

    from mufakat.server.filters.bank_imports import Step

Seat = tuple[str, str]
ADDER, SECOND, REPRESENTATIVE = (
    ("telegram", "reviewer"),
    ("telegram", "reviewer-2"),
    ("telegram", "representative"),
)
FRUIT: dict[str, Any] = {
    "value": "pisang hijau",
    "source": "our reviewers",
    "category": "terrorism",
    "ground": "terms 4.2",
}
HEAD: dict[str, Any] = {"bank": "phrases", "kind": "phrase", "source": "a list", "category": "other", "ground": "4.2"}


@dataclass
class Platform:
    """The house, and what a platform in it holds."""

    house: House
    keys: list[str] = field(default_factory=list)

    def key(self, by: Seat, route: str, raw: bytes) -> Key:
        self.keys.append(f"key-{len(self.keys)}")
        return Key.of(self.house.caller(*by).party_id, f"POST /api/v1/{route}", self.keys[-1], raw)

    def open(self, name: str = "phrases", kind: str = "phrase", *, by: Seat = ADDER, **more: Any) -> dict[str, Any]:
        raw = json.dumps({"name": name, "kind": kind, **more}).encode()
        return said(operations.open_bank(raw, by=self.house.caller(*by), key=self.key(by, "banks", raw)))

    def add(self, *entries: dict[str, Any], bank: str = "phrases", by: Seat = ADDER) -> dict[str, Any]:
        raw = json.dumps({"entries": entries or [FRUIT]}).encode()
        return said(operations.add_entries(bank, raw, by=self.house.caller(*by)))

    def phrases(self, *values: str, **more: Any) -> list[str]:
        """Entries of the bank of phrases, by hand; their names."""
        made = self.add(*({**FRUIT, "value": value, **more} for value in values))
        return list(made["taken"])

    def review(
        self, *names: str, accept: bool = True, bank: str = "phrases", by: Seat = SECOND, note: str = ""
    ) -> dict[str, Any]:
        raw = json.dumps({"entries": names, "accept": accept, "note": note}).encode()
        return said(operations.review_entries(bank, raw, by=self.house.caller(*by)))

    def retract(
        self, *names: str, bank: str = "phrases", by: Seat = ADDER, reason: str = "It was wrong."
    ) -> dict[str, Any]:
        raw = json.dumps({"entries": names, "reason": reason}).encode()
        return said(operations.retract_entries(bank, raw, by=self.house.caller(*by)))

    def take(self, file: bytes, *, bank: str = "phrases", by: Seat = ADDER, partial: bool = False) -> list[Step]:
        """A file that is checked first, and taken then."""
        caller = self.house.caller(*by)
        operations.check_import(io.BytesIO(file), bank, by=caller, partial=partial)
        return list(operations.import_entries(io.BytesIO(file), bank, by=caller, partial=partial))

    def state(self, name: str, *, bank: str = "phrases") -> str:
        return Entry.objects.get(bank__name=bank, name=name).state

    def changes(self, bank: str = "phrases") -> int:
        return Bank.objects.get(name=bank).changes

    def names(self, bank: str = "phrases") -> list[str]:
        return [one.name for one in queries.entries(self.house.caller(*SECOND), bank).items]


def written(*lines: Any, head: dict[str, Any] | None = None) -> bytes:
    """A bank's file; a line that is text stands as it is, bytes too."""
    return b"".join(_line(one) + b"\n" for one in (HEAD if head is None else head, *lines))


def _line(one: Any) -> bytes:
    if isinstance(one, bytes):
        return one
    return one.encode() if isinstance(one, str) else json.dumps(one).encode()


def fruits(count: int, *, first: int = 0) -> Iterable[str]:
    """So many phrases, each another."""
    return (f"pisang nomor{place:07d}" for place in range(first, first + count))


def said(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.body)
    return found


def lines_of(steps: Sequence[Step], what: str) -> list[int | None]:
    """The lines that steps refused, or noted."""
    return [one.line for step in steps for one in getattr(step, what)]
