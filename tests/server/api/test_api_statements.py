"""Statements of reasons over HTTP, as the DSA Transparency Database takes and shows them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.api.contract import breaches, described
from tests.server.api.doors import Reply, get, put
from tests.unit.formats.test_formats_dsa import GOOD, changed

from mufakat.rules.errors import NotPermittedError
from mufakat.server.decisions import dsa_queries
from mufakat.server.decisions.dsa_rows import ForeignStatement
from mufakat.server.journal.models import Event

if TYPE_CHECKING:
    from tests.houses import House

ROOT = Path(__file__).parents[3]
CASES_FILE = ROOT.parent / "shared" / "standards" / "dsa_sor_cases.jsonl"
CASES = (
    [json.loads(line) for line in CASES_FILE.read_text(encoding="utf-8").splitlines()] if CASES_FILE.exists() else []
)
SINGLE, BATCH = "/api/v1/statement", "/api/v1/statements"


def send(house: House, document: Any, path: str = SINGLE, *, key: str | None = None, seat: str = "reviewer") -> Reply:
    answer = put(
        path,
        document if isinstance(document, bytes) else json.dumps(document).encode(),
        house.token("telegram", seat),
        key,
    )
    assert list(breaches(described(), "POST", path, answer)) == []
    return answer


@pytest.mark.skipif(not CASES, reason="the cases of the public database are not beside this repository")
@pytest.mark.parametrize("case", CASES or [{"id": "none"}], ids=lambda case: case["id"])
def test_every_case_of_the_public_database_is_answered_as_there(house: House, case: dict[str, Any]) -> None:
    answer = send(house, case["payload"])
    assert answer.status == case["expect"]
    if case["expect"] == 422:
        told = answer.json()
        assert told["errors"]
        assert case["message"] is None or told["message"].startswith(case["message"])
        assert case["message"] is None or case["message"] in {one["detail"] for one in told["errors"]}
    else:
        assert get(answer.json()["self"], house.token("telegram", "reviewer")).json() == answer.json()


@pytest.mark.skipif(not CASES, reason="the cases of the public database are not beside this repository")
def test_one_bad_statement_lets_none_of_its_batch_in(house: House) -> None:
    for case in CASES:
        if case["expect"] == 422:
            answer = send(house, {"statements": [changed(puid="FIRST"), case["payload"]]}, BATCH)
            assert answer.status == 422, case["id"]
            assert all(pointer.startswith("/statements/1/") for pointer in answer.pointers)
    assert ForeignStatement.objects.count() == 0


def test_a_statement_is_answered_whole_and_found_again(house: House) -> None:
    answer = send(house, GOOD)
    told = answer.json()
    assert answer.status == 201
    assert answer.headers["location"] == told["self"]
    assert {name: told[name] for name in GOOD} == GOOD
    assert (told["platform_name"], told["decision_monetary"]) == ("Telegram (example)", None)
    again = get(told["self"], house.token("telegram", "representative"))
    assert (again.status, again.json()) == (200, told)


def test_a_taken_identifier_is_refused_for_ever(house: House) -> None:
    first = send(house, GOOD)
    second = send(house, changed(decision_facts="Other facts."))
    assert (first.status, second.status) == (201, 422)
    told = second.json()
    assert told["message"] == "The identifier given is not unique within this platform."
    assert told["errors"] == [{"pointer": "/puid", "detail": told["message"]}]
    assert told["existing"] == {"puid": GOOD["puid"]}
    assert ForeignStatement.objects.count() == 1


def test_a_batch_with_a_taken_or_doubled_identifier_lets_none_in(house: House) -> None:
    send(house, GOOD)
    for statements in ([changed(puid="A"), GOOD], [changed(puid="A"), changed(puid="A")]):
        answer = send(house, {"statements": statements}, BATCH)
        assert answer.status == 422
        told = answer.json()
        assert told["message"] == "The platform identifier(s) are not all unique within this call."
        assert told["existing_puids"] in ([GOOD["puid"]], ["A"])
    assert ForeignStatement.objects.count() == 1


def test_two_platforms_may_use_one_identifier(house: House) -> None:
    assert send(house, GOOD).status == 201
    other = put(SINGLE, GOOD, house.token("isp-a", "engineer"))
    assert other.status == 403  # An operator hands in no statements.


def test_a_batch_is_taken_in_its_order_with_one_event(house: House) -> None:
    answer = send(house, {"statements": [changed(puid=f"P-{number}") for number in range(100)]}, BATCH)
    assert answer.status == 201
    assert [one["puid"] for one in answer.json()["statements"]] == [f"P-{number}" for number in range(100)]
    assert Event.objects.filter(type="statements.imported").count() == 1
    rows = ForeignStatement.objects.order_by("position")
    digest = hashlib.sha256(b"".join(b"%b %b\n" % (row.uuid.encode(), bytes(row.body or b"")) for row in rows))
    event = Event.objects.get(pk=rows[0].event)
    (opening,) = event.openings.all()
    assert json.loads(bytes(opening.value or b"")) == {"count": 100, "sha256": digest.hexdigest()}
    assert event.type == "statements.imported"


def test_a_batch_of_none_or_of_a_hundred_and_one_is_refused(house: House) -> None:
    for statements in ([], [changed(puid=f"P-{number}") for number in range(101)]):
        answer = send(house, {"statements": statements}, BATCH)
        assert (answer.status, answer.pointers) == (422, ["/statements"])


def test_the_headline_counts_the_other_errors(house: House) -> None:
    told = send(house, changed(puid="a b", category="x", decision_facts="")).json()
    assert told["message"] == "The selected category is invalid. (and 2 more errors)"


def test_whether_an_identifier_was_used_can_be_asked(house: House) -> None:
    send(house, GOOD)
    token = house.token("telegram", "reviewer")
    found = get(f"{SINGLE}/existing-puid/{GOOD['puid']}", token)
    assert (found.status, found.json()) == (302, {"message": "statement of reason found", "puid": GOOD["puid"]})
    missing = get(f"{SINGLE}/existing-puid/other", token)
    assert missing.status == 404
    assert (missing.json()["message"], missing.json()["puid"]) == ("statement of reason not found", "other")
    for answer in (found, missing):
        assert list(breaches(described(), "GET", f"{SINGLE}/existing-puid/{{puid}}", answer)) == []


@pytest.mark.invariant("I-10")
def test_nobody_else_finds_a_statement_or_its_identifier(house: House) -> None:
    place = send(house, GOOD).json()["self"]
    for handle, seat in (("kominfo", "officer"), ("isp-a", "engineer"), ("auditor", "auditor")):
        token = house.token(handle, seat)
        assert get(place, token).status == 404
        assert get(f"{SINGLE}/existing-puid/{GOOD['puid']}", token).status == 404
    assert get(place).status == 401
    with pytest.raises(NotPermittedError):
        dsa_queries.seen_by(house.caller("mufakat", "admin"))


@pytest.mark.parametrize(("handle", "seat"), [("kominfo", "officer"), ("telegram", "reviewer"), ("auditor", "auditor")])
def test_who_may_hand_in(house: House, handle: str, seat: str) -> None:
    answer = put(SINGLE, GOOD, house.token(handle, seat))
    assert answer.status == (201 if handle == "telegram" else 403)


def test_a_key_gives_the_first_answer_again(house: House) -> None:
    first, again = (send(house, GOOD, key="k1") for _ in range(2))
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert ForeignStatement.objects.count() == 1


def test_a_body_that_is_no_json_is_refused(house: House) -> None:
    for raw in (b"", b"{", b"\xff", b"[" * 100_000):
        assert send(house, raw).status == 422


def test_what_was_discarded_is_kept_beside(house: House) -> None:
    send(house, changed(incompatible_content_ground="Terms 1"))
    (row,) = ForeignStatement.objects.all()
    assert json.loads(bytes(row.residue or b"")) == {"incompatible_content_ground": "Terms 1"}
