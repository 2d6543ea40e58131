"""Whose roles may do what, over HTTP: the table of INTERFACE.md, written down here once more and by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.houses import body
from tests.server.api.doors import NOTICES, both, get, put, rows

from mufakat.rules.permissions import Role

if TYPE_CHECKING:
    from tests.houses import House
    from tests.server.api.doors import Post

ROLES = ("officer", "approver", "representative", "reviewer", "engineer", "auditor", "admin")
SENDS = {"officer"}
ACKNOWLEDGES = {"representative", "reviewer"}  # The engineer only orders; see below.
WITHDRAWS = {"officer"}
READS = set(ROLES) - {"admin"}


def seated(house: House, handle: str, role: str) -> str:
    """A token of this role in this party, whoever sits there already."""
    from mufakat.rules.errors import NotFoundError
    from mufakat.server.parties import operations, queries

    try:
        queries.person_in(handle, role)
    except NotFoundError:
        party = queries.party_by_handle(handle)
        email = f"{role}@{handle}.test"
        operations.enrol_person(party, role=Role(role), ordinal=1, email=email, name=role)
    return house.token(handle, role)


def test_the_roles_are_those_of_the_interface() -> None:
    assert tuple(role.value for role in Role) == ROLES


@both
@pytest.mark.parametrize("role", ROLES)
def test_who_sends(house: House, post: Post, role: str) -> None:
    token = seated(house, "kominfo", role)
    before = rows()
    answer = post(body(), token=token)
    if role in SENDS:
        assert answer.status == 201
    else:
        assert (answer.status, rows()) == (403, before)


@pytest.mark.parametrize("role", ROLES)
def test_who_acknowledges_what_came_to_the_party(house: House, role: str) -> None:
    notice = house.submit().subject
    token = seated(house, "telegram", role)
    before = rows()
    answer = put(f"{NOTICES}/{notice}/acknowledgement", {}, token)
    if role in ACKNOWLEDGES:
        assert (answer.status, answer.json()["state"]) == (200, "acknowledged")
    else:
        assert (answer.status, rows()) == (403, before)


@pytest.mark.parametrize(("kind", "status"), [("order", 200), ("request", 403), ("user_report", 403)])
def test_an_engineer_acknowledges_orders_alone(house: House, kind: str, status: int) -> None:
    notice = house.submit(body(to="isp-a", kind=kind)).subject
    assert put(f"{NOTICES}/{notice}/acknowledgement", {}, house.token("isp-a", "engineer")).status == status


@pytest.mark.parametrize("role", ROLES)
def test_who_withdraws_what_the_party_sent(house: House, role: str) -> None:
    notice = house.submit().subject
    token = seated(house, "kominfo", role)
    before = rows()
    answer = put(f"{NOTICES}/{notice}/withdrawal", {"reason": "A slip."}, token)
    if role in WITHDRAWS:
        assert (answer.status, answer.json()["state"]) == (200, "withdrawn")
    else:
        assert (answer.status, rows()) == (403, before)


@pytest.mark.parametrize("path", ["", "/{notice}", "/{notice}/events", "/{notice}/receipt"])
@pytest.mark.parametrize("handle", ["kominfo", "telegram"])
@pytest.mark.parametrize("role", ROLES)
def test_who_reads_what_the_party_sent_or_received(house: House, role: str, handle: str, path: str) -> None:
    notice = house.submit().subject
    answer = get(NOTICES + path.format(notice=notice), seated(house, handle, role))
    assert answer.status == (200 if role in READS else 403)


@pytest.mark.parametrize("path", ["", "/{notice}", "/{notice}/events", "/{notice}/receipt"])
def test_the_admin_of_the_house_reads_no_notice(house: House, path: str) -> None:
    notice = house.submit().subject
    assert get(NOTICES + path.format(notice=notice), house.token("mufakat", "admin")).status == 403


def test_an_admin_cannot_tell_a_notice_that_is_there_from_one_that_is_not(house: House) -> None:
    notice = house.submit().subject
    token = house.token("mufakat", "admin")
    unknown = notice[:-1] + ("0" if notice[-1] != "0" else "1")
    assert get(f"{NOTICES}/{notice}", token).body == get(f"{NOTICES}/{unknown}", token).body


@pytest.mark.parametrize("role", ROLES)
def test_everybody_who_is_known_sees_to_whom_a_notice_can_be_sent(house: House, role: str) -> None:
    assert get("/api/v1/parties", seated(house, "kominfo", role)).status == 200


def test_the_recipient_does_not_withdraw(house: House) -> None:
    notice = house.submit().subject
    token = seated(house, "telegram", "officer")
    answer = put(f"{NOTICES}/{notice}/withdrawal", {"reason": "Not ours."}, token)
    assert (answer.status, answer.json()["detail"]) == (403, "A notice is withdrawn by its sender.")


def test_the_sender_does_not_acknowledge(house: House) -> None:
    notice = house.submit().subject
    token = seated(house, "kominfo", "representative")
    before = rows()
    answer = put(f"{NOTICES}/{notice}/acknowledgement", {}, token)
    assert (answer.status, rows()) == (403, before)


KINDS = ("user_report", "trusted_flag", "request", "order", "own_detection", "forwarded")


@both
@pytest.mark.invariant("I-04")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("handle", "open_kinds"),
    [("kominfo", set(KINDS)), ("bnpt", {"user_report", "trusted_flag", "request"}), ("isp-a", {"user_report"})],
)
def test_which_party_sends_which_kind(house: House, post: Post, handle: str, open_kinds: set[str], kind: str) -> None:
    answer = post(body(kind=kind), token=seated(house, handle, "officer"))
    if kind in open_kinds:
        assert answer.status == 201
    else:
        assert (answer.status, answer.pointers) == (422, ["/kind"])
