"""What an order to close names has to be, who approves it, and which steps a restriction takes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.mandates import mandate

from mufakat.rules import profile as profiles, restriction as lifecycle, restriction_checks as checks
from mufakat.rules.condition import Condition
from mufakat.rules.errors import BadRestrictionError, RestrictionStandsError
from mufakat.rules.fault import Faults
from mufakat.rules.mandate import MandateState
from mufakat.rules.notice import Category
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Role
from mufakat.rules.restriction import LIVE, OVER, TRANSITIONS, RestrictionDeed, RestrictionState
from mufakat.rules.restriction_checks import (
    Lack,
    LegalReviewError,
    Made,
    Place,
    Renewed,
    Stand,
    Table,
    ThreePersonsError,
)
from mufakat.rules.restriction_reading import read_note, read_order

pytestmark = pytest.mark.invariant("I-07")

AT = datetime(2017, 7, 14, 3, 0, tzinfo=UTC)
KINDS = {
    "kominfo": PartyKind.REGULATOR,
    "telegram": PartyKind.PLATFORM,
    "isp-a": PartyKind.OPERATOR,
    "isp-b": PartyKind.OPERATOR,
}
PROFILE = profiles.load("id-2017")


def later(**passed: float) -> str:
    return (AT + timedelta(**passed)).isoformat()


def order(**changes: Any) -> bytes:
    made: dict[str, Any] = {
        "list": "terrorism",
        "names": ["web.example.net", "app.example.net"],
        "operators": ["isp-a", "isp-b"],
        "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"},
        "reason": "A made-up placeholder.",
        "proportionality": "Nothing milder was left.",
        "review_at": later(days=20),
        "sunset_at": later(days=60),
        "platform": "telegram",
        "reopening": {"agreement": "id-2017", "all_of": ["representative"]},
        **changes,
    }
    return json.dumps({name: value for name, value in made.items() if value is not None}).encode()


def table(**changes: Any) -> Table:
    made: dict[str, Any] = {
        "by": "kominfo",
        "kind": PartyKind.REGULATOR,
        "kind_of": KINDS.get,
        "mandates": (mandate(),),
        "profile": PROFILE,
        "categories": None,
        "agreed": False,
        "condition": Condition(all_of=("representative",)),
        "points": {point.name for point in PROFILE.points},
        "notices": (),
        "renewed": None,
        "emergencies": (),
        "at": AT,
        **changes,
    }
    return Table(**made)


def pointers(raw: bytes, against: Table | None = None) -> list[str]:
    """Where an order is at fault: as it is read, or else as it is judged."""
    try:
        found = read_order(raw)
    except BadRestrictionError as error:
        return [fault.pointer for fault in error.faults]
    faults = Faults()
    checks.check(found, against or table(), faults)
    return [fault.pointer for fault in faults.found]


def test_a_sound_order_is_taken_with_its_times() -> None:
    faults = Faults()
    times = checks.check(read_order(order()), table(), faults)
    assert (faults.found, times) == ([], checks.Times(AT + timedelta(days=20), AT + timedelta(days=60)))


@pytest.mark.parametrize(
    "name",
    [
        *("go.id", "co.id", "com", ".", "*", "*.cloudfront.net", "192.0.2.7", "192.0.2.0/24", "2001:db8::1", ""),
        *("a..example.net", "web.example.net.", "x" * 250 + ".net", "8.0.0.0.127.rpz-ip", "xn--a.example.net"),
        *("web.example.net\n", 'web".example.net', "web example.net", "https://web.example.net/", "localhost"),
    ],
)
def test_what_is_no_name_of_a_service_is_refused(name: str) -> None:
    assert pointers(order(names=["web.example.net", name])) == ["/names/1"]


def test_the_same_name_in_another_writing_stands_there_twice() -> None:
    assert pointers(order(names=["web.example.net", "WEB.Example.net"])) == ["/names/1"]


def test_a_hundred_thousand_names_are_refused_as_a_whole() -> None:
    assert pointers(order(names=[f"a{number}.example.net" for number in range(100_000)]))[0] in {"", "/names"}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"names": []}, ["/names"]),
        ({"operators": []}, ["/operators"]),
        ({"operators": ["isp-a", "isp-a"]}, ["/operators/1"]),
        ({"operators": ["nobody"]}, ["/operators/0"]),
        ({"operators": ["telegram"]}, ["/operators/0"]),
        ({"platform": "isp-a"}, ["/platform"]),
        ({"platform": "nobody"}, ["/platform"]),
        ({"legal_ground": None}, ["/legal_ground"]),
        ({"legal_ground": {"system": "xx", "instrument": "L", "provision": "1"}}, ["/legal_ground/system"]),
        ({"reason": " "}, ["/reason"]),
        ({"proportionality": ""}, ["/proportionality"]),
        ({"list": "privacy"}, ["/list"]),
        ({"layer": "bgp"}, ["/layer"]),
        ({"match": "prefix"}, ["/match"]),
        ({"review_at": None}, ["/review_at"]),
        ({"sunset_at": None}, ["/sunset_at"]),
        ({"sunset_at": "never"}, ["/sunset_at"]),
        ({"sunset_at": later(days=365 * 99)}, ["/sunset_at"]),
        ({"sunset_at": later(days=91)}, ["/sunset_at"]),
        ({"sunset_at": later(days=-1)}, ["/sunset_at", "/review_at"]),
        ({"review_at": later(days=-1)}, ["/review_at"]),
        ({"review_at": later(days=31)}, ["/review_at"]),
        ({"review_at": later(days=20), "sunset_at": later(days=10)}, ["/review_at"]),
        ({"dated": "2017-07-01"}, ["/dated"]),
        ({"dated": "2017-07-20"}, ["/dated"]),
        ({"dated": "yesterday"}, ["/dated"]),
        ({"notices": ["ntc_00000000000000000000000000"]}, ["/notices/0"]),
        ({"reopening": {"agreement": "id-2017", "all_of": ["nonsense"]}}, ["/reopening/all_of/0"]),
        ({"emergency": True}, ["/sunset_at"]),
        ({"emergency": True, "review_at": later(hours=70), "sunset_at": later(hours=73)}, ["/sunset_at"]),
        ({"renews": "rst_00000000000000000000000000"}, ["/renews"]),
        ({"unknown": 1}, ["/unknown"]),
    ],
)
def test_an_order_that_lacks_what_it_needs_is_refused_with_the_place(changes: dict[str, Any], found: list[str]) -> None:
    assert pointers(order(**changes)) == found


def test_an_order_of_today_and_an_emergency_of_72_hours_are_taken() -> None:
    emergency = {"emergency": True, "review_at": later(hours=24), "sunset_at": later(hours=72)}
    assert (pointers(order(dated="2017-07-14")), pointers(order(**emergency))) == ([], [])


@pytest.mark.parametrize(
    ("against", "found"),
    [
        ({"kind": PartyKind.TRUSTED_FLAGGER}, [""]),
        ({"kind": PartyKind.PLATFORM}, [""]),
        ({"mandates": ()}, ["/list"]),
        ({"mandates": (mandate(kinds=("request",)),)}, ["/list"]),
        ({"mandates": (mandate(categories=("fraud",)),)}, ["/list"]),
        ({"mandates": (mandate(state=MandateState.SUSPENDED),)}, ["/list"]),
        ({"categories": frozenset({Category.GAMBLING})}, ["/list"]),
        ({"condition": None}, ["/reopening"]),
        ({"condition": Condition()}, ["/reopening"]),
        ({"profile": profiles.load("eu-dsa")}, ["/reopening/agreement"]),
    ],
)
def test_who_may_not_order_it_and_what_nobody_agreed_is_refused(against: dict[str, Any], found: list[str]) -> None:
    assert pointers(order(), table(**against)) == found


@pytest.mark.invariant("I-17")
def test_a_category_that_the_agreement_lists_is_taken_and_no_other() -> None:
    narrowed = table(categories=frozenset({Category.GAMBLING}))
    assert (pointers(order(list="gambling"), narrowed), pointers(order(), narrowed)) == ([], ["/list"])


def test_what_stands_is_renewed_and_only_by_whom_it_is() -> None:
    renewing = order(renews="rst_00000000000000000000000000")
    known = [Renewed(own=True, live=True), Renewed(own=True, live=False), Renewed(own=False, live=True)]
    assert [pointers(renewing, table(renewed=one)) for one in known] == [[], ["/renews"], ["/renews"]]


def test_an_emergency_is_renewed_in_the_ordinary_way_alone() -> None:
    emergency = {"emergency": True, "review_at": later(hours=24), "sunset_at": later(hours=72)}
    renewing = order(renews="rst_00000000000000000000000000", **emergency)
    again = table(emergencies={"web.example.net"})
    assert (
        pointers(renewing, table(renewed=Renewed(own=True, live=True))),
        pointers(order(**emergency), again),
        pointers(order(), again),
    ) == (["/emergency"], ["/names/0"], [])


@pytest.mark.parametrize(
    ("made", "person", "seat", "place"),
    [
        (Made(1, None, None), 2, (Role.APPROVER, 1), Place.FIRST),
        (Made(1, None, None), 3, (Role.APPROVER, 2), Place.SECOND),
        (Made(1, 2, None), 3, (Role.APPROVER, 2), Place.SECOND),
        (Made(1, None, 3), 2, (Role.APPROVER, 1), Place.FIRST),
        (Made(1, None, None), 1, (Role.APPROVER, 1), ThreePersonsError),
        (Made(1, 2, None), 2, (Role.APPROVER, 1), ThreePersonsError),
        (Made(1, 2, None), 2, (Role.APPROVER, 2), ThreePersonsError),
        (Made(1, None, 3), 3, (Role.APPROVER, 2), ThreePersonsError),
        (Made(1, 2, None), 4, (Role.APPROVER, 3), LegalReviewError),
        (Made(1, None, 3), 4, (Role.APPROVER, 2), LegalReviewError),
    ],
)
def test_three_persons_make_it_and_one_of_them_looks_at_the_law(
    made: Made, person: int, seat: tuple[Role, int], place: Any
) -> None:
    role, ordinal = seat
    if isinstance(place, Place):
        assert checks.place_of(made, person=person, role=role, ordinal=ordinal, profile=PROFILE) is place
    else:
        with pytest.raises(place):
            checks.place_of(made, person=person, role=role, ordinal=ordinal, profile=PROFILE)


STAND = Stand(
    made=Made(1, 2, 3),
    emergency=False,
    platform=True,
    answered_at=None,
    wait_until=None,
    proposed_at=AT,
    sunset_at=AT + timedelta(hours=72),
)


@pytest.mark.parametrize(
    ("changes", "at", "found"),
    [
        ({}, AT, (Lack.ANSWER,)),
        ({"wait_until": AT + timedelta(hours=24)}, AT + timedelta(hours=23), (Lack.ANSWER,)),
        ({"wait_until": AT + timedelta(hours=24)}, AT + timedelta(hours=24), ()),
        ({"answered_at": AT}, AT, ()),
        ({"platform": False}, AT, ()),
        ({"emergency": True}, AT, ()),
        ({"emergency": True, "sunset_at": AT + timedelta(hours=73)}, AT, (Lack.TIME,)),
        ({"answered_at": AT}, AT + timedelta(hours=72), (Lack.TIME,)),
        ({"answered_at": AT, "made": Made(1, 2, None)}, AT, (Lack.SECOND_APPROVAL,)),
        ({"answered_at": AT, "made": Made(1, None, 3)}, AT, (Lack.FIRST_APPROVAL,)),
    ],
)
def test_what_is_missing_before_it_is_published(changes: dict[str, Any], at: datetime, found: tuple[Lack, ...]) -> None:
    assert checks.missing(replace(STAND, **changes), at=at) == found


def test_an_operator_has_a_day_to_open_under_the_profile_of_2017() -> None:
    assert checks.open_until(PROFILE, at=AT) == AT + timedelta(hours=24)


def test_a_note_may_be_nothing_at_all_and_names_are_read_as_in_an_order() -> None:
    assert (read_note(b"").note, read_note(b'{"names":["WEB.example.net"]}').names) == ("", ("web.example.net",))
    with pytest.raises(BadRestrictionError):
        read_note(b'{"names":["*"]}')


@pytest.mark.parametrize("state", RestrictionState)
def test_every_state_leads_on_or_is_over(state: RestrictionState) -> None:
    assert any(before is state for before, _ in TRANSITIONS) is (state not in OVER)


@pytest.mark.parametrize("state", sorted(LIVE))
def test_what_stands_can_always_be_lifted_and_always_expires(state: RestrictionState) -> None:
    assert lifecycle.advance(state, RestrictionDeed.LIFT) is RestrictionState.LIFTED
    assert lifecycle.advance(state, RestrictionDeed.EXPIRE) is RestrictionState.EXPIRED


def test_what_is_over_takes_no_step() -> None:
    for state in OVER:
        for deed in RestrictionDeed:
            with pytest.raises(RestrictionStandsError):
                lifecycle.advance(state, deed)
