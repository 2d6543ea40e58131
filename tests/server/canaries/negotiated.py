"""Agreements of the world of canaries: one in force, talks that go on, and some that ended; every word is a canary.

What is in force is public: its title, and the texts and names of its points. Proposals, notes, evidence and reasons are
for the sides alone.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.server.api.doors import put
from tests.server.canaries.eye import EVERYBODY, Canary

from mufakat.client.agreements import signed_with
from mufakat.proof.key import SigningKey
from mufakat.rules.permissions import Role, seat_name
from mufakat.server.journal import queries as journal
from mufakat.server.parties import keys, queries

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.server.canaries.world import World

AGREEMENTS = "/api/v1/agreements"
TERMS = ("text.id", "text.en", "evidence[]")
GROUNDS = ("frame.grounds[].instrument", "frame.grounds[].provision")
PLANTED = {
    *("AgreementIn.title.id", "AgreementIn.title.en", "AgreementIn.points[].name"),
    *(f"{form}.{name}" for form in ("AgreementIn.points[]", "ActIn.terms") for name in (*TERMS, *GROUNDS)),
    *("ActIn.note", "ActIn.signed.key", "ShowingIn.note", "ShowingIn.files[].name", "EndingIn.reason"),
}
OWED = {
    "owner": "the handle of a party",
    "due_at": "a moment",
    "from_at": "a moment",
    "frame.profile": "the name of a profile",
    "frame.ends_at": "a moment",
    "frame.reopening.all_of[]": "names of points",
    "frame.reopening.any_of[]": "names of points",
    "obligations[].party": "the handle of a party",
}
UNPLANTED = {
    **{f"{form}.{name}": why for form in ("AgreementIn.points[]", "ActIn.terms") for name, why in OWED.items()},
    "AgreementIn.parties[]": "handles of parties",
    "AgreementIn.like": "the name of a profile",
    "ActIn.signed.signature": "a signature",
    "ShowingIn.files[].sha256": "a digest",
    "path agreement": "an id: the crawl asks for each",
    "query profile": "asked by the reader itself",
    "query notices": "a number: asked by the reader itself",
    "path point": "the name of a point: the crawl asks for each",
}
TYPED = {
    *("Agreement.title_id", "Agreement.title_en", "Point.name", "Proposal.terms", "Proposal.note", "Signature.note"),
    *("Signature.key", "Version.points", "Version.frame", "Shown.note", "Shown.files"),
    *("PartyKey.vkey", "PartyKey.reason"),
}
PLAIN = {
    "of an agreement: ids, digests, signatures, a profile's text, and what was counted": {
        *("Agreement.event", "Proposal.event", "Signature.event", "Version.event", "Shown.event", "ProfileText.event"),
        *("ProfileText.ref", "ProfileText.name", "ProfileText.raw", "Signature.signature", "PartyKey.event"),
        *("Obligation.point", "Obligation.party", "Obligation.evidence", "Obligation.event"),
        *("Reopening.by", "Reopening.missing", "Reopening.event"),
    },
}
DEEDS = ("points/terms", "points/terms/evidence", "ending")


def negotiate(world: World) -> None:
    """In force between the first two, in talks between the second two, ended between others."""
    bound = ("regulator-a", "platform-a")
    in_force(world, *bound)
    talks(world, "regulator-b", "platform-b")
    ended = talks(world, "trusted-flagger-a", "operator-a")
    reason = {"reason": f"No more. {plant(world, 'reason of an end', ('trusted-flagger-a', 'operator-a'))}"}
    sent(world, f"{ended}/ending", reason, "operator-a", Role.REPRESENTATIVE)
    for agreement, sides in world.agreements.items():
        for event in journal.events_of(agreement):
            world.eye.known[event.id] = Canary("id of an event", frozenset(sides), of_notice=False)
    # Whoever proposed or signed is named to the counterparties of an agreement in force, and to nobody else.
    ours = [("regulator-a", Role.APPROVER), ("regulator-a", Role.OFFICER), ("platform-a", Role.REPRESENTATIVE)]
    for handle, role in ours:
        where = f"{handle}: name of {role}"
        one = next(text for text, canary in world.eye.known.items() if canary.where == where)
        world.eye.known[one] = Canary(where, frozenset(bound), of_notice=False)


def in_force(world: World, ministry: str, service: str) -> None:
    sides = (ministry, service)
    made = opened(world, ministry, service, public=True)
    agreement, name = made["id"], made["points"][0]["name"]
    signer = SigningKey.generate(f"{plant(world, 'name of a key', sides)}.example")
    party = queries.party_by_handle(service)
    keys.enrol(party, signer.vkey)
    for point in (name, "terms"):
        act = {
            "act": "agree",
            "proposal": 1,
            "note": f"Yes. {plant(world, 'note of a signature', sides)}",
            "signed": signed_with(signer, made, point, 1),
        }
        made = sent(world, f"{agreement}/points/{point}", act, service, Role.REPRESENTATIVE)
    assert made["state"] == "in_force"
    gone = SigningKey.generate(f"{plant(world, 'name of a former key', {service})}.example")
    keys.enrol(party, gone.vkey)
    keys.retire(party, gone.vkey, reason=f"Lost. {plant(world, 'reason of a key', {service})}")
    for who, role, confirms in ((service, Role.REPRESENTATIVE, False), (ministry, Role.APPROVER, True)):
        shown = {
            "confirms": confirms,
            "note": f"See {plant(world, 'note of evidence', sides)}",
            "files": [{"name": f"{plant(world, 'name of evidence', sides)}.pdf", "sha256": "cd" * 32}],
        }
        sent(world, f"{agreement}/points/{name}/evidence", shown, who, role, status=201)
    newer = {"act": "propose", "note": f"Better. {plant(world, 'note', sides)}", "terms": terms(world, service, sides)}
    sent(world, f"{agreement}/points/{name}", newer, ministry, Role.OFFICER)


def talks(world: World, one: str, other: str) -> str:
    """A proposal, another instead of it, and a no."""
    sides = (one, other)
    made = opened(world, one, other, public=False)
    agreement, name = made["id"], made["points"][0]["name"]
    counter = {
        "act": "counter",
        "proposal": 1,
        "note": f"Rather {plant(world, 'note', sides)}",
        "terms": terms(world, other, sides),
    }
    sent(world, f"{agreement}/points/{name}", counter, other, Role.REPRESENTATIVE)
    no = {"act": "decline", "proposal": 2, "note": f"No. {plant(world, 'note of a no', sides)}"}
    sent(world, f"{agreement}/points/{name}", no, one, Role.APPROVER)
    return agreement


def opened(world: World, one: str, other: str, *, public: bool) -> dict[str, Any]:
    """Talks about two points: the frame, and one of their own."""
    sides = (one, other)
    audience = (EVERYBODY,) if public else sides
    name = f"point_{plant(world, 'name of a point', (EVERYBODY,))}"
    title = {language: f"Title {plant(world, 'title', (EVERYBODY,))}" for language in ("id", "en")}
    body: dict[str, Any] = {
        "title": title,
        "parties": [one, other],
        "points": [
            {"name": name, **terms(world, other, sides, audience=audience)},
            {
                "name": "terms",
                **terms(world, one, sides, audience=audience),
                "frame": {"profile": "id-2017", "reopening": {"all_of": [name]}, "grounds": [ground(world, sides)]},
            },
        ],
    }
    made = sent(world, "", body, one, Role.APPROVER, status=201)
    world.agreements[made["id"]] = sides
    world.ground = world.ground or body["points"][1]["frame"]["grounds"][0]
    world.points.append(name)
    return made


def ground(world: World, sides: Collection[str]) -> dict[str, str]:
    """A law under which the two tell each other of what screening hits."""
    members = ("instrument", "provision")
    return {"system": "id", **{name: f"Law {plant(world, f'{name} of a ground', sides)}" for name in members}}


def terms(
    world: World, owner: str, sides: Collection[str], *, audience: Collection[str] | None = None
) -> dict[str, Any]:
    text = {
        language: f"A made-up placeholder, {plant(world, 'text of a point', audience or sides)} <b>&\"'"
        for language in ("id", "en")
    }
    return {"owner": owner, "text": text, "evidence": [f"A letter {plant(world, 'evidence asked for', sides)}"]}


def sent(  # noqa: PLR0913 - what is sent where, from which seat.
    world: World, path: str, told: dict[str, Any], handle: str, role: Role, *, status: int = 200
) -> dict[str, Any]:
    raw = json.dumps(told).encode()
    place = f"{AGREEMENTS}/{path}" if path else AGREEMENTS
    answer = put(place, raw, world.tokens[handle, role], world.key(handle))
    assert answer.status == status, (seat_name(role, 2), answer.says)
    found: dict[str, Any] = answer.json()
    return found


def plant(world: World, where: str, audience: Collection[str]) -> str:
    return world.eye.plant(f"{' + '.join(sorted(audience))}: {where} of an agreement", audience, of_notice=False)
