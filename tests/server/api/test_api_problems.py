"""Problems: every refusal has a kind, the kinds are on the page, and no address under the API answers otherwise."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from tests.server.api.doors import NOTICES, both, encoded, get, of

from mufakat.rules import errors as rules
from mufakat.server.api import problems
from mufakat.server.journal import errors as journal

if TYPE_CHECKING:
    from tests.houses import House
    from tests.server.api.doors import Post

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
SLUG = re.compile(r"[a-z]+(-[a-z]+)*")


def below(kind: type[Exception]) -> set[type[Exception]]:
    """An error and all that derive from it, those of the product alone."""
    found = {kind}
    for child in kind.__subclasses__():
        if child.__module__.startswith("mufakat."):
            found |= below(child)
    return found


def test_the_table_on_the_page_is_made_from_the_code() -> None:
    assert problems.table() in PAGE


def test_every_kind_has_a_name_of_its_own() -> None:
    slugs = [kind.slug for kind in problems.kinds()]
    assert len(slugs) == len(set(slugs))
    assert all(SLUG.fullmatch(slug) for slug in slugs)


def test_every_kind_that_the_code_names_is_in_the_table() -> None:
    named = {kind for kind in vars(problems).values() if isinstance(kind, problems.Kind)}
    named |= {kind for _, kind in problems.KINDS}
    assert named == set(problems.kinds())


def test_the_pages_of_refusal_name_no_other_kinds_to_machines() -> None:
    # Forms that expired and sessions that ended are people's: no address of a machine answers with them.
    source = (ROOT / "src" / "mufakat" / "server" / "web" / "errors.py").read_text(encoding="utf-8")
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    pages = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "page"]
    slugs = {call.args[2].value for call in pages if isinstance(call.args[2], ast.Constant)}
    assert slugs - {"form-expired", "signed-out", "not-stored"} <= {kind.slug for kind in problems.kinds()}


@pytest.mark.parametrize("error", sorted(below(rules.RefusedError), key=str))
def test_no_refusal_of_the_rules_is_a_fault_of_the_machine(error: type[Exception]) -> None:
    found = next(kind for type_, kind in problems.KINDS if issubclass(error, type_))
    assert 400 <= found.status < 500


@pytest.mark.parametrize("error", sorted(below(journal.WriteError) - {journal.WriteError}, key=str))
def test_every_failed_write_says_when_to_come_again(error: type[Exception]) -> None:
    found = next(kind for type_, kind in problems.KINDS if issubclass(error, type_))
    assert found.status in {503, 507}
    assert found.retry_after is not None


def test_an_unexpected_error_shows_nothing_of_itself() -> None:
    status, _, body = problems.problem(RuntimeError("SELECT secret FROM parties_token -- canary"))
    assert (status, b"canary" in body, b"SELECT" in body) == (500, False, False)


@both
def test_an_unexpected_error_of_an_operation_is_a_problem(
    house: House, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mufakat.server.notices import operations

    def broken(*_: object) -> None:
        raise RuntimeError("canary")

    token = house.token("kominfo", "officer")
    monkeypatch.setattr(operations.Submissions, "write", broken)
    answer = post(encoded(), token=token)
    assert (answer.status, answer.json()["type"]) == (500, "urn:mufakat:problem:unexpected")
    assert b"canary" not in answer.body


@both
def test_after_an_unexpected_error_nothing_is_stored_and_the_key_is_free(
    house: House, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.server.api.doors import rows

    from mufakat.server.notices import operations

    def broken(*_: object) -> None:
        raise RuntimeError("canary")

    token = house.token("kominfo", "officer")
    before = rows()
    with monkeypatch.context() as patched:
        patched.setattr(operations.Submissions, "write", broken)
        post(encoded(), token=token)
    assert rows() == before
    assert post(encoded(), token=token).status == 201


ADDRESSES = [
    ("GET", "/api/v1/nothing", 404),
    ("GET", "/api/v2/notices", 404),
    ("GET", "/api/", 404),
    ("GET", "/api/v1/notices/", 404),
    ("POST", "/api/v1/notices/", 404),
    ("GET", "/api/v1/notices/x/y/z", 404),
    ("GET", "/api/v1/notices/%00", 404),
    ("GET", "/api/v1/notices/%ff%fe", 404),
    ("GET", "/api/v1/notices/" + "x" * 5_000, 404),
    ("GET", "/api/v1/parties/nobody", 404),
    ("GET", "/api/v1/parties/%F0%9F%92%A9", 404),
    ("PUT", NOTICES, 405),
    ("PATCH", NOTICES, 405),
    ("DELETE", NOTICES, 405),
    ("DELETE", f"{NOTICES}/x", 405),
    ("POST", f"{NOTICES}/x", 405),
    ("GET", f"{NOTICES}/x/acknowledgement", 405),
    ("GET", f"{NOTICES}/x/withdrawal", 405),
    ("POST", f"{NOTICES}/x/receipt", 405),
    ("POST", "/api/v1/parties", 405),
    ("BREW", NOTICES, 405),
]


@pytest.mark.parametrize(("method", "path", "status"), ADDRESSES)
def test_what_is_not_there_is_a_problem(house: House, method: str, path: str, status: int) -> None:
    sent = {"Authorization": f"Bearer {house.token('kominfo', 'officer')}"}
    answer = of(Client().generic(method, path, headers=sent))
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert {"type", "title", "status", "detail"} <= set(answer.json())


def test_a_refused_method_names_those_that_are_taken(house: House) -> None:
    del house
    answer = of(Client().put(NOTICES))
    assert {name.strip() for name in answer.headers["allow"].split(",")} >= {"GET", "POST"}


def test_an_unknown_host_is_a_problem_under_the_api(house: House) -> None:
    answer = get(NOTICES, house.token("kominfo", "officer"), Host="evil.example")
    assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")


@both
def test_a_status_and_its_problem_agree(house: House, post: Post) -> None:
    del house
    answer = post(encoded())
    assert answer.json()["status"] == answer.status == 401


@both
def test_an_answer_is_no_html(house: House, post: Post) -> None:
    answer = post(b"<html>", token=house.token("kominfo", "officer"))
    assert json.loads(answer.body)["status"] == 422


# -- The schema


def test_the_schema_is_served_with_full_paths_from_the_root(house: House) -> None:
    del house
    schema = get("/api/v1/openapi.json").json()
    assert schema["servers"] == [{"url": "/"}]
    assert {path.split("/")[1] for path in schema["paths"]} == {"api", "feeds", "health", "log", "metrics"}


def test_every_address_of_the_page_is_in_the_schema_and_none_other(house: House) -> None:
    del house
    schema = get("/api/v1/openapi.json").json()
    found = {
        f"{method.upper()} {re.sub(r'{[a-z0-9]+}', '{}', path)}"
        for path, operations in schema["paths"].items()
        for method in operations
    }
    told = {
        f"{method or 'GET'} {re.sub(r'{[a-z0-9]+}', '{}', path)}"
        for row in re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)
        for method, path in re.findall(r"`(?:([A-Z]+) )?(/(?:api/v1|feeds|log|health|metrics)[^`?]*)", row)
    }
    assert found == told


def test_every_reference_of_the_schema_leads_somewhere(house: House) -> None:
    del house
    text = get("/api/v1/openapi.json").body.decode()
    names = set(json.loads(text)["components"]["schemas"])
    assert set(re.findall(r'"#/components/schemas/([A-Za-z]+)"', text)) <= names


def test_only_what_can_happen_is_in_the_schema(house: House) -> None:
    del house
    paths = get("/api/v1/openapi.json").json()["paths"]
    good = {
        f"{method} {path}": [code for code in operation["responses"] if code < "300"]
        for path, operations in paths.items()
        for method, operation in operations.items()
    }
    assert good.pop("post /api/v1/notices") == ["201"]
    assert good.pop("post /api/v1/notices/{notice}/messages") == ["201"]
    assert good.pop("post /api/v1/notices/{notice}/warnings") == ["201"]
    assert good.pop("post /api/v1/notices/{notice}/decision") == ["201"]
    assert good.pop("put /api/v1/evidence/{sha256}") == ["201"]
    assert good.pop("post /api/v1/decisions/{decision}/appeals") == ["201"]
    assert good.pop("post /api/v1/appeals") == ["201"]
    assert good.pop("post /api/v1/statement") == good.pop("post /api/v1/statements") == ["201"]
    assert good.pop("get /api/v1/statement/existing-puid/{puid}") == []  # 302 or 404, as that database answers.
    for made in ("agreements", "agreements/{agreement}/points/{point}/evidence"):
        assert good.pop(f"post /api/v1/{made}") == ["201"]
    for made in ("objectives", "reviews", "reports"):
        assert good.pop(f"post /api/v1/governance/{made}") == ["201"]
    for made in ("endpoints", "contacts", "contacts/{contact}/versions", "contacts/{contact}/drills"):
        assert good.pop(f"post /api/v1/{made}") == ["201"]
    for made in ("restrictions", "resolvers", "telegram/bindings", "parties/{handle}/keys"):
        assert good.pop(f"post /api/v1/{made}") == ["201"]
    for made in ("banks", "banks/{name}/entries", "policies", "policies/{policy}/backtests", "samples"):
        assert good.pop(f"post /api/v1/{made}") == ["201"]
    assert good.pop("post /api/v1/protected-names") == ["201", "200"]  # 200 where it stands there already.
    assert set(map(tuple, good.values())) == {("200",)}


def test_every_response_of_the_schema_is_described(house: House) -> None:
    del house
    paths = get("/api/v1/openapi.json").json()["paths"]
    responses = [
        response
        for operations in paths.values()
        for operation in operations.values()
        for response in operation["responses"].values()
    ]
    assert all(response.get("description") for response in responses)


def test_the_key_is_required_where_something_is_made(house: House) -> None:
    del house
    paths = get("/api/v1/openapi.json").json()["paths"]
    required = {
        path: parameter["required"]
        for path, operations in paths.items()
        for parameter in operations.get("post", {}).get("parameters", [])
        if parameter["name"] == "Idempotency-Key"
    }
    assert required == {
        NOTICES: True,
        f"{NOTICES}/batch": True,
        f"{NOTICES}/import": False,
        f"{NOTICES}/{{notice}}/acknowledgement": False,
        f"{NOTICES}/{{notice}}/handover": False,
        f"{NOTICES}/{{notice}}/messages": True,
        f"{NOTICES}/{{notice}}/warnings": True,
        f"{NOTICES}/{{notice}}/seen": False,
        f"{NOTICES}/{{notice}}/withdrawal": False,
        f"{NOTICES}/{{notice}}/decision": True,
        "/api/v1/decisions/{decision}/seen": False,
        **{
            f"/api/v1/measures/{{measure}}/{deed}": False
            for deed in ("approval", "declining", "confirmation", "failure")
        },
        "/api/v1/statements/{statement}/delivery": False,
        # The identifier of a statement says whether it was taken, as in the database that they are meant for.
        **{f"/api/v1/{path}": False for path in ("statement", "statements", "statements/{statement}/submission")},
        "/api/v1/decisions/{decision}/appeals": True,
        "/api/v1/appeals": True,
        "/api/v1/appeals/{appeal}/resolution": False,
        f"{NOTICES}/{{notice}}/clocks/{{name}}/pause": False,
        f"{NOTICES}/{{notice}}/clocks/{{name}}/resume": False,
        f"{NOTICES}/{{notice}}/delivery": False,
        "/api/v1/parties/{handle}/keys": True,
        "/api/v1/parties/{handle}/keys/{key}/retirement": False,
        "/api/v1/parties/{handle}/keys/requirement": False,
        "/api/v1/endpoints": True,
        "/api/v1/contacts": True,
        "/api/v1/contacts/{contact}/drills": True,
        "/api/v1/contacts/{contact}/removal": False,
        "/api/v1/contacts/{contact}/versions": True,
        "/api/v1/contacts/{contact}/withdrawal": False,
        "/api/v1/tasks/{task}/done": False,
        "/api/v1/tasks/{task}/reopening": False,
        "/api/v1/agreements": True,
        "/api/v1/agreements/{agreement}/points/{point}": False,
        "/api/v1/agreements/{agreement}/points/{point}/evidence": True,
        "/api/v1/agreements/{agreement}/ending": False,
        **{f"/api/v1/governance/{made}": True for made in ("objectives", "reviews", "reports")},
        "/api/v1/governance/objectives/{objective}/ending": False,
        "/api/v1/governance/followups/{followup}/done": False,
        **{f"/api/v1/{made}": True for made in ("restrictions", "protected-names", "resolvers")},
        **{
            f"/api/v1/restrictions/{{restriction}}/{deed}": False
            for deed in ("approval", "objection", "lifting", "confirmation")
        },
        "/api/v1/protected-names/{name}/release": False,
        # A bank's file says by itself what was taken, as does a batch of items: neither asks for a key.
        **{f"/api/v1/{made}": True for made in ("banks", "banks/{name}/entries")},
        **{f"/api/v1/banks/{{name}}/{deed}": False for deed in ("review", "retraction")},
        **{f"/api/v1/{made}": True for made in ("policies", "policies/{policy}/backtests", "samples")},
        **{f"/api/v1/policies/{{policy}}/{deed}": False for deed in ("shadow", "promotion", "refusal", "end")},
        "/api/v1/samples/{sample}/erasure": False,
        "/api/v1/screen": False,
        **{f"/api/v1/hits/{{hit}}/{deed}": False for deed in ("release", "block")},
        **{f"/api/v1/notifications/{{notification}}/{deed}": False for deed in ("release", "refusal")},
        "/api/v1/telegram/bindings": True,
        "/api/v1/telegram/bindings/{chat}/revocation": False,
    }


def test_the_page_of_the_schema_needs_nothing_from_elsewhere(house: House) -> None:
    del house
    page = get("/api/v1/docs").body.decode()
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    statuses = set()
    for address in addresses:
        answer = Client().get(address)
        statuses.add(answer.status_code)
        answer.close()  # An open file.
    assert statuses == {200}


def test_the_page_of_the_schema_runs_no_script_of_its_own(house: House) -> None:
    del house
    page = get("/api/v1/docs").body.decode()
    inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", page)
    assert [kind.strip() for kind in inline] == ['type="application/json" id="swagger-settings"']
