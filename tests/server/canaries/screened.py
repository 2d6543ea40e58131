"""Screening in the world of canaries: what was said in public on a platform is hit, held, let go and blocked.

An item, and what a reviewer says of it, is its platform's alone. What is blocked becomes a decision: its ground and
its reasons are what everybody may read.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.server.api.doors import put
from tests.server.canaries.eye import EVERYBODY, Canary
from tests.server.filters.seeding import seed

from mufakat.rules.permissions import Role
from mufakat.server.filters.models import Policy
from mufakat.server.journal import door, queries as journal
from mufakat.server.parties import operations as parties, queries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tests.server.canaries.world import World

    from mufakat.server.journal.work import Moment

ONE, MANY, HITS = "/api/v1/screen", "/api/v1/screen/batch", "/api/v1/hits"
PLATFORM = "platform-b"
BODIES = ("Item", "screen_batch body")  # One alone; and one a line.
GROUND = ("instrument", "provision")
TERMS = ("document", "clause", "url")
PLANTED = {
    *(f"{body}.{name}" for body in BODIES for name in ("item", "author", "channel", "text", "urls[]")),
    *("HitReleaseIn.note", "HitBlockIn.note", "HitBlockIn.reasons"),
    *(f"HitBlockIn.ground.legal_ground.{name}" for name in GROUND),
    *(f"HitBlockIn.ground.terms_ground.{name}" for name in TERMS),
}
UNPLANTED = {
    **{f"{body}.at": "a moment, as the platform writes it: it goes with the rest of the item" for body in BODIES},
    **{f"{body}.{name}": "a digest" for body in BODIES for name in ("sha256", "pdq")},
    **{f"{body}.language": "a language tag" for body in BODIES},
    "path hit": "an id: the crawl asks for each",
}
PLAIN = {
    "of a hit: codes, ids, digests, the name of a rule": {
        *("Hit.rule", "Hit.action", "Hit.item", "Hit.content", "Hit.event", "Hit.notice", "Hit.decision"),
    },
}
DEEDS = ("release", "block")


def end_policies(moment: Moment) -> None:
    """What was live before gives way."""
    Policy.objects.filter(platform__handle=PLATFORM, state="live").update(state="ended", ended_at=moment.at)


def screen(world: World) -> None:
    """Two items are held: one is let go, one is blocked; a third is handed in with many."""
    reviewer(world)
    door.commit(ended)
    seed(platform=PLATFORM, seats=("reviewer", "reviewer-2"))
    for number in range(2):
        found = answered(put(ONE, item(world, number), token(world), world.key(PLATFORM)))
        learn(world, found["hit"])
        if number:
            blocked(world, found["hit"])
        else:
            note = f"A quotation. {plant(world, 'note of a release', {PLATFORM})}"
            answered(put(f"{HITS}/{found['hit']}/release", {"note": note}, token(world), world.key(PLATFORM)))
    answer = put(MANY, item(world, 2), token(world))
    assert answer.status == 200, answer.body


def ended(moment: Moment) -> None:
    """What was live before is so no longer: a platform has one policy at work."""
    Policy.objects.filter(platform__handle=PLATFORM, state="live").update(state="ended", ended_at=moment.at)


def item(world: World, number: int) -> bytes:
    """An item in which a host of the seeded bank stands."""
    mine = {PLATFORM}
    return json.dumps(
        {
            "item": f"https://b.example/{plant(world, 'id', mine)}/{number}",
            "at": "2026-11-26T09:00:00Z",
            "visibility": "public",
            "kind": "post",
            "author": plant(world, "author", mine),
            "channel": plant(world, "channel", mine),
            "text": f"http://jual.example.net/ {plant(world, 'text', mine)} <b>&\"'",
            "urls": [f"https://{plant(world, 'url', mine)}.example/"],
        }
    ).encode()


def blocked(world: World, hit: str) -> None:
    """A block by a person, who says everything himself."""
    told = {
        "note": f"Seen. {plant(world, 'note of a block', {PLATFORM})}",
        "reasons": f"A made-up placeholder, {plant(world, 'reasons', {EVERYBODY})} <b>&\"'",
        "ground": {
            "legal_ground": {"system": "id", **{one: f"Law {plant(world, one, {EVERYBODY})}" for one in GROUND}},
            "terms_ground": {
                "document": f"Terms {plant(world, 'document', {EVERYBODY})}",
                "clause": f"Clause {plant(world, 'clause', {EVERYBODY})}",
                "url": f"https://terms.example/{plant(world, 'url of a clause', {EVERYBODY})}",
            },
        },
    }
    answered(put(f"{HITS}/{hit}/block", told, token(world), world.key(PLATFORM)))


def reviewer(world: World) -> None:
    """The first reviewer, beside the second one of this world."""
    mail = f"{plant(world, 'e-mail of a reviewer', {PLATFORM})}@mail.example"
    party = queries.party_by_handle(PLATFORM)
    parties.enrol_person(party, role=Role.REVIEWER, ordinal=1, email=mail, name="First of its role")


def learn(world: World, hit: str) -> None:
    """The id of a hit, and of what happened to it, is its platform's alone."""
    world.hits.append(hit)
    for one in (hit, *(event.id for event in journal.events_of(hit))):
        world.eye.known[one] = Canary("id of a hit", frozenset({PLATFORM}), of_notice=False)


def token(world: World) -> str:
    return world.tokens[PLATFORM, Role.REVIEWER]


def plant(world: World, where: str, audience: Collection[str]) -> str:
    return world.eye.plant(f"{' + '.join(sorted(audience))}: {where} of an item", audience, of_notice=False)


def answered(answer: Any) -> dict[str, Any]:
    assert answer.status == 200, answer.says
    found: dict[str, Any] = answer.json()
    return found


def refused(world: World) -> Iterator[str]:
    """Where a deed on somebody else's hit is refused."""
    yield from (f"{HITS}/{one}/{deed}" for one in world.hits for deed in DEEDS)
    yield ONE
