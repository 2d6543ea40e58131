"""Notifications of the world of canaries: one that was released, one that was declined, and one that waits.

What was hit is the platform's alone, whatever is told of it (I-14): the authority gets codes, and the ground that
stands in the agreement of the two.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from tests.server.api.doors import put
from tests.server.canaries import policed
from tests.server.canaries.eye import Canary

from mufakat.rules.events import EventType
from mufakat.rules.filtering import NOTIFICATION, HitState, NotificationState
from mufakat.rules.permissions import Role
from mufakat.server.filters import telling, texts
from mufakat.server.filters.models import Hit, Notification
from mufakat.server.journal import door, operations as journal
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.canaries.world import World

    from mufakat.server.journal.work import Moment

NOTIFICATIONS = "/api/v1/notifications"
PLATFORM, AUTHORITY = "platform-a", "regulator-a"
GROUND = ("instrument", "provision")
PLANTED = {
    *(f"NotificationReleaseIn.legal_ground.{name}" for name in GROUND),
    "NotificationRefusalIn.reason",
}
UNPLANTED = {
    "NotificationReleaseIn.to": "the handle of a party",
    "path notification": "an id: the crawl asks for each",
}
DEEDS = ("release", "refusal")


def notify(world: World) -> None:
    """Three hits; one is told, one is not, and of one nobody said anything yet."""
    policy = policed.proposed(world, PLATFORM)
    told, declined, _ = (waiting(world, policy) for _ in range(3))
    made = said(world, told, "release", {"to": AUTHORITY, "legal_ground": world.ground})
    learn(world, made["told"], (PLATFORM, AUTHORITY))
    # By which version it was hit is told.
    world.eye.known[policy] = Canary("id of a policy", frozenset({PLATFORM, AUTHORITY}), of_notice=False)
    reason = world.eye.plant(f"{PLATFORM}: why nobody is told", {PLATFORM}, of_notice=False)
    said(world, declined, "refusal", {"reason": f"Harmless. {reason}"})


def waiting(world: World, policy: str) -> str:
    """A hit, with a canary in all that was said, and the notification that waits."""
    party = parties.party_by_handle(PLATFORM)
    canaries = {
        name: world.eye.plant(f"{PLATFORM}: {name} of an item", {PLATFORM}, of_notice=False)
        for name in ("item", "author", "channel", "text", "url")
    }
    rule = texts.rules_of(policy).rules[0].name
    item = {**{name: canaries[name] for name in ("item", "author", "channel", "text")}, "urls": [canaries["url"]]}

    def run(moment: Moment) -> tuple[str, str]:
        hit, pk = moment.id("hit"), moment.id("ntf")
        happened = telling.happening(
            EventType.FILTER_HIT,
            hit,
            platform=party.id,
            actor=PLATFORM,
            committed={"item": json.dumps({**item, "kind": "message"}).encode()},
        )
        event = journal.append([happened], moment)[0].id
        proposal = telling.happening(
            EventType.NOTIFICATION_PROPOSED, pk, platform=party.id, actor=PLATFORM, committed={"codes": b"{}"}
        )
        Hit.objects.create(
            id=hit,
            platform=party,
            policy_id=policy,
            rule=rule,
            action="propose_notification",
            category="terrorism",
            item=hashlib.sha256(hit.encode()).digest(),
            content=hashlib.sha256(canaries["text"].encode()).digest(),
            state=HitState.TOLD.value,
            at=moment.at,
            event=event,
        )
        Notification.objects.create(
            id=pk,
            hit_id=hit,
            platform=party,
            state=NotificationState.WAITING.value,
            proposed_at=moment.at,
            due_at=moment.at + NOTIFICATION,
            event=journal.append([proposal], moment)[0].id,
        )
        return pk, hit

    made, hit = door.commit(run)
    learn(world, made, (PLATFORM,))
    learn(world, hit, (PLATFORM,))
    pk: str = made
    return pk


def learn(world: World, name: str, audience: tuple[str, ...]) -> None:
    world.notifications.append(name)
    world.eye.known[name] = Canary("id of a notification, or its hit", frozenset(audience), of_notice=False)


def said(world: World, pk: str, deed: str, told: dict[str, Any]) -> dict[str, Any]:
    token = world.tokens[PLATFORM, Role.REVIEWER]
    answer = put(f"{NOTIFICATIONS}/{pk}/{deed}", json.dumps(told).encode(), token, world.key(PLATFORM))
    assert answer.status == 200, answer.says
    found: dict[str, Any] = answer.json()
    return found


def refused(world: World) -> Iterator[str]:
    """Where a deed on somebody else's notification is refused."""
    yield from (f"{NOTIFICATIONS}/{one}/{deed}" for one in world.notifications for deed in DEEDS)
