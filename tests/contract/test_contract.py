"""What the schema says and what a real server does, tried by a stranger: schemathesis, as every role.

`MUFAKAT_CONTRACT_SECONDS` sets how long it tries in all (two minutes by default; before a release 1,200), and
`MUFAKAT_CONTRACT_SEED` what it tries.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.roles import SEATS, schemathesis
from tests.houses import body
from tests.server.api.doors import NOTICES, ask

if TYPE_CHECKING:
    from pathlib import Path

    from tests.houses import Server

pytestmark = pytest.mark.contract

SECONDS = int(os.environ.get("MUFAKAT_CONTRACT_SECONDS") or 120)


@pytest.fixture
def busy(server: Server) -> Server:
    """A server where every party has something to read."""
    officer = server.token("kominfo", "officer")
    content = b"made-up bytes"
    file = {"name": "capture.png", "media_type": "image/png", "sha256": hashlib.sha256(content).hexdigest()}
    held = [{**file, "content": base64.b64encode(content).decode()}]
    order = body(to="isp-a", kind="order", locators=["web.example"], evidence=held)
    for key, raw in (("first", body(evidence=held)), ("second", order)):
        assert ask(server, "POST", NOTICES, officer, raw=raw, key=key).status == 201
    return server


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


def test_no_role_gets_an_answer_that_the_schema_does_not_say(busy: Server, tmp_path: Path) -> None:
    found: dict[str, Any] = {}
    cases = 0
    for seat in SEATS:
        token = busy.token(*seat) if seat else ""
        name = "/".join(seat) if seat else "nobody"
        run = schemathesis(
            tmp_path / name.replace("/", "-"),
            f"{busy.url}/api/v1/openapi.json",
            token,
            seconds=max(5, SECONDS // len(SEATS)),
        )
        cases += run.cases
        if run.faults:
            found[name] = run.faults
    given = answered(busy)
    statuses = Counter({status: 0 for _, status in given})
    for (_, status), times in given.items():
        statuses[status] += times
    print(f"{cases} cases, {sum(given.values())} answers: {dict(sorted(statuses.items()))}")  # noqa: T201 - the count.
    assert found == {}
    assert not [status for status in statuses if status >= 500]
    # The eye saw something: everything that can be read was read, and every deed was judged, not only turned away.
    schema = ask(busy, "GET", "/api/v1/openapi.json").json()
    every = {f"{method.upper()} {path}" for path, known in schema["paths"].items() for method in known}
    seen = {name for name, status in given if (status < 300 if name.startswith("GET") else status not in {401, 403})}
    assert every - seen == {"GET /log/{shard}/checkpoint"}  # The log is not running yet.


def test_an_answer_that_the_schema_does_not_say_is_found(busy: Server, tmp_path: Path) -> None:
    """The eye is proved: a schema that keeps a refusal and a member's true form to itself is caught."""
    schema = ask(busy, "GET", "/api/v1/openapi.json").json()
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
    token = busy.token("kominfo", "officer")
    run = schemathesis(tmp_path / "found", str(path), token, seconds=15, base=busy.url)
    assert run.code == 1
    assert "Undocumented status code" in run.says
    assert "is longer than 40 characters" in run.says
