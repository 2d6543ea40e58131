"""The accuracy of a flagger moves with real decisions and real appeals, and so does what is said of the platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.server.appeals.conftest import contest as contest  # noqa: PLC0414 - a fixture of theirs.
from tests.server.appeals.contesting import DECIDER, OTHER, REPRESENTATIVE, decision, said
from tests.server.governance.counted import count

from mufakat.server.decisions import operations as decisions
from mufakat.server.governance import queries
from mufakat.server.governance.queries import Wanted
from mufakat.server.notices import queries as notices

if TYPE_CHECKING:
    from tests.server.appeals.contesting import Contest

    from mufakat.rules.accuracy import Tally
    from mufakat.rules.timeliness import Timeliness


def of_flagger() -> Tally:
    count()
    found = queries.listed(Wanted(party="kominfo")).items[0].asking
    assert found is not None
    return found


def of_platform() -> Timeliness:
    count()
    found = queries.listed(Wanted(party="telegram")).items[0].answering
    assert found is not None
    return found


def test_a_measure_that_an_uploader_has_undone_was_wrong(contest: Contest) -> None:
    made = contest.decided()
    contest.decided("refuse")
    before = of_flagger()
    assert (before.right, before.wrong, before.open) == (1, 1, 0)
    contest.resolve(said(contest.lodge_by_code(made)))
    after = of_flagger()
    assert (after.right, after.wrong, after.overturned) == (0, 2, 1)
    assert (of_platform().appeals_resolved, of_platform().appeals_overturned) == (1, 1)


def test_a_refusal_that_the_sender_has_reversed_is_decided_anew(contest: Contest) -> None:
    notice = contest.notice()
    made = contest.decided("refuse", notice=notice)
    contest.resolve(contest.lodge(made))
    assert (of_flagger().wrong, of_flagger().open) == (0, 1)
    decisions.decide(notice, decision("act_full"), by=contest.house.caller(*OTHER))
    assert (of_flagger().right, of_flagger().open) == (1, 0)
    assert (of_platform().answered_in_time, of_platform().appeals_overturned) == (1, 1)


@pytest.mark.invariant("I-11")
@pytest.mark.parametrize("outcome", ["act_full", "refuse", "impossible", "not_found", "duplicate"])
@pytest.mark.parametrize("resolution", [None, "upheld", "reversed", "inadmissible"])
def test_what_is_open_by_the_counts_is_open_in_its_room(contest: Contest, outcome: str, resolution: str | None) -> None:
    notice = contest.notice()
    made = contest.decided(outcome, notice=notice)
    if resolution is not None:
        contest.resolve(contest.lodge(made), resolution)
    counted, state = of_flagger(), notices.get_for(contest.house.caller(*DECIDER), notice).state
    assert (counted.received, counted.open) == (1, int(state in {"received", "acknowledged", "needs_information"}))


def test_what_a_court_reverses_moves_it_too(contest: Contest) -> None:
    acted, refused = contest.decided(), contest.decided("refuse")
    court: dict[str, Any] = {"level": "judicial", "body": "Example District Court"}
    contest.resolve(contest.lodge(acted, by=REPRESENTATIVE, **court))
    contest.resolve(contest.lodge(refused, **court))
    counted = of_flagger()
    assert (counted.right, counted.wrong, counted.overturned, counted.open) == (0, 1, 1, 1)
    assert (of_platform().appeals_resolved, of_platform().appeals_overturned) == (2, 2)


def test_what_a_court_reverses_after_the_end_is_open_again(contest: Contest) -> None:
    made = contest.decided("refuse")
    contest.wait(days=31)
    contest.work()
    contest.resolve(contest.lodge(made, level="judicial", body="Example District Court"))
    assert notices.get_for(contest.house.caller(*DECIDER), made["notice"]).state == "acknowledged"
    assert (of_flagger().open, of_flagger().wrong) == (1, 0)


def test_what_is_reversed_of_an_older_decision_opens_nothing(contest: Contest) -> None:
    notice = contest.notice()
    former = contest.decided(notice=notice)
    contest.resolve(contest.lodge(former))
    decisions.decide(notice, decision("refuse"), by=contest.house.caller(*OTHER))
    contest.resolve(said(contest.lodge_by_code(former)))
    assert notices.get_for(contest.house.caller(*DECIDER), notice).state == "decided"
    assert (of_flagger().open, of_flagger().wrong, of_flagger().overturned) == (0, 1, 0)
