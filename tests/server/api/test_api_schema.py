"""OpenAPI tells the truth: its examples are taken, its answers are the real ones, nothing is left undescribed."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from tests.houses import body
from tests.server.api import (
    banked,
    chatted,
    contested,
    decided,
    governed,
    handed_in,
    keyed,
    negotiated,
    notified,
    policed,
    restricted,
    struck,
)
from tests.server.api.contract import bodies, breaches, described, examples_of, faults, operations
from tests.server.api.doors import NOTICES, Reply, get, hot, put, view
from tests.server.api.test_api_evidence import streamed
from tests.server.api.test_api_importing import view as imported

from mufakat.proof import key as keys, verify
from mufakat.server.api import components, documents, problems
from mufakat.server.connectors import dispatch, expansion
from mufakat.server.notices import escalation

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House


@pytest.fixture
def schema(house: House) -> dict[str, Any]:
    return described()


def test_everything_that_can_be_asked_is_told_in_words(schema: dict[str, Any]) -> None:
    silent = [
        f"{method} {path} {name}"
        for method, path, operation in operations(schema)
        for name in ("summary", "description", "operationId")
        if not operation.get(name)
    ]
    assert silent == []


def test_every_parameter_has_words_and_an_example(schema: dict[str, Any]) -> None:
    silent = [
        f"{method} {path} {parameter['name']}"
        for method, path, operation in operations(schema)
        for parameter in operation["parameters"]
        if not parameter.get("description") or "example" not in parameter
    ]
    assert silent == []


def test_every_body_has_an_example(schema: dict[str, Any]) -> None:
    assert [name for name, said in bodies(schema) if not examples_of(said)] == []


def test_every_example_is_of_the_shape_it_stands_beside(schema: dict[str, Any]) -> None:
    wrong = [
        f"{name}: {fault}"
        for name, said in bodies(schema)
        for example in examples_of(said)
        for fault in faults(schema, said["schema"], example)
    ]
    wrong += [
        f"{method} {path} {parameter['name']}: {fault}"
        for method, path, operation in operations(schema)
        for parameter in operation["parameters"]
        for fault in faults(schema, parameter["schema"], parameter["example"])
    ]
    wrong += [
        f"{name}: {fault}"
        for name, header in documents.HEADERS.items()
        for fault in faults(schema, header["schema"], header["example"])
    ]
    assert wrong == []


def test_every_problem_shown_stands_under_its_own_status(schema: dict[str, Any]) -> None:
    wrong = [
        (path, status, example["type"])
        for _, path, operation in operations(schema)
        for status, response in operation["responses"].items()
        for example in examples_of(response["content"].get(problems.MEDIA_TYPE, {}))
        if str(example["status"]) != status
    ]
    assert wrong == []


def test_every_kind_of_problem_has_an_example() -> None:
    shown = {slug for kinds in documents.told().values() for slug in kinds}
    # An item of a batch alone is a repeated one; a method that is not taken belongs to no operation; the others are
    # said to the operator's own command line.
    elsewhere = {"repeated", "method-not-allowed", "unknown-party", "refused"}
    assert shown | elsewhere == {kind.slug for kind in problems.kinds()}


def test_every_component_that_is_sent_takes_no_unknown_member(schema: dict[str, Any]) -> None:
    sent = (
        *("BatchIn", "Card", "Draft", "EmptyIn", "EndpointIn", "EvidenceRef", "ExternalRef", "HandoverIn"),
        *("ConfirmationIn", "DecisionIn", "ItemIn", "Ground", "Automated", "HowIn", "SubmissionIn"),
        *("ForeignStatement", "ForeignStatements"),
        *("AgreementIn", "NamedTerms", "PointTerms", "Frame", "Condition", "ObligationTerms", "Title", "Text"),
        *("ActIn", "Signed", "ShowingIn", "FileRef", "EndingIn"),
        *("RestrictionIn", "Reopening", "ApprovalIn", "ObjectionIn", "LiftingIn", "CarriedIn"),
        *("ProtectedIn", "ReleasedIn", "ResolverIn", "NotificationReleaseIn", "NotificationRefusalIn"),
        *("BankIn", "BankEntryIn", "BankReviewIn", "EntriesIn", "RetractionIn"),
        *("PolicyIn", "BacktestIn", "PromotionIn", "PolicyEndIn"),
        *("LegalGround", "NewCard", "NonDisclosure", "NoteIn", "ReasonIn", "TermsGround", "TextIn", "WarningIn"),
    )
    assert [name for name in sent if schema["components"]["schemas"][name]["additionalProperties"]] == []


def test_what_needs_no_token_says_so(schema: dict[str, Any], house: House) -> None:
    open_to_all = {path for method, path, operation in operations(schema) if operation.get("security") == []}
    known = (
        *("/health/", "/log/", "/api/v1/openapi.json", "/api/v1/appeals", "/api/v1/register"),
        *("/api/v1/restrictions/names/", "/api/v1/parties/{handle}/keys"),
    )
    assert all(path.startswith(known) for path in open_to_all)
    assert {path for path in open_to_all if "appeals" in path} == {"/api/v1/appeals", "/api/v1/appeals/code/{code}"}
    filled = {path.replace("{shard}", "1").replace("{code}", "0") for path in open_to_all - {"/api/v1/appeals"}}
    assert all(get(path).status != 401 for path in filled)
    assert contested.sent(b"{}").status == 422


# -- The examples are sent ---------------------------------------------------------------------------------------------


def acknowledged(house: House, raw: bytes) -> Reply:
    notice = hot(body(), token=house.token("kominfo", "officer"), key="to-acknowledge").json()["id"]
    return put(f"{NOTICES}/{notice}/acknowledgement", raw, house.token("telegram", "representative"))


def withdrawn(house: House, raw: bytes) -> Reply:
    officer = house.token("kominfo", "officer")
    notice = hot(body(), token=officer, key="to-withdraw").json()["id"]
    return put(f"{NOTICES}/{notice}/withdrawal", raw, officer)


def on_a_notice(deed: str) -> Callable[[House, bytes], Reply]:
    """A deed of the recipient's on a notice of its own."""

    def sent(house: House, raw: bytes) -> Reply:
        notice = hot(body(), token=house.token("kominfo", "officer"), key=f"to-{deed}").json()["id"]
        return put(f"{NOTICES}/{notice}/{deed}", raw, house.token("telegram", "representative"), "k")

    return sent


def telling(house: House, path: str, raw: bytes) -> Reply:
    """Sent by the representative of telegram about its first contact."""
    token = house.token("telegram", "representative")
    contact = get("/api/v1/contacts", token).json()["items"][0]["id"]
    return put(path.format(contact=contact), raw, token, "k")


CONTACT = "/api/v1/contacts/{contact}"


def endpoint_set(house: House, raw: bytes) -> Reply:
    return put("/api/v1/endpoints", raw, house.token("telegram", "representative"), "k")


def endpoint_told(deed: str) -> Callable[[House, bytes], Reply]:
    def told(house: House, raw: bytes) -> Reply:
        made = endpoint_set(house, json.dumps(components.examples()["EndpointIn"]).encode()).json()["id"]
        return put(f"/api/v1/endpoints/{made}/{deed}", raw, house.token("telegram", "representative"))

    return told


def replayed(house: House, raw: bytes) -> Reply:
    return put(f"/api/v1/deliveries/{dead_letter(house)}/replay", raw, house.token("mufakat", "admin"))


def dead_letter(house: House) -> str:
    """A delivery that was given up, to an endpoint that is open again."""
    representative = house.token("telegram", "representative")
    made = endpoint_set(house, json.dumps(components.examples()["EndpointIn"]).encode()).json()["id"]
    here = f"/api/v1/endpoints/{made}"
    at = datetime.now(UTC) + timedelta(seconds=2)
    expansion.expand(at=at)
    put(f"{here}/disabling", b"", representative)
    dispatch.bury(at=at)
    put(f"{here}/enabling", b"", representative)
    return str(get("/api/v1/deliveries", house.token("mufakat", "admin")).json()["items"][0]["id"])


CLOCK = f"{NOTICES}/{{notice}}/clocks/{{name}}"


def rested(*deeds: str) -> Callable[[House, bytes], Reply]:
    """The clock of a notice of the officer's own is paused, and goes on."""

    def sent(house: House, raw: bytes) -> Reply:
        officer = house.token("kominfo", "officer")
        notice = hot(body(), token=officer, key=f"to-{deeds[-1]}").json()["id"]
        path = f"{NOTICES}/{notice}/clocks/acknowledge_within"
        return [put(f"{path}/{deed}", raw, officer) for deed in deeds][-1]

    return sent


def marked(deed: str) -> Callable[[House, bytes], Reply]:
    """A task of the officer's party is done, or open again."""

    def sent(house: House, raw: bytes) -> Reply:
        officer = house.token("kominfo", "officer")
        hot(body(to="isp-a", kind="order"), token=officer, key=f"to-{deed}")
        climb()
        task = get("/api/v1/tasks", officer).json()["items"][0]["id"]
        return put(f"/api/v1/tasks/{task}/{deed}", raw, officer)

    return sent


def climb() -> None:
    """Two days pass for the ladders."""
    at = datetime.now(UTC)
    for hour in range(48):
        escalation.sweep(at=at + timedelta(hours=hour))


def warned(house: House, raw: bytes) -> Reply:
    """The ladder of 2017 was climbed to its top, and the officer sends what it proposes."""
    officer = house.token("kominfo", "officer")
    notice = hot(body(to="isp-a", kind="order"), token=officer, key="to-warn").json()["id"]
    climb()
    return put(f"{NOTICES}/{notice}/warnings", raw, officer, "warn")


IMPORT = f"post {NOTICES}/import"  # The same: the file is the text itself.
WARN = f"post {NOTICES}/{{notice}}/warnings"
ENDPOINT_DEEDS = ("secret", "disabling", "enabling", "test")
UPLOAD = "put /api/v1/evidence/{sha256}"  # Its example is text; the file is its bytes.
SENT: dict[str, Callable[[House, bytes], Reply]] = {
    f"post {NOTICES}": lambda house, raw: hot(raw, token=house.token("kominfo", "officer")),
    f"post {NOTICES}/batch": lambda house, raw: put(f"{NOTICES}/batch", raw, house.token("kominfo", "officer"), "k"),
    f"post {NOTICES}/{{notice}}/acknowledgement": acknowledged,
    f"post {NOTICES}/{{notice}}/withdrawal": withdrawn,
    **{f"post {NOTICES}/{{notice}}/{deed}": on_a_notice(deed) for deed in ("seen", "messages", "handover")},
    f"post {CLOCK}/pause": rested("pause"),
    f"post {CLOCK}/resume": rested("pause", "resume"),
    **{f"post /api/v1/tasks/{{task}}/{deed}": marked(deed) for deed in ("done", "reopening")},
    WARN: warned,
    "post /api/v1/contacts": lambda house, raw: telling(house, "/api/v1/contacts", raw),
    f"post {CONTACT}/versions": lambda house, raw: telling(house, f"{CONTACT}/versions", raw),
    f"post {CONTACT}/removal": lambda house, raw: telling(house, f"{CONTACT}/removal", raw),
    "post /api/v1/endpoints": endpoint_set,
    **{f"post /api/v1/endpoints/{{endpoint}}/{deed}": endpoint_told(deed) for deed in ENDPOINT_DEEDS},
    "post /api/v1/deliveries/{delivery}/replay": replayed,
    **decided.SENT,
    **contested.SENT,
    **negotiated.SENT,
    **handed_in.SENT,
    **governed.SENT,
    **restricted.SENT,
    **notified.SENT,
    **struck.SENT,
    **banked.SENT,
    **policed.SENT,
    **chatted.SENT,
    **keyed.SENT,
    IMPORT: lambda house, raw: imported(json.loads(raw).encode(), house.token("kominfo", "officer"), {}),
    UPLOAD: lambda house, raw: streamed(json.loads(raw).encode(), token=house.token("kominfo", "officer")),
}


def test_every_request_example_is_taken(schema: dict[str, Any], house: House) -> None:
    answers = {}
    for method, path, operation in operations(schema):
        for said in operation.get("requestBody", {"content": {}})["content"].values():
            for example in examples_of(said):
                raw = json.dumps(example).encode()
                answers[f"{method} {path}"] = SENT[f"{method} {path}"](house, raw).status
    made = {f"post {NOTICES}", f"post {NOTICES}/{{notice}}/messages", WARN, UPLOAD, "post /api/v1/endpoints"}
    made |= {"post /api/v1/contacts", f"post {CONTACT}/versions", decided.DECIDE}
    made |= banked.MADE | chatted.MADE | contested.MADE | governed.MADE | keyed.MADE
    made |= handed_in.MADE | negotiated.MADE | policed.MADE | restricted.MADE
    assert answers == {name: 201 if name in made else 200 for name in SENT}


def test_the_receipts_of_the_examples_verify_with_the_key_of_the_examples() -> None:
    shown = components.examples()
    published = keys.read_keys(json.dumps(shown["Keys"]))
    notice = shown["NoticeOut"]
    found = verify.verify(notice["receipt"].encode(), keys=published)
    assert found.notice == notice["id"]
    assert found.leaf_hash == base64.b64decode(notice["leaf"])
    message = shown["MessageOut"]
    assert verify.verify(message["receipt"].encode(), keys=published).leaf_hash == base64.b64decode(message["leaf"])
    leaves = [base64.b64decode(item["leaf"]) for item in shown["BatchOut"]["items"] if item["status"] == 201]
    verify.verify(shown["BatchOut"]["receipt"].encode(), keys=published, leaves=leaves)
    for event in shown["EventList"]["items"]:
        leaf = base64.b64decode(event["leaf"])
        assert hashlib.sha256(b"\0" + leaf).digest() == base64.b64decode(event["hash"])
        verify.verify(event["receipt"].encode(), keys=published)


# -- The real answers are as described ---------------------------------------------------------------------------------


def exported(path: str, token: str) -> Reply:
    """A GET whose answer may come in pieces."""
    response: Any = Client().get(path, headers={"Authorization": f"Bearer {token}"} if token else {})
    content = b"".join(response.streaming_content) if response.streaming else response.content
    response.close()
    return Reply(response.status_code, {name.lower(): value for name, value in response.items()}, content)


def test_real_answers_are_as_the_schema_says(schema: dict[str, Any], house: House) -> None:
    officer, representative = house.token("kominfo", "officer"), house.token("telegram", "representative")
    auditor = house.token("auditor", "auditor")
    shown = components.examples()
    draft = json.dumps(shown["Draft"]).encode()
    found: list[tuple[str, str, Reply]] = [("POST", NOTICES, post(draft, token=officer)) for post in (view, hot, hot)]
    notice = found[0][2].json()["id"]
    here = f"{NOTICES}/{notice}"

    def ask(method: str, path: str, *rest: Any) -> None:
        found.append((method, path, get(path, *rest) if method == "GET" else put(path, *rest)))

    for post in (view, hot):
        refused: tuple[tuple[bytes, dict[str, Any]], ...] = (
            *((draft, {"token": officer, "key": None}), (draft, {"token": officer, "key": "a b"}), (draft, {})),
            *((body(explanation="x"), {"token": officer}), (draft, {"token": auditor}), (b"{", {"token": officer})),
            (b" " * (2 * 1024 * 1024 + 1), {"token": officer}),
        )
        found += [("POST", NOTICES, post(raw, **sent)) for raw, sent in refused]
    for path in ("", "/events", "/receipt", "/receipt?grade=custody"):
        for token in (officer, representative, auditor, ""):
            ask("GET", f"{here}{path}", token)
    for query in (
        "",
        "?state=received",
        "?state=none",
        "?after=x",
        "?to=nobody",
        f"?after={notice}",
        "?state=&to=&after=",
    ):
        ask("GET", f"{NOTICES}{query}", officer)
    ask("GET", f"{here}/receipt?grade=witnessed", officer)
    ask("POST", f"{here}/withdrawal", b"{}", officer)
    ask("POST", f"{here}/acknowledgement", b"{}", officer)
    ask("POST", f"{here}/acknowledgement", b"", representative, "turn")
    ask("POST", f"{here}/acknowledgement", b"", representative, "turn")
    ask("POST", f"{here}/acknowledgement", b'{"note": "x"}', representative, "turn")
    ask("POST", f"{here}/acknowledgement", b'{"note": "\\u0000"}', representative)
    ask("POST", f"{here}/acknowledgement", b"", representative, "x" * 256)
    ask("POST", f"{here}/withdrawal", b'{"reason": "Moot."}', officer)
    ask("POST", f"{here}/withdrawal", b'{"reason": "Moot."}', officer)
    ask("POST", f"{NOTICES}/batch", json.dumps(shown["BatchIn"]).encode(), officer, "batch")
    ask("POST", f"{NOTICES}/batch", json.dumps(shown["BatchIn"]).encode(), officer, "batch")
    ask("POST", f"{NOTICES}/batch", b'{"notices": [5, null, {}]}', officer, "batch-2")
    ask("POST", f"{NOTICES}/batch", b'{"notices": []}', officer, "batch-3")
    ask("POST", f"{NOTICES}/batch", b'{"notices": []}', officer)
    for path in ("/api/v1/parties", "/api/v1/parties/telegram", "/api/v1/parties/nobody"):
        ask("GET", path, officer)
        ask("GET", path)
    for path in ("/health/live", "/health/ready", "/log/1/keys.json", "/log/2/keys.json", "/log/1/checkpoint"):
        ask("GET", path)
    ask("GET", "/api/v1/openapi.json")
    ask("GET", f"{NOTICES}/ntc_none", officer)
    assert [fault for method, path, answer in found for fault in breaches(schema, method, path, answer)] == []
    assert {answer.status for _, _, answer in found} >= {200, 201, 400, 401, 403, 404, 409, 413, 422}


def test_real_answers_about_being_told_are_as_the_schema_says(schema: dict[str, Any], house: House) -> None:
    representative, auditor = house.token("telegram", "representative"), house.token("auditor", "auditor")
    operator, officer = house.token("mufakat", "admin"), house.token("kominfo", "officer")
    dead = dead_letter(house)
    (endpoint,) = get("/api/v1/endpoints", representative).json()["items"]
    here = f"/api/v1/endpoints/{endpoint['id']}"
    found: list[tuple[str, str, Reply]] = []

    def ask(method: str, path: str, *rest: Any) -> None:
        found.append((method, path, get(path, *rest) if method == "GET" else put(path, *rest)))

    for token in (representative, auditor, operator, officer, ""):
        for path in ("/api/v1/endpoints", here, "/api/v1/events", "/api/v1/deliveries", "/api/v1/events?after=x"):
            ask("GET", path, token)
        for deed in ENDPOINT_DEEDS:
            ask("POST", f"{here}/{deed}", b"", token)
        ask("POST", f"/api/v1/deliveries/{dead}/replay", b"", token)
        ask("POST", "/api/v1/endpoints", b'{"url": "https://hooks.telegram.example/2"}', token, "again")
        ask("POST", "/api/v1/endpoints", b'{"url": "https://hooks.telegram.example/2"}', token, "again")
        ask("POST", "/api/v1/endpoints", b'{"url": "https://127.0.0.1/"}', token, "another")
        ask("POST", "/api/v1/endpoints", b"{}", token)
    for number in range(6):
        ask("POST", "/api/v1/endpoints", b'{"url": "https://hooks.telegram.example/"}', representative, f"k{number}")
    ask("POST", f"{here}/disabling", b"", representative)
    ask("POST", f"{here}/test", b'{"x": 1}', representative)
    ask("POST", f"{here}/test", b"", representative)
    ask("GET", "/api/v1/endpoints/end_none", representative)
    ask("POST", f"/api/v1/deliveries/{dead}/replay", b"", operator)
    assert [fault for method, path, answer in found for fault in breaches(schema, method, path, answer)] == []
    assert {answer.status for _, _, answer in found} >= {200, 201, 400, 401, 403, 404, 409, 422}


def test_real_answers_about_decisions_are_as_the_schema_says(schema: dict[str, Any], house: House) -> None:
    reviewer, officer = house.token("telegram", "reviewer"), house.token("kominfo", "officer")
    second, stranger = house.token("telegram", "reviewer-2"), house.token("bnpt", "officer")
    found: list[tuple[str, str, Reply]] = []

    def ask(method: str, path: str, *rest: Any) -> Reply:
        found.append((method, path, get(path, *rest) if method == "GET" else put(path, *rest)))
        return found[-1][2]

    path = f"{NOTICES}/{decided.waiting(house)}/decision"
    raw = json.dumps({**components.examples()["DecisionIn"]}).encode()
    for token in (officer, stranger, house.token("telegram", "representative"), ""):
        ask("POST", path, raw, token, "k")
    ask("POST", path, b"{", reviewer, "k")
    ask("POST", path, b'{"outcome": "refuse", "reasons": "no", "language": "en"}', reviewer, "k")
    ask("POST", path, raw, reviewer)
    made = ask("POST", path, raw, reviewer, "k").json()
    ask("POST", path, raw, reviewer, "k")
    ask("POST", path, raw, reviewer, "again")
    for token in (reviewer, officer, stranger, ""):
        ask("GET", f"/api/v1/decisions/{made['id']}", token)
    ask("GET", path.removesuffix("/decision"), officer)
    ask("GET", NOTICES, officer)
    for query in ("", "?state=ordered", "?state=none", "?after=x", "?state=&after="):
        ask("GET", f"/api/v1/measures{query}", reviewer)
    measure = f"/api/v1/measures/{made['measures'][0]['id']}"
    for deed, says in (("approval", b""), ("declining", b'{"reason": "No."}'), ("failure", b"{}")):
        ask("POST", f"{measure}/{deed}", says, second)
    for deed in ("confirmation", "confirmation", "failure"):
        ask("POST", f"{measure}/{deed}", b'{"reason": "x"}' if deed == "failure" else b"", reviewer)
    ask("POST", f"{measure}/confirmation", b'{"undone": true}', reviewer)
    ask("POST", f"/api/v1/decisions/{made['id']}/seen", b"", officer)
    ask("POST", f"/api/v1/decisions/{made['id']}/seen", b"", reviewer)
    for how in ("in_service", "by_pigeon"):
        ask("POST", f"/api/v1/statements/{made['statement']}/delivery", json.dumps({"how": how}).encode(), reviewer)
    question = f"{NOTICES}/{decided.waiting(house, key='question')}"
    asking = b'{"outcome": "needs_information", "reasons": "Which of the two?", "language": "en"}'
    ask("GET", f"/api/v1/decisions/{ask('POST', f'{question}/decision', asking, reviewer, 'q').json()['id']}", officer)
    ask("GET", f"{question}/events", officer)
    assert [fault for method, path, answer in found for fault in breaches(schema, method, path, answer)] == []
    assert {answer.status for _, _, answer in found} >= {200, 201, 400, 401, 403, 404, 409, 422}


def test_real_answers_about_governance_are_as_the_schema_says(schema: dict[str, Any], house: House) -> None:
    representative, stranger = house.token("telegram", "representative"), house.token("kominfo", "officer")
    auditor = house.token("auditor", "auditor")
    found: list[tuple[str, str, Reply]] = []

    def ask(method: str, path: str, *rest: Any) -> Reply:
        found.append((method, path, get(path, *rest) if method == "GET" else put(path, *rest)))
        return found[-1][2]

    here = governed.GOVERNANCE
    raw, held = (json.dumps(said).encode() for said in (governed.OBJECTIVE, governed.REVIEW))
    for token in (auditor, "", representative, representative):
        ask("POST", f"{here}/objectives", raw, token, "set")
        ask("POST", f"{here}/reviews", held, token, "held")
    ask("POST", f"{here}/objectives", raw, representative)
    ask("POST", f"{here}/objectives", raw, representative, "again")
    ask("POST", f"{here}/objectives", b'{"figure": "refused"}', representative, "bad")
    objective = get(f"{here}/objectives", representative).json()["items"][0]["id"]
    review = get(f"{here}/reviews", representative).json()["items"][0]
    for token in (representative, stranger, ""):
        for path in ("objectives", f"objectives/{objective}", "reviews", "reviews?after=x", f"reviews/{review['id']}"):
            ask("GET", f"{here}/{path}", token)
        for path in ("followups", "followups?state=waiting", "followups?state=none", "reports/2017", "reports/1999"):
            ask("GET", f"{here}/{path}", token)
        followup = review["followups"][0]["id"]
        ask("POST", f"{here}/followups/{followup}/done", b'{"note": "Done."}', token)
        ask("POST", f"{here}/followups/{followup}/done", b'{"note": "Done."}', token)
        ask("POST", f"{here}/objectives/{objective}/ending", b'{"reason": "Reached."}', token)
        ask("POST", f"{here}/objectives/{objective}/ending", b"{}", token)
        ask("POST", f"{here}/reports", b'{"year": 2017}', token, "published")
        ask("POST", f"{here}/reports", b'{"year": 2999}', token, "coming")
    for path in ("", "/telegram/2017", "/telegram/2017?number=1", "/telegram/2017?number=9", "/nobody/2017"):
        ask("GET", f"/api/v1/register/reports{path}")
    assert [fault for method, path, answer in found for fault in breaches(schema, method, path, answer)] == []
    assert {answer.status for _, _, answer in found} >= {200, 201, 400, 401, 403, 404, 409, 422}


def test_real_answers_about_files_are_as_the_schema_says(schema: dict[str, Any], house: House) -> None:
    officer, representative = house.token("kominfo", "officer"), house.token("telegram", "representative")
    auditor = house.token("auditor", "auditor")
    notice = hot(json.dumps(components.examples()["Draft"]).encode(), token=officer).json()["id"]
    here = f"{NOTICES}/{notice}"
    found: list[tuple[str, str, Reply]] = []
    file = components.examples()["File"].encode()
    sent: tuple[tuple[bytes, dict[str, str]], ...] = (
        *((file, {}), (file, {}), (b"to\nx\n", {"format": "csv", "encoding": "windows-1252"})),
        *((b"?", {"format": "xarf"}), (b"", {"format": "json"}), (file, {"set": "{"}), (file, {"format": "pdf"})),
    )
    found += [
        ("POST", f"{NOTICES}/import", imported(raw, token, asked))
        for raw, asked in sent
        for token in (officer, auditor)
    ]
    reach = "contact=abuse@regulator.example&domain=regulator.example"
    paths = [
        f"{NOTICES}/export{query}"
        for query in (
            *(
                "",
                "?format=csv",
                "?format=json",
                "?format=ndjson",
                "?format=ndjson&report=true",
                "?format=xarf",
                "?x=1",
            ),
            *(f"?format=xarf&{reach}", f"?format=xarf&{reach}&report=true"),
            f"?format=csv&state=received&to=telegram&since=2017-07-10&after={notice}&upto={notice}&report=",
        )
    ]
    paths += [f"{here}{path}" for path in ("/evidence", "/evidence/0", "/evidence/1", "/evidence/x")]
    found += [("GET", path, exported(path, token)) for path in paths for token in (officer, representative, "")]
    digest = hashlib.sha256(b"made-up bytes").hexdigest()
    found += [
        ("PUT", f"/api/v1/evidence/{digest}", streamed(content, token=token, digest=named))
        for content, named in ((b"made-up bytes", digest), (b"other", digest), (b"", "x" * 64))
        for token in (officer, representative, auditor)
    ]
    assert [fault for method, path, answer in found for fault in breaches(schema, method, path, answer)] == []
    assert {answer.status for _, _, answer in found} == {200, 201, 401, 403, 404, 422}


def test_real_answers_about_contacts_are_as_the_schema_says(schema: dict[str, Any], house: House) -> None:
    representative, officer = house.token("telegram", "representative"), house.token("kominfo", "officer")
    admin, reader = house.token("mufakat", "admin"), house.token("isp-a", "engineer")
    shown = components.examples()
    found: list[tuple[str, str, Reply]] = []

    def ask(method: str, path: str, *rest: Any) -> Reply:
        found.append((method, path, get(path, *rest) if method == "GET" else put(path, *rest)))
        return found[-1][2]

    card = json.dumps(shown["NewCard"]).encode()
    made = ask("POST", "/api/v1/contacts", card, representative, "one").json()["id"]
    ask("POST", "/api/v1/contacts", card, representative, "one")
    here = f"/api/v1/contacts/{made}"
    for token, key in ((representative, ""), (officer, "two"), ("", "three")):
        ask("POST", "/api/v1/contacts", card, token, key)
    ask("POST", "/api/v1/contacts", b"{}", representative, "four")
    ask("POST", "/api/v1/contacts", card, representative, "one" * 99)
    ask("POST", f"{here}/versions", json.dumps(shown["Card"]).encode(), representative, "five")
    ask("POST", f"{here}/versions", b"[", representative, "six")
    drill = ask("POST", f"{here}/drills", b"", representative, "seven").json()["id"]
    ask("POST", f"{here}/drills", b"", representative, "eight")
    for token in (representative, officer, admin, reader, ""):
        for path in ("/api/v1/contacts", here, f"{here}/drills", f"/api/v1/drills/{drill}", "/api/v1/drills/x"):
            ask("GET", path, token)
        for handle in ("telegram", "kominfo", "isp-a"):
            ask("GET", f"/api/v1/parties/{handle}", token)
        for path in (f"{here}/withdrawal", f"/api/v1/drills/{drill}/answer"):
            ask("POST", path, b"", token)
            ask("POST", path, b"", token)
        ask("POST", f"{here}/removal", b"{}", token)
    ask("POST", f"{here}/removal", b'{"reason": "Left."}', representative)
    ask("GET", here, representative)
    assert [fault for method, path, answer in found for fault in breaches(schema, method, path, answer)] == []
    assert {answer.status for _, _, answer in found} >= {200, 201, 400, 401, 403, 404, 409, 422}


def test_a_full_disk_and_a_closed_writer_are_as_the_schema_says(
    schema: dict[str, Any], house: House, settings_of: Callable[..., None]
) -> None:
    from mufakat.server.journal import durability

    officer = house.token("kominfo", "officer")
    settings_of(MUFAKAT_DISK_RESERVE=1 << 60)
    durability._seen = (float("-inf"), 0)
    found = [("POST", NOTICES, hot(body(), token=officer, key="full")), ("GET", "/health/ready", get("/health/ready"))]
    durability._seen = (float("-inf"), 0)
    house.writer.close()
    found += [("POST", NOTICES, hot(body(), token=officer)), ("GET", "/health/ready", get("/health/ready"))]
    assert [answer.status for _, _, answer in found] == [507, 503, 503, 503]
    assert [fault for method, path, answer in found for fault in breaches(schema, method, path, answer)] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"explanation": "Two\nlines\tand a tab; \u2028 too, \U0001f9e9."},
        {"explanation": " x "},
        {"content_date": "2017-07-10t09:30:00.5+07:00"},
        {"territory": [], "requested_measures": [], "evidence": [], "external_refs": [], "external": {}},
        {"legal_ground": None, "terms_ground": {"document": "Terms", "clause": "3", "url": "http://a.example/é"}},
        {"terms_ground": {"document": "Terms", "clause": "3"}},
        {"language": "zh-Hant-TW", "external": {"a": [1.5, None, {"b": True}]}},
        {"legal_ground": {"system": "eu", "instrument": " Regulation\u00a02022/2065", "provision": "9"}},
        {"external_refs": [{"scheme": "a.b_c-d", "id": "\u200f7"}], "locators": ["a" * 64]},
    ],
)
def test_the_schema_is_no_stricter_than_the_door(house: House, changes: dict[str, Any]) -> None:
    raw = body(**changes)
    sent = json.loads(raw)
    answer = hot(raw, token=house.token("kominfo", "officer"))
    assert answer.status == 201, answer.says
    assert faults(described(), {"$ref": "#/components/schemas/Draft"}, sent) == []
