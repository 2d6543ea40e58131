"""Appeals of the world of canaries: by code and by account, before a court, with files, resolved with words."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from tests.server.api.contested import sent
from tests.server.api.doors import put
from tests.server.canaries.decided import second

from mufakat.rules.appeal_code import shown
from mufakat.rules.permissions import Role
from mufakat.server.decisions import codes, queries
from mufakat.server.register import doors

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.server.canaries.world import World


def contest(world: World) -> None:
    """Whoever has a code appeals; where nothing was done the sender does, and records a court; one is resolved."""
    reviewers: dict[str, str] = {}
    for decision, statement in [*world.decisions.items()]:
        if not statement:
            continue  # Information was asked: nothing is decided.
        found = queries.known(decision)
        sender, to = world.notices[found.notice_id]
        sides = {sender, to}
        if found.code_digest is not None:
            doors.forget()  # The crowd of the world comes from one address.
            made = sent(by_code(world, decision, sides, to), key=world.key("whoever has the code"))
        else:
            made = put(
                f"/api/v1/decisions/{decision}/appeals",
                by_account(world, sides),
                world.tokens[sender, Role.OFFICER],
                world.key(sender),
            )
            learn(world, made, sides)
            court = by_account(world, sides, level="judicial", body=f"Court {plant(world, sides, 'body outside')}")
            outside = put(
                f"/api/v1/decisions/{decision}/appeals", court, world.tokens[sender, Role.OFFICER], world.key(sender)
            )
            learn(world, outside, sides)
        learn(world, made, sides)
        if to not in reviewers:
            reviewers[to] = second(world, to)
        told = {"outcome": "upheld", "reasons": f"It stands: {plant(world, sides, 'reasons of a resolution')}"}
        path = f"/api/v1/appeals/{made.json()['id']}/resolution"
        answer = put(path, json.dumps(told).encode(), reviewers[to], world.key(to))
        assert answer.status == 200, answer.says


def by_code(world: World, decision: str, sides: Collection[str], to: str) -> bytes:
    """What it says is for both sides, its file for the platform alone."""
    made = {
        "code": shown(codes.of(decision)),
        "reasons": f"A made-up placeholder, {plant(world, sides, 'reasons of an appeal')} <b>&\"'",
        "evidence": [file(world, {to})],
    }
    return json.dumps(made).encode()


def by_account(world: World, sides: Collection[str], **more: Any) -> bytes:
    made = {
        "reasons": f"A made-up placeholder, {plant(world, sides, 'reasons of an appeal')} <b>&\"'",
        "evidence": [file(world, sides)],
        **more,
    }
    return json.dumps(made).encode()


def file(world: World, audience: Collection[str]) -> dict[str, str]:
    content = f"file {world.eye.plant('content of a file of an appeal', audience, of_notice=False)}".encode()
    return {
        "name": f"{plant(world, audience, 'name of a file of an appeal')}.png",
        "media_type": f"image/{plant(world, audience, 'media type of a file of an appeal')}",
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": base64.b64encode(content).decode(),
    }


def plant(world: World, audience: Collection[str], where: str) -> str:
    return world.eye.plant(where, audience)


def learn(world: World, made: Any, sides: Collection[str]) -> None:
    """The id of an appeal is as secret as what it says."""
    assert made.status == 201, made.says
    world.appeals.append(made.json()["id"])
    world.eye.learn(made.json()["id"], sides)
