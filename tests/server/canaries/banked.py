"""Banks of the world of canaries: what a platform looks for is its own, and nobody else learns a word of it (I-10)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.test import Client
from tests.server.api.doors import put
from tests.server.api.handed_in import of
from tests.server.canaries.eye import Canary

from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Role
from mufakat.server.filters.models import Bank
from mufakat.server.journal import queries as journal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.canaries.world import World

BANKS = "/api/v1/banks"
MEMBERS = ("value", "source", "category", "ground", "author")
PLANTED = {
    "BankIn.name",
    *(f"EntriesIn.entries[].{name}" for name in ("id", *MEMBERS)),
    *("BankReviewIn.entries[]", "BankReviewIn.note", "RetractionIn.entries[]", "RetractionIn.reason"),
    "bank_import body",
}
UNPLANTED = {
    "query partial": "one of a list",
    "EntriesIn.entries[].review_at": "a moment",
    "EntriesIn.entries[].expires_at": "a moment",
}
TYPED = {"Bank.name", "Entry.name", *(f"Entry.{name}" for name in MEMBERS)}
PLAIN = {
    "of a bank: codes, ids and digests": {
        *("Bank.kind", "Bank.event", "Entry.digest", "Entry.origin", "Entry.notice", "Entry.added_event"),
        *("Entry.reviewed_event", "Entry.retracted_event"),
    },
}
DEEDS = ("entries", "import", "review", "retraction")


def bank(world: World, handles: dict[str, PartyKind]) -> None:
    """Every platform opens a bank, fills it by hand and by file, has it looked at, and takes something out."""
    for handle, kind in handles.items():
        if kind is not PartyKind.PLATFORM:
            continue
        name = plant(world, handle, "name of a bank")
        said(world, handle, "", {"name": name, "kind": "phrase"}, status=201)
        entries = [entry(world, handle) for _ in range(3)]
        said(world, handle, f"/{name}/entries", {"entries": entries}, status=201)
        imported(world, handle, name)
        second = another(world, handle)
        ids = [one["id"] for one in entries]
        looked = {"entries": ids[:2], "accept": True, "note": f"Looked at. {plant(world, handle, 'note of a review')}"}
        said(world, handle, f"/{name}/review", looked, token=second)
        gone = {"entries": ids[1:], "reason": f"Wrong. {plant(world, handle, 'reason of a retraction')}"}
        said(world, handle, f"/{name}/retraction", gone)
        world.names.append(name)
        for event in journal.events_of(Bank.objects.get(name=name).pk):
            world.eye.known[event.id] = Canary("id of an event", frozenset({handle}), of_notice=False)


def entry(world: World, handle: str) -> dict[str, Any]:
    made = {name: f"Words {plant(world, handle, f'{name} of an entry')}" for name in MEMBERS}
    return {**made, "id": plant(world, handle, "id of an entry")}


def imported(world: World, handle: str, name: str) -> None:
    head = {"bank": name, "kind": "phrase", **{one: f"Words {plant(world, handle, one)}" for one in MEMBERS[1:]}}
    file = "\n".join([json.dumps(head), f"words {plant(world, handle, 'value of a line')}"]).encode()
    headers = {"Authorization": f"Bearer {world.tokens[handle, Role.REVIEWER]}"}
    path = f"{BANKS}/{name}/import"
    taken = of(Client().generic("POST", path, file, content_type="application/x-ndjson", headers=headers))
    assert json.loads(taken.body.splitlines()[-1])["taken"] == 1, taken.body


def another(world: World, handle: str) -> str:
    """The token of a second reviewer."""
    from mufakat.server.parties import operations, queries

    mail = f"{plant(world, handle, 'e-mail of a reviewer')}@mail.example"
    party = queries.party_by_handle(handle)
    seat = 1 + max(one.ordinal for one in queries.people_of(party) if one.role == Role.REVIEWER)
    person = operations.enrol_person(party, role=Role.REVIEWER, ordinal=seat, email=mail, name="Another of its role")
    return operations.issue_token(person).token


def said(  # noqa: PLR0913 - what is said where, from which seat.
    world: World, handle: str, path: str, told: dict[str, Any], *, status: int = 200, token: str = ""
) -> None:
    sent = json.dumps(told).encode()
    answer = put(f"{BANKS}{path}", sent, token or world.tokens[handle, Role.REVIEWER], world.key(handle))
    assert answer.status == status, answer.says


def plant(world: World, handle: str, where: str) -> str:
    return world.eye.plant(f"{handle}: {where} in a bank", {handle}, of_notice=False)


def refused(world: World) -> Iterator[str]:
    """Where a deed on somebody else's bank is refused."""
    yield from (f"{BANKS}/{one}/{deed}" for one in world.names for deed in DEEDS)
