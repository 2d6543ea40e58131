"""Let a clock rest, and let it go on, with a reason that both sides read.

Only the side that waits may let a clock rest: the time is owed to it, and whoever owes an act must not stop the clock
that counts it. Where a profile lets a clock rest because something is missing, the event that says so does it by itself
(``clocks.turn``), for both sides to see. Who owes the act may end any rest: nobody is kept from being in time. Who
waits ends only a rest that it granted, never one that the profile gave the other side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules.clock import ClockState
from mufakat.rules.errors import ClockStandsError, NotFoundError, NotPermittedError
from mufakat.rules.events import EventType
from mufakat.rules.permissions import Deed
from mufakat.rules.profile import Actor
from mufakat.server.agreements import profiles
from mufakat.server.journal import door, operations as journal
from mufakat.server.journal.answers import Answer, Key
from mufakat.server.notices import clocks, queries
from mufakat.server.notices.faces import NoticeOut, encode
from mufakat.server.notices.models import Clock, Notice, Rest

if TYPE_CHECKING:
    from mufakat.rules.profile import ClockRule, Profile
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller


class NotYoursToPauseError(NotPermittedError):
    """The clock counts for the other side."""

    def __str__(self) -> str:
        return "Only the side that waits may let a clock rest; ask the other side by a message."


class NotYoursToResumeError(NotPermittedError):
    """The rest belongs to the other side."""

    def __str__(self) -> str:
        return "The profile gave this rest to the other side: it ends with the event that the profile names."


@dataclass(slots=True)
class Resting:
    """One deed on one clock, on its way to the writer."""

    notice: str
    name: str
    by: Caller
    reason: str
    pausing: bool
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        notice = queries.get_for(self.by, self.notice, deed=Deed.PAUSE_CLOCK)
        one, rule = found(notice, self.name)
        rules_of = profiles.load(notice.profile)
        state = clocks.state_of(one, rules_of, at=moment.at)
        if self.pausing:
            self._pause(notice, one, rule, state)
            clocks.rest(one, rule, rules_of, by=self.by.handle, moment=moment)
        else:
            self._resume(notice, one, rule, state)
            clocks.go_on(one, rule, rules_of, moment=moment)
        running = list(Clock.objects.filter(notice=notice, ended_at=None))
        notice.due_at = clocks.soonest(running)
        Notice.objects.filter(pk=notice.pk).update(due_at=notice.due_at)
        type_ = EventType.CLOCK_PAUSED if self.pausing else EventType.CLOCK_RESUMED
        first = queries.first_event(notice.id).id
        happening = clocks.told(type_, notice, one, reason=self.reason, ref=first, by=self.by.handle)
        journal.append([happening], moment)
        return Answer(200, encode(NoticeOut.of(queries.whole(notice), at=moment.at)), notice.id)

    def _pause(self, notice: Notice, one: Clock, rule: ClockRule, state: ClockState) -> None:
        owed = owes(rule, notice) != waits_party(rule, notice) and self.by.party_id == owes(rule, notice)
        if rule.right or owed:  # Nobody lets the time rest in which somebody else may act.
            raise NotYoursToPauseError(Deed.PAUSE_CLOCK, self.by.role)
        if state is not ClockState.RUNNING:
            raise ClockStandsError(one.name, state.value, "paused")

    def _resume(self, notice: Notice, one: Clock, rule: ClockRule, state: ClockState) -> None:
        if state is not ClockState.PAUSED:
            raise ClockStandsError(one.name, state.value, "resumed")
        ours = Rest.objects.filter(clock=one, resumed_at=None, paused_by=self.by.handle).exists()
        if not ours and self.by.party_id != owes(rule, notice):
            raise NotYoursToResumeError(Deed.PAUSE_CLOCK, self.by.role)


def found(notice: Notice, name: str) -> tuple[Clock, ClockRule]:
    """The clock of this name on the notice, and the rule that it runs by."""
    one = Clock.objects.filter(notice=notice, name=name).first()
    rule = profiles.load(notice.profile).clock(name)
    if one is None or rule is None:
        raise NotFoundError("clock")
    return one, rule


def owes(rule: ClockRule, notice: Notice) -> str:
    """The party whose act the clock counts."""
    return notice.sender_id if rule.actor is Actor.SENDER else notice.recipient_id


def waits_party(rule: ClockRule, notice: Notice) -> str:
    """The party that waits for it."""
    return notice.recipient_id if rule.actor is Actor.SENDER else notice.sender_id


def pause(notice: str, name: str, *, by: Caller, reason: str, key: Key | None = None) -> Answer:
    """Let the clock rest: the time that is left is stored, its ladder waits, both sides learn why.

    Raises NotFoundError, NotPermittedError, ClockStandsError.
    """
    queries.get_for(by, notice, deed=Deed.PAUSE_CLOCK)
    answer: Answer = door.writer().commit(Resting(notice, name, by, reason, pausing=True, key=key))
    return answer


def resume(notice: str, name: str, *, by: Caller, reason: str, key: Key | None = None) -> Answer:
    """Let the clock go on with the time that was left. Raises as `pause` does."""
    queries.get_for(by, notice, deed=Deed.PAUSE_CLOCK)
    answer: Answer = door.writer().commit(Resting(notice, name, by, reason, pausing=False, key=key))
    return answer


def profile_of(notice: Notice) -> Profile:
    """The profile under which the notice was taken."""
    return profiles.load(notice.profile)


def may_resume(by: Caller, notice: Notice, one: Clock) -> bool:
    """Whether a page shows this caller the form by which the clock goes on."""
    rule = profiles.load(notice.profile).clock(one.name)
    if rule is None:
        return False
    ours = Rest.objects.filter(clock=one, resumed_at=None, paused_by=by.handle).exists()
    return ours or by.party_id == owes(rule, notice)


def may_pause(by: Caller, notice: Notice, name: str) -> bool:
    """Whether a page shows this caller the form."""
    rule = profiles.load(notice.profile).clock(name)
    return rule is not None and not rule.right and by.party_id == waits_party(rule, notice)
