"""A world in which every free-text field holds hostile text, and everybody's way to look at it.

It is the world of the canaries (`tests.server.canaries`), so a field that is planted there is hostile here too. Each
canary brings a piece of the corpus along where the field takes any text; decisions and appeals are made on top.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.test import Client
from tests.hostile import CORPUS
from tests.server.canaries import world as canaries
from tests.server.canaries.eye import Eye

from mufakat.rules.permissions import Role
from mufakat.server.register import following

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.server.canaries.world import World

# Places that take an address, a code or a key alone; their canaries go in bare.
STRICT = (
    *("host", "path", "channel", "media type", "url", "scheme", "e-mail", "author", "link", "handle", "member"),
    *("idempotency key", "address of an endpoint", "a line that waits", "external name", "puid", "name of a point"),
    *("name of a key", "name of a former key", "closed name", "protected name"),
    *("name of a bank", "id of an entry", "category"),  # The last two are of at most 64 characters.
    *("name of a policy", "rule of a policy"),
)
PRINTABLE = tuple(piece for piece in CORPUS if piece.isprintable() and len(piece) < 80)
"""For names and the like, which take no character that hides or turns others."""
PLACEHOLDER = "Made-up words about it"


@dataclass
class HostileEye(Eye):
    """Plants a canary and a piece of the corpus behind it, one after the other."""

    planted: dict[str, str] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)  # With which whoever is affected appeals.

    def plant(self, where: str, audience: Iterable[str], *, of_notice: bool = True) -> str:
        canary = super().plant(where, audience, of_notice=of_notice)
        if any(word in where for word in STRICT):
            return canary
        pieces = CORPUS if of_notice else PRINTABLE
        text = f"{pieces[len(self.planted) % len(pieces)]} {canary}"
        self.planted[canary] = where
        return text


def build() -> World:
    """The world, in the house that is open."""
    made = canaries.build(HostileEye())
    contest(made)
    while following.sweep(at=datetime.now(UTC)).more:
        pass
    return made


def contest(world: World) -> None:
    """Decisions with the whole corpus in their texts, an appeal against each, and what came of it."""
    from tests.server.api.doors import NOTICES, put

    def post(path: str, made: dict[str, Any], who: tuple[str, Role]) -> dict[str, Any]:
        answer = put(path, json.dumps(made).encode(), world.tokens[who], world.key(who[0]))
        assert answer.status < 300, (path, answer.status, answer.body)
        return answer.json()

    sender, platform = "regulator-a", "platform-a"
    for number, text in enumerate(CORPUS):
        draft = {**world.draft(sender, platform, "order", 100 + number), "explanation": text, "evidence": []}
        notice = post(NOTICES, draft, (sender, Role.OFFICER))["id"]
        world.learn(notice, sender, platform)
        who = (platform, Role.REVIEWER)
        post(f"{NOTICES}/{notice}/acknowledgement", {"note": text}, who)
        decision = post(f"{NOTICES}/{notice}/decision", decided(text, acts=number % 2 == 0), who)
        told = {"reasons": f"{text} {PLACEHOLDER}.", "evidence": []}
        if number % 2:
            post(f"/api/v1/decisions/{decision['id']}/appeals", told, (sender, Role.OFFICER))
        else:
            lodge_by_code(world, decision["appeal"]["code"], told, text)


def lodge_by_code(world: World, code: str, told: dict[str, Any], text: str) -> None:
    """An appeal of nobody known, with a page as a file."""
    assert isinstance(world.eye, HostileEye)
    content = text.encode()
    named = {
        "name": f"{text.replace('/', '')[:40].strip()}.html" if text.isprintable() else "page.html",
        "media_type": "text/html",
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": base64.b64encode(content).decode(),
    }
    raw = json.dumps({**told, "code": code, "evidence": [named]})
    key = {"Idempotency-Key": f"hostile-{len(world.eye.codes)}"}
    answer = Client().post("/api/v1/appeals", raw, content_type="application/json", headers=key)
    assert answer.status_code == 201, answer.content
    world.eye.codes.append(code)


def decided(text: str, *, acts: bool) -> dict[str, Any]:
    """A decision that says it everywhere."""
    said: dict[str, Any] = {
        "ground": {
            "legal_ground": {"system": "id", "instrument": text, "provision": text},
            "terms_ground": {"document": text, "clause": text, "url": None},
        },
        "facts": f"{text} {PLACEHOLDER}.",
        "reasons": f"{text} {PLACEHOLDER}.",
        "language": "en",
        "automated": {"detection": False, "decision": "none"},
    }
    if acts:
        return {**said, "outcome": "act_full", "items": [{"locator": n, "measure": "remove"} for n in range(3)]}
    return {**said, "outcome": "refuse", "refusal": "unclear"}
