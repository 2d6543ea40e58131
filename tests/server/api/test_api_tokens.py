"""Tokens: foreign, ended, revoked, scoped; and the wall between parties."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.houses import body
from tests.server.api.doors import NOTICES, both, get, hot, put, rows, view
from tests.simulator.faults import Store

from mufakat.rules.permissions import Deed
from mufakat.server.journal.errors import UnsureError
from mufakat.server.parties.models import Person

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House
    from tests.server.api.doors import Post

ADDRESSES = (NOTICES, f"{NOTICES}/ntc_01m810a8dze38vveertpmj3d1k", "/api/v1/parties", "/api/v1/parties/telegram")


@both
@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer mfk_" + "A" * 43,
        "Bearer \xff\xfe",
        "Basic a29taW5mbzp4",
        "mfk_token",
        "Bearer " + "x" * 20_000,
    ],
)
def test_without_a_token_in_force_nothing_is_taken(house: House, post: Post, authorization: str) -> None:
    before = rows()
    answer = post(body(), headers={"Authorization": authorization})
    assert (answer.status, answer.json()["type"], rows()) == (401, "urn:mufakat:problem:not-authenticated", before)
    del house


@both
def test_a_refused_token_is_told_how_to_sign_in(house: House, post: Post) -> None:
    del house
    assert post(body()).headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_is_read_without_a_token(house: House, address: str) -> None:
    house.submit()
    assert get(address).status == 401


@pytest.mark.parametrize("deed", ["acknowledgement", "withdrawal"])
def test_nothing_is_done_without_a_token(house: House, deed: str) -> None:
    notice = house.submit().subject
    assert put(f"{NOTICES}/{notice}/{deed}", {"reason": "x"}).status == 401


@both
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_without_regard_to_case(house: House, post: Post, scheme: str) -> None:
    token = house.token("kominfo", "officer")
    assert post(body(), headers={"Authorization": f"{scheme} {token}"}).status == 201


def issued(house: House, handle: str, seat: str) -> tuple[str, str]:
    """A token and its id."""
    from mufakat.server.parties import operations, queries

    del house
    made = operations.issue_token(queries.person_in(handle, seat))
    return made.token, made.id


@both
def test_a_revoked_token_acts_no_more_at_once(house: House, post: Post) -> None:
    from mufakat.server.parties import operations

    token, pk = issued(house, "kominfo", "officer")
    assert post(body(), token=token, key="before").status == 201
    operations.revoke_token(pk)
    before = rows()
    assert (post(body(), token=token, key="after").status, rows()) == (401, before)


def test_a_revoked_token_reads_no_more_at_once(house: House) -> None:
    from mufakat.server.parties import operations

    token, pk = issued(house, "kominfo", "officer")
    assert get(NOTICES, token).status == 200
    operations.revoke_token(pk)
    assert get(NOTICES, token).status == 401


def test_a_token_whose_revocation_was_kept_though_nobody_could_say_so_reads_no_more(house: House) -> None:
    from mufakat.server.parties import operations

    token, pk = issued(house, "kominfo", "officer")
    assert get(NOTICES, token).status == 200
    store = Store(photograph=lambda: None)
    with store.installed():
        store.arm("answer of the commit lost")
        with pytest.raises(UnsureError):
            operations.revoke_token(pk)
    assert get(NOTICES, token).status == 401


def test_a_token_revoked_while_it_is_looked_up_is_not_remembered(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from mufakat.server.parties import operations, queries

    token, pk = issued(house, "kominfo", "officer")
    read = queries.caller_of

    def read_and_then_revoked(person: Person) -> queries.Caller:
        operations.revoke_token(pk)  # Between the row being read and the caller being remembered.
        return read(person)

    monkeypatch.setattr(queries, "caller_of", read_and_then_revoked)
    queries.caller_by_token(token, at=datetime.now(UTC))
    monkeypatch.undo()
    assert queries.caller_by_token(token, at=datetime.now(UTC)) is None


@both
def test_an_ended_token_takes_nothing(house: House, post: Post) -> None:
    token = house.token("kominfo", "officer", expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert post(body(), token=token).status == 401


def test_a_token_ends_at_its_time_also_where_it_is_remembered(house: House) -> None:
    from mufakat.server.parties import queries

    end = datetime.now(UTC) + timedelta(hours=1)
    token = house.token("kominfo", "officer", expires_at=end)
    found = [
        queries.caller_by_token(token, at=at) is not None
        for at in (end - timedelta(milliseconds=1), end, end + timedelta(milliseconds=1))
    ]
    assert found == [True, False, False]


def test_the_hot_door_believes_no_ended_token_that_it_remembers(house: House) -> None:
    from mufakat.server.parties import queries

    end = datetime.now(UTC) + timedelta(hours=1)
    token = house.token("kominfo", "officer", expires_at=end)
    queries.door(token, at=end - timedelta(seconds=1))
    remembered = [queries.remembered_door(token, at=at) is not None for at in (end - timedelta(seconds=1), end)]
    assert remembered == [True, False]


@both
def test_a_token_of_a_person_who_left_takes_nothing(house: House, post: Post) -> None:
    from mufakat.server.journal import door
    from mufakat.server.parties import queries

    token = house.token("kominfo", "officer")
    pk = queries.person_in("kominfo", "officer").pk
    door.commit(lambda _: Person.objects.filter(pk=pk).update(is_active=False))
    assert post(body(), token=token).status == 401


@both
def test_a_token_for_reading_sends_nothing(house: House, post: Post) -> None:
    token = house.token("kominfo", "officer", scopes=[Deed.READ])
    before = rows()
    answer = post(body(), token=token)
    assert (answer.status, answer.json()["detail"], rows()) == (
        403,
        "This token was issued for other deeds than this: submit.",
        before,
    )


@both
def test_a_token_for_sending_sends(house: House, post: Post) -> None:
    assert post(body(), token=house.token("kominfo", "officer", scopes=[Deed.SUBMIT])).status == 201


def test_a_token_for_sending_reads_nothing(house: House) -> None:
    notice = house.submit().subject
    token = house.token("kominfo", "officer", scopes=[Deed.SUBMIT])
    assert [get(address, token).status for address in (NOTICES, f"{NOTICES}/{notice}")] == [403, 403]


def test_a_token_for_acknowledging_acknowledges_and_does_nothing_else(house: House) -> None:
    notice = house.submit().subject
    token = house.token("telegram", "representative", scopes=[Deed.ACKNOWLEDGE])
    assert get(f"{NOTICES}/{notice}", token).status == 403
    assert put(f"{NOTICES}/{notice}/acknowledgement", {}, token).json()["state"] == "acknowledged"


def test_a_token_for_withdrawing_withdraws(house: House) -> None:
    notice = house.submit().subject
    token = house.token("kominfo", "officer", scopes=[Deed.WITHDRAW])
    assert put(f"{NOTICES}/{notice}/withdrawal", {"reason": "A slip."}, token).json()["state"] == "withdrawn"


@both
def test_a_scope_gives_nothing_that_the_role_does_not(house: House, post: Post) -> None:
    assert post(body(), token=house.token("telegram", "reviewer", scopes=[Deed.SUBMIT])).status == 403


@both
def test_a_token_without_any_scope_does_nothing(house: House, post: Post) -> None:
    assert post(body(), token=house.token("kominfo", "officer", scopes=[])).status == 403


def without_id(text: bytes) -> bytes:
    """A problem without whatever id it names."""
    return re.sub(rb"ntc_[0-9a-z]+", b"ntc_", text)


@pytest.mark.invariant("I-10")
@pytest.mark.parametrize("path", ["", "/events", "/receipt"])
def test_a_foreign_notice_looks_like_one_that_is_not_there(house: House, path: str) -> None:
    foreign = house.submit().subject
    unknown = foreign[:-1] + ("0" if foreign[-1] != "0" else "1")
    token = house.token("bnpt", "officer")
    found, missing = (get(f"{NOTICES}/{notice}{path}", token) for notice in (foreign, unknown))
    assert (found.status, without_id(found.body)) == (missing.status, without_id(missing.body)) == (404, found.body)


@pytest.mark.invariant("I-10")
@pytest.mark.parametrize(
    ("handle", "seat", "deed", "told"),
    [("isp-a", "engineer", "acknowledgement", {}), ("bnpt", "officer", "withdrawal", {"reason": "x"})],
)
def test_a_foreign_notice_is_not_there_to_act_on(
    house: House, handle: str, seat: str, deed: str, told: dict[str, str]
) -> None:
    foreign = house.submit().subject
    unknown = foreign[:-1] + ("0" if foreign[-1] != "0" else "1")
    token = house.token(handle, seat)
    before = rows()
    found, missing = (put(f"{NOTICES}/{notice}/{deed}", told, token) for notice in (foreign, unknown))
    assert (found.status, found.body, rows()) == (404, missing.body, before)


def test_a_foreign_notice_has_no_other_headers_than_one_that_is_not_there(house: House) -> None:
    foreign = house.submit().subject
    token = house.token("bnpt", "officer")
    found, missing = (get(f"{NOTICES}/{notice}", token) for notice in (foreign, "ntc_unknown"))
    assert {**found.headers, "x-request-id": ""} == {**missing.headers, "x-request-id": ""}


@pytest.mark.parametrize("address", ["/local/party-list", "/local/token-issue", "/local/example-load"])
def test_the_operators_deeds_are_not_there_for_the_network(house: House, address: str) -> None:
    before = rows()
    answer = put(address, {"party": "kominfo", "role": "officer", "name": "parties"}, house.token("mufakat", "admin"))
    token_events = 1
    assert (answer.status, rows()["journal_event"] - before["journal_event"]) == (404, token_events)


@pytest.mark.parametrize("post", [view, hot])
def test_nobody_on_the_network_names_the_seat_to_act_in(house: House, post: Post) -> None:
    del house
    answer = post(body(), headers={"X-Mufakat-As": "kominfo/officer", "mufakat.local": "True"})
    assert answer.status == 401


def test_a_signed_in_browser_is_no_credential_here(house: House, browser_of: Callable[[str, str], Client]) -> None:
    house.submit()
    assert browser_of("kominfo", "officer").get(NOTICES).status_code == 401
