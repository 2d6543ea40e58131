"""The fast due times of many notices are those of the clocks, for every duration, calendar and moment."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings, strategies as st
from tests.properties.test_clock_properties import durations, moments, office

from mufakat.rules import clock, profile
from mufakat.rules.due_times import DueTimes
from mufakat.rules.notice import Category, NoticeKind, Urgency
from mufakat.rules.profile import Actor, Certainty, ClockRule, Confidence, Profile

patient = settings(deadline=None, max_examples=150)


def ruled(duration, calendar) -> Profile:
    rule = ClockRule(
        "answer", "notice.received", "decision.made", duration, Actor.RECIPIENT, Certainty.OURS, sources=()
    )
    return Profile("made-up", "Made up", Confidence.LOW, "Made up.", (), (), (rule,), (calendar,))


@patient
@given(durations, office(), moments, st.lists(st.integers(-400, 400), min_size=1, max_size=6))
def test_many_notices_are_due_when_each_by_itself_is(duration, calendar, at, days):
    rules = ruled(duration, calendar)
    about = (NoticeKind.REQUEST, Category.FRAUD, Urgency.NORMAL)
    (timed,) = DueTimes(rules).started("notice.received", *about)
    for each in [at, *(at + timedelta(days=day, minutes=day) for day in days)]:
        derived = clock.derive(
            rules, event="notice.received", kind=about[0], category=about[1], urgency=about[2], at=each
        )
        assert list(zip(timed.names, timed.dues(each), strict=True)) == [(one.name, one.due_at) for one in derived]


@patient
@given(
    st.sampled_from(profile.names()),
    st.sampled_from(NoticeKind),
    st.sampled_from(Category),
    st.sampled_from(Urgency),
    moments,
)
def test_the_profiles_that_come_with_the_package_start_the_same_clocks(name, kind, category, urgency, at):
    rules = profile.load(name)
    derived = clock.derive(rules, event="notice.received", kind=kind, category=category, urgency=urgency, at=at)
    many = DueTimes(rules).started("notice.received", kind, category, urgency)
    found = [pair for timed in many for pair in zip(timed.names, timed.dues(at), strict=True)]
    assert found == [(one.name, one.due_at) for one in derived]
