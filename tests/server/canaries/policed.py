"""Policies and samples of the world of canaries: all of it is one platform's own, and nobody else's (I-10)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.server.api.doors import put
from tests.server.api.policed import viewed
from tests.server.canaries.eye import Canary

from mufakat.rules.permissions import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.canaries.world import World

POLICIES = "/api/v1/policies"
SAMPLES = "/api/v1/samples"
PLANTED = {
    *("PolicyIn.text", "PolicyIn.note", "PromotionIn.note", "PolicyEndIn.reason"),
    *("sample_add body", "query name"),
}
UNPLANTED = {
    "BacktestIn.sample": "an id",
    "BacktestIn.samples[]": "ids",
    "PromotionIn.backtest": "an id",
    **{f"path {name}": "an id: the crawl asks for each" for name in ("policy", "backtest", "sample")},
}
TYPED = {"Policy.text", "Policy.name", "Sample.name", "Backtest.table"}
PLAIN = {
    "of a policy, a sample, a back-test: ids and random names of ours": {
        *("Policy.event", "Backtest.event", "Sample.file", "Sample.wrapped"),
    },
}
DEEDS = ("shadow", "backtests", "promotion", "refusal", "end")
TEXT = """\
policy: {name}
version: 1
rules:
  - name: {rule}
    mode: live
    when: {{any_of: [{{kind: post}}]}}
    then: label
    reason: {{id: {reason}, en: {reason}}}
"""


def police(world: World) -> None:
    """A version that is tried, promoted and taken back, and one that is declined, on each platform."""
    for handle in ("platform-a", "platform-b"):
        other_reviewer(world, handle)
        made = proposed(world, handle)
        sample = handed_in(world, handle)
        tried = said(world, f"/{made}/backtests", {"sample": sample}, handle, status=201)["id"]
        learn(world, handle, tried)
        world.backtests.append(tried)
        said(world, f"/{made}/shadow", {"note": f"Begin. {plant(world, handle, 'note of a shadow run')}"}, handle)
        told = {"backtest": tried, "note": f"Looked. {plant(world, handle, 'note of a promotion')}"}
        said(world, f"/{made}/promotion", told, handle, token=world.promoters[handle])
        why = {"reason": f"Wrong. {plant(world, handle, 'reason of an end')}", "restore": False}
        said(world, f"/{made}/end", why, handle)
        no = {"reason": f"Too broad. {plant(world, handle, 'reason of a refusal')}"}
        said(world, f"/{proposed(world, handle)}/refusal", no, handle)


def proposed(world: World, handle: str) -> str:
    # In quotes, as JSON writes them: then YAML takes whatever stands between them for a text.
    reason = json.dumps(f"A post. {plant(world, handle, 'reason')}", ensure_ascii=False)
    text = TEXT.format(**{name: plant(world, handle, name) for name in ("name", "rule")}, reason=reason)
    note = f"For you. {plant(world, handle, 'note of a proposal')}"
    made: str = said(world, "", {"text": text, "note": note}, handle, status=201)["id"]
    learn(world, handle, made)
    world.policies.append(made)
    return made


def handed_in(world: World, handle: str) -> str:
    told = {"at": "2026-11-26T12:00:00Z", "visibility": "public", "kind": "post"}
    item, text, name = (plant(world, handle, what) for what in ("item", "text", "name of a sample"))
    raw = json.dumps({**told, "item": item, "text": f"A made-up placeholder, {text}."}).encode()
    answer = viewed(raw, token=world.tokens[handle, Role.REVIEWER], key=world.key(handle), query=f"?name={name}")
    assert answer.status == 201, answer.says
    made: str = answer.json()["id"]
    learn(world, handle, made)
    world.samples.append(made)
    return made


def other_reviewer(world: World, handle: str) -> None:
    """Another person, who promotes: the world's own reviewers are the second of their role."""
    from mufakat.server.parties import operations, queries

    mail = f"{plant(world, handle, 'e-mail of another reviewer')}@mail.example"
    person = operations.enrol_person(
        queries.party_by_handle(handle), role=Role.REVIEWER, ordinal=3, email=mail, name="Third of its role"
    )
    world.promoters[handle] = operations.issue_token(person).token


def said(  # noqa: PLR0913 - what is said where, from which seat.
    world: World, path: str, told: dict[str, Any], handle: str, *, status: int = 200, token: str = ""
) -> dict[str, Any]:
    raw = json.dumps(told).encode()
    answer = put(f"{POLICIES}{path}", raw, token or world.tokens[handle, Role.REVIEWER], world.key(handle))
    assert answer.status == status, answer.says
    found: dict[str, Any] = answer.json()
    return found


def plant(world: World, handle: str, where: str) -> str:
    return world.eye.plant(f"{handle}: {where} of a policy", {handle}, of_notice=False)


def learn(world: World, handle: str, pk: str) -> None:
    world.eye.known[pk] = Canary("id", frozenset({handle}), of_notice=False)


def refused(world: World) -> Iterator[str]:
    """Where a deed on somebody else's policy or sample is refused."""
    yield from (f"{POLICIES}/{one}/{deed}" for one in world.policies for deed in DEEDS)
    yield from (f"{SAMPLES}/{one}/erasure" for one in world.samples)
