"""What a decision leaves of its notice: the time for appeals, which nobody lets rest, and links, which end with it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.server.appeals.contesting import DECIDER, OFFICER, OTHER, REPRESENTATIVE

from mufakat.rules.errors import NotPermittedError
from mufakat.rules.retention import Erasable
from mufakat.server.journal.models import Event
from mufakat.server.notices import erasure, pauses
from mufakat.server.notices.models import Clock, Notice, Pointer, Rest

if TYPE_CHECKING:
    from tests.server.appeals.contesting import Contest

WINDOW = "appeal_window"
LINKS = ["https://situs.example/a", "https://situs.example/b"]


def links(notice: str) -> list[tuple[bool, bool]]:
    """Of each locator, whether it is linked and whether it was erased."""
    rows = Pointer.objects.filter(notice=notice).order_by("pk")
    return [(row.linked, row.erased_at is not None) for row in rows]


def erase_locators(notice: str) -> None:
    erasure.erase(notice, classes={Erasable.LOCATORS}, reason="An order.")


# -- The time for appeals ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["act_full", "refuse"])
@pytest.mark.parametrize("seat", [OFFICER, DECIDER, OTHER, REPRESENTATIVE], ids="/".join)
def test_nobody_lets_the_time_for_appeals_rest(contest: Contest, seat: tuple[str, str], outcome: str) -> None:
    notice = contest.decided(outcome)["notice"]
    before = Clock.objects.get(notice=notice, name=WINDOW)
    caller = contest.house.caller(*seat)
    with pytest.raises(NotPermittedError):
        pauses.pause(notice, WINDOW, by=caller, reason="A made-up one.")
    after = Clock.objects.get(notice=notice, name=WINDOW)
    assert (after.due_at, after.paused_at) == (before.due_at, None)
    assert after.due_at - contest.at == timedelta(days=30)
    assert not Rest.objects.exists()
    assert not Event.objects.filter(type="clock.paused").exists()


@pytest.mark.parametrize("seat", [OFFICER, DECIDER, REPRESENTATIVE], ids="/".join)
def test_no_page_offers_anybody_to_let_it_rest(contest: Contest, seat: tuple[str, str]) -> None:
    notice = Notice.objects.get(pk=contest.decided()["notice"])
    assert not pauses.may_pause(contest.house.caller(*seat), notice, WINDOW)


def test_whoever_is_affected_is_heard_after_the_sender_tried(contest: Contest) -> None:
    found = contest.decided()
    with pytest.raises(NotPermittedError):
        pauses.pause(found["notice"], WINDOW, by=contest.house.caller(*OFFICER), reason="A made-up one.")
    contest.wait(days=29)
    assert contest.lodge_by_code(found).status == 201
    assert Clock.objects.get(notice=found["notice"], name=WINDOW).ended_at == contest.at


# -- Links -------------------------------------------------------------------------------------------------------------


@pytest.mark.invariant("I-09")
@pytest.mark.parametrize("outcome", ["act_full", "refuse"])
def test_locators_that_were_erased_are_not_linked_once_the_notice_is_decided(contest: Contest, outcome: str) -> None:
    notice = contest.notice(locators=LINKS)
    erase_locators(notice)
    done = [{"locator": place, "measure": "remove"} for place in range(len(LINKS))]
    contest.decided(outcome, notice=notice, **({"items": done} if outcome == "act_full" else {}))
    assert links(notice) == [(False, True), (False, True)]


def test_a_decision_ends_the_links_and_a_reopened_notice_has_them_again(contest: Contest) -> None:
    found = contest.decided("refuse", notice=contest.notice(locators=LINKS))
    assert links(found["notice"]) == [(False, False), (False, False)]
    contest.resolve(contest.lodge(found))
    assert Notice.objects.get(pk=found["notice"]).state == "acknowledged"
    assert links(found["notice"]) == [(True, False), (True, False)]


@pytest.mark.invariant("I-09")
def test_a_reopened_notice_does_not_link_what_was_erased(contest: Contest) -> None:
    found = contest.decided("refuse", notice=contest.notice(locators=LINKS))
    appeal = contest.lodge(found)
    erase_locators(found["notice"])
    contest.resolve(appeal)
    assert Notice.objects.get(pk=found["notice"]).state == "acknowledged"
    assert links(found["notice"]) == [(False, True), (False, True)]
