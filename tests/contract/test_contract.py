"""What the schema says and what a real server does, tried by a stranger: schemathesis, as every role.

`MUFAKAT_CONTRACT_SECONDS` sets how long it tries in all (four minutes by default; before a release 1,200), and
`MUFAKAT_CONTRACT_SEED` what it tries.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.roles import SEATS, Known, schemathesis
from tests.houses import body
from tests.server.agreements import talking
from tests.server.api.doors import NOTICES, ask
from tests.server.decisions.deciding import ACTING
from tests.server.decisions.test_dsa_exports import GERMAN
from tests.unit.formats.test_formats_dsa import GOOD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.houses import Server

pytestmark = pytest.mark.contract

# What a short run cannot come by: a letter's time has to pass before it can be sent; there is no bot of Telegram with
# which somebody would bind a chat.
BEYOND = {"GET /api/v1/warnings/{warning}", "GET /api/v1/telegram/bindings/{chat}"}
GOVERNANCE = json.loads(
    (resources.files("mufakat.server.api") / "governance_examples.json").read_text(encoding="utf-8")
)
BANKS = json.loads((resources.files("mufakat.server.api") / "bank_examples.json").read_text(encoding="utf-8"))
RESTRICTIONS = json.loads(
    (resources.files("mufakat.server.api") / "restriction_examples.json").read_text(encoding="utf-8")
)
Post = Callable[[str, str, object, str], dict[str, Any]]
SECONDS = int(os.environ.get("MUFAKAT_CONTRACT_SECONDS") or 240)


@dataclass(frozen=True)
class Busy:
    """A server where every party has something to read, and what is known there: path parameter → values."""

    server: Server
    known: Known


@pytest.fixture
def busy(server: Server) -> Busy:
    officer = server.token("kominfo", "officer")
    content = b"made-up bytes"
    digest = hashlib.sha256(content).hexdigest()
    held = [{"name": "capture.png", "media_type": "image/png", "sha256": digest}]
    held = [{**held[0], "content": base64.b64encode(content).decode()}]
    order = body(to="isp-a", kind="order", locators=["web.example"], evidence=held)
    sent = [
        ask(server, "POST", NOTICES, officer, raw=raw, key=key)
        for key, raw in (("1", body(evidence=held)), ("2", order))
    ]
    assert [reply.status for reply in sent] == [201, 201]
    known: Known = {"notice": [reply.json()["id"] for reply in sent], "sha256": [digest], "position": [0]}
    post = partial(posted, server)
    parts = (agreed(server, post), decided(server, officer, post), kept(server, post))
    bank = banked(server, post)
    for part in (*parts, restricted(server, officer, post), screened(server, bank, post)):
        known = {**known, **part}
    known = {**known, "name": [*known["name"], bank]}
    return Busy(server, known)


def posted(server: Server, path: str, token: str, made: object, key: str) -> dict[str, Any]:
    reply = ask(server, "POST", path, token, raw=json.dumps(made).encode(), key=key)
    assert reply.status in {200, 201}, reply.body
    said: dict[str, Any] = reply.json()
    return said


def agreed(server: Server, post: Post) -> Known:
    """An agreement in force."""
    ministry, service = server.token("kominfo", "approver"), server.token("telegram", "representative")
    talks = post("/api/v1/agreements", ministry, json.loads(talking.body()), "talks")
    signed = {"act": "agree", "proposal": 1}
    post(f"/api/v1/agreements/{talks['id']}/points/terms", service, signed, "agreed")
    return {"agreement": [talks["id"]], "point": ["terms"], "number": [1]}


def kept(server: Server, post: Post) -> Known:
    """What a party keeps of its own: a contact that is tried, an endpoint, an objective, a review, a year's report."""
    service = server.token("telegram", "representative")
    contact = ask(server, "GET", "/api/v1/contacts", service).json()["items"][0]["id"]
    drill = post(f"/api/v1/contacts/{contact}/drills", service, {}, "tried")
    endpoint = post("/api/v1/endpoints", service, {"url": "https://hooks.telegram.example/mufakat"}, "endpoint")
    governance = "/api/v1/governance"
    objective = post(f"{governance}/objectives", service, GOVERNANCE["ObjectiveIn"], "objective")
    review = post(f"{governance}/reviews", service, {**GOVERNANCE["ReviewIn"], "recorded": []}, "review")
    post(f"{governance}/reports", service, {"year": 2025}, "report")
    return {
        "contact": [contact],
        "drill": [drill["id"]],
        "endpoint": [endpoint["id"]],
        "objective": [objective["id"]],
        "review": [review["id"]],
        "party": ["telegram"],
        "handle": ["telegram"],
        "shard": ["1"],
        "list_name": ["terrorism"],
        "file": ["domains.json", "rpz.zone", "hosts.txt", "squid.txt"],
        "year": [2025],
    }


RULE = """
  - name: {name}
    mode: live
    when: {{all_of: [{{bank: {bank}}}, {{kind: {kind}}}]}}
    then: {then}
    reason: {{id: Placeholder., en: A placeholder.}}"""


def policy(name: str, bank: str, **rules: str) -> str:
    """What is done with each kind of thing that is found in this bank."""
    said = (RULE.format(name=f"{name}-{kind}", bank=bank, kind=kind, then=then) for kind, then in rules.items())
    return f"policy: {name}\nversion: 1\nrules:{''.join(said)}"


def screened(server: Server, bank: str, post: Post) -> Known:
    """A version that was tried on a sample and is open; one at work, and what it hit."""
    first, second, here = (
        server.token("telegram", "reviewer"),
        server.token("telegram", "reviewer-2"),
        "/api/v1/policies",
    )
    item = {"item": "m1", "at": "2026-11-26T12:00:00Z", "visibility": "public", "kind": "post", "text": "pisang hijau"}
    sample = post("/api/v1/samples?name=made+up", first, item, "sample")["id"]
    made, tried = [], []
    for name in ("orchard", "garden"):
        text = policy(name, bank, post="hold", message="propose_notification")
        made.append(post(here, first, {"text": text}, name)["id"])
        tried.append(post(f"{here}/{made[-1]}/backtests", first, {"sample": sample}, f"{name}-tried")["id"])
    post(f"{here}/{made[1]}/shadow", first, {"note": "Begin."}, "shadow")
    post(f"{here}/{made[1]}/promotion", second, {"backtest": tried[1], "note": "Looked."}, "promoted")
    hits = [post("/api/v1/screen", first, {**item, "kind": kind}, f"hit-{kind}")["hit"] for kind in ("post", "message")]
    told = ask(server, "GET", "/api/v1/notifications", first).json()["items"][0]["id"]
    return {"policy": made, "sample": [sample], "backtest": tried, "hit": hits, "notification": [told]}


def restricted(server: Server, officer: str, post: Post) -> Known:
    """A restriction on the lists, one that is approved by one, a protected name; the resolvers are none yet."""
    now = datetime.now(UTC)
    times = {"review_at": (now + timedelta(days=20)).isoformat(), "sunset_at": (now + timedelta(days=60)).isoformat()}
    order = {**RESTRICTIONS["RestrictionIn"], **times}
    here = "/api/v1/restrictions"
    made = [post(here, officer, {**order, "names": [name]}, name)["id"] for name in ("a.example.net", "b.example.net")]
    for seat in ("approver", "approver-2"):
        post(f"{here}/{made[0]}/approval", server.token("kominfo", seat), {"note": "Read."}, seat)
    post(f"{here}/{made[0]}/objection", server.token("telegram", "representative"), {"note": "No."}, "answered")
    published(server, f"{here}/{made[0]}", officer)
    admin = server.token("mufakat", "admin")
    post("/api/v1/protected-names", admin, RESTRICTIONS["ProtectedIn"], "protected")
    return {"restriction": made, "name": ["a.example.net", "help.example.org", "acknowledge_within"]}


def banked(server: Server, post: Post) -> str:
    """A bank with entries in it, one of which acts; its name."""
    reviewer, second = server.token("telegram", "reviewer"), server.token("telegram", "reviewer-2")
    name: str = post("/api/v1/banks", reviewer, BANKS["BankIn"], "bank")["name"]
    taken = post(f"/api/v1/banks/{name}/entries", reviewer, BANKS["EntriesIn"], "entries")["taken"]
    post(f"/api/v1/banks/{name}/review", second, {"entries": taken[:1], "accept": True}, "reviewed")
    return name


def published(server: Server, place: str, token: str) -> None:
    """The server's own worker puts it on the lists."""
    until = time.monotonic() + 30
    while ask(server, "GET", place, token).json()["state"] != "publishing":
        assert time.monotonic() < until


def decided(server: Server, officer: str, post: Post) -> Known:
    """What can be read of decisions: ones that acted, there and in Europe, an appeal, a statement made elsewhere."""
    reviewer = server.token("telegram", "reviewer")

    def decide(key: str, *measures: str, **changes: Any) -> dict[str, Any]:
        raw = body(locators=[f"https://t.me/s/examplechannel/{key}"], content_date="2025-07-10")
        notice = ask(server, "POST", NOTICES, officer, raw=raw, key=f"sent-{key}").json()["id"]
        post(f"{NOTICES}/{notice}/acknowledgement", reviewer, {"note": ""}, f"taken-{key}")
        items = [{"locator": 0, "measure": name, "territory": ["DE"]} for name in measures]
        return post(f"{NOTICES}/{notice}/decision", reviewer, {**ACTING, "items": items, **changes}, f"decided-{key}")

    said, in_europe = decide("13", "remove", "close_channel"), decide("14", "remove", ground=GERMAN)
    reasons = {"reasons": "A made-up placeholder of reasons."}
    appeal = post(f"/api/v1/decisions/{said['id']}/appeals", officer, reasons, "lodged")
    elsewhere = post("/api/v1/statement", reviewer, GOOD, "handed-in")
    return {
        "decision": [said["id"], in_europe["id"]],
        "code": [said["appeal"]["code"]],
        "appeal": [appeal["id"]],
        "uuid": [elsewhere["uuid"]],
        "puid": [elsewhere["puid"]],
        "entry": shown(server, said["id"]),
    }


def shown(server: Server, awaited: str) -> list[str]:
    """The entries of the register, once the worker has brought this one there."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        entries = [entry["id"] for entry in ask(server, "GET", "/api/v1/register").json()["items"]]
        if awaited in entries:
            return entries
        time.sleep(0.1)
    raise AssertionError(f"the register does not show {awaited}")


def answered(server: Server) -> dict[tuple[str, int], int]:
    """How often the server gave each status for each method and address, by its own log."""
    found: dict[tuple[str, int], int] = {}
    for line in (server.data.parent / "server.log").read_text(encoding="utf-8").splitlines():
        said = json.loads(line) if line.startswith("{") else {}
        if said.get("route"):
            path = "/" + re.sub(r"<(?:[a-z]+:)?([a-z0-9_]+)>", r"{\1}", said["route"])
            key = (f"{said['method']} {path}", said["status"])
            found[key] = found.get(key, 0) + 1
    return found


def test_the_schema_is_openapi(server: Server) -> None:
    from openapi_spec_validator import OpenAPIV31SpecValidator

    schema = ask(server, "GET", "/api/v1/openapi.json").json()
    assert [error.message for error in OpenAPIV31SpecValidator(schema).iter_errors()] == []
    assert schema["openapi"] == "3.1.0"


def test_no_role_gets_an_answer_that_the_schema_does_not_say(busy: Busy, tmp_path: Path) -> None:
    found: dict[str, Any] = {}
    cases, server = 0, busy.server
    schema, each = f"{server.url}/api/v1/openapi.json", max(5, SECONDS // len(SEATS))
    # Everybody reaches what is there before anybody searches: a search may end or erase what the next one needs.
    for seconds, seat in [(None, seat) for seat in SEATS] + [(each, seat) for seat in SEATS]:
        token = server.token(*seat) if seat else ""
        name = ("-".join(seat) if seat else "nobody") + ("" if seconds is None else "-searching")
        run = schemathesis(tmp_path / name, schema, token, known=busy.known, seconds=seconds)
        cases += run.cases
        if run.faults:
            found[name] = run.faults
    given = answered(server)
    statuses = Counter({status: 0 for _, status in given})
    for (_, status), times in given.items():
        statuses[status] += times
    print(f"{cases} cases, {sum(given.values())} answers: {dict(sorted(statuses.items()))}")  # noqa: T201 - the count.
    assert found == {}
    assert not [status for status in statuses if status >= 500]
    # The eye saw something: everything that can be read was read, and every deed was judged, not only turned away.
    schema = ask(server, "GET", "/api/v1/openapi.json").json()
    every = {f"{method.upper()} {path}" for path, known in schema["paths"].items() for method in known}
    seen = {name for name, status in given if (status < 400 if name.startswith("GET") else status not in {401, 403})}
    assert every - seen == BEYOND


def test_an_answer_that_the_schema_does_not_say_is_found(busy: Busy, tmp_path: Path) -> None:
    """The eye is proved: a schema that keeps a refusal and a member's true form to itself is caught."""
    server = busy.server
    schema = ask(server, "GET", "/api/v1/openapi.json").json()
    schema["paths"] = {
        path: operations
        for path, operations in schema["paths"].items()
        if path in {NOTICES, "/api/v1/parties/{handle}"}
    }
    del schema["paths"]["/api/v1/parties/{handle}"]["get"]["responses"]["404"]
    schema["components"]["schemas"]["NoticeOut"]["properties"]["leaf"]["maxLength"] = 40
    for operations in schema["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                response.pop("links", None)
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(schema), encoding="utf-8")
    token = server.token("kominfo", "officer")
    run = schemathesis(tmp_path / "found", str(path), token, seconds=15, base=server.url)
    assert run.code == 1
    assert "Undocumented status code" in run.says
    assert "is longer than 40 characters" in run.says
