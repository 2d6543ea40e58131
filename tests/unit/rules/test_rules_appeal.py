"""Who may contest what until when, who resolves it, and what a reversal does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mufakat.rules import appeal
from mufakat.rules.appeal import (
    AlreadyContestedError,
    AppealState,
    Contested,
    Effect,
    Former,
    Level,
    Resolution,
    ResolutionIn,
    Standing,
    WindowOverError,
)
from mufakat.rules.errors import NotPermittedError
from mufakat.rules.fault import Faults
from mufakat.rules.permissions import Role

NOW = datetime(2017, 7, 14, 9, tzinfo=UTC)
UNTIL = NOW + timedelta(days=30)
ACTED = Contested(1, UNTIL, stands=True, acted=True, measures=("mea_1", "mea_2"))
REFUSED = Contested(1, UNTIL, stands=True, acted=False)
GONE = Contested(1, UNTIL, stands=False, acted=False)
WHY = "The content is lawful satire."


def lodge(contested: Contested = ACTED, *former: Former, level: Level = Level.INTERNAL, at: datetime = NOW) -> None:
    appeal.require_contestable(contested, former, standing=Standing.UPLOADER, level=level, at=at)


def faults_of(contested: Contested, standing: Standing, told: ResolutionIn) -> list[str]:
    faults = Faults()
    appeal.judge(told, contested, standing, faults)
    return [fault.pointer for fault in faults.found]


def test_the_window_is_open_to_its_very_end() -> None:
    lodge(at=UNTIL)
    with pytest.raises(WindowOverError):
        lodge(at=UNTIL + timedelta(milliseconds=1))


@pytest.mark.parametrize("level", [Level.OUT_OF_COURT, Level.JUDICIAL])
def test_a_body_outside_has_times_of_its_own(level: Level) -> None:
    lodge(level=level, at=UNTIL + timedelta(days=300))


def test_what_was_reversed_cannot_be_contested() -> None:
    with pytest.raises(appeal.NothingStandsError):
        lodge(Contested(1, UNTIL, stands=False, acted=True))


@pytest.mark.parametrize(
    ("state", "heard"),
    [(AppealState.LODGED, False), (AppealState.UPHELD, True), (AppealState.PARTLY, True), (AppealState.REVERSED, True)],
)
def test_one_side_is_heard_once(state: AppealState, heard: bool) -> None:  # noqa: FBT001 - a row of the table.
    with pytest.raises(AlreadyContestedError) as refused:
        lodge(ACTED, Former(Standing.UPLOADER, Level.INTERNAL, state))
    assert refused.value.heard is heard


@pytest.mark.parametrize(
    "former",
    [
        Former(Standing.UPLOADER, Level.INTERNAL, AppealState.INADMISSIBLE),
        Former(Standing.THIRD_PARTY, Level.INTERNAL, AppealState.LODGED),
        Former(Standing.SENDER, Level.INTERNAL, AppealState.UPHELD, "pty_1"),
        Former(Standing.UPLOADER, Level.JUDICIAL, AppealState.UPHELD),
    ],
    ids=["not heard", "somebody else", "the sender", "a court"],
)
def test_nobody_elses_appeal_keeps_one_from_being_heard(former: Former) -> None:
    lodge(ACTED, former)


def test_a_decision_takes_a_bounded_number_of_appeals_of_one_side() -> None:
    own = [Former(Standing.UPLOADER, Level.INTERNAL, AppealState.INADMISSIBLE)] * appeal.MOST
    lodge(ACTED, *own[1:])
    with pytest.raises(appeal.TooManyAppealsError):
        lodge(ACTED, *own)


@pytest.mark.invariant("I-08")
def test_a_platform_that_contests_itself_leaves_room_for_who_is_affected() -> None:
    lodge(ACTED, *[Former(Standing.PLATFORM, Level.INTERNAL, AppealState.INADMISSIBLE, "pty_b")] * appeal.MOST)


@pytest.mark.parametrize(
    ("party", "standing"),
    [("pty_a", Standing.SENDER), ("pty_b", Standing.PLATFORM), ("pty_c", Standing.THIRD_PARTY)],
)
def test_a_party_contests_as_what_it_is(party: str, standing: Standing) -> None:
    assert appeal.standing_of(party, sender="pty_a", recipient="pty_b") is standing


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("party", ["pty_a", "pty_b"])
def test_officers_contest_what_their_party_sent_and_representatives_speak_for_theirs(role: Role, party: str) -> None:
    if role is Role.REPRESENTATIVE or (role is Role.OFFICER and party == "pty_a"):
        appeal.require_lodger(role, party=party, sender="pty_a")
        return
    with pytest.raises(NotPermittedError):
        appeal.require_lodger(role, party=party, sender="pty_a")


def test_where_the_profile_knows_no_right_there_are_thirty_days() -> None:
    assert appeal.until(None, decided_at=NOW) == UNTIL
    assert appeal.until(NOW, decided_at=NOW - timedelta(days=99)) == NOW


@pytest.mark.invariant("I-08")
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("person", "party"), [(1, "pty_b"), (2, "pty_b"), (2, "pty_a")])
def test_only_another_reviewer_of_the_party_that_decided_resolves(role: Role, person: int, party: str) -> None:
    may = appeal.may_resolve(role, person=person, party=party, decider=1, recipient="pty_b")
    assert may is (role is Role.REVIEWER and person == 2 and party == "pty_b")


@pytest.mark.invariant("I-08")
def test_the_decider_is_told_why_not() -> None:
    with pytest.raises(NotPermittedError, match="somebody else"):
        appeal.require_resolver(Role.REVIEWER, person=1, party="pty_b", decider=1, recipient="pty_b")


@pytest.mark.parametrize(
    ("contested", "standing", "outcome", "measures", "expected"),
    [
        (ACTED, Standing.UPLOADER, Resolution.UPHELD, (), Effect()),
        (ACTED, Standing.UPLOADER, Resolution.INADMISSIBLE, (), Effect()),
        (ACTED, Standing.UPLOADER, Resolution.REVERSED, (), Effect(("mea_1", "mea_2"), stands=False, whole=True)),
        (ACTED, Standing.PLATFORM, Resolution.REVERSED, (), Effect(("mea_1", "mea_2"), stands=False, whole=True)),
        (ACTED, Standing.THIRD_PARTY, Resolution.PARTLY, ("mea_2",), Effect(("mea_2",), stands=False)),
        (ACTED, Standing.SENDER, Resolution.REVERSED, (), Effect(reopens=True, stands=False)),
        (REFUSED, Standing.SENDER, Resolution.REVERSED, (), Effect(reopens=True, stands=False, whole=True)),
        (REFUSED, Standing.UPLOADER, Resolution.REVERSED, (), Effect(reopens=True, stands=False, whole=True)),
        (REFUSED, Standing.SENDER, Resolution.UPHELD, (), Effect()),
    ],
)
def test_a_resolution_has_its_effect(
    contested: Contested, standing: Standing, outcome: Resolution, measures: tuple[str, ...], expected: Effect
) -> None:
    assert appeal.effect(outcome, contested, standing, measures=measures) == expected


@pytest.mark.parametrize(
    ("contested", "standing", "told", "where"),
    [
        (ACTED, Standing.UPLOADER, ResolutionIn(outcome=Resolution.UPHELD, reasons=WHY), []),
        (ACTED, Standing.UPLOADER, ResolutionIn(outcome=Resolution.UPHELD, reasons="No."), ["/reasons"]),
        (ACTED, Standing.UPLOADER, ResolutionIn(outcome=Resolution.REVERSED, reasons="Yes."), ["/reasons"]),
        (ACTED, Standing.UPLOADER, ResolutionIn(outcome=Resolution.PARTLY, reasons=WHY), ["/measures"]),
        (GONE, Standing.SENDER, ResolutionIn(outcome=Resolution.REVERSED, reasons=WHY), ["/outcome"]),
        (GONE, Standing.SENDER, ResolutionIn(outcome=Resolution.INADMISSIBLE, reasons=WHY), []),
        (REFUSED, Standing.SENDER, ResolutionIn(outcome=Resolution.PARTLY, reasons=WHY), ["/outcome"]),
        (ACTED, Standing.SENDER, ResolutionIn(outcome=Resolution.PARTLY, reasons=WHY), ["/outcome"]),
        (
            ACTED,
            Standing.UPLOADER,
            ResolutionIn(outcome=Resolution.PARTLY, reasons=WHY, measures=("mea_1",)),
            [],
        ),
        (
            ACTED,
            Standing.UPLOADER,
            ResolutionIn(outcome=Resolution.PARTLY, reasons=WHY, measures=("mea_1", "mea_2")),
            ["/measures"],
        ),
        (
            ACTED,
            Standing.UPLOADER,
            ResolutionIn(outcome=Resolution.PARTLY, reasons=WHY, measures=("mea_3", "mea_1", "mea_1")),
            ["/measures/0", "/measures/2"],
        ),
        (
            ACTED,
            Standing.UPLOADER,
            ResolutionIn(outcome=Resolution.REVERSED, reasons=WHY, measures=("mea_1",)),
            ["/measures"],
        ),
    ],
)
def test_a_resolution_is_judged_in_every_part(
    contested: Contested, standing: Standing, told: ResolutionIn, where: list[str]
) -> None:
    assert faults_of(contested, standing, told) == where


@pytest.mark.parametrize(
    ("stands", "lodged", "unfinished", "late", "closes"),
    [
        (True, False, False, False, False),
        (True, False, False, True, True),
        (True, True, False, True, False),
        (True, False, True, True, False),
        (False, False, False, False, True),
        (False, False, True, False, False),
    ],
)
def test_a_notice_closes_when_nothing_is_open(
    *, stands: bool, lodged: bool, unfinished: bool, late: bool, closes: bool
) -> None:
    at = UNTIL + timedelta(days=1) if late else NOW
    assert appeal.may_close(until=UNTIL, stands=stands, lodged=lodged, unfinished=unfinished, at=at) is closes
