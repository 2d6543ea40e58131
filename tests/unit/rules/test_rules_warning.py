"""Which document of a ladder may be sent, and when."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from mufakat.rules import profile, warning
from mufakat.rules.clock import Rest
from mufakat.rules.errors import BadProfileError, NotNowError
from mufakat.rules.fault import FaultCode
from mufakat.rules.warning import BadWarningError, Sent

if TYPE_CHECKING:
    from mufakat.rules.profile import Ladder

AT = datetime(2026, 3, 2, 3, tzinfo=UTC)
DAY = timedelta(days=1)
STATUTE = profile.load("id-mr5-2020")


def ladder(name: str = "letters_normal") -> Ladder:
    return next(one for one in STATUTE.ladders if one.name == name)


NORMAL = ladder()
ALL = ("letter_1", "letter_2", "letter_3", "block")


def may(name: str, *, came: Any = ALL, sent: Any = (), at: datetime = AT, rests: Any = ()) -> str:
    return warning.require(NORMAL, name, came=came, sent=sent, at=at, rests=rests).name


def test_the_first_letter_goes_once_its_time_has_come() -> None:
    assert may("letter_1", came={"letter_1"}) == "letter_1"


def test_no_letter_goes_before_its_time() -> None:
    with pytest.raises(NotNowError, match="has not come"):
        may("letter_1", came=())


@pytest.mark.parametrize("step", ["letter_2", "letter_3", "block"])
def test_no_step_is_skipped_however_much_time_has_passed(step: str) -> None:
    with pytest.raises(NotNowError, match="comes before"):
        may(step, at=AT + 90 * DAY)


@pytest.mark.parametrize("step", ["reminder", "letter_4", "", "Letter_1", "unreachable"])
def test_a_step_that_the_profile_does_not_put_to_people_is_not_there(step: str) -> None:
    with pytest.raises(BadWarningError) as caught:
        may(step)
    assert [(one.pointer, one.code) for one in caught.value.faults] == [("/step", FaultCode.NOT_IN_LIST)]


def test_the_second_letter_waits_from_when_the_first_was_really_sent() -> None:
    late = [Sent("letter_1", AT + timedelta(hours=20))]
    with pytest.raises(NotNowError, match="waits PT24H after letter_1"):
        may("letter_2", sent=late, at=AT + timedelta(hours=44) - timedelta(milliseconds=1))
    assert may("letter_2", sent=late, at=AT + timedelta(hours=44)) == "letter_2"


def test_a_time_in_which_the_clock_rested_is_waited_out() -> None:
    sent = [Sent("letter_1", AT)]
    rest = Rest(AT + timedelta(hours=1), AT + timedelta(hours=6))
    with pytest.raises(NotNowError):
        may("letter_2", sent=sent, at=AT + timedelta(hours=28), rests=[rest])
    assert may("letter_2", sent=sent, at=AT + timedelta(hours=29), rests=[rest]) == "letter_2"


def test_nothing_is_sent_twice() -> None:
    with pytest.raises(NotNowError, match="sent already"):
        may("letter_1", sent=[Sent("letter_1", AT)], at=AT + DAY)


def test_after_the_last_letter_the_block_is_announced_and_then_nothing() -> None:
    sent = [Sent(f"letter_{number}", AT + number * DAY) for number in (1, 2, 3)]
    assert may("block", sent=sent, at=AT + 4 * DAY) == "block"
    with pytest.raises(NotNowError, match="sent already"):
        may("block", sent=[*sent, Sent("block", AT + 4 * DAY)], at=AT + 9 * DAY)


def test_a_block_is_not_announced_before_the_reasons_were_weighed() -> None:
    block = warning.step_of(NORMAL, "block")
    assert block is not None
    with pytest.raises(BadWarningError) as caught:
        warning.require_weighed(block, None)
    assert [(one.pointer, one.code) for one in caught.value.faults] == [("/reasons_weighed", FaultCode.MISSING)]
    assert "Pasal 15(12), 16(13)" in caught.value.faults[0].detail
    warning.require_weighed(block, "They answered that the page is gone; it is not.")


def test_a_letter_needs_no_such_word() -> None:
    for number in (1, 2, 3):
        step = warning.step_of(NORMAL, f"letter_{number}")
        assert step is not None
        warning.require_weighed(step, None)


@pytest.mark.parametrize("name", ["letters_normal", "letters_urgent"])
def test_the_statute_knows_three_letters_at_most(name: str) -> None:
    assert warning.letters_of(ladder(name)) == 3


def test_in_2017_nothing_but_the_announcement_is_sent() -> None:
    (found,) = profile.load("id-2017").ladders
    assert [step.name for step in warning.documents(found)] == ["notice_of_intended_block"]
    assert warning.letters_of(found) == 0


GOOD = {"step": "letter_1", "text": "Please answer."}
GROUND = {"system": "id", "instrument": "A made-up law", "provision": "Pasal 1"}


def body(**changes: Any) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


def faults(raw: bytes) -> list[tuple[str, FaultCode]]:
    with pytest.raises(BadWarningError) as caught:
        warning.read(raw)
    return [(one.pointer, one.code) for one in caught.value.faults]


def test_a_body_is_read() -> None:
    found = warning.read(body(legal_ground=GROUND, language="id", reasons_weighed="They were weighed."))
    assert (found.step, found.language) == ("letter_1", "id")
    assert found.legal_ground is not None
    assert found.legal_ground.provision == "Pasal 1"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", [("", FaultCode.NOT_JSON)]),
        (b"[]", [("", FaultCode.WRONG_TYPE)]),
        (b"{}", [("/step", FaultCode.MISSING), ("/text", FaultCode.MISSING)]),
        (body(text=""), [("/text", FaultCode.EMPTY)]),
        (body(text=" \n"), [("/text", FaultCode.EMPTY)]),
        (body(text="a\x07"), [("/text", FaultCode.BAD_TEXT)]),
        (body(text="x" * 4_001), [("/text", FaultCode.TOO_LONG)]),
        (body(reasons_weighed="  "), [("/reasons_weighed", FaultCode.EMPTY)]),
        (body(number=4), [("/number", FaultCode.UNKNOWN_MEMBER)]),
        (body(legal_ground={**GROUND, "system": "xx"}), [("/legal_ground/system", FaultCode.NOT_IN_LIST)]),
        (body(legal_ground={**GROUND, "provision": "a\nb"}), [("/legal_ground/provision", FaultCode.BAD_TEXT)]),
    ],
)
def test_every_fault_of_a_body_is_pointed_at(raw: bytes, expected: list[tuple[str, FaultCode]]) -> None:
    assert faults(raw) == expected


TEXT = profile.text_of("id-mr5-2020").decode()


@pytest.mark.parametrize(
    ("old", "new", "pointer"),
    [
        ("{code: TEGURAN-2, number: 2,", "{code: TEGURAN-2, number: 3,", "/ladders/2/steps/2/letter/number"),
        ("{code: TEGURAN-2, number: 2,", "{code: TEGURAN-1, number: 2,", "/ladders/2/steps/2/letter/code"),
        ("{code: TEGURAN-2, number: 2,", "{code: two, number: 2,", "/ladders/2/steps/2/letter/code"),
        ("    at_most_letters: 3", "    at_most_letters: 2", "/ladders/2/steps/3/letter"),
        (
            "        letter: {code: TEGURAN-1, number: 1, carries: administrative_fine}\n",
            "",
            "/ladders/2/steps/1/proposes",
        ),
        (
            "{name: reminder, act: remind, after: {elapsed: PT18H}}",
            "{name: reminder, act: remind, after: {elapsed: PT18H}, weighs_reasons: true}",
            "/ladders/2/steps/0/weighs_reasons",
        ),
        (
            "proposes: notice_of_intended_block\n",
            "proposes: notice_of_intended_block\n        letter: {code: X, number: 4}\n",
            "/ladders/2/steps/4/letter",
        ),
    ],
)
def test_letters_that_do_not_fit_their_ladder_are_refused(old: str, new: str, pointer: str) -> None:
    assert old in TEXT
    with pytest.raises(BadProfileError) as caught:
        profile.parse(TEXT.replace(old, new, 1).encode())
    assert pointer in [one.pointer for one in caught.value.faults]
