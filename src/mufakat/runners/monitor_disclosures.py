"""Whether what everybody may read beside the leaves is what they commit to, and whether it goes only by an erasure.

The newest leaves are looked at first, then a share of all the others, so that every one comes again after a while. A
field that was told once and is told no more needs an event of the log that erased it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from mufakat.formats import disclosure as documents
from mufakat.formats.disclosure import NotADisclosureError
from mufakat.proof import canonical, leaf as leaves, tile as paths
from mufakat.proof.errors import ProofError
from mufakat.proof.tile import WIDTH, Bundle, width_at
from mufakat.rules.events import EventType
from mufakat.runners.log_source import MissingError, NotReadError
from mufakat.runners.monitor_alarms import Alarms, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from mufakat.formats.disclosure import Disclosure
    from mufakat.proof.leaf import Leaf
    from mufakat.runners.log_source import Log
    from mufakat.runners.monitor_state import State

PATIENCE: Final = timedelta(minutes=10)
"""So long an erasure that a document names may be on its way into the log."""


@dataclass(slots=True)
class Looking:
    """One look at some documents of a log of `size` leaves, which was audited.

    `asked` is when its head was asked for: what was to be in the log by then is among them. `clock` tells the time.
    """

    log: Log
    state: State
    size: int
    asked: datetime
    clock: Callable[[], datetime]
    alarms: Alarms = field(init=False)
    _bundle: tuple[int, list[bytes]] = field(default=(-1, []), init=False)

    def __post_init__(self) -> None:
        self.alarms = Alarms(self.log.name, self.state.origin)

    def look(self, *, since: int, share: int) -> int:
        """Look at the leaves from `since` on, and at a share of those before; at most `share` each. How many it was."""
        if share <= 0:
            return 0
        fresh = self.state.opened_from(since, share)
        cursor = int(self.state.get("cursor") or 0)
        again = [row for row in self.state.opened_from(cursor, share) if row[0] < since]
        # Behind the last one it begins anew; what was too much to be looked at when it was new comes then, too.
        last = again[-1][0] + 1 if len(again) == share else 0
        self.state.put("cursor", str(last))
        rows = [*fresh, *again]
        try:
            for position, event, leaf_hash, told in rows:
                self._one(position, event, leaf_hash, told)
        except NotReadError as error:
            self.alarms.add(Kind.UNREACHABLE, f"{error}.")
        return len(rows)

    def _one(self, position: int, event: str, leaf_hash: str, told: str | None) -> None:
        raw = self._leaf(position)
        if raw is None or canonical.to_base64(leaves.leaf_hash(raw)) != leaf_hash:
            self.alarms.add(Kind.BROKEN, "it is not the entry that was audited before", index=position, event=event)
            return
        leaf = leaves.decode(raw)
        try:
            found = documents.read(self.log.disclosure(event))
        except MissingError:
            self.alarms.add(Kind.DISCLOSURE, "nothing is served of what may be read of it", index=position, event=event)
            return
        except NotADisclosureError as error:
            self.alarms.add(
                Kind.DISCLOSURE, f"what may be read of it cannot be read: {error}", index=position, event=event
            )
            return
        wrong = documents.faults(
            found, leaf=leaf, leaf_hash=leaves.leaf_hash(raw), index=position, origin=self.state.origin
        )
        if wrong:
            # Of a document that is wrong nothing is remembered: its names and salts may be made up, and any number.
            for said in wrong:
                self.alarms.add(Kind.DISCLOSURE, said, index=position, event=event)
            return
        wrong = self._salts(event, found)
        before: dict[str, Any] = json.loads(told) if told is not None else {"fields": [], "since": {}}
        wrong += self._gone(leaf, found, before)
        for said in wrong:
            self.alarms.add(Kind.DISCLOSURE, said, index=position, event=event)
        if not wrong and leaf.type == EventType.REPORT_PUBLISHED:
            self._report(position, leaf, found)
        known = sorted({*before["fields"], *found.fields} - found.erased.keys())
        # What was told and is gone is said once, and not each time.
        known = [name for name in known if name in found.fields]
        self.state.put_told(position, json.dumps({"fields": known, "since": before["since"]}))

    def _leaf(self, position: int) -> bytes | None:
        number, place = divmod(position, WIDTH)
        if self._bundle[0] != number:
            bundle = Bundle(number, width_at(0, number, self.size))
            try:
                self._bundle = (number, paths.decode_bundle(self.log.bundle(bundle), bundle.width))
            except ProofError:
                return None
        return self._bundle[1][place]

    def _salts(self, event: str, found: Disclosure) -> list[str]:
        """A salt that stands elsewhere too opens two commitments where one was told."""
        wrong = []
        for name, opening in found.fields.items():
            key, here = f"salt/{opening.salt}", f"{event} {name}"
            known = self.state.thing(key)
            if known is None:
                self.state.put_thing(key, "salt", here)
            elif known["owner"] != here:
                wrong.append(f"`{name}` has the salt of another field: {known['owner']}")
        return wrong

    def _gone(self, leaf: Leaf, found: Disclosure, before: dict[str, Any]) -> list[str]:
        wrong = [
            f"`{name}` was told before, is told no more, and nothing erased it"
            for name in before["fields"]
            if name not in found.fields and name not in found.erased
        ]
        for name, by in found.erased.items():
            erasure = self.state.thing(by) if by else None
            if erasure is not None and erasure["kind"] == "erasure":
                if leaf.id not in erasure["refs"] and erasure["owner"] != leaf.case:
                    wrong.append(f"`{name}` is said to be erased by {by}, which is about something else")
            elif not by or self.state.has_event(by):
                wrong.append(f"`{name}` is erased, and no event of the log says so")
            else:
                since = before["since"].setdefault(name, self.clock().isoformat())
                if datetime.fromisoformat(since) + PATIENCE < self.asked:
                    wrong.append(f"`{name}` is said to be erased by {by}, which the log does not hold")
        return wrong

    def _report(self, position: int, leaf: Leaf, found: Disclosure) -> None:
        """A report of a year that counts fewer notices than the log holds lies. More may lie in another shard."""
        raw = documents.value_of(found.fields["report"]) if "report" in found.fields else None
        try:
            said: Any = json.loads(raw) if raw is not None else None
            party, year = said["party"], int(said["year"])
            told = int(said["sent"]["received"]), int(said["received"]["received"])
        except (ValueError, KeyError, TypeError):
            return
        if party != leaf.actor:
            self.alarms.add(
                Kind.STATISTICS,
                "it is a report about somebody else than who published it",
                index=position,
                event=leaf.id,
            )
            return
        for word, counted, there in zip(("sent", "received"), told, self.state.counts(party, year), strict=True):
            if counted < there:
                words = f"{party} reports {counted} notices {word} in {year}, and the log holds {there}"
                self.alarms.add(Kind.STATISTICS, words, index=position, event=leaf.id)
