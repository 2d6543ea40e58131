"""Keys of parties over HTTP: the real answers are as the schema says, and who may do what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.server.api import keyed
from tests.server.api.contract import breaches, described
from tests.server.api.doors import get, put
from tests.server.api.test_api_roles import ROLES, seated
from tests.server.parties.signers import TELEGRAM, enrolled

from mufakat.server.parties.models import PartyKey

if TYPE_CHECKING:
    from tests.houses import House
    from tests.server.api.doors import Reply


def test_real_answers_about_keys_are_as_the_schema_says(house: House) -> None:
    schema = described()
    raw, token = keyed.asked(), keyed.admin(house)
    officer, auditor = house.token("kominfo", "officer"), house.token("auditor", "auditor")
    found: list[tuple[str, str, Reply]] = []

    def ask(method: str, path: str, *rest: Any) -> Reply:
        found.append((method, path, get(path, *rest) if method == "GET" else put(path, *rest)))
        return found[-1][2]

    ask("POST", f"{keyed.KEYS}/requirement", b"", token)
    ask("GET", keyed.KEYS)
    for other in (officer, auditor, ""):
        ask("POST", keyed.KEYS, raw, other, "k")
    ask("POST", keyed.KEYS, raw, token)
    ask("POST", keyed.KEYS, b"{}", token, "k0")
    ask("POST", keyed.KEYS, raw.replace(b'"s": "', b'"s": "A'), token, "k1")
    made = ask("POST", keyed.KEYS, raw, token, "k").json()
    again = ask("POST", keyed.KEYS, raw, token, "k")
    ask("POST", keyed.KEYS, b"{}", token, "k")
    ask("GET", keyed.KEYS)
    ask("GET", "/api/v1/parties/nobody/keys")
    ask("POST", f"{keyed.KEYS}/requirement", b"", token)
    ask("POST", f"{keyed.KEYS}/requirement", b'{"x": 1}', token)
    for place, told in ((made["id"], b"{}"), ("key_none", b'{"reason": "x"}'), (made["id"], b'{"reason": "x"}')):
        ask("POST", f"{keyed.KEYS}/{place}/retirement", told, token)
    ask("POST", f"{keyed.KEYS}/{made['id']}/retirement", b'{"reason": "x"}', token)
    ask("GET", keyed.KEYS)
    assert [fault for method, path, answer in found for fault in breaches(schema, method, path, answer)] == []
    assert {answer.status for _, _, answer in found} >= {200, 201, 400, 401, 403, 404, 409, 422}
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize("role", ROLES)
def test_who_looks_after_the_keys_of_a_party(house: House, role: str) -> None:
    enrolled(TELEGRAM)
    token = seated(house, "telegram", role)
    pk = PartyKey.objects.get().id
    statuses = [
        put(f"{keyed.KEYS}/requirement", b"", token).status,
        put(f"{keyed.KEYS}/{pk}/retirement", {"reason": "Lost."}, token).status,
    ]
    assert statuses == ([200, 200] if role == "admin" else [403, 403])


def test_the_admin_of_another_party_finds_nothing(house: House) -> None:
    assert put(f"{keyed.KEYS}/requirement", b"", keyed.admin(house, "kominfo")).status == 404
