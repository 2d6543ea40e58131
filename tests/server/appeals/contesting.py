"""What tests of appeals share: a house whose clock moves, decisions of both kinds, and appeals against them."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.houses import body

from mufakat.rules import appeal_code
from mufakat.server.appeals import operations
from mufakat.server.decisions import codes, operations as decisions
from mufakat.server.journal.answers import Key
from mufakat.server.notices import operations as notices
from mufakat.server.runtime import reactions

if TYPE_CHECKING:
    from tests.houses import House

    from mufakat.server.journal.answers import Answer

START = datetime(2040, 1, 2, 2, 0, tzinfo=UTC)
OFFICER, DECIDER = ("kominfo", "officer"), ("telegram", "reviewer")
OTHER, REPRESENTATIVE = ("telegram", "reviewer-2"), ("telegram", "representative")

SAID = {
    "ground": {"terms_ground": {"document": "Terms of Service", "clause": "2.1", "url": None}},
    "facts": "The channel shows a made-up placeholder.",
    "reasons": "The content is what the notice says it is.",
    "language": "en",
    "automated": {"detection": False, "decision": "none"},
}
WHY = "It is lawful satire, and nobody is called upon to do anything."
BECAUSE = "The context was not looked at before."


def decision(outcome: str = "act_full", **changes: Any) -> bytes:
    """A complete decision."""
    made: dict[str, Any] = {"outcome": outcome, **SAID}
    if outcome == "refuse":
        made["refusal"] = "not_illegal"
    elif outcome == "act_full":
        made["items"] = [{"locator": 0, "measure": "remove"}]
    return json.dumps({**made, **changes}).encode()


@dataclass
class Contest:
    """The house, its time, and what happened in it."""

    house: House
    at: datetime = START
    keys: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.house.writer._clock = lambda: self.at

    def key(self) -> str:
        self.keys.append(f"key-{len(self.keys)}")
        return self.keys[-1]

    def wait(self, **passed: float) -> None:
        self.at += timedelta(**passed)

    def work(self) -> None:
        """Reactions and the closing of notices, until nothing is left that is due now."""
        while reactions.run(at=self.at).more:
            pass
        while operations.sweep(at=self.at).more:
            pass

    def notice(self, **changes: Any) -> str:
        """A notice that was taken and acknowledged."""
        by = self.house.caller(*OFFICER)
        notice = notices.submit(body(**changes), by=by, at=self.at, key=self.key()).subject
        notices.acknowledge(notice, by=self.house.caller(*DECIDER))
        return notice

    def decided(self, outcome: str = "act_full", *, notice: str | None = None, **changes: Any) -> dict[str, Any]:
        """A decision on a notice, and the reactions to it."""
        notice = notice or self.notice()
        answer = decisions.decide(notice, decision(outcome, **changes), by=self.house.caller(*DECIDER))
        self.work()
        made: dict[str, Any] = json.loads(answer.body)
        return made

    def lodge(self, found: dict[str, Any], *, by: tuple[str, str] = OFFICER, **changes: Any) -> dict[str, Any]:
        """An appeal of a party."""
        raw = json.dumps({"reasons": WHY, **changes}).encode()
        caller = self.house.caller(*by)
        key = Key.of(caller.party_id, f"POST /api/v1/decisions/{found['id']}/appeals", self.key(), raw)
        answer = operations.lodge(found["id"], raw, by=caller, at=self.at, key=key)
        made: dict[str, Any] = json.loads(answer.body)
        return made

    def lodge_by_code(self, found: dict[str, Any], *, key: str = "", **changes: Any) -> Answer:
        """An appeal of whoever was given the code."""
        raw = json.dumps({"code": code_of(found), "reasons": WHY, **changes}).encode()
        return operations.lodge_by_code(operations.read_by_code(raw), raw, at=self.at, key=key or self.key())

    def resolve(
        self, appeal: dict[str, Any], outcome: str = "reversed", *, by: tuple[str, str] = OTHER, **changes: Any
    ) -> dict[str, Any]:
        raw = json.dumps({"outcome": outcome, "reasons": BECAUSE, **changes}).encode()
        answer = operations.resolve(appeal["id"], raw, by=self.house.caller(*by))
        made: dict[str, Any] = json.loads(answer.body)
        return made


def code_of(found: dict[str, Any]) -> str:
    """The code that the platform hands to whoever is affected."""
    return appeal_code.shown(codes.of(found["id"]))


def said(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.body)
    return found


def file(content: bytes = b"A made-up file.", name: str = "proof.txt") -> dict[str, str]:
    """A file inside an appeal."""
    return {
        "name": name,
        "media_type": "text/plain",
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": base64.b64encode(content).decode(),
    }
