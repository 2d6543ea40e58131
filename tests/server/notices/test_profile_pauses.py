"""Where a profile lets a clock rest because something is missing, its events do so by themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.server.notices.ticking import Ticking, events, said

from mufakat.rules import profile
from mufakat.rules.errors import NotPermittedError
from mufakat.rules.events import EventType
from mufakat.rules.lifecycle import NoticeState
from mufakat.server.agreements import profiles
from mufakat.server.journal import door, operations as journal
from mufakat.server.notices import clocks, pauses, queries
from mufakat.server.notices.models import Clock, Notice

if TYPE_CHECKING:
    from tests.houses import House

CLOCK = "acknowledge_within"


@pytest.fixture
def ticking(house: House, monkeypatch: pytest.MonkeyPatch) -> Ticking:
    """The acknowledgement rests from a message on until the notice was seen, and being seen starts a clock again."""
    import msgspec

    rules = profile.load("id-2017")
    changed = [
        msgspec.structs.replace(rule, pauses=(EventType.MESSAGE_SENT,), resumes=(EventType.NOTICE_SEEN,))
        if rule.name == CLOCK
        else rule
        for rule in rules.clocks
    ]
    extra = msgspec.structs.replace(rules.clocks[0], name="after_seen", starts=EventType.NOTICE_SEEN)
    made = msgspec.structs.replace(rules, clocks=(*changed, extra))
    monkeypatch.setattr(profiles, "load", lambda _: made)
    return Ticking(house)


def happens(notice: str, type_: EventType) -> None:
    """The event, as its room would have it told to the clocks; a message or a look moves no state."""

    def run(moment: object) -> None:
        row = Notice.objects.get(pk=notice)
        first = queries.first_event(notice).id
        turned = clocks.turn(row, type_, after=NoticeState(row.state), ref=first, moment=moment)  # type: ignore[arg-type]
        Notice.objects.filter(pk=notice).update(due_at=turned.due_at)
        journal.append(turned.happenings, moment)  # type: ignore[arg-type]

    door.commit(run)


def test_the_event_itself_lets_the_clock_rest_and_go_on(ticking: Ticking) -> None:
    notice = ticking.submit().subject
    due = ticking.clock(notice).due_at
    ticking.wait(minutes=30)
    happens(notice, EventType.MESSAGE_SENT)
    ticking.wait(hours=9)
    happens(notice, EventType.NOTICE_SEEN)
    assert ticking.clock(notice).due_at == due + timedelta(hours=9)
    assert [said(event) for event in events(notice, "clock.paused", "clock.resumed")] == [
        {"clock": CLOCK, "reason": "message.sent"},
        {"clock": CLOCK, "reason": "notice.seen"},
    ]


def test_the_notice_is_due_when_the_others_are_while_it_rests(ticking: Ticking) -> None:
    notice = ticking.submit().subject
    happens(notice, EventType.MESSAGE_SENT)
    assert Notice.objects.get(pk=notice).due_at == ticking.clock(notice, "takedown_same_day").due_at


def test_who_waits_cannot_end_a_rest_that_the_profile_gave_the_other(ticking: Ticking) -> None:
    notice = ticking.submit().subject
    happens(notice, EventType.MESSAGE_SENT)
    with pytest.raises(NotPermittedError, match="profile gave"):
        pauses.resume(notice, CLOCK, by=ticking.house.caller("kominfo", "officer"), reason="Now.")


def test_an_overdue_clock_does_not_rest_by_itself(ticking: Ticking) -> None:
    notice = ticking.submit().subject
    ticking.at += timedelta(hours=5)
    happens(notice, EventType.MESSAGE_SENT)
    assert ticking.clock(notice).paused_at is None


def test_an_event_that_comes_again_changes_nothing(ticking: Ticking) -> None:
    notice = ticking.submit().subject
    for _ in range(2):
        happens(notice, EventType.MESSAGE_SENT)
    for _ in range(2):
        happens(notice, EventType.NOTICE_SEEN)
    assert len(events(notice, "clock.paused", "clock.resumed")) == 2
    assert Clock.objects.filter(notice=notice, name="after_seen").count() == 1


def test_a_clock_starts_at_a_later_event(ticking: Ticking) -> None:
    notice = ticking.submit().subject
    ticking.wait(hours=1)
    happens(notice, EventType.NOTICE_SEEN)
    assert ticking.clock(notice, "after_seen").due_at == ticking.at + timedelta(hours=4)
