"""Names that are never closed: who says so, that it is an event, and that saying it twice says it once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from tests.server.notices.test_notices_operations import at_once
from tests.server.restrictions.ordering import START

from mufakat.proof import leaf
from mufakat.rules.errors import BadRestrictionError, NotFoundError, NotNowError, NotPermittedError
from mufakat.server.journal.models import Event
from mufakat.server.restrictions import protecting
from mufakat.server.restrictions.models import Protected

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House
    from tests.server.restrictions.ordering import Ministry

    from mufakat.server.journal.answers import Answer

ADMIN = ("mufakat", "admin")


def protect(house: House, name: str = "rumahsakit.example.org", *, by: tuple[str, str] = ADMIN) -> Answer:
    raw = json.dumps({"name": name, "reason": "People make appointments there."}).encode()
    return protecting.protect(raw, by=house.caller(*by))


def release(house: House, name: str = "rumahsakit.example.org", *, by: tuple[str, str] = ADMIN) -> Answer:
    return protecting.release(name, b'{"reason": "The house moved."}', by=house.caller(*by))


def types() -> list[str]:
    return list(Event.objects.filter(type__startswith="name.").order_by("position").values_list("type", flat=True))


@pytest.mark.invariant("I-03")
def test_a_protection_is_one_event_that_commits_to_name_and_reason(house: House) -> None:
    protect(house)
    event = Event.objects.get(type="name.protected")
    said = {one.field: bytes(one.value or b"").decode() for one in event.openings.all()}
    assert said == {"name": "rumahsakit.example.org", "reason": "People make appointments there."}
    assert set(leaf.decode(bytes(event.leaf)).c) == {"name", "reason"}


def test_the_answer_says_what_is_protected_and_since_when(ministry: Ministry) -> None:
    answer = protect(ministry.house, "RumahSakit.example.org")
    assert (answer.status, json.loads(answer.body)) == (
        201,
        {
            "name": "rumahsakit.example.org",
            "reason": "People make appointments there.",
            "since": "2040-01-02T02:00:00.000Z",
            "released_at": None,
        },
    )


def test_to_protect_it_twice_is_to_protect_it_once(house: House) -> None:
    first, second = protect(house), protect(house)
    assert (second.status, second.body, types()) == (200, first.body, ["name.protected"])


def test_two_who_protect_it_at_once_protect_it_once(house: House) -> None:
    at_once(*[lambda: protect(house)] * 4)
    assert (Protected.objects.count(), types()) == (1, ["name.protected"])


def test_a_release_is_one_event_and_leaves_the_row(house: House) -> None:
    protect(house)
    release(house)
    assert (types(), protecting.named(), Protected.objects.count()) == (
        ["name.protected", "name.released"],
        frozenset(),
        1,
    )


def test_what_was_released_can_be_protected_again(house: House) -> None:
    protect(house)
    release(house)
    assert protect(house).status == 201


def test_what_is_not_protected_cannot_be_released(house: House) -> None:
    with pytest.raises(NotFoundError):
        release(house)


@pytest.mark.parametrize("seat", [("kominfo", "officer"), ("telegram", "representative"), ("isp-a", "engineer")])
@pytest.mark.parametrize("deed", [protect, release])
def test_nobody_but_the_admin_of_the_house_says_so(
    house: House, deed: Callable[..., Answer], seat: tuple[str, str]
) -> None:
    with pytest.raises(NotPermittedError):
        deed(house, by=seat)


@pytest.mark.parametrize("name", ["go.id", "com", "*.example.org", "192.0.2.1", ".", "rumah sakit", "a.rpz-ip"])
def test_what_is_no_name_is_not_protected(house: House, name: str) -> None:
    with pytest.raises(BadRestrictionError) as refused:
        protect(house, name)
    assert [one.pointer for one in refused.value.faults] == ["/name"]


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        (b'{"name": "a.example.org"}', "/reason"),
        (b'{"name": "a.example.org", "reason": "  "}', "/reason"),
        (b'{"reason": "Made up."}', "/name"),
        (b'{"name": "a.example.org", "reason": "Made up.", "more": 1}', "/more"),
        (b"[]", ""),
        (b"{", ""),
    ],
)
def test_a_body_that_says_too_little_or_too_much_is_refused(house: House, raw: bytes, pointer: str) -> None:
    with pytest.raises(BadRestrictionError) as refused:
        protecting.protect(raw, by=house.caller(*ADMIN))
    assert [one.pointer for one in refused.value.faults] == [pointer]


@pytest.mark.parametrize(
    ("name", "closed"),
    [
        ("web.example.net", {"names": ["web.example.net"]}),
        ("situs.example.net", {"names": ["web.situs.example.net"]}),
        ("web.situs.example.net", {"names": ["situs.example.net"], "match": "subtree", "note": "All of it."}),
    ],
)
def test_what_is_closed_is_not_opened_by_protecting_it(ministry: Ministry, name: str, closed: dict[str, Any]) -> None:
    note = closed.pop("note", "")
    pk = ministry.propose(**closed)["id"]
    for seat in (("kominfo", "approver"), ("kominfo", "approver-2")):
        ministry.approve(pk, by=seat, note=note)
    ministry.answer(pk)
    ministry.work()
    with pytest.raises(NotNowError, match=pk):
        protect(ministry.house, name)


def test_what_was_lifted_can_be_protected(ministry: Ministry) -> None:
    ministry.lift(ministry.published())
    assert protect(ministry.house, "web.example.net").status == 201


def test_a_name_beside_a_closed_one_can_be_protected(ministry: Ministry) -> None:
    ministry.published()
    assert protect(ministry.house, "mail.web.example.net").status == 201


def test_the_list_is_read_page_by_page_in_its_order(house: House) -> None:
    for number in (3, 1, 2):
        protect(house, f"rs-{number}.example.org")
    first = protecting.page(size=2)
    second = protecting.page(after=first.next, size=2)
    assert [one.name for one in (*first.items, *second.items)] == [f"rs-{number}.example.org" for number in (1, 2, 3)]
    assert (first.next, second.next) == ("rs-2.example.org", None)


def test_a_name_is_protected_once_whoever_asks_the_database(house: House) -> None:
    protect(house)
    row = {"reason": "Made up.", "person_id": house.caller(*ADMIN).person_id, "at": START, "event": "evt_other"}

    def again(moment: object) -> None:
        del moment
        with transaction.atomic():
            Protected.objects.create(name="rumahsakit.example.org", **row)

    from mufakat.server.journal import door

    with pytest.raises(IntegrityError):
        door.commit(again)


def test_our_own_names_need_no_protection(house: House) -> None:
    with pytest.raises(NotNowError):
        protect(house, "canary.terrorism.isp-a.rpz.mufakat")
