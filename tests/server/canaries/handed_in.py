"""Statements of reasons for the canaries: every platform hands one in by API and one by dump, full of canaries."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from django.test import Client
from tests.server.api.doors import put
from tests.server.api.handed_in import of
from tests.unit.formats.test_formats_dsa import GOOD
from tests.unit.formats.test_formats_dsa_dump import cells, written

from mufakat.formats.dsa.attributes import ATTRIBUTES, Kind
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Role

if TYPE_CHECKING:
    from tests.server.canaries.world import World

TEXTS = [name for name, one in ATTRIBUTES.items() if one.kind is Kind.TEXT]
OTHERS: dict[str, Any] = {
    "decision_visibility": ["DECISION_VISIBILITY_OTHER"],
    "decision_monetary": "DECISION_MONETARY_OTHER",
    "content_type": ["CONTENT_TYPE_OTHER"],
}
PLANTED = {
    *(f"ForeignStatement.{name}" for name in TEXTS),
    *("ForeignStatement.puid", "ForeignStatement.decision_ground_reference_url", "statements_import body"),
}
UNPLANTED = {
    **{f"ForeignStatement.{name}": "a date" for name, one in ATTRIBUTES.items() if one.kind is Kind.DATE},
    "ForeignStatement.content_id.EAN-13": "13 digits",
    "ForeignStatement.content_id_ean": "13 digits",
    "SubmissionIn.attributes": "judged, and never kept",
    "path uuid": "a name of ours: the crawl asks for each",
    "path puid": "asked by the reader itself: see the crawl",
    "query until": "a date",
}
TYPED = {f"ForeignStatement.{name}" for name in ("platform", "puid", "body", "residue")}
PLAIN = {
    "of a statement that was handed in: its name, and digests": {
        *("ForeignStatement.uuid", "ForeignStatement.puid_key", "ForeignStatement.uuid_key", "ForeignStatement.event"),
    },
}


def document(world: World, handle: str) -> dict[str, Any]:
    """A statement with every text there is, those of the branch that is discarded too."""

    def canary(where: str) -> str:
        return world.eye.plant(f"{handle}: {where} of a statement", {handle}, of_notice=False)

    found = {**GOOD, **OTHERS, **{name: f"Words. {canary(name)}" for name in TEXTS}}
    found["decision_ground_reference_url"] = f"https://{canary('url')}.example/"
    return {**found, "puid": canary("puid")}


def hand_in(world: World, handles: dict[str, PartyKind]) -> None:
    """One by API, one by dump."""
    for handle, kind in handles.items():
        if kind is not PartyKind.PLATFORM:
            continue
        token = world.tokens[handle, Role.REPRESENTATIVE]
        answer = put("/api/v1/statement", document(world, handle), token)
        assert answer.status == 201, answer.says
        made = answer.json()
        world.statements[made["uuid"]] = made["puid"]
        name = str(uuid.uuid5(uuid.NAMESPACE_DNS, handle))
        row = cells(document(world, handle), uuid=name)
        headers = {"Authorization": f"Bearer {token}"}
        path = "/api/v1/statements/import"
        taken = of(Client().generic("POST", path, written(row), content_type="text/csv", headers=headers))
        assert json.loads(taken.body.splitlines()[-1])["taken"] == 1, taken.body
        world.statements[name] = row["platform_uid"]
