"""Agreements over HTTP: opened, answered, kept and ended; read by their sides, and cited by notices."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.server.api import negotiated
from tests.server.api.contract import breaches, described
from tests.server.api.doors import NOTICES, Reply, get, put

from mufakat.server.api import components

if TYPE_CHECKING:
    from tests.houses import House


def test_real_answers_about_agreements_are_as_the_schema_says(house: House) -> None:
    ministry, service = negotiated.ministry(house), negotiated.service(house)
    officer, stranger = house.token("kominfo", "officer"), house.token("bnpt", "officer")
    schema = described()
    found: list[tuple[str, str, Reply]] = []

    def ask(method: str, path: str, *rest: Any) -> Reply:
        found.append((method, path, get(path, *rest) if method == "GET" else put(path, *rest)))
        return found[-1][2]

    path = negotiated.AGREEMENTS
    raw = json.dumps(components.examples()["AgreementIn"]).encode()
    for token in (house.token("auditor", "auditor"), ""):
        ask("POST", path, raw, token, "k")
    for bad in (b"{", b"{}", raw.replace(b'"telegram"', b'"nobody"'), raw.replace(b"id-2017", b"id-none")):
        ask("POST", path, bad, ministry, f"bad-{len(found)}")
    ask("POST", path, raw, ministry)
    made = ask("POST", path, raw, ministry, "k").json()["id"]
    ask("POST", path, raw, ministry, "k")
    here = f"{path}/{made}"
    terms = f"{here}/points/terms"
    for token, told in (
        (service, b"{"),
        (service, b'{"act": "agree", "proposal": 7}'),
        (service, b'{"act": "withdraw", "proposal": 1}'),
        (officer, b'{"act": "agree", "proposal": 1}'),
        (stranger, b'{"act": "agree", "proposal": 1}'),
        ("", b'{"act": "agree", "proposal": 1}'),
        (service, b'{"act": "agree", "proposal": 1}'),
        (service, b'{"act": "agree", "proposal": 1}'),
    ):
        ask("POST", terms, told, token, f"act-{len(found)}")
    ask("POST", f"{here}/points/nothing", b'{"act": "agree", "proposal": 1}', service, "none")
    ask("POST", f"{here}/points/representative/evidence", b'{"note": "Early."}', service, "early")
    ask("POST", f"{here}/points/representative", b'{"act": "agree", "proposal": 1}', service)
    for token in (service, officer):
        ask("POST", f"{here}/points/representative/evidence", b'{"note": "Here it is."}', token, "show")
    for query in ("", "?state=in_force", "?state=none", "?after=x", "?state=&after="):
        ask("GET", f"{path}{query}", service)
    for token in (ministry, service, officer, stranger, ""):
        for place in (here, f"{here}/versions/1", f"{here}/versions/2", f"{here}/versions/9", f"{here}/versions/x"):
            ask("GET", place, token)
        ask("GET", path, token)
    draft = json.dumps(components.examples()["Draft"]).encode()
    notice = ask("POST", NOTICES, draft, officer, "under").json()
    ask("GET", f"{NOTICES}/{notice['id']}", officer)
    assert notice["agreement"] == {"id": made, "version": 2}
    for token, says in ((officer, b'{"reason": "x"}'), (service, b"{}"), (service, b'{"reason": "Anew."}')):
        ask("POST", f"{here}/ending", says, token)
    ask("POST", f"{here}/ending", b'{"reason": "Again."}', service)
    ask("GET", here, service)
    assert [fault for method, path, answer in found for fault in breaches(schema, method, path, answer)] == []
    assert {answer.status for _, _, answer in found} >= {200, 201, 400, 401, 403, 404, 409, 422}
