"""The quota of a party: exact whichever way and by however many tokens its notices come, and cheap for everybody."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from tests.houses import body
from tests.mandates import terms
from tests.server.api.doors import NOTICES, both, hot, put
from tests.server.notices.test_notices_operations import at_once

from mufakat.formats import Format
from mufakat.rules.errors import QuotaSpentError
from mufakat.rules.mandate import Quota
from mufakat.server.journal import store
from mufakat.server.journal.database import is_embedded
from mufakat.server.notices import imports, operations
from mufakat.server.notices.models import Notice
from mufakat.server.parties import mandates, queries

if TYPE_CHECKING:
    from tests.houses import House
    from tests.server.api.doors import Post

BURST = 20
TOKENS = 32


@pytest.fixture
def measured(house: House) -> House:
    """bnpt may send 20 at once, and one more each minute."""
    party = queries.party_by_handle("bnpt")
    for each in queries.mandates_of(party.id):
        mandates.revoke(each.id, reason="Another one is granted.")
    lies_ahead = datetime(2100, 1, 1, tzinfo=UTC).date()
    narrow = terms(kinds=("trusted_flag",), quota=Quota(BURST, 1), review_on=lies_ahead)
    mandates.grant(party, narrow, at=datetime.now(UTC))
    return house


def by_flag() -> int:
    return Notice.objects.filter(kind="trusted_flag").count()


def sent(number: int) -> bytes:
    return body(explanation=f"A made-up placeholder, number {number}.")


def spend(house: House) -> None:
    for number in range(BURST):
        house.submit(sent(number), key=f"spent-{number}", by=("bnpt", "officer"))


def exact(many: int) -> bool:
    """To one: a minute may pass while a test runs on a busy machine, and brings one more."""
    return abs(many - BURST) <= 1


def test_the_quota_is_exact_under_many_tokens_at_once(measured: House) -> None:
    tokens = [measured.token("bnpt", "officer") for _ in range(TOKENS)]
    posts = [partial(hot, sent(number), token=token, key=f"k{number}") for number, token in enumerate(tokens * 3)]
    statuses = Counter(reply.status for reply in at_once(*posts))
    assert set(statuses) == {201, 429}
    assert exact(statuses[201])
    assert by_flag() == statuses[201]


def test_the_quota_is_shared_by_every_way_in(measured: House) -> None:
    token = measured.token("bnpt", "officer")
    caller = measured.caller("bnpt", "officer")
    batch = json.dumps({"notices": [json.loads(sent(100 + number)) for number in range(30)]}).encode()
    file = b"\n".join(sent(200 + number) for number in range(30))

    def imported() -> None:
        list(imports.steps([file], imports.How(Format.NDJSON), by=caller, name="x", digest=b"x" * 32))

    singles = [partial(hot, sent(number), token=token, key=f"k{number}") for number in range(10)]
    at_once(*singles, partial(put, f"{NOTICES}/batch", batch, token, "b1"), imported)
    assert exact(by_flag())


@both
def test_beyond_it_nothing_is_stored_and_the_answer_says_when_to_come_again(measured: House, post: Post) -> None:
    spend(measured)
    answer = post(sent(99), token=measured.token("bnpt", "officer"), key="beyond")
    assert (answer.status, answer.json()["type"]) == (429, "urn:mufakat:problem:quota")
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert exact(by_flag())


@both
def test_a_key_that_was_answered_costs_nothing(measured: House, post: Post) -> None:
    spend(measured)
    token = measured.token("bnpt", "officer")
    again = [post(sent(0), token=token, key="spent-0") for _ in range(3)]
    assert {(reply.status, reply.headers.get("idempotent-replayed")) for reply in again} == {(201, "true")}


@both
def test_a_notice_that_was_taken_is_answered_the_same_after_its_mandate_ended(measured: House, post: Post) -> None:
    token = measured.token("bnpt", "officer")
    first = post(sent(0), token=token, key="k0")
    for each in queries.mandates_of(queries.party_by_handle("bnpt").id):
        mandates.revoke(each.id, reason="It was granted to another.")
    again = post(sent(0), token=token, key="k0")
    assert (again.status, again.body) == (201, first.body)
    assert post(sent(1), token=token, key="k1").status == 422


def test_a_batch_that_was_taken_is_answered_the_same_after_its_mandate_ended(measured: House) -> None:
    items = json.dumps({"notices": [json.loads(sent(number)) for number in range(3)]}).encode()
    token = measured.token("bnpt", "officer")
    first = put(f"{NOTICES}/batch", items, token, "b1")
    for each in queries.mandates_of(queries.party_by_handle("bnpt").id):
        mandates.revoke(each.id, reason="It was granted to another.")
    again = put(f"{NOTICES}/batch", items, token, "b1")
    assert (again.status, again.body) == (200, first.body)
    repeated = put(f"{NOTICES}/batch", items, token, "b2").json()["items"]
    assert {one["status"] for one in repeated} == {409}


def test_a_refused_key_is_not_used_up(measured: House) -> None:
    spend(measured)
    token = measured.token("bnpt", "officer")
    assert hot(sent(99), token=token, key="later").status == 429
    party = queries.party_by_handle("bnpt")
    wide = terms(kinds=("trusted_flag",), quota=Quota(BURST + 5, 1), review_on=datetime(2100, 1, 1, tzinfo=UTC).date())
    mandates.grant(party, wide, at=datetime.now(UTC))
    assert hot(sent(99), token=token, key="later").status == 201


def test_in_a_batch_what_is_beyond_fails_alone(measured: House) -> None:
    items = [json.loads(sent(number)) for number in range(BURST + 5)]
    token = measured.token("bnpt", "officer")
    answer = put(f"{NOTICES}/batch", json.dumps({"notices": items}).encode(), token, "b1").json()
    assert [one["status"] for one in answer["items"]] == [201] * BURST + [429] * 5
    assert {one["problem"]["type"] for one in answer["items"][BURST:]} == {"urn:mufakat:problem:quota"}
    assert answer["receipt"].splitlines()[2] == str(BURST)


def test_a_user_report_costs_nothing(measured: House) -> None:
    spend(measured)
    token = measured.token("bnpt", "officer")
    assert hot(body(kind="user_report"), token=token).status == 201


def test_what_is_taken_as_a_user_report_costs_nothing_and_gets_no_place_by_the_quota(measured: House) -> None:
    spend(measured)
    token = measured.token("bnpt", "officer")
    outside = hot(body(kind="request", otherwise="user_report"), token=token, key="outside")
    assert (outside.status, outside.json()["taken_as"]) == (201, "user_report")
    within = hot(body(otherwise="user_report", explanation="Another."), token=token, key="within")
    assert within.status == 429


def test_others_are_not_touched(measured: House) -> None:
    spend(measured)
    assert measured.submit(by=("kominfo", "officer")).status == 201


def test_a_notice_that_is_refused_otherwise_costs_nothing(measured: House) -> None:
    token = measured.token("bnpt", "officer")
    for number in range(BURST):
        assert hot(body(to="nobody"), token=token, key=f"bad-{number}").status == 422
    spend(measured)
    assert exact(by_flag())


# -- What it costs


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the hot path's own statements say about quotas, in their order."""
    said: list[str] = []
    marked, change, tell = store._marked, store.change, store.tell

    def asked(sql: str) -> str:
        if sql.startswith("SELECT"):  # By whichever way it goes.
            said.append(sql)
        return marked(sql)

    def changed(sql: str, rows: Any) -> Any:
        said.extend([sql] * len(rows))
        return change(sql, rows)

    def told(sql: str, rows: Any) -> None:
        if not is_embedded() and connection.pipeline is not None:  # type: ignore[attr-defined]  # Elsewhere: `change`.
            said.extend([sql] * len(rows))
        tell(sql, rows)

    monkeypatch.setattr(store, "_marked", asked)
    monkeypatch.setattr(store, "change", changed)
    monkeypatch.setattr(store, "tell", told)
    return said


def of_quota(said: list[str]) -> list[str]:
    return [sql.split()[0] for sql in said if "parties_quota" in sql]


def test_a_group_reads_and_writes_once_for_a_party(house: House, statements: list[str]) -> None:
    by, at = house.caller("kominfo", "officer"), datetime.now(UTC)
    prepared = [operations.prepare(sent(number), by=by, at=at, key=f"k{number}") for number in range(60)]
    from mufakat.server.journal import door

    statements.clear()
    door.commit(lambda moment: operations.SUBMISSIONS.write(prepared, moment))
    assert of_quota(statements) == ["SELECT", "UPDATE"]


def test_what_is_beyond_only_reads(measured: House, statements: list[str]) -> None:
    spend(measured)
    by = measured.caller("bnpt", "officer")
    beyond = operations.prepare(sent(99), by=by, at=datetime.now(UTC), key="beyond")
    statements.clear()
    with pytest.raises(QuotaSpentError):
        measured.writer.commit(beyond)
    assert set(of_quota(statements)) == {"SELECT"}


def test_what_is_known_to_be_beyond_does_not_come_near_the_writer(measured: House) -> None:
    spend(measured)
    token = measured.token("bnpt", "officer")
    hot(sent(99), token=token, key="first")  # The grant of the token made this process forget; this one finds out.
    before = measured.writer.commits
    replies = [hot(sent(100 + number), token=token, key=f"k{number}") for number in range(10)]
    assert ({reply.status for reply in replies}, measured.writer.commits) == ({429}, before)


def test_a_user_report_asks_no_quota(house: House, statements: list[str]) -> None:
    statements.clear()
    house.submit(body(kind="user_report"))
    assert of_quota(statements) == []
