"""Restrictions of the world of canaries: one that is published and lifted in part, and one that is never published.

What is published is asked for by everybody who knows a name: its ground and its reason are public, the name alone is
not told to who does not ask for it (I-16). What an approver says is for its sides, and of an order that is refused
nobody else learns anything.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.server.api.doors import put
from tests.server.api.restricted import resolver_networks
from tests.server.canaries.eye import EVERYBODY, Canary

from mufakat.rules.permissions import Role
from mufakat.server.journal import queries as journal
from mufakat.server.restrictions import operations

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tests.server.canaries.world import World

RESTRICTIONS = "/api/v1/restrictions"
GROUND = ("instrument", "provision")
PLANTED = {
    *("RestrictionIn.names[]", "RestrictionIn.reason", "RestrictionIn.proportionality"),
    *(f"RestrictionIn.legal_ground.{name}" for name in GROUND),
    *("ApprovalIn.note", "ObjectionIn.note", "LiftingIn.note", "CarriedIn.note"),
    *("ProtectedIn.name", "ProtectedIn.reason", "ReleasedIn.reason"),
}
UNPLANTED = {
    "RestrictionIn.operators[]": "handles of parties",
    "RestrictionIn.review_at": "a moment",
    "RestrictionIn.sunset_at": "a moment",
    "RestrictionIn.notices[]": "ids",
    "RestrictionIn.platform": "the handle of a party",
    "RestrictionIn.reopening.agreement": "an id, or the name of a profile",
    "RestrictionIn.reopening.all_of[]": "names of points",
    "RestrictionIn.reopening.any_of[]": "names of points",
    "RestrictionIn.renews": "an id",
    "RestrictionIn.dated": "a date",
    "LiftingIn.names[]": "names of the order itself",
    "ResolverIn.address": "an address, in digits",
    "path restriction": "an id: the crawl asks for each",
    "path resolver": "a number: the crawl asks for each",
}
TYPED = {"ClosedName.name", "Protected.name", "Protected.reason"}
PLAIN = {
    "of a restriction: codes, ids, names of points, digits": {
        *("Restriction.list", "Restriction.match", "Restriction.layer", "Restriction.event", "Restriction.reopening"),
        *("Restriction.answer_event", "Zone.list", "Protected.event", "Resolver.event", "Resolver.address"),
        "Sight.ways",
    },
    "a closed name on its way to a name server, of which this world has none": {"Change.owner"},
}
DEEDS = ("approval", "objection", "lifting", "confirmation")


def restrict(world: World) -> None:
    """Closed and opened in part between the first of each kind; proposed and refused between the second."""
    one, other = ("regulator-a", "platform-a"), ("regulator-b", "platform-b")
    closed = proposed(world, *one, "operator-a", published=True)
    for role in (Role.APPROVER, None):
        approved(world, closed, one, role)
    answer = {"note": f"No. {plant(world, 'answer', one)}"}
    said(world, f"/{closed['id']}/objection", answer, "platform-a", Role.REPRESENTATIVE)
    operations.publish_due(at=datetime.now(UTC) + timedelta(seconds=2))
    carried = {"note": f"Done. {plant(world, 'note of an operator', (*one, 'operator-a'))}"}
    found = said(world, f"/{closed['id']}/confirmation", carried, "operator-a", Role.ENGINEER)
    assert found["state"] == "applied"
    lifted = {"note": f"Settled. {plant(world, 'note of a lifting', one)}", "names": closed["names"][:1]}
    said(world, f"/{closed['id']}/lifting", lifted, "regulator-a", Role.OFFICER)
    refused = proposed(world, *other, "operator-b", published=False)
    no = {"note": f"Too broad. {plant(world, 'reason of a refusal', other)}", "refuse": True}
    said(world, f"/{refused['id']}/approval", no, "regulator-b", Role.APPROVER)
    for case, sides in world.restrictions.items():
        for event in journal.events_of(case):
            world.eye.known[event.id] = Canary("id of an event", frozenset(sides), of_notice=False)
    protect(world)
    for handle in ("operator-a", "operator-b"):
        name_resolver(world, handle)


def proposed(world: World, authority: str, platform: str, operator: str, *, published: bool) -> dict[str, Any]:
    sides = {authority, platform, *([operator] if published else [])}
    told = {EVERYBODY} if published else sides
    now = datetime.now(UTC)
    names = [f"{plant(world, 'closed name', sides)}.example" for _ in range(2)]
    body = {
        "list": "terrorism",
        "names": names,
        "operators": [operator],
        "legal_ground": {"system": "id", **{name: f"Law {plant(world, name, told)}" for name in GROUND}},
        "reason": f"A made-up placeholder, {plant(world, 'reason', told)} <b>&\"'",
        "proportionality": f"A made-up placeholder, {plant(world, 'proportionality', told)} <b>&\"'",
        "review_at": (now + timedelta(days=20)).isoformat(),
        "sunset_at": (now + timedelta(days=60)).isoformat(),
        "platform": platform,
    }
    made = said(world, "", body, authority, Role.OFFICER, status=201)
    world.restrictions[made["id"]] = sides
    world.names += names
    world.eye.known[made["id"]] = Canary("id of a restriction", frozenset(told), of_notice=False)
    return made


def approved(world: World, closed: dict[str, Any], sides: tuple[str, str], role: Role | None) -> None:
    """The approver of this world is its second, who looks at the law; without a role, the first one does."""
    from mufakat.server.parties import operations as parties, queries

    handle = sides[0]
    note = {"note": f"Read. {plant(world, 'note of an approval', sides)}"}
    token = world.tokens[handle, role] if role is not None else ""
    if role is None:
        party = queries.party_by_handle(handle)
        mail = f"{plant(world, 'e-mail of an approver', {handle})}@mail.example"
        person = parties.enrol_person(party, role=Role.APPROVER, ordinal=1, email=mail, name="First of its role")
        token = parties.issue_token(person).token
    answer = put(f"{RESTRICTIONS}/{closed['id']}/approval", note, token, world.key(handle))
    assert answer.status == 200, answer.says


def protect(world: World) -> None:
    """A name that is protected, and one that was: whoever has a token reads which stand, and why."""
    from tests.server.canaries.world import HOUSE, PARTIES

    token = world.tokens[HOUSE, Role.ADMIN]
    for number in range(2):
        name = f"{plant(world, 'protected name', PARTIES)}.example"
        told = {"name": name, "reason": f"For help: {plant(world, 'reason of a protection', PARTIES)}"}
        answer = put("/api/v1/protected-names", told, token, world.key(HOUSE))
        assert answer.status == 201, answer.says
        if number:
            why = {"reason": f"Moved: {plant(world, 'reason of a release', {HOUSE})}"}
            gone = put(f"/api/v1/protected-names/{name}/release", why, token, world.key(HOUSE))
            assert gone.status == 200, gone.says


def name_resolver(world: World, handle: str) -> None:
    """A resolver; its address is digits, in which no canary can stand."""
    from django.test import override_settings

    token = world.tokens[handle, Role.ENGINEER]
    with override_settings(MUFAKAT_PROBES=resolver_networks()):
        answer = put("/api/v1/resolvers", {"address": "192.0.2.53"}, token, world.key(handle))
    assert answer.status == 201, answer.says


def said(  # noqa: PLR0913 - what is said where, from which seat.
    world: World, path: str, told: dict[str, Any], handle: str, role: Role, *, status: int = 200
) -> dict[str, Any]:
    raw = json.dumps(told).encode()
    answer = put(f"{RESTRICTIONS}{path}", raw, world.tokens[handle, role], world.key(handle))
    assert answer.status == status, answer.says
    found: dict[str, Any] = answer.json()
    return found


def plant(world: World, where: str, audience: Collection[str]) -> str:
    return world.eye.plant(f"{' + '.join(sorted(audience))}: {where} of a restriction", audience, of_notice=False)


def refused(world: World) -> Iterator[str]:
    """Where a deed on somebody else's restriction is refused."""
    yield from (f"{RESTRICTIONS}/{one}/{deed}" for one in world.restrictions for deed in DEEDS)
    yield from (f"/api/v1/resolvers/{number}/removal" for number in range(3))


def pages(world: World) -> list[str]:
    """Pages of restrictions, those of others too."""
    found = ["/restrictions/", "/desk/restrictions/", "/desk/restrictions/new", "/desk/protected", "/desk/resolvers"]
    found += [f"/restrictions/?name={name}" for name in world.names]
    found += [f"/desk/restrictions/{one}" for one in world.restrictions]
    return found + [
        f"/desk/restrictions/{one}/{part}" for one in world.restrictions for part in ("matrix", "names.txt")
    ]
