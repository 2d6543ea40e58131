"""Under what a notification is released, and which counts of a week are told: the cases by name."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from mufakat.rules import notifying, profile as profiles, weekly
from mufakat.rules.errors import BadScreeningError
from mufakat.rules.notice import Category, LegalGround
from mufakat.rules.notifying import Between, NotificationReleaseIn, Thing
from mufakat.rules.notifying_reading import MAX_BYTES, read_refusal, read_release
from mufakat.rules.parties import PartyKind
from mufakat.screening.item import ItemKind

pytestmark = pytest.mark.invariant("I-14")

GROUND = LegalGround("id", "UU 11/2008", "Pasal 40 ayat (2a)")
OTHER = LegalGround("id", "UU 35/2009", "Pasal 111")
KINDS = {"kominfo": PartyKind.REGULATOR, "bnpt": PartyKind.TRUSTED_FLAGGER, "isp-a": PartyKind.OPERATOR}


def between(*grounds: LegalGround, about: tuple[Category, ...] = (Category.NARCOTICS,), version: int = 1) -> Between:
    return Between("agr_1", version, grounds, frozenset(about))


def refused(to: str, *agreements: Between, ground: LegalGround = GROUND) -> list[tuple[str, str]]:
    with pytest.raises(BadScreeningError) as caught:
        notifying.choose(
            NotificationReleaseIn(to=to, legal_ground=ground), Category.NARCOTICS, kind_of=KINDS.get, between=agreements
        )
    return [(fault.pointer, fault.detail) for fault in caught.value.faults]


def test_it_is_released_under_the_agreement_that_lists_its_ground() -> None:
    told = NotificationReleaseIn(to="kominfo", legal_ground=GROUND)
    agreements = [between(OTHER), between(OTHER, GROUND, version=2)]
    assert notifying.choose(told, Category.NARCOTICS, kind_of=KINDS.get, between=agreements).version == 2


@pytest.mark.parametrize(
    ("to", "agreements", "pointer", "said"),
    [
        ("nobody", (between(GROUND),), "/to", "no party"),
        ("bnpt", (between(GROUND),), "/to", "regulator or a court"),
        ("isp-a", (between(GROUND),), "/to", "neither (operator)"),
        ("kominfo", (), "/to", "No agreement"),
        ("kominfo", (between(),), "/legal_ground", "lists no ground"),
        ("kominfo", (between(OTHER),), "/legal_ground", "other grounds"),
        ("kominfo", (between(GROUND, about=(Category.TERRORISM,)),), "/to", "is about narcotics"),
        ("kominfo", (between(GROUND, about=()), between(OTHER)), "/legal_ground", "is not about narcotics"),
    ],
)
def test_it_is_released_to_nobody_else(to: str, agreements: tuple[Between, ...], pointer: str, said: str) -> None:
    ((where, detail),) = refused(to, *agreements)
    assert where == pointer
    assert said in detail


def test_two_faults_are_told_at_once() -> None:
    found = refused("kominfo", between(OTHER, about=(Category.TERRORISM,)))
    assert [pointer for pointer, _ in found] == ["/to", "/legal_ground"]


def test_the_kinds_of_things_are_those_that_are_screened() -> None:
    assert [one.value for one in Thing] == [one.value for one in ItemKind]


def test_a_category_of_a_bank_that_is_none_of_notices_is_other() -> None:
    assert [notifying.category_of(text) for text in ("gambling", "unripe fruit", "")] == ["gambling", "other", "other"]


def test_a_release_names_whom_and_on_which_ground() -> None:
    told = read_release(json.dumps({"to": "kominfo", "legal_ground": {**as_sent(GROUND)}}).encode())
    assert told == NotificationReleaseIn(to="kominfo", legal_ground=GROUND)


def as_sent(ground: LegalGround) -> dict[str, str]:
    return {"system": ground.system, "instrument": ground.instrument, "provision": ground.provision}


@pytest.mark.parametrize(
    ("sent", "pointers"),
    [
        ({}, ["/to", "/legal_ground"]),
        ({"to": "kominfo", "legal_ground": None}, ["/legal_ground"]),
        ({"to": "kominfo", "legal_ground": {**as_sent(GROUND), "system": "xx"}}, ["/legal_ground/system"]),
        ({"to": "kominfo", "legal_ground": {**as_sent(GROUND), "provision": " "}}, ["/legal_ground/provision"]),
        ({"to": "kominfo", "legal_ground": as_sent(GROUND), "author": "@somebody"}, ["/author"]),
        ({"to": "kominfo", "legal_ground": as_sent(GROUND), "text": "what was said"}, ["/text"]),
    ],
)
def test_a_release_has_room_for_nothing_else(sent: dict[str, object], pointers: list[str]) -> None:
    with pytest.raises(BadScreeningError) as caught:
        read_release(json.dumps(sent).encode())
    assert [fault.pointer for fault in caught.value.faults] == pointers


@pytest.mark.parametrize(
    "raw", [b"{}", b'{"reason": "  "}', b"[]", b"\xff", b'{"reason": "' + b"a" * MAX_BYTES + b'"}']
)
def test_a_refusal_says_why(raw: bytes) -> None:
    with pytest.raises(BadScreeningError):
        read_refusal(raw)


def told(screened: int = 0, **counted: int) -> weekly.CountsTold:
    return weekly.tell(counted.items(), screened)


def test_ten_are_told_and_nine_are_not() -> None:
    found = told(terrorism=10, narcotics=9)
    assert (found.cells[Category.TERRORISM], found.cells[Category.NARCOTICS]) == (10, None)


def test_what_was_not_found_at_all_is_not_told_either() -> None:
    assert told(terrorism=10).cells[Category.FRAUD] is None


def test_a_sum_that_would_give_a_small_cell_away_is_not_told() -> None:
    assert told(terrorism=50, narcotics=9).hits is None


def test_a_sum_over_small_cells_that_leaves_each_open_is_told() -> None:
    assert told(terrorism=50, narcotics=9, gambling=5).hits == 64


def test_a_sum_that_leaves_a_cell_no_choice_is_not_told() -> None:
    every = {one.value: 9 for one in Category}
    assert told(**every).hits is None


def test_how_many_were_screened_is_told_where_it_says_nothing_of_the_rest() -> None:
    assert [told(screened, terrorism=50).screened for screened in (50 + 9 * 8 + 9, 50 + 9 * 8 + 10)] == [None, 132]


def test_words_of_banks_that_are_no_categories_are_one_cell() -> None:
    found = weekly.tell([("unripe fruit", 6), ("sour fruit", 6)], 0)
    assert found.cells[Category.OTHER] == 12


def test_nothing_to_tell_is_empty() -> None:
    assert weekly.is_empty(told())
    assert not weekly.is_empty(told(terrorism=10))


@pytest.mark.parametrize(
    ("zone", "at", "week"),
    [
        ("Asia/Jakarta", datetime(2017, 7, 16, 17, 0, tzinfo=UTC), date(2017, 7, 3)),
        ("Asia/Jakarta", datetime(2017, 7, 16, 23, 59, tzinfo=UTC), date(2017, 7, 3)),
        ("Asia/Jakarta", datetime(2017, 7, 17, 0, 0, tzinfo=UTC), date(2017, 7, 10)),
        ("America/Los_Angeles", datetime(2017, 7, 17, 6, 59, tzinfo=UTC), date(2017, 7, 3)),
        ("America/Los_Angeles", datetime(2017, 7, 17, 7, 0, tzinfo=UTC), date(2017, 7, 10)),
    ],
)
def test_a_week_ends_where_its_days_are_counted_and_where_it_was_agreed(zone: str, at: datetime, week: date) -> None:
    assert weekly.last_over(zone=zone, at=at) == week


def test_an_agreement_counts_its_days_where_its_profile_does() -> None:
    found = {name: weekly.zone_of(profiles.load(name), otherwise="UTC") for name in profiles.names()}
    assert found["id-2017"] == "Asia/Jakarta"
    assert found["eu-dsa"] == "Europe/Brussels"
