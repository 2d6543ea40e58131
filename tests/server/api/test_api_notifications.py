"""Notifications over HTTP: the platform decides, the authority reads what it was told, everybody else finds nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.api import notified
from tests.server.api.contract import breaches, described
from tests.server.api.doors import Reply, get, put
from tests.server.api.notified import COUNTS, NOTIFICATIONS, RELEASE
from tests.server.filters.counted import count
from tests.server.filters.notified import GROUND

from mufakat.server.filters import operations

if TYPE_CHECKING:
    from tests.houses import House

pytestmark = pytest.mark.invariant("I-14")

SEATS = (
    *(("telegram", seat) for seat in ("reviewer", "reviewer-2", "representative")),
    *(("kominfo", seat) for seat in ("officer", "approver")),
    *(("bnpt", "officer"), ("isp-a", "engineer"), ("auditor", "auditor"), ("mufakat", "admin")),
)
INSIDE = {"hit", "rule", "proposed_at", "due_at", "decided_at", "by", "reason", "told"}


def listed(token: str, query: str = "") -> list[dict[str, Any]]:
    answer = get(f"{NOTIFICATIONS}{query}", token)
    assert answer.status == 200, answer.says
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_real_answers_about_notifications_are_as_the_schema_says(house: House) -> None:
    at_desk = notified.at_desk(house)
    tokens = [*(house.token(*seat) for seat in SEATS), ""]
    reviewer = notified.reviewer(house)
    schema = described()
    found: list[tuple[str, str, Reply]] = []

    def ask(method: str, path: str, *rest: Any) -> Reply:
        found.append((method, path, get(path, *rest) if method == "GET" else put(path, *rest)))
        return found[-1][2]

    one, other, over = at_desk.hit(), at_desk.hit(), at_desk.hit(category="gambling")
    for token in tokens:
        for path in (NOTIFICATIONS, f"{NOTIFICATIONS}/{one}", COUNTS, f"{COUNTS}?after=x"):
            ask("GET", path, token)
    for bad in (b"{", b"{}", b'{"to": "nobody", "legal_ground": null}', RELEASE.replace(b"111", b"112")):
        ask("POST", f"{NOTIFICATIONS}/{one}/release", bad, reviewer)
        ask("POST", f"{NOTIFICATIONS}/{one}/refusal", bad, reviewer)
    ask("POST", f"{NOTIFICATIONS}/{over}/release", RELEASE, reviewer)
    for _ in range(2):
        ask("POST", f"{NOTIFICATIONS}/{one}/release", RELEASE, reviewer, "told")
        ask("POST", f"{NOTIFICATIONS}/{other}/refusal", b'{"reason": "Harmless."}', reviewer)
    ask("POST", f"{NOTIFICATIONS}/{one}/release", b"{}", reviewer, "told")
    told = get(f"{NOTIFICATIONS}/{one}", reviewer).json()["told"]
    for token in tokens:
        for path in (one, other, over, told, "ntf_none"):
            ask("GET", f"{NOTIFICATIONS}/{path}", token)
            ask("POST", f"{NOTIFICATIONS}/{path}/release", RELEASE, token)
        for query in ("?state=released", "?state=none", "?after=x", f"?after={one}", "?state=&after="):
            ask("GET", f"{NOTIFICATIONS}{query}", token)
    count(at_desk.seeded, datetime.now(UTC).date() - timedelta(days=8), terrorism=50)
    assert [fault for method, path, answer in found for fault in breaches(schema, method, path, answer)] == []
    assert {answer.status for _, _, answer in found} >= {200, 401, 403, 404, 409, 422}


def test_each_seat_sees_what_is_its_own(house: House) -> None:
    at_desk = notified.at_desk(house)
    waiting, released = at_desk.hit(), at_desk.hit()
    told = put(f"{NOTIFICATIONS}/{released}/release", RELEASE, notified.reviewer(house)).json()["told"]
    seen = {seat: [one["id"] for one in listed(house.token(*seat))] for seat in SEATS if seat != ("mufakat", "admin")}
    inside = [released, waiting]
    assert seen == {
        **{("telegram", seat): inside for seat in ("reviewer", "reviewer-2", "representative")},
        **{("kominfo", seat): [told] for seat in ("officer", "approver")},
        **{seat: [] for seat in (("bnpt", "officer"), ("isp-a", "engineer"), ("auditor", "auditor"))},
    }


def test_the_authority_reads_codes_and_no_more(house: House) -> None:
    at_desk = notified.at_desk(house)
    pk = at_desk.hit()
    made = put(f"{NOTIFICATIONS}/{pk}/release", RELEASE, notified.reviewer(house)).json()
    (seen,) = listed(house.token("kominfo", "officer"))
    whole = get(seen["links"]["self"], house.token("kominfo", "officer")).json()
    assert whole == seen
    assert not INSIDE & set(whole)
    assert (whole["codes"], whole["legal_ground"]) == (made["codes"], GROUND)
    assert pk not in json.dumps(whole)


def test_only_a_person_of_the_platform_releases(house: House) -> None:
    at_desk = notified.at_desk(house)
    answers = {}
    for seat in SEATS:
        pk = at_desk.hit()
        answers[seat] = put(f"{NOTIFICATIONS}/{pk}/release", RELEASE, house.token(*seat)).status
    assert answers == {seat: 200 if seat[0] == "telegram" else 403 for seat in SEATS}


def test_what_is_waiting_can_be_asked_for(house: House) -> None:
    at_desk = notified.at_desk(house)
    waiting, declined = at_desk.hit(), at_desk.hit()
    put(f"{NOTIFICATIONS}/{declined}/refusal", b'{"reason": "Harmless."}', notified.reviewer(house))
    reviewer = notified.reviewer(house)
    assert [one["id"] for one in listed(reviewer, "?state=waiting")] == [waiting]
    assert [one["id"] for one in listed(reviewer, "?state=declined")] == [declined]
    assert get(f"{NOTIFICATIONS}/{declined}", reviewer).json()["reason"] == "Harmless."


def test_the_same_key_tells_nobody_twice(house: House) -> None:
    pk = notified.at_desk(house).hit()
    reviewer = notified.reviewer(house)
    answers = [put(f"{NOTIFICATIONS}/{pk}/release", RELEASE, reviewer, "told") for _ in range(2)]
    assert answers[0].body == answers[1].body
    assert put(f"{NOTIFICATIONS}/{pk}/release", RELEASE, reviewer, "another").status == 409


def test_pages_of_the_authority_go_on_by_its_own_names(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from mufakat.server.filters import notification_queries

    monkeypatch.setattr(notification_queries, "PAGE", 2)
    at_desk = notified.at_desk(house)
    for _ in range(3):
        put(f"{NOTIFICATIONS}/{at_desk.hit()}/release", RELEASE, notified.reviewer(house))
    for token in (house.token("kominfo", "officer"), notified.reviewer(house)):
        first = get(NOTIFICATIONS, token).json()
        rest = get(f"{NOTIFICATIONS}?after={first['next']}", token).json()
        assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
        names = [one["id"] for one in (*first["items"], *rest["items"])]
        assert names == sorted(names, reverse=True)


def test_both_sides_read_the_counts_of_a_week_and_nobody_else(house: House) -> None:
    at_desk = notified.at_desk(house)
    at_desk.agreed_for(weeks=3)
    last = datetime.now(UTC).date() - timedelta(days=7)
    count(at_desk.seeded, last - timedelta(days=last.weekday()), terrorism=50, narcotics=3)
    operations.tell_counts(at=datetime.now(UTC) + timedelta(days=1))
    schema = described()
    seen = {}
    for seat in SEATS[:-1]:
        answer = get(COUNTS, house.token(*seat))
        assert breaches(schema, "GET", COUNTS, answer) == []
        seen[seat] = [one["counts"]["cells"] for one in answer.json()["items"]]
    told = {**dict.fromkeys(seen[SEATS[0]][0]), "terrorism": 50}
    assert seen == {seat: [told] if seat[0] in {"telegram", "kominfo"} else [] for seat in SEATS[:-1]}
    assert get(COUNTS, house.token("mufakat", "admin")).status == 403
