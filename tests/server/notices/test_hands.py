"""In whose hands a notice is: each side's own affair, on the desk and in the journal."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st
from tests.server.notices import erasing

from mufakat.rules.errors import EndedError, NotFoundError, NotPermittedError
from mufakat.server.journal import door
from mufakat.server.journal.ids import base32
from mufakat.server.journal.models import Event, Outbox
from mufakat.server.notices import erasure, hands, queries, waiting
from mufakat.server.notices.models import Notice
from mufakat.server.notices.waiting import Hands, Place

if TYPE_CHECKING:
    from tests.houses import House

OFFICER, REPRESENTATIVE, REVIEWER = ("kominfo", "officer"), ("telegram", "representative"), ("telegram", "reviewer")


def hand(house: House, notice: str, seat: str, *, by: tuple[str, str] = REPRESENTATIVE, note: str = "") -> str | None:
    answer = hands.hand_over(notice, by=house.caller(*by), seat=seat, note=note)
    found: str | None = json.loads(answer.body).get("in_hands_of")
    return found


def in_hands(house: House, *seat: str, which: Hands = Hands.MINE) -> list[str]:
    found, count = queries.waiting_for(house.caller(*seat), size=50, hands=which)
    assert len(found) == count
    return [one.notice.id for one in found]


def handed(notice: str) -> list[Event]:
    return erasing.events_of(notice, "notice.handed_over")


def test_it_goes_from_hand_to_hand_and_back_to_everybody(house: House) -> None:
    notice = house.submit().subject
    shown = [hand(house, notice, seat) for seat in ("reviewer", "reviewer-2", "representative", "")]
    assert shown == ["reviewer", "reviewer-2", "representative", None]
    assert [erasing.opened(one)["seat"] for one in handed(notice)] == [
        *(b"reviewer", b"reviewer-2", b"representative", b"")
    ]


@pytest.mark.invariant("I-03")
def test_handing_it_to_who_has_it_is_no_event(house: House) -> None:
    notice = house.submit().subject
    for seat in ("reviewer", "reviewer", "", ""):
        hand(house, notice, seat)
    assert len(handed(notice)) == 2


def test_it_changes_neither_state_nor_clock_and_tells_nobody(house: House) -> None:
    notice = house.submit().subject
    before = Notice.objects.values("state", "due_at", "waits_for").get(pk=notice)
    hand(house, notice, "reviewer")
    (event,) = handed(notice)
    assert Notice.objects.values("state", "due_at", "waits_for").get(pk=notice) == before
    assert (event.sender, event.recipient) == ("telegram", "telegram")
    assert not Outbox.objects.filter(event=event).exists()


@pytest.mark.invariant("I-10")
def test_the_other_side_learns_nothing_of_it(house: House) -> None:
    notice = house.submit().subject
    hand(house, notice, "reviewer", note="Between us.")
    officer = house.caller(*OFFICER)
    found = queries.get_for(officer, notice)
    assert [event.type for event in queries.events_for(officer, found)] == ["notice.received"]
    assert queries.hands_of(officer, found) is None
    ours = house.caller(*REVIEWER)
    assert [event.type for event in queries.events_for(ours, found)] == ["notice.received", "notice.handed_over"]
    assert queries.hands_of(ours, found) == "reviewer"


def test_each_side_has_its_own_hands(house: House) -> None:
    notice = house.submit().subject
    hand(house, notice, "reviewer")
    hand(house, notice, "officer", by=OFFICER)
    found = Notice.objects.get(pk=notice)
    assert (queries.hands_of(house.caller(*OFFICER), found), queries.hands_of(house.caller(*REVIEWER), found)) == (
        *("officer", "reviewer"),
    )


@pytest.mark.parametrize(
    "seat", ["officer", "approver", "reviewer-3", "king", "reviewer-02", "telegram/reviewer", "\u202e", "x" * 500]
)
def test_who_cannot_have_it_in_hand_is_refused_with_those_who_can(house: House, seat: str) -> None:
    notice = house.submit().subject
    with pytest.raises(hands.NoColleagueError, match="representative, reviewer, reviewer-2"):
        hand(house, notice, seat)
    assert handed(notice) == []


def test_a_person_who_left_gets_nothing_and_has_nothing_any_more(house: House) -> None:
    from mufakat.server.parties import operations as parties, queries as people

    notice = house.submit().subject
    hand(house, notice, "reviewer-2")
    assert in_hands(house, *REVIEWER, which=Hands.UNASSIGNED) == []
    parties.end_person(people.person_in("telegram", "reviewer-2").email)
    assert queries.hands_of(house.caller(*REVIEWER), Notice.objects.get(pk=notice)) is None
    assert in_hands(house, *REVIEWER, which=Hands.UNASSIGNED) == [notice]
    with pytest.raises(hands.NoColleagueError):
        hand(house, notice, "reviewer-2")


@pytest.mark.parametrize(
    ("seat", "error"),
    [
        (("kominfo", "approver"), NotPermittedError),
        (("bnpt", "officer"), NotFoundError),
        (("isp-a", "engineer"), NotPermittedError),
    ],
    ids=lambda one: "/".join(one) if isinstance(one, tuple) else "",
)
def test_who_does_not_speak_for_a_side_hands_nothing_over(
    house: House, seat: tuple[str, str], error: type[Exception]
) -> None:
    notice = house.submit().subject
    with pytest.raises(error):
        hand(house, notice, "", by=seat)


def test_what_has_ended_is_handed_to_nobody(house: House) -> None:
    notice = house.submit().subject
    erasing.withdraw(house, notice)
    with pytest.raises(EndedError):
        hand(house, notice, "reviewer")


@pytest.mark.invariant("I-09")
def test_the_note_is_erased_with_the_notices_notes_and_the_seat_stays(house: House) -> None:
    notice = house.submit().subject
    hand(house, notice, "reviewer", note="Between us.")
    erasure.erase(notice, reason="An order.")
    assert erasing.opened(handed(notice)[0]) == {"note": None, "seat": b"reviewer"}


# -- The desk


def test_the_desk_is_narrowed_to_mine_and_to_nobodys(house: House) -> None:
    made = [house.submit(key=f"k{number}").subject for number in range(4)]
    hand(house, made[1], "reviewer")
    hand(house, made[2], "representative")
    assert in_hands(house, *REVIEWER) == [made[1]]
    assert in_hands(house, *REPRESENTATIVE) == [made[2]]
    assert in_hands(house, *REVIEWER, which=Hands.UNASSIGNED) == [made[0], made[3]]
    assert in_hands(house, *REVIEWER, which=Hands.ALL) == made


def test_only_the_hands_of_the_side_whose_turn_it_is_count(house: House) -> None:
    notice = house.submit().subject
    hand(house, notice, "reviewer")
    at = Notice.objects.get(pk=notice).received_at
    asked = {"state": "needs_information", "seen_at": at, "acknowledged_at": at}
    door.commit(lambda _: Notice.objects.filter(pk=notice).update(**asked))
    assert in_hands(house, *REVIEWER) == []
    assert in_hands(house, *OFFICER, which=Hands.UNASSIGNED) == [notice]
    hand(house, notice, "officer", by=OFFICER)
    assert (in_hands(house, *OFFICER), in_hands(house, *OFFICER, which=Hands.UNASSIGNED)) == ([notice], [])


def test_the_queue_comes_in_pages_that_neither_skip_nor_repeat(house: House) -> None:
    made = [house.submit(key=f"k{number}").subject for number in range(7)]
    at = Notice.objects.get(pk=made[0]).due_at
    dues = [None, at, at, at + timedelta(hours=1), None, at - timedelta(hours=1), at]  # type: ignore[operator]

    def date(_: object) -> None:
        for notice, due in zip(made, dues, strict=True):
            Notice.objects.filter(pk=notice).update(due_at=due)

    door.commit(date)
    viewer = house.caller(*REVIEWER)
    whole = [one.notice.id for one in queries.waiting_for(viewer, size=50)[0]]
    assert whole == [made[5], made[1], made[2], made[6], made[3], made[0], made[4]]
    for size in (1, 2, 3):
        walked: list[str] = []
        place: Place | None = None
        while page := queries.waiting_for(viewer, size=size, after=place)[0]:
            walked += [one.notice.id for one in page]
            place = Place.parse(str(Place.of(page[-1].notice)))
            assert place is not None
        assert walked == whole


@given(
    st.none() | st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the zone follows.
    st.integers(0, 1),
    st.integers(0, 2**128 - 1),
)
def test_a_place_in_the_queue_is_read_back_as_it_was_written(due: datetime | None, rank: int, number: int) -> None:
    place = Place(due, rank, f"ntc_{base32(number)}")
    assert Place.parse(str(place)) == place


@pytest.mark.parametrize(
    "text", ["", ".", "-", "-.x", "5", "x.ntc_" + "0" * 26, "\u0665.ntc_" + "0" * 26, f"{10**30}.ntc_" + "0" * 26]
)
def test_a_place_that_is_none_is_none(text: str) -> None:
    assert Place.parse(text) is None
    assert waiting.LATEST > 0
