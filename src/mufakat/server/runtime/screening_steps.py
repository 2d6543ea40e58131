"""What a story tells of self-screening: banks, a policy that goes live, what is screened, and what follows from it.

Each is the public operation that a person of the platform, or its system, would use. A story speaks of what it made by
names of its own; what the house calls it stays here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules.filtering import EntryState
from mufakat.screening.item import Item
from mufakat.server.filters import operations, queries
from mufakat.server.filters.samples import Receiving
from mufakat.server.journal.answers import Key
from mufakat.server.runtime.agreeing import encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from mufakat.server.parties.queries import Caller

DAILY = ("Selamat pagi dari pasar contoh.", "Jadwal kereta contoh hari ini.", "Resep sayur asam, tanpa yang lain.")
"""What people say all day, of which nothing follows; made up."""
DEEDS = frozenset(
    {
        *("open_bank", "add_entries", "review_entries", "retract_entries"),
        *("propose_policy", "take_sample", "try_policy", "begin_shadow", "promote"),
        *("screen", "release_hit", "block_hit", "release_notification", "decline_notification"),
    }
)
"""The steps that this module tells."""
TIMED = frozenset({"take_sample", "try_policy", "screen"})
"""Those that ask what time it is."""


@dataclass(slots=True)
class Screening:
    """The screening of one platform, by the names that the story gives to what it makes."""

    folder: Path
    policies: dict[str, str] = field(default_factory=dict)
    samples: dict[str, str] = field(default_factory=dict)
    tried: dict[str, str] = field(default_factory=dict)  # The newest back-test of a policy.
    hits: dict[str, str] = field(default_factory=dict)
    said: int = 0  # Everyday items so far; each has an address of its own.

    def do(self, step: Mapping[str, Any], *, by: Caller, at: datetime, notices: Mapping[str, str]) -> dict[str, str]:
        """One step; the notices that it made, by the names of the items that they are about."""
        deed: Callable[..., dict[str, str] | None] = getattr(self, step["deed"])
        more = {"at": at} if step["deed"] in TIMED else {"notices": notices} if step["deed"] == "review_entries" else {}
        return deed(step, by=by, **more) or {}

    # -- Banks --

    def open_bank(self, step: Mapping[str, Any], *, by: Caller) -> None:
        """Open a bank."""
        operations.open_bank(encoded({"name": step["bank"], "kind": step["kind"]}), by=by)

    def add_entries(self, step: Mapping[str, Any], *, by: Caller) -> None:
        """Put entries in by hand; they act after a second person looked at them."""
        operations.add_entries(step["bank"], encoded({"entries": step["entries"]}), by=by)

    def review_entries(self, step: Mapping[str, Any], *, by: Caller, notices: Mapping[str, str]) -> None:
        """A second person looks at what waits in a bank; `of` are the notices that proposed it, where only these."""
        sources = {f"notice {notices[name]}" for name in step.get("of", ())}
        waiting = queries.entries(by, step["bank"], state=EntryState.SHADOW).items
        chosen = [row.name for row in waiting if not sources or row.source in sources]
        body = {"entries": chosen, "accept": step.get("accept", True), "note": step.get("note", "")}
        operations.review_entries(step["bank"], encoded(body), by=by)

    def retract_entries(self, step: Mapping[str, Any], *, by: Caller) -> None:
        """Take entries out again; what they hit is restored."""
        body = {"entries": step["entries"], "reason": step["reason"]}
        operations.retract_entries(step["bank"], encoded(body), by=by)

    # -- A policy on its way --

    def propose_policy(self, step: Mapping[str, Any], *, by: Caller) -> None:
        """Propose a version; its text lies beside the story."""
        text = (self.folder / step["file"]).read_text(encoding="utf-8")
        self.policies[step["policy"]] = operations.propose(text, note=step.get("note", ""), by=by).subject

    def take_sample(self, step: Mapping[str, Any], *, by: Caller, at: datetime) -> None:
        """Hand in what was said before, to try a version on: everyday items, and those of the step."""
        lines = b"\n".join([*(encoded(one) for one in self._daily(step["daily"], at)), *_items(step, at)])
        name = step["sample"]
        with Receiving(by) as received:
            received.write(lines)
            key = Key.of(by.party_id, "POST /api/v1/samples", f"story-{name}", lines)
            self.samples[name] = operations.take_sample(received, name=name, by=by, key=key).subject

    def try_policy(self, step: Mapping[str, Any], *, by: Caller, at: datetime) -> None:
        """See what it would do to a sample."""
        policy, sample = self.policies[step["policy"]], self.samples[step["sample"]]
        self.tried[step["policy"]] = operations.try_on(policy, [sample], by=by, at=at).subject

    def begin_shadow(self, step: Mapping[str, Any], *, by: Caller) -> None:
        """It judges, and does nothing."""
        operations.begin_shadow(self.policies[step["policy"]], note=step.get("note", ""), by=by)

    def promote(self, step: Mapping[str, Any], *, by: Caller) -> None:
        """A second person lets it go live, on the figures of its newest trial."""
        name = step["policy"]
        operations.promote(self.policies[name], backtest=self.tried[name], note=step.get("note", ""), by=by)

    # -- What is screened --

    def screen(self, step: Mapping[str, Any], *, by: Caller, at: datetime) -> dict[str, str]:
        """Screen the items of a step, and everyday ones; of each name whose hit was blocked at once its notice."""
        daily = [
            (place, msgspec.convert(one, Item)) for place, one in enumerate(self._daily(step.get("daily", 0), at), 1)
        ]
        if daily:
            operations.screen_many(daily, by=by, at=at)
        found: dict[str, str] = {}
        for one, raw in zip(step.get("items", ()), _items(step, at), strict=True):
            said = json.loads(operations.screen(raw, by=by, at=at).body)
            if "hit" in said:
                self.hits[one["name"]] = said["hit"]
                found |= self._notice(one["name"], by)
        return found

    def release_hit(self, step: Mapping[str, Any], *, by: Caller) -> None:
        """A reviewer lets a held item go."""
        operations.release(self.hits[step["hit"]], encoded({"note": step.get("note", "")}), by=by)

    def block_hit(self, step: Mapping[str, Any], *, by: Caller) -> dict[str, str]:
        """A reviewer blocks a held item; by its name the notice about it."""
        operations.block(self.hits[step["hit"]], encoded({"note": step.get("note", "")}), by=by)
        return self._notice(step["hit"], by)

    # -- What an authority is told --

    def release_notification(self, step: Mapping[str, Any], *, by: Caller) -> None:
        """A named person tells an authority, in codes, on a ground of the agreement."""
        body = {"to": step["to"], "legal_ground": step["ground"]}
        operations.release_notification(self._notification(step["hit"], by), encoded(body), by=by)

    def decline_notification(self, step: Mapping[str, Any], *, by: Caller) -> None:
        """A named person tells nobody, and says why."""
        raw = encoded({"reason": step["reason"]})
        operations.decline_notification(self._notification(step["hit"], by), raw, by=by)

    # -- By the names of the story --

    def _notice(self, name: str, by: Caller) -> dict[str, str]:
        notice = queries.hit_for(by, self.hits[name]).notice
        return {name: notice} if notice else {}

    def _notification(self, name: str, by: Caller) -> str:
        shown = queries.notifications(by).items
        return next(one.row.id for one in shown if one.row.hit_id == self.hits[name])

    def _daily(self, many: int, at: datetime) -> Iterator[dict[str, Any]]:
        for _ in range(many):
            self.said += 1
            one = {"item": f"https://t.me/examplemarket/{self.said}", "text": DAILY[self.said % len(DAILY)]}
            yield _item(one, at)


def _items(step: Mapping[str, Any], at: datetime) -> Sequence[bytes]:
    return [encoded(_item({name: one[name] for name in one if name != "name"}, at)) for one in step.get("items", ())]


def _item(one: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    return {"at": at.isoformat(), "visibility": "public", "kind": "post", "language": "id", **one}
