"""A million notices of a thousand flaggers over two years, three quarters decided, and their counts by our own rules.

What the counts stand on is there (notices and decisions), so that they can be asked who keeps none; its journal is not.
"""

from __future__ import annotations

import operator
import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from bench import bulk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bench.database import Instance
    from mufakat.rules.accuracy import Fate

COUNT = 1_000_000
FLAGGERS = 1_000
PLATFORMS = 20
DAYS = 730
PORTION = 20_000
REFUSED = ("not_illegal", "not_in_terms", "unclear", "already_gone")
CATEGORIES = ("terrorism", "fraud", "gambling", "hate", "privacy")
TABLES = ("parties_party", "notices_notice", "decisions_decision", "governance_tally", "governance_total")
FIRST = datetime.now(UTC) - timedelta(days=DAYS)
PARTY = ("id", "handle", "kind", "name", "country", "registered_at")
NOTICE = (
    *("id", "sender_id", "recipient_id", "kind", "category", "urgency", "language", "state", "received_at", "profile"),
    *("leaf_hash", "seen_at", "acknowledged_at"),
)
DECISION = (
    *("id", "notice_id", "party_id", "person_id", "outcome", "refusal", "language", "detection", "automation"),
    *("decided_at", "event", "state"),
)


def fill(instance: Instance, count: int) -> None:
    """So many notices of a thousand flaggers, three quarters decided, and their counts as our own rules make them."""
    from mufakat.rules.accuracy import COUNTED

    made = Made(random.Random(2017), count)  # noqa: S311 - no secret, and the same each time.
    of_counts = ("party_id", "kind", "category", "day", *COUNTED)
    with bulk.loading(instance, TABLES) as connection:

        def write(table: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
            bulk.write(instance, connection, table, names, rows)

        write("parties_party", PARTY, made.parties(instance))
        sql = "SELECT id FROM parties_person WHERE role = 'reviewer' ORDER BY id LIMIT 1"
        person = instance.fetch(connection, sql)[0][0]
        for start in range(0, count, PORTION):
            rows = made.notices(range(start, min(start + PORTION, count)), person, instance)
            write("notices_notice", NOTICE, [notice for notice, _ in rows])
            write("decisions_decision", DECISION, [decision for _, decision in rows if decision is not None])
        write("governance_tally", (*of_counts, "platform_id"), made.days())
        write("governance_total", (*of_counts, "grain"), made.totals())
    if instance.embedded:
        with instance.writing() as connection:
            connection.execute("ANALYZE")


@dataclass
class Made:
    """What is written, and the counts as they grow."""

    chance: random.Random
    count: int
    flaggers: list[str] = field(default_factory=list)
    platforms: list[str] = field(default_factory=list)
    tallies: dict[tuple[str, str, str, date], list[int]] = field(default_factory=dict)

    def parties(self, instance: Instance) -> Iterator[tuple[Any, ...]]:
        """The flaggers, and the platforms that they ask."""
        from mufakat.rules.parties import PartyKind

        kinds = [PartyKind.TRUSTED_FLAGGER] * FLAGGERS + [PartyKind.PLATFORM] * PLATFORMS
        at = instance.time(datetime.now(UTC))
        for number, kind in enumerate(kinds):
            handle, party = f"{kind.value.replace('_', '-')}-{number}", named("pty", number)
            (self.flaggers if kind is PartyKind.TRUSTED_FLAGGER else self.platforms).append(party)
            yield party, handle, kind.value, handle, "", at

    def notices(
        self, numbers: range, person: int, instance: Instance
    ) -> list[tuple[tuple[Any, ...], tuple[Any, ...] | None]]:
        """A portion of them, spread over two years, each with its decision where it has one."""
        from msgspec import structs

        from mufakat.rules import accuracy

        rows: list[tuple[tuple[Any, ...], tuple[Any, ...] | None]] = []
        for number in numbers:
            moment = FIRST + timedelta(days=DAYS * number / self.count)
            at = instance.time(moment)
            sender, platform = self.chance.choice(self.flaggers), self.chance.choice(self.platforms)
            category = self.chance.choice(CATEGORIES)
            notice = named("ntc", number)
            outcome, refusal = self._decided()
            reversed_ = outcome == "act_full" and self.chance.random() < 0.05
            state, seen = ("received", None) if outcome is None else ("decided", at)
            columns = (notice, sender, platform, "trusted_flag", category, "normal", "id", state, at, "id-2017", b"\0")
            decision = None
            if outcome is not None:
                stands = "reversed" if reversed_ else "standing"
                row = (named("dec", number), notice, platform, person, outcome, refusal, "id", False, "none")
                decision = (*row, at, named("evt", number), stands)
            rows.append(((*columns, seen, seen), decision))
            # What our rules count of it.
            standing = accuracy.Standing(fate_of(outcome, refusal), overturned=reversed_)
            key = (sender, platform, category, moment.date())
            found = self.tallies.setdefault(key, [0] * len(accuracy.COUNTED))
            for place, many in enumerate(structs.astuple(accuracy.of_one(standing, without_law=False))):
                found[place] += many
        return rows

    def _decided(self) -> tuple[str | None, str | None]:
        drawn = self.chance.random()
        if drawn < 0.25:
            return None, None
        return ("act_full", None) if drawn < 0.85 else ("refuse", self.chance.choice(REFUSED))

    def days(self) -> Iterator[tuple[Any, ...]]:
        """The counts of single days, in the order in which a follower of the journal writes them."""
        for (party, platform, category, day), counts in self.tallies.items():
            yield party, "trusted_flag", category, day.isoformat(), *counts, platform

    def totals(self) -> Iterator[tuple[Any, ...]]:
        """The counts of months and years."""
        from mufakat.server.governance import periods
        from mufakat.server.governance.models import DAY

        totals: dict[tuple[str, str, str, date], list[int]] = {}
        for (party, _, category, day), counts in self.tallies.items():
            for grain, first in periods.grains_of(day):
                if grain != DAY:
                    found = totals.setdefault((party, category, grain, first), [0] * len(counts))
                    found[:] = map(operator.add, found, counts)
        for (party, category, grain, first), counts in totals.items():
            yield party, "trusted_flag", category, first.isoformat(), *counts, grain


@cache
def fate_of(outcome: str | None, refusal: str | None) -> Fate:
    """What became of a notice, as our rules say it."""
    from mufakat.rules import accuracy
    from mufakat.rules.decision import Outcome, Refusal

    if outcome is None:
        return accuracy.Fate.OPEN
    return accuracy.fate_of(Outcome(outcome), Refusal(refusal) if refusal else None)


def named(prefix: str, number: int) -> str:
    """An id of this number, as long as ours are."""
    return f"{prefix}_7{number:025}"
