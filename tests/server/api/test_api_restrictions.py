"""Restrictions over HTTP: each seat does its own part, a stranger finds nothing, and a name is asked for exactly."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from tests.server.api import restricted
from tests.server.api.contract import breaches, described
from tests.server.api.doors import Reply, get, put
from tests.server.api.restricted import PROTECTED, RESOLVERS, RESTRICTIONS

from mufakat.rules.mandate import Quota
from mufakat.server.api import components
from mufakat.server.journal import door
from mufakat.server.restrictions.models import Carrying

if TYPE_CHECKING:
    from tests.houses import House

SEATS = (
    ("kominfo", "officer"),
    ("kominfo", "approver"),
    ("telegram", "representative"),
    ("isp-a", "engineer"),
    ("bnpt", "officer"),
    ("auditor", "auditor"),
    ("mufakat", "admin"),
)
NAME = f"{RESTRICTIONS}/names"


def by_name(name: str) -> Any:
    answer = get(f"{NAME}/{name}")
    assert answer.status == 200, answer.says
    return answer.json()


def test_real_answers_about_restrictions_are_as_the_schema_says(house: House) -> None:
    tokens = [*(house.token(*seat) for seat in SEATS), ""]
    officer, service, engineer = restricted.officer(house), restricted.service(house), restricted.engineer(house)
    schema = described()
    found: list[tuple[str, str, Reply]] = []

    def ask(method: str, path: str, *rest: Any) -> Reply:
        found.append((method, path, get(path, *rest) if method == "GET" else put(path, *rest)))
        return found[-1][2]

    raw = restricted.order()
    for token in tokens:
        ask("POST", RESTRICTIONS, raw, token, "k")
        ask("POST", RESTRICTIONS, raw, token, "k")
    for bad in (b"{", b"{}", restricted.order(names=["go.id", "."]), restricted.order(list="other", platform="nobody")):
        ask("POST", RESTRICTIONS, bad, officer, f"bad-{len(found)}")
    ask("POST", RESTRICTIONS, raw, officer)
    closed, over = restricted.published(house, names=["example.net"], match="subtree"), restricted.published(house)
    put(f"{RESTRICTIONS}/{over}/lifting", b"", officer)
    weighty = restricted.fresh(house)
    for made in (closed, over, weighty, "rst_none"):
        here = f"{RESTRICTIONS}/{made}"
        for token in tokens:
            ask("GET", here, token)
            ask("GET", f"{here}/matrix", token)
            for deed in ("approval", "objection", "confirmation"):
                ask("POST", f"{here}/{deed}", b'{"note": 5}', token)
                ask("POST", f"{here}/{deed}", b'{"note": "Seen."}', token, f"{deed}-{made}"[:60])
        ask("POST", f"{here}/lifting", b'{"names": ["other.example.net"]}', officer)
    ask("POST", f"{RESTRICTIONS}/{closed}/lifting", b"", service)
    ask("POST", f"{RESTRICTIONS}/{closed}/lifting", b"", officer, "lift")
    ask("POST", f"{RESTRICTIONS}/{closed}/lifting", b"", officer, "lift")
    ask("POST", f"{RESTRICTIONS}/{closed}/lifting", b"", officer)
    for query in ("", "?state=lifted", "?state=none", "?after=x", "?state=&after="):
        for token in (officer, engineer, ""):
            ask("GET", f"{RESTRICTIONS}{query}", token)
    for name in ("web.example.net", "EXAMPLE.net.", "open.example.org", "...", "10.0.0.1", "%00", "x" * 300):
        ask("GET", f"{NAME}/{name}")
    assert [fault for method, path, answer in found for fault in breaches(schema, method, path, answer)] == []
    assert {answer.status for _, _, answer in found} >= {200, 201, 400, 401, 403, 404, 409, 422}


def test_real_answers_about_protected_names_and_resolvers_are_as_the_schema_says(house: House) -> None:
    tokens = [*(house.token(*seat) for seat in SEATS), ""]
    admin, engineer = house.token("mufakat", "admin"), restricted.engineer(house)
    schema = described()
    found: list[tuple[str, str, Reply]] = []

    def ask(method: str, path: str, *rest: Any) -> Reply:
        found.append((method, path, get(path, *rest) if method == "GET" else put(path, *rest)))
        return found[-1][2]

    raw = json.dumps(components.examples()["ProtectedIn"]).encode()
    for token in tokens:
        ask("POST", PROTECTED, raw, token, "k")
        ask("POST", PROTECTED, raw, token, "again")
        ask("POST", RESOLVERS, b'{"address": "127.0.0.1"}', token, "k")
        ask("POST", f"{RESOLVERS}/1/removal", b"", token)
        ask("POST", f"{PROTECTED}/other.example.org/release", b'{"reason": "x"}', token)
    for bad in (b"{", b"{}", b'{"name": "com", "reason": "x"}'):
        ask("POST", PROTECTED, bad, admin, f"bad-{len(found)}")
        ask("POST", RESOLVERS, bad, engineer, f"bad-{len(found)}")
    ask("POST", PROTECTED, raw, admin)
    made = restricted.resolver_set(house, json.dumps(components.examples()["ResolverIn"]).encode())
    found.append(("POST", RESOLVERS, made))
    for path in (PROTECTED, f"{PROTECTED}?after=help.example.org", f"{PROTECTED}?after=..", RESOLVERS):
        for token in tokens:
            ask("GET", path, token)
    ask("POST", f"{RESOLVERS}/{made.json()['id']}/removal", b'{"x": 1}', engineer)
    for _ in range(2):
        ask("POST", f"{RESOLVERS}/{made.json()['id']}/removal", b"", engineer)
        ask("POST", f"{PROTECTED}/help.example.org/release", b'{"reason": "Moved."}', admin)
    assert [fault for method, path, answer in found for fault in breaches(schema, method, path, answer)] == []
    assert {answer.status for _, _, answer in found} >= {200, 201, 400, 401, 403, 404, 422}


@pytest.mark.invariant("I-10")
def test_an_order_is_nobody_elses_before_it_is_published_and_then_shows_an_operator_itself_alone(house: House) -> None:
    waiting = restricted.approved(house)
    seats = [("isp-a", "engineer"), ("isp-c", "engineer"), ("bnpt", "officer"), ("auditor", "auditor")]
    before = [get(f"{RESTRICTIONS}/{waiting}", house.token(*seat)).status for seat in seats]
    put(f"{RESTRICTIONS}/{waiting}/objection", {"note": "No."}, restricted.service(house))
    restricted.publish()
    after = [get(f"{RESTRICTIONS}/{waiting}", house.token(*seat)) for seat in seats]
    shown = [one["operator"] for one in after[0].json()["operators"]]
    assert (before, [one.status for one in after], shown) == ([404] * 4, [200, 404, 404, 404], ["isp-a"])
    assert "approvals" not in after[0].json()


@pytest.mark.invariant("I-10")
def test_an_operator_sees_its_own_column_of_the_matrix_and_both_sides_see_all(house: House) -> None:
    made = restricted.published(house)
    put(f"{RESTRICTIONS}/{made}/lifting", {"names": ["web.example.net"]}, restricted.officer(house))
    tokens = [restricted.officer(house), restricted.service(house), restricted.engineer(house)]
    found = [get(f"{RESTRICTIONS}/{made}/matrix", token).json() for token in tokens]
    both = ["isp-a", "isp-b"]
    assert [[one["operator"] for one in each["operators"]] for each in found] == [both, both, ["isp-a"]]
    assert [{one["operator"] for name in each["names"] for one in name["operators"]} for each in found] == [
        {*both},
        {*both},
        {"isp-a"},
    ]
    assert len({len(each["names"]) for each in found}) == 1
    assert "isp-b" not in json.dumps(found[-1])


@pytest.mark.invariant("I-07")
def test_three_persons_and_the_platform_are_needed_before_anything_is_closed(house: House) -> None:
    made, officer = restricted.proposed(house).json(), restricted.officer(house)
    here = f"{RESTRICTIONS}/{made['id']}"
    approver, lawyer = house.token("kominfo", "approver"), house.token("kominfo", "approver-2")
    statuses = [put(f"{here}/approval", b"", token).status for token in (officer, approver, approver, lawyer)]
    assert (made["missing"] != [], statuses) == (True, [403, 200, 403, 200])
    restricted.publish()
    assert get(here, officer).json()["state"] == "approved"
    put(f"{here}/objection", {"note": "No."}, restricted.service(house))
    restricted.publish()
    assert get(here, officer).json()["state"] == "publishing"


def test_lifting_is_one_act_and_each_operator_says_that_it_opened(house: House) -> None:
    made, officer = restricted.published(house), restricted.officer(house)
    here = f"{RESTRICTIONS}/{made}"
    for handle in ("isp-a", "isp-b"):
        found = put(f"{here}/confirmation", b"", restricted.engineer(house, handle)).json()
    assert found["state"] == "applied"
    lifted = put(f"{here}/lifting", {"note": "Settled."}, officer).json()
    assert {one["state"] for one in lifted["operators"]} == {"opening"}
    put(f"{here}/confirmation", b"", restricted.engineer(house))
    found = get(here, officer).json()
    assert [one["state"] for one in found["operators"]] == ["open", "opening"]
    assert (found["state"], found["names"]) == ("lifted", [])


@pytest.mark.parametrize("meant", ["opened", "carried out"])
def test_a_confirmation_that_means_the_other_thing_confirms_nothing(house: House, meant: str) -> None:
    made, opened = restricted.published(house), meant == "opened"
    if not opened:
        put(f"{RESTRICTIONS}/{made}/lifting", b"", restricted.officer(house))
    answer = put(f"{RESTRICTIONS}/{made}/confirmation", {"opened": opened}, restricted.engineer(house))
    assert (answer.status, answer.json()["type"]) == (409, "urn:mufakat:problem:restriction-stands")
    other = put(f"{RESTRICTIONS}/{made}/confirmation", {"opened": not opened}, restricted.engineer(house))
    assert [one["state"] for one in other.json()["operators"]] == ["applied" if opened else "open"]


@pytest.mark.invariant("I-16")
def test_a_name_is_told_exactly_and_none_beside_it(house: House) -> None:
    made = restricted.published(house, names=["web.example.net", "files.example.net"])
    closed = by_name("web.example.net")
    assert (closed["closed"], [one["id"] for one in closed["restrictions"]]) == (True, [made])
    assert "files.example.net" not in json.dumps(closed)
    beside = [by_name(name) for name in ("example.net", "www.web.example.net", "eb.example.net", "net.example")]
    assert {(one["closed"], len(one["restrictions"])) for one in beside} == {(False, 0)}


@pytest.mark.invariant("I-16")
def test_a_name_below_a_closed_tree_is_told_with_the_name_that_closes_it(house: House) -> None:
    restricted.published(house, names=["channel.example.net"], match="subtree")
    found = by_name("A.B.channel.example.net.")
    assert (found["name"], found["closed"]) == ("a.b.channel.example.net", True)
    assert [one["name"] for one in found["restrictions"]] == ["channel.example.net"]


def test_a_name_that_was_lifted_is_open_and_everybody_sees_since_when(house: House) -> None:
    made = restricted.published(house)
    put(f"{RESTRICTIONS}/{made}/lifting", {"names": ["web.example.net"]}, restricted.officer(house))
    lifted, standing = by_name("web.example.net"), by_name("files.example.net")
    assert (lifted["closed"], standing["closed"]) == (False, True)
    assert lifted["restrictions"][0]["opened_at"] is not None
    assert standing["restrictions"][0]["opened_at"] is None


def test_an_operator_is_late_in_public_once_it_is_named_and_until_it_opened(house: House) -> None:
    made = restricted.published(house, operators=["isp-a"])
    put(f"{RESTRICTIONS}/{made}/confirmation", b"", restricted.engineer(house))
    put(f"{RESTRICTIONS}/{made}/lifting", {"names": ["web.example.net"]}, restricted.officer(house))

    def climb(steps: int) -> None:
        rows = Carrying.objects.filter(restriction=made)
        door.commit(lambda moment: rows.update(overdue_at=moment.at, climbed=steps))

    def told() -> tuple[str, list[bool]]:
        (public,) = by_name("web.example.net")["restrictions"][0]["operators"]
        (own,) = get(f"{RESTRICTIONS}/{made}", restricted.officer(house)).json()["operators"]
        (spots,) = get(f"{RESTRICTIONS}/{made}/matrix", restricted.officer(house)).json()["operators"]
        late = [public["overdue_at"], own["overdue_at"], spots["overdue_since"]]
        return public["state"], [*(one is not None for one in late), spots["named"]]

    found = []
    for steps in (1, 2, 3):
        climb(steps)
        found.append(told())
    put(f"{RESTRICTIONS}/{made}/confirmation", b"", restricted.engineer(house))
    found.append(told())
    unnamed, named = ("opening", [False, True, True, False]), ("opening", [True] * 4)
    assert found == [unnamed, unnamed, named, ("applied", [False] * 4)]


def test_whoever_asks_for_names_too_often_is_told_when_to_come_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "MUFAKAT_DOORS", replace(settings.MUFAKAT_DOORS, reading=Quota(2, 1)))
    answers = [get(f"{NAME}/{name}.example.net") for name in ("web", "files", "app")]
    assert ([answer.status for answer in answers], "retry-after" in answers[-1].headers) == ([200, 200, 429], True)


@pytest.mark.parametrize("deed", ["approval", "objection", "confirmation"])
def test_a_deed_that_takes_no_names_refuses_them(house: House, deed: str) -> None:
    here = f"{RESTRICTIONS}/{restricted.fresh(house)}/{deed}"
    answer = put(here, {"note": "", "names": ["web.example.net"]}, house.token("kominfo", "approver"))
    assert (answer.status, answer.pointers) == (422, ["/names"])


def test_every_name_that_cannot_be_closed_is_named_with_its_reason(house: House) -> None:
    bad = ["go.id", "co.id", "com", ".", "*", "*.cloudfront.net", "192.0.2.0/24", "192.0.2.1", "a..example.net"]
    raw = restricted.order(names=[*bad, "web.example.net"])
    answer = put(RESTRICTIONS, raw, restricted.officer(house), "k")
    assert (answer.status, answer.json()["type"]) == (422, "urn:mufakat:problem:not-restrictable")
    assert {f"/names/{place}" for place in range(len(bad))} <= set(answer.pointers)
    assert f"/names/{len(bad)}" not in answer.pointers


def test_what_is_never_closed_is_said_by_the_house_alone_and_once(house: House) -> None:
    raw = json.dumps(components.examples()["ProtectedIn"]).encode()
    other = house.token("isp-a", "engineer")
    first, again = restricted.protected(house, raw), restricted.protected(house, raw)
    assert [put(PROTECTED, raw, other, "k").status, first.status, again.status] == [403, 201, 200]
    order = restricted.order(names=["a.help.example.org"])
    refused = put(RESTRICTIONS, order, restricted.officer(house), "k")
    assert (refused.status, refused.pointers) == (422, ["/names/0"])


def test_what_is_closed_is_lifted_before_it_is_protected(house: House) -> None:
    restricted.published(house)
    told = json.dumps({"name": "web.example.net", "reason": "A made-up placeholder."}).encode()
    assert restricted.protected(house, told).status == 409


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "resolver"])
def test_no_address_inside_is_asked(house: House, address: str) -> None:
    answer = put(RESOLVERS, {"address": address}, restricted.engineer(house), "k")
    assert (answer.status, answer.pointers) == (422, ["/address"])


@pytest.mark.invariant("I-10")
def test_a_resolver_is_its_operators_alone(house: House) -> None:
    made = restricted.resolver_set(house, b'{"address": "192.0.2.53"}').json()["id"]
    other = restricted.engineer(house, "isp-b")
    assert get(RESOLVERS, other).json()["items"] == []
    assert put(f"{RESOLVERS}/{made}/removal", b"", other).status == 404


def test_the_same_order_with_the_same_key_is_one(house: House) -> None:
    raw, officer = restricted.order(), restricted.officer(house)
    first, second = (put(RESTRICTIONS, raw, officer, "k") for _ in range(2))
    assert (first.body, second.headers["idempotent-replayed"]) == (second.body, "true")
    assert first.headers["location"] == f"{RESTRICTIONS}/{first.json()['id']}"
    assert len(get(RESTRICTIONS, officer).json()["items"]) == 1
