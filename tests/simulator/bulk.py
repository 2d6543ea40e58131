"""Batches: many notices at once, in portions that are each a commit of their own.

A batch that stops midway has stored whole portions, in their order, and each stored item bears its mark. Whoever sends
the same batch under the same key gets the receipt over all of it; under another key what is stored is repeated (409).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from tests.server.api.doors import NOTICES, Reply
from tests.simulator.acts import Foreseen, Request, is_covered, may_name
from tests.simulator.model import SUBMITTERS, digest, require, slug_in
from tests.simulator.receipts import admitted
from tests.simulator.wire import post
from tests.simulator.world import PORTION

from mufakat.proof import verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.simulator.acts import Circumstances
    from tests.simulator.books import Seen
    from tests.simulator.model import Model, Scope


@dataclass(eq=False)
class Batch(Request):
    """Many notices are sent at once; each item is its bytes and its flaw."""

    name: ClassVar[str] = "batch"
    key: str
    items: Sequence[tuple[bytes, str]]
    stopped: int = field(default=0)  # How often it was found stored in part.
    found: str = field(default="")  # How it was found this time, if in a way worth counting.

    @property
    def is_poisoned(self) -> bool:
        return any(flaw == "poison" for _, flaw in self.items)

    def __str__(self) -> str:
        return f"batch of {len(self.items)} by {self.seat} under {self.key}"

    @property
    def raw(self) -> bytes:
        return b'{"notices":[' + b",".join(raw for raw, _ in self.items) + b"]}"

    @property
    def scope(self) -> Scope:
        return (self.seat.party_id, f"POST {NOTICES}/batch", self.key)

    @property
    def mark(self) -> bytes:
        """What the stored answer of each of its items says."""
        return self.key.encode() + digest(self.raw)

    def item(self, raw: bytes) -> Scope:
        """Under which an item is remembered: its bytes are its key."""
        return (self.seat.party_id, f"POST {NOTICES}/batch item", f"item-{digest(raw).hex()}")

    def send(self) -> Reply:
        return post(f"{NOTICES}/batch", self.raw, self.token.text, self.key)

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        if stopped := self.stopped_at_the_door(model, around):
            return stopped
        if self.seat.role not in SUBMITTERS:
            return Foreseen(403, "not-permitted")
        # What names files that are not there: refused before it gets to the writer, or by it, whose clock may be later.
        sound = {raw for raw, flaw in self.items if flaw != "bad" and self.item(raw) not in model.answers}
        self.refused = {raw for raw in sound if not may_name(model, self.seat, raw, around.at)}
        self.refused |= {raw for raw in sound if not is_covered(model, self.seat, raw)}
        later = max(around.at, around.written_at)
        self.late = {raw for raw in sound - self.refused if not may_name(model, self.seat, raw, later)}
        return self.known(model, self.raw, 200) or Foreseen(200, effect=True)

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        self.found = ""
        # (1) What of it is stored: now, or by an earlier attempt. Another batch's items bear another mark.
        self.others = {raw for raw, _ in self.items if self._is_anothers(raw, model, seen)}
        fresh = [raw for raw in dict.fromkeys(raw for raw, _ in self.items) if self._taken(raw, model, seen)]
        # (2) Whole portions, in their order, whatever it was that ended it.
        stored = [self._is_stored(portion, model) for portion in self._portions()]
        whole = [one for one in stored if one is not None]
        require(whole == sorted(whole, reverse=True), "I-01", f"{self} is stored with a portion missing: {stored}")
        # (3) The answer, which comes with the last of them.
        row = seen.answers.pop(self.scope, None)
        if row is None:
            if True in whole:
                self.stopped += 1
                self.found = "batch stopped midway"
            return bool(fresh)
        same = (row.status, row.digest) == (200, digest(self.raw))
        require(same, "I-02", f"the stored answer to {self} is another's")
        require(False not in whole, "I-01", f"{self} has an answer, and a portion is not stored: {stored}")
        if self.stopped:
            self.found = "batch resumed"
        model.answers[self.scope] = row.given
        return True

    def remark(self, around: Circumstances) -> None:
        if self.found:
            around.remarkable.append(self.found)
            self.found = ""

    def _is_anothers(self, raw: bytes, model: Model, seen: Seen) -> bool:
        given = model.answers.get(self.item(raw)) or seen.answers.get(self.item(raw))
        return given is not None and given.body != self.mark

    def _taken(self, raw: bytes, model: Model, seen: Seen) -> bool:
        """Put an item into the model that was stored with this batch since the last look."""
        scope = self.item(raw)
        row = seen.answers.get(scope)
        if row is None or row.body != self.mark:
            return False
        del seen.answers[scope]
        require((row.status, row.digest) == (201, digest(raw)), "I-02", f"an item of {self} is remembered as another")
        event = seen.claim("notice.received", case=row.subject)
        require(event, "I-03", f"an item of {self} is remembered without its event")
        model.answers[scope] = row.given
        admitted(model, event, raw, self.seat.handle)
        return True

    def _portions(self) -> list[set[bytes]]:
        """What of each portion is to be stored: not what the database refuses, is another's, or came before."""
        going = [
            item for item in self.items if item[1] != "bad" and item[0] not in self.refused
        ]  # What the rules refuse never gets to the writer.
        before: set[bytes] = set()
        portions = []
        for start in range(0, len(going), PORTION):
            not_ours = self.others | self.late
            ours = {raw for raw, flaw in going[start : start + PORTION] if not flaw and raw not in not_ours}
            portions.append(ours - before)
            before |= ours
        return portions

    def _is_stored(self, portion: set[bytes], model: Model) -> bool | None:
        """Whether a portion is stored; None where nothing of it was to be."""
        kept = {raw for raw in portion if self.item(raw) in model.answers}
        require(
            kept in (set(), portion), "I-01", f"a portion of {self} is stored by halves: {len(kept)} of {len(portion)}"
        )
        return bool(kept) if portion else None

    def outcomes(self, model: Model) -> list[tuple[int, str, str | None]]:
        """Status, problem and notice of each item, once all of it is answered."""
        found: list[tuple[int, str, str | None]] = []
        seen: dict[bytes, tuple[int, str, str | None]] = {}
        for raw, flaw in self.items:
            given = model.answers.get(self.item(raw))
            if flaw == "bad" or raw in self.refused or raw in self.late:
                one: tuple[int, str, str | None] = (422, "not-admissible", None)
            elif raw in seen:
                one = (409, "repeated", None) if seen[raw][0] == 201 else seen[raw]
            elif given is not None:
                one = (201, "", given.subject) if given.body == self.mark else (409, "repeated", None)
            elif flaw == "poison":
                one = (500, "unexpected", None)
            else:
                one = (201, "", None)  # Never true of an answer: an item that is taken has its notice.
            if flaw != "bad":
                seen.setdefault(raw, one)
            found.append(one)
        return found

    def heard(self, model: Model, reply: Reply, want: Foreseen, around: Circumstances) -> None:
        """The answer to a batch: every item's outcome, and one receipt over the leaves that were taken."""
        if not want.effect:
            return
        require(self.scope in model.answers, "I-02", f"{self} was answered, and its answer is not stored")
        require(reply.body == model.answers[self.scope].body, "I-02", f"{self} stored another answer than it gave")
        told: dict[str, Any] = reply.json()
        items, due = told["items"], self.outcomes(model)
        found = [(one["status"], slug_in(one.get("problem")), one.get("id")) for one in items]
        require(found == due, "answer", f"the items of {self} were answered {found}, foreseen was {due}")
        ids = [case for _, _, case in due if case]
        leaves = [base64.b64decode(one["leaf"]) for one in items if one["status"] == 201]
        require(bool(leaves) == (told["receipt"] is not None), "I-01", f"{self} has a receipt for nothing, or none")
        for case, leaf_hash in zip(ids, leaves, strict=True):
            require(model.cases[case].leaf_hash == leaf_hash, "I-01", f"{case} was given another leaf than is stored")
        if leaves:
            verify.verify(told["receipt"].encode(), keys=[model.key], leaves=leaves)
            model.batch_receipts.append((told["receipt"], tuple(ids)))
