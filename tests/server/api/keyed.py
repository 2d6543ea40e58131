"""Keys of parties over HTTP, and what is signed with them, as tests of the API make them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.houses import body
from tests.server.api.doors import NOTICES, hot, named, of, put
from tests.server.parties.signers import TELEGRAM, enrolled, proof, takes

from mufakat.proof.key import SigningKey
from mufakat.rules.errors import NotFoundError
from mufakat.rules.permissions import Role
from mufakat.server.parties import operations, queries
from mufakat.server.parties.models import PartyKey

if TYPE_CHECKING:
    from tests.houses import House
    from tests.server.api.doors import Reply

KEYS = "/api/v1/parties/telegram/keys"
PLACE = "/api/v1/parties/{handle}/keys"
GONE = SigningKey("telegram", bytes(range(129, 161)))
MADE = {f"post {PLACE}"}


def admin(house: House, handle: str = "telegram") -> str:
    """A token of the party's admin."""
    try:
        queries.person_in(handle, "admin-9")
    except NotFoundError:
        party = queries.party_by_handle(handle)
        operations.enrol_person(party, role=Role.ADMIN, ordinal=9, email=f"admin@{handle}.example", name="Admin")
    return house.token(handle, "admin-9")


def asked() -> bytes:
    """The body that enrols the key of the tests."""
    told = proof(TELEGRAM)
    signatures = [{"k": one.k, "s": one.s} for one in told.signatures]
    return json.dumps({"vkey": TELEGRAM.vkey, "salt": told.salt, "signatures": signatures}).encode()


def made(house: House, raw: bytes) -> Reply:
    return put(KEYS, raw, admin(house), "key")


def retired(house: House, raw: bytes) -> Reply:
    enrolled(GONE)
    return put(f"{KEYS}/{PartyKey.objects.get(vkey=GONE.vkey).id}/retirement", raw, admin(house))


def required(house: House, raw: bytes) -> Reply:
    enrolled(TELEGRAM)
    return put(f"{KEYS}/requirement", raw, admin(house))


def arrived(house: House, raw: bytes) -> Reply:
    from django.test import Client

    enrolled(TELEGRAM)
    notice = hot(body(), token=house.token("kominfo", "officer"), key="to-arrive").json()
    sent = {
        **named(house.token("telegram", "representative"), None, None),
        "Mufakat-Signature": takes(notice, deed="deliver").text(),
    }
    path = f"{NOTICES}/{notice['id']}/delivery"
    return of(Client().generic("POST", path, raw, content_type="application/json", headers=sent))


SENT = {
    f"post {PLACE}": made,
    f"post {PLACE}/{{key}}/retirement": retired,
    f"post {PLACE}/requirement": required,
    f"post {NOTICES}/{{notice}}/delivery": arrived,
}
