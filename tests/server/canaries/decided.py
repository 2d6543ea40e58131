"""Decisions of the world of canaries: whoever was asked decides, carries out, fails, and says so in words."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.server.api.doors import NOTICES, put

from mufakat.rules.appeal_code import shown
from mufakat.rules.permissions import Role
from mufakat.server.decisions import codes, queries
from mufakat.server.notices.models import Notice

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.server.canaries.world import World

SECOND = 3  # The seat of the second reviewer, who approves what cannot be undone.


def decide(world: World) -> None:
    """Every notice that was acknowledged is decided: acted on, refused, or asked about, in turn."""
    waiting = Notice.objects.filter(state="acknowledged", pk__in=world.notices).order_by("pk")
    for number, notice in enumerate(waiting):
        sender, to = world.notices[notice.pk]
        made = (acting, refusing, asking)[number % 3](partial(world.eye.plant, audience={sender, to}))
        token = world.tokens[to, Role.REVIEWER]
        answer = put(f"{NOTICES}/{notice.pk}/decision", json.dumps(made).encode(), token, world.key(to))
        assert answer.status == 201, answer.says
        learn(world, answer.json(), sender, to)
        if number % 3 == 0:
            carry_out(world, answer.json(), sender, to)


def ground(canary: Callable[[str], str]) -> dict[str, Any]:
    return {
        "legal_ground": {
            "system": "id",
            "instrument": f"Law {canary('instrument of a decision')}",
            "provision": f"Section {canary('provision of a decision')}",
        },
        "terms_ground": {
            "document": f"Terms {canary('document of a decision')}",
            "clause": f"Clause {canary('clause of a decision')}",
            "url": f"https://terms.example/{canary('url of a decision')}",
        },
    }


def reasons(canary: Callable[[str], str]) -> dict[str, Any]:
    return {
        "ground": ground(canary),
        "facts": f"A made-up placeholder, {canary('facts')} <b>&\"'",
        "reasons": f"A made-up placeholder, {canary('reasons')} <b>&\"'",
        "language": "en",
        "automated": {"detection": False, "decision": "none"},
    }


def acting(canary: Callable[[str], str]) -> dict[str, Any]:
    items = [
        {"locator": locator, "measure": measure, "territory": ["ID"]}
        for locator, measure in ((0, "remove"), (1, "close_channel"), (2, "terminate_account"), (2, "label"))
    ]
    return {**reasons(canary), "outcome": "act_full", "items": items}


def refusing(canary: Callable[[str], str]) -> dict[str, Any]:
    return {**reasons(canary), "outcome": "refuse", "refusal": "not_illegal"}


def asking(canary: Callable[[str], str]) -> dict[str, Any]:
    return {"outcome": "needs_information", "reasons": f"Which of them? {canary('question')}", "language": "en"}


def learn(world: World, made: dict[str, Any], sender: str, to: str) -> None:
    """The ids of a decision are as secret as what it says; its code is for those who hand it out."""
    sides = {sender, to}
    world.decisions[made["id"]] = made["statement"] or ""
    world.measures += [one["id"] for one in made["measures"]]
    for one in (made["id"], made["statement"], *(each["id"] for each in made["measures"])):
        if one:
            world.eye.learn(one, sides)
    if queries.known(made["id"]).code_digest is not None:
        world.appeal_codes[shown(codes.of(made["id"]))] = to


def second(world: World, handle: str) -> str:
    """The token of another reviewer of the party."""
    from mufakat.server.parties import operations, queries as parties

    party = parties.party_by_handle(handle)
    email = f"second-{handle}-{len(world.decisions)}@mail.example"
    number = SECOND + len(world.decisions)
    person = operations.enrol_person(party, role=Role.REVIEWER, ordinal=number, email=email, name="Second Person")
    return operations.issue_token(person).token


def carry_out(world: World, made: dict[str, Any], sender: str, to: str) -> None:
    """One is confirmed, one approved, one declined and one fails, each with a word that both sides read."""
    reviewer, other = world.tokens[to, Role.REVIEWER], second(world, to)
    deeds = {
        "remove": ("confirmation", "note", reviewer),
        "close_channel": ("approval", "note", other),
        "terminate_account": ("declining", "reason", other),
        "label": ("failure", "reason", reviewer),
    }
    for one in made["measures"]:
        deed, name, token = deeds[one["measure"]]
        word = world.eye.plant(f"{to} > {sender}: {name} of the {deed} of a measure", {sender, to})
        raw = json.dumps({name: f"Well. {word}"}).encode()
        answer = put(f"/api/v1/measures/{one['id']}/{deed}", raw, token, world.key(to))
        assert answer.status == 200, answer.says
