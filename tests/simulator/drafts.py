"""What every plan draws from: made-up notices, who sends them, which notice is meant, and what a step sends."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.houses import NOTICE
from tests.simulator.acts import Submit, Turn
from tests.simulator.model import ACKNOWLEDGERS, CATEGORIES, ENTITLED, HOUSE, MANDATED, OPEN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from tests.simulator.acts import Act
    from tests.simulator.model import Case, Model, Seat, Token
    from tests.simulator.run import Simulation

# The seats that a party of a kind begins with.

SEATS_OF = {
    "regulator": ("officer", "approver"),
    "trusted_flagger": ("officer",),
    "court": ("officer",),
    "platform": ("representative", "reviewer", "officer", "reviewer"),
    "operator": ("engineer", "officer", "representative"),
    "member": ("officer",),
    "auditor": ("auditor",),
    "house": ("admin",),
}
KINDS = ("platform", "regulator", "trusted_flagger", "operator", "member", "platform", "court", "auditor", "operator")
LOCATORS = (
    "https://t.me/s/examplechannel/12",
    "https://t.me/examplegroup",
    "https://video.example/watch?v=placeholder",
    "https://forum.example/thread/7",
    "web.example",
)
LARGEST_BATCH = 12


@dataclass
class Plan:
    """What a step sends. ``manner`` is one of MANNERS."""

    acts: Sequence[Act]
    manner: str = "one after the other"


MANNERS = ("one after the other", "together", "late", "short queue", "no room", "closed", "restart", "kill")


class Deed(NamedTuple):
    """A row of the table."""

    name: str
    weight: int
    plan: Callable[[Simulation], Plan | None]  # None: nothing of the kind is possible yet.


@dataclass
class Drafts:
    """Made-up notices, each different; nothing in them is drawn but by the given chance."""

    chance: Random
    made: int = field(default=0)

    def sound(self, model: Model, seat: Seat, *, in_batch: bool = False, **changes: Any) -> bytes:
        """A notice that the rules take; now and then one outside of its sender's mandates."""
        self.made += 1
        party = model.parties[seat.handle]
        category = self.chance.choice(CATEGORIES)
        kinds = sorted(ENTITLED[party.kind])
        mandated = sorted(MANDATED.get(party.kind, ()))
        if not (in_batch and party.is_measured):  # What becomes of a batch beyond the measure has tests of its own.
            kinds += [kind for kind in mandated if party.standing(kind, category)]
            if outside := [kind for kind in mandated if kind not in kinds and self.chance.random() < 0.1]:
                kinds = outside
                changes = {"otherwise": self.chance.choice(("user_report", None)), **changes}
        to = [handle for handle in model.addressees() if handle != seat.handle]
        body = {
            **NOTICE,
            "to": self.chance.choice(to),
            "kind": self.chance.choice(kinds),
            "category": category,
            "urgency": self.chance.choice(("normal", "urgent", "emergency")),
            "locators": self.chance.sample(LOCATORS, self.chance.randint(1, 3)),
            "explanation": f"A made-up placeholder, number {self.made}.",
        }
        if body["kind"] not in {"request", "order"} and self.chance.random() < 0.3:
            body |= {"legal_ground": None, "terms_ground": {"document": "Terms", "clause": "4.2"}}
        if self.chance.random() < 0.15:
            body["evidence"] = self.files(model, seat, body["category"])
        return json.dumps({**body, **changes}).encode()

    def files(self, model: Model, seat: Seat, category: str) -> list[dict[str, Any]]:
        """Files that a notice carries inside, or names: its party's own as a rule, and such as are not there."""
        found = []
        for place in range(self.chance.randint(1, 2)):
            known = sorted(model.contents)
            own = sorted(one.row.sha256 for one in model.uploads.values() if one.row.party == seat.party_id)
            sha256 = self.chance.choice(own or known) if known and self.chance.random() < 0.6 else None
            content = None
            if sha256 is None:
                content = self.file()
                sha256 = hashlib.sha256(content).digest()
            if category == "child_sexual_abuse":
                content = None  # A digest alone is taken.
            told = base64.b64encode(content).decode() if content is not None else None
            name = f"capture-{place}.png"
            found.append({"name": name, "media_type": "image/png", "sha256": sha256.hex(), "content": told})
        return found

    def file(self) -> bytes:
        """A made-up file; some are longer than a chunk."""
        self.made += 1
        return f"made-up bytes, number {self.made} ".encode() * self.chance.choice((1, 40, 3_000))

    def bad(self, model: Model, seat: Seat) -> bytes:
        """A notice that the rules refuse, each for a reason of its own."""
        wrong: Sequence[dict[str, Any]] = (
            {"to": "nobody"},
            {"to": HOUSE},
            {"to": seat.handle},
            {"locators": []},
            {"locators": ["nothing to point at, only words"]},
            {"explanation": "   "},
            {"kind": "order", "legal_ground": None, "terms_ground": {"document": "Terms", "clause": "4.2"}},
            {"kind": "user_report", "legal_ground": None, "terms_ground": None},
            {"kind": "no such kind"},
            {"unknown": 1},
            {"content_date": "2031-01-01"},
        )
        return self.sound(model, seat, **{"kind": "user_report", "otherwise": None, **self.chance.choice(wrong)})

    def one(self, model: Model, seat: Seat, *, in_batch: bool = False) -> tuple[bytes, str]:
        """A notice and its flaw, usually none."""
        drawn = self.chance.random()
        if drawn < 0.10:
            return self.bad(model, seat), "bad"
        if drawn < 0.14:
            words = f"A poison placeholder, number {self.made}."
            return self.sound(model, seat, in_batch=in_batch, explanation=words), "poison"
        return self.sound(model, seat, in_batch=in_batch), ""


MEASURES = ("remove", "disable", "demote", "label", "warn", "preserve", "suspend_account")
SECONDED = ("terminate_account", "close_channel")  # They cannot be undone, so two people are asked.
REFUSALS = ("not_illegal", "not_in_terms", "unclear", "outside_jurisdiction", "already_gone")
OUTCOMES = ("act_full", "act_full", "act_partial", "refuse", "refuse", "not_found", "impossible", "duplicate")


def ruling(sim: Simulation, case: Case) -> tuple[dict[str, Any], bool]:
    """A made-up decision on a notice, as often acting as not; and whether the rules refuse it."""
    chance, drafts = sim.chance, sim.drafts
    drafts.made += 1
    words = f"A made-up decision, number {drafts.made}."
    if chance.random() < 0.15:
        return {"outcome": "needs_information", "reasons": words, "language": "en"}, False
    outcome = chance.choice(OUTCOMES)
    if case.locators == 1 and outcome == "act_partial":
        outcome = "act_full"
    body: dict[str, Any] = {
        "outcome": outcome,
        "ground": {"terms_ground": {"document": "Terms", "clause": "4.2"}},
        "facts": f"Made-up facts, number {drafts.made}.",
        "reasons": words,
        "language": chance.choice(("en", "id")),
        "automated": {"detection": chance.random() < 0.3, "decision": chance.choice(("none", "partial"))},
    }
    if outcome == "refuse":
        body["refusal"] = chance.choice(REFUSALS)
    places = range(case.locators)
    if outcome == "act_partial":
        places = sorted(chance.sample(places, chance.randint(1, case.locators - 1)))  # type: ignore[assignment]
    if outcome in {"act_full", "act_partial"}:
        body["items"] = [item(sim, place) for place in places]
    if chance.random() > 0.12:
        return body, False
    return {**body, **chance.choice(wrong(outcome))}, True


def item(sim: Simulation, place: int) -> dict[str, Any]:
    """What is done to one locator; for a while, as a rule, or for ever."""
    chance = sim.chance
    if chance.random() < 0.2:
        return {"locator": place, "measure": chance.choice(SECONDED)}
    days = chance.choice((3, 10, 30, None, None))
    ends = (sim.world.clock.true + timedelta(days=days)).isoformat() if days else None
    return {"locator": place, "measure": chance.choice(MEASURES), "ends_at": ends}


def wrong(outcome: str) -> Sequence[dict[str, Any]]:
    """What makes a decision one that is not taken (I-05, I-06)."""
    found: list[dict[str, Any]] = [
        {"reasons": "  "},
        {"facts": None},
        {"automated": None},
        {"unknown": 1},
        {"items": [{"locator": 99, "measure": "remove"}]},
        {"refusal": None if outcome == "refuse" else "not_illegal"},
    ]
    if outcome in {"act_full", "act_partial", "refuse"}:
        found.append({"ground": None})
    if outcome in {"act_full", "act_partial"}:
        found += [
            {"items": []},
            {"automated": {"detection": True, "decision": "full"}},
            {"items": [{"locator": 0, "measure": "close_channel", "ends_at": "2099-01-01T00:00:00Z"}]},
        ]
    return found


def one_submission(sim: Simulation, *, key: str | None = None) -> Submit | None:
    """A notice with its sender."""
    chance = sim.chance
    seats = sim.model.speaking("officer") if chance.random() < 0.93 else sim.model.speaking()
    if not seats:
        return None
    seat = chance.choice(seats)
    raw, flaw = sim.drafts.one(sim.model, seat)
    named = None if chance.random() < 0.02 else key or sim.new_key()
    return Submit(seat, token_of(sim, seat), named, raw, flaw, chance.random() < 0.6)


def token_of(sim: Simulation, seat: Seat) -> Token:
    """A token of the seat: the newest as a rule, sometimes an old one that may have ended."""
    return seat.tokens[-1] if sim.chance.random() < 0.9 else sim.chance.choice(seat.tokens)


def one_turn(sim: Simulation, deed: str, case: Case) -> Turn | None:
    """A deed on a notice, usually by a seat whose deed it is."""
    chance = sim.chance
    side, roles = (case.recipient, ACKNOWLEDGERS) if deed == "acknowledgement" else (case.sender, {"officer"})
    seats = [seat for seat in sim.model.speaking(*roles) if seat.handle == side]
    if not seats or chance.random() < 0.1:
        seats = sim.model.speaking()
    if not seats:
        return None
    seat = chance.choice(seats)
    told = "A slip." if deed == "withdrawal" and chance.random() < 0.95 else chance.choice(("", "Seen."))
    told = "" if deed == "withdrawal" and told == "Seen." else told
    return Turn(seat, token_of(sim, seat), case.id, deed, sim.new_key() if chance.random() < 0.7 else None, told)


def some_case(sim: Simulation) -> Case | None:
    """A notice, rather a new and open one."""
    cases = list(sim.model.cases.values())
    if not cases:
        return None
    recent = [case for case in cases[-30:] if case.state in OPEN]
    return sim.chance.choice(recent if recent and sim.chance.random() < 0.7 else cases)
