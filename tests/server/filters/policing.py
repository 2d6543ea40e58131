"""What tests of policies share: a platform with banks and two reviewers, whose clock moves, and items of the past."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.server.filters.seeding import ENTRIES, KINDS, POLICY

from mufakat.rules.filtering import EntryState, Origin
from mufakat.server.filters import operations, samples
from mufakat.server.filters.models import Bank, Entry
from mufakat.server.journal import door
from mufakat.server.journal.answers import Key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.houses import House

    from mufakat.server.journal.answers import Answer
    from mufakat.server.journal.work import Moment
    from mufakat.server.parties.queries import Caller

START = datetime(2040, 1, 2, 2, 0, tzinfo=UTC)
FIRST, SECOND = "reviewer", "reviewer-2"


def item(name: str, text: str = "pisang hijau", **changes: Any) -> bytes:
    """A line of a sample; by default it holds what the bank of phrases finds."""
    told = {"item": name, "at": "2040-01-01T12:00:00Z", "visibility": "public", "kind": "post", "text": text}
    return json.dumps({**told, **changes}).encode() + b"\n"


ITEMS = b"".join(
    [
        *(item(f"hit-{number}") for number in range(3)),
        *(item(f"clean-{number}", "selamat pagi") for number in range(4)),
    ]
)


def policy(changed: Mapping[str, str] | None = None, *, version: int = 1) -> str:
    """A policy of the example with some of its words changed."""
    text = POLICY.replace("version: 1", f"version: {version}")
    for old, new in (changed or {}).items():
        assert old in text
        text = text.replace(old, new)
    return text


@dataclass
class Desk:
    """The platform, its time, and what its reviewers do."""

    house: House
    at: datetime = START
    keys: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.house.writer._clock = lambda: self.at
        fill_banks(self.caller(FIRST), self.caller(SECOND), self.at)

    def caller(self, seat: str = FIRST) -> Caller:
        return self.house.caller("telegram", seat)

    def wait(self, **passed: float) -> None:
        self.at += timedelta(**passed)

    def key(self, route: str = "POST /api/v1/samples") -> Key:
        self.keys.append(f"key-{len(self.keys)}")
        return Key.of(self.caller().party_id, route, self.keys[-1], b"")

    def propose(self, text: str | None = None, *, by: str = FIRST) -> dict[str, Any]:
        return said(operations.propose(policy() if text is None else text, by=self.caller(by)))

    def sample(self, lines: bytes = ITEMS, *, name: str = "last week", key: Key | None = None) -> dict[str, Any]:
        with samples.Receiving(self.caller()) as receiving:
            receiving.write(lines)
            return said(operations.take_sample(receiving, name=name, by=self.caller(), key=key or self.key()))

    def tried(self, pk: str, *named: str, live: bool = False) -> dict[str, Any]:
        held = named or (self.sample()["id"],)
        return said(operations.try_on(pk, held, live=live, by=self.caller(), at=self.at))

    def shadowed(self, pk: str) -> dict[str, Any]:
        return said(operations.begin_shadow(pk, by=self.caller()))

    def promoted(self, pk: str, backtest: str, *, by: str = SECOND) -> dict[str, Any]:
        return said(operations.promote(pk, backtest=backtest, by=self.caller(by)))

    def live(self, text: str | None = None) -> dict[str, Any]:
        """A version that went all the way."""
        pk = self.propose(text)["id"]
        backtest = self.tried(pk)["id"]
        self.shadowed(pk)
        return self.promoted(pk, backtest)


def said(answer: Answer) -> dict[str, Any]:
    """The body of an answer."""
    found: dict[str, Any] = json.loads(answer.body)
    return found


def fill_banks(first: Caller, second: Caller, at: datetime) -> None:
    """The banks of `seeding`, reviewed by the second reviewer; no policy."""

    def run(moment: Moment) -> None:
        for name, values in ENTRIES.items():
            bank = Bank.objects.create(
                id=moment.id("bnk"),
                platform_id=first.party_id,
                name=name,
                kind=KINDS[name],
                made_by_id=first.person_id,
                made_at=at,
                event=moment.id("evt"),
                changes=1,
            )
            Entry.objects.bulk_create(
                Entry(
                    bank=bank,
                    name=f"e-{place}",
                    value=value,
                    source="our reviewers",
                    category=category,
                    ground="terms 4.2",
                    origin=Origin.HAND.value,
                    state=EntryState.LIVE.value,
                    added_by_id=first.person_id,
                    added_at=at,
                    added_event=bank.event,
                    reviewed_by_id=second.person_id,
                    reviewed_at=at,
                )
                for place, (value, category) in enumerate(values)
            )

    door.commit(run)
