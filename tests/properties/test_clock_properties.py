"""What holds for every clock, calendar, rest and ladder, and for every text that calls itself a profile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

import pytest
import yaml
from hypothesis import assume, example, given, settings, strategies as st

from mufakat.rules import calendars, clock, ladder, profile
from mufakat.rules.clock import ClockState, Rest, state_at
from mufakat.rules.errors import BadProfileError
from mufakat.rules.profile import Act, Calendar, Duration, Ladder, LadderStep, Weekday

# No deadline: the machine may be busy with other tests.
patient = settings(deadline=None, max_examples=150)

ZONES = sorted(available_timezones() - {"localtime"})
NOTHING = timedelta(0)
moments = st.integers(0, 20 * 365 * 86_400_000).map(
    lambda ms: datetime(2015, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
spans = st.integers(0, 90 * 86_400_000).map(lambda ms: timedelta(milliseconds=ms))
zones = st.sampled_from(["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Europe/Brussels", *ZONES])


@st.composite
def office(draw: st.DrawFn) -> Calendar:
    """A calendar, named office, with at least half an hour of work a week."""
    stops = sorted(draw(st.sets(st.integers(0, 47), min_size=2, max_size=6)))
    times = [f"{stop // 2:02}:{stop % 2 * 30:02}" for stop in stops]
    hours = tuple(f"{opens}-{closes}" for opens, closes in zip(times[::2], times[1::2], strict=False))
    days = tuple(sorted(draw(st.sets(st.sampled_from(list(Weekday)), min_size=1))))
    return Calendar("office", draw(zones), days, hours, draw(st.sampled_from([None, "ID", "BE", "DE-BY"])))


hours_of_work = st.integers(1, 40 * 60).map(lambda minutes: f"PT{minutes}M")
elapsed = st.integers(1, 60 * 24 * 60).map(lambda minutes: f"PT{minutes}M")
durations = st.one_of(
    elapsed.map(lambda text: Duration(elapsed=text)),
    zones.map(lambda zone: Duration(calendar_day=zone)),
    hours_of_work.map(lambda text: Duration(working=text, calendar="office")),
    st.integers(1, 10).map(lambda days: Duration(working=f"P{days}D", calendar="office")),
    st.tuples(elapsed, st.integers(2, 9)).map(lambda each: Duration(repeat=each[0], times=each[1])),
    elapsed.map(lambda text: Duration(undue_delay=text)),
    st.tuples(st.integers(1, 24), zones).map(lambda each: Duration(period=f"P{each[0]}M", zone=each[1])),
    st.just(Duration(at_once=True)),
)


def used(duration: Duration, start: datetime, end: datetime, office: Calendar) -> timedelta:
    """The time of this kind that passed from start to end."""
    return calendars.between(office, start, end) if duration.working else end - start


@patient
@given(durations, office(), moments)
def test_nothing_is_due_before_it_starts(duration, office, at):
    assert clock.due_at(duration, at=at, calendars=(office,)) >= at


@patient
@given(durations, office(), moments, spans)
def test_what_starts_later_is_never_due_earlier(duration, office, at, later):
    first, second = (clock.due_at(duration, at=start, calendars=(office,)) for start in (at, at + later))
    assert first <= second


@patient
@given(hours_of_work, office(), moments)
def test_between_the_start_and_the_due_time_lies_just_the_working_time(work, office, at):
    due = clock.due_at(Duration(working=work, calendar="office"), at=at, calendars=(office,))
    assert calendars.between(office, at, due) == timedelta(minutes=int(work[2:-1]))


@patient
@given(office(), moments, spans, spans)
def test_working_time_adds_up(office, start, one, two):
    middle, end = start + one, start + one + two
    parts = calendars.between(office, start, middle) + calendars.between(office, middle, end)
    assert parts == calendars.between(office, start, end) <= end - start


@patient
@given(durations, office(), moments, st.data())
def test_a_rest_neither_shortens_nor_lengthens_what_is_left(duration, office, at, data):
    due = clock.due_at(duration, at=at, calendars=(office,))
    paused = at + data.draw(st.floats(0, 1)) * (due - at)
    resumed = paused + data.draw(spans)
    left = clock.left(duration, due_at=due, at=paused, calendars=(office,))
    again = clock.resume(duration, left, at=resumed, calendars=(office,))
    assert clock.left(duration, due_at=again, at=resumed, calendars=(office,)) == left


@patient
@given(durations, office(), moments, st.lists(st.tuples(st.floats(0, 1), spans), max_size=5))
def test_the_time_that_a_clock_runs_is_the_same_however_often_it_rests(duration, office, at, pauses):
    due = clock.due_at(duration, at=at, calendars=(office,))
    whole, ran, begun = used(duration, at, due, office), NOTHING, at
    for share, span in pauses:
        paused = begun + share * (due - begun)
        ran += used(duration, begun, paused, office)
        left = clock.left(duration, due_at=due, at=paused, calendars=(office,))
        begun = paused + span
        due = clock.resume(duration, left, at=begun, calendars=(office,))
    assert ran + used(duration, begun, due, office) == whole


@patient
@given(durations, office(), moments, st.floats(0, 1), st.tuples(spans, spans))
def test_a_longer_rest_never_makes_a_clock_due_earlier(duration, office, at, share, lengths):
    rest, more = lengths
    due = clock.due_at(duration, at=at, calendars=(office,))
    left = clock.left(duration, due_at=due, at=at + share * (due - at), calendars=(office,))
    resumed = at + share * (due - at) + rest
    first, second = (clock.resume(duration, left, at=end, calendars=(office,)) for end in (resumed, resumed + more))
    assert first <= second


@patient
@given(durations, office(), moments, st.floats(0, 1))
def test_a_rest_of_no_length_changes_nothing(duration, office, at, share):
    due = clock.due_at(duration, at=at, calendars=(office,))
    paused = at + share * (due - at)
    left = clock.left(duration, due_at=due, at=paused, calendars=(office,))
    assume(left > NOTHING or duration.working is None)  # After the last hours of work only the wall moves on.
    assert clock.resume(duration, left, at=paused, calendars=(office,)) == due


@patient
@given(durations, office(), moments, spans)
def test_what_is_overdue_does_not_rest(duration, office, at, late):
    assume(late > NOTHING)
    due = clock.due_at(duration, at=at, calendars=(office,))
    with pytest.raises(ValueError, match="overdue does not rest"):
        clock.left(duration, due_at=due, at=due + late, calendars=(office,))


@patient
@given(st.integers(1, 10**12))
def test_less_than_nothing_is_never_left(microseconds):
    with pytest.raises(ValueError, match="Less than nothing"):
        clock.resume(
            Duration(elapsed="PT1H"), timedelta(microseconds=-microseconds), at=datetime(2026, 1, 1, tzinfo=UTC)
        )


@patient
@given(moments, st.none() | moments, moments, st.tuples(st.booleans(), st.booleans(), st.booleans()))
def test_a_target_and_a_right_are_never_overdue(due, ended, at, how):
    void, paused, target = how
    state = state_at(due, ended, at=at, void=void, paused=paused, target=target, right=not target)
    assert state not in {ClockState.OVERDUE, ClockState.MISSED}


@st.composite
def ladders(draw: st.DrawFn) -> Ladder:
    """A ladder of up to eight steps, each counting from the start, the due time or a step under it."""
    steps: list[LadderStep] = []
    for number in range(draw(st.integers(1, 8))):
        base = draw(st.sampled_from(["start", "due", *(step.name for step in steps)]))
        after = draw(durations.filter(lambda duration: duration.repeat is None))
        steps.append(LadderStep(f"s{number}", Act.REMIND, after, base))
    return Ladder("up", "soon", tuple(steps))


@st.composite
def rests(draw: st.DrawFn, start: datetime) -> list[Rest]:
    found, begun = [], start
    for before, span in draw(st.lists(st.tuples(spans, spans), max_size=3)):
        found.append(Rest(begun + before, begun + before + span))
        begun = found[-1].resumed_at
    return found


@patient
@given(ladders(), office(), moments, st.data())
def test_a_ladder_is_climbed_step_by_step_upwards_in_time(made, office, at, data):
    told: dict[str, Any] = {"started_at": at, "due_at": at + timedelta(hours=4), "calendars": (office,)}
    told["rests"] = data.draw(rests(at))
    climbed = [ladder.next_rung(made, climbed=count, **told) for count in range(len(made.steps) + 2)]
    found = [rung for rung in climbed if rung is not None]
    assert [rung.index for rung in found] == list(range(len(made.steps)))
    assert climbed[len(made.steps) :] == [None, None]
    assert [rung.at for rung in found] == sorted(rung.at for rung in found)
    assert found[0].at >= at


@patient
@given(ladders(), office(), moments, st.data())
def test_no_step_is_taken_while_its_clock_rests(made, office, at, data):
    found = data.draw(rests(at))
    due = clock.due_at(Duration(elapsed="PT4H"), at=at)
    for rest in found:
        due = clock.after_rest(Duration(elapsed="PT4H"), due, since=at, rest=rest)
    told = [rest for rest in found if rest.paused_at < due]  # After its due time a clock does not rest.
    rungs = ladder.rungs(made, started_at=at, due_at=due, calendars=(office,), rests=told)
    assert [rung for rung in rungs for rest in told if rest.paused_at < rung.at < rest.resumed_at] == []


words = st.sampled_from(
    [
        *("name", "title", "note", "clocks", "ladders", "steps", "after", "from", "elapsed", "working", "calendar"),
        *(
            "calendars",
            "days",
            "hours",
            "holidays",
            "times",
            "repeat",
            "&a",
            "*a",
            "!!str",
            "!x",
            "<<",
            "? ",
            "- ",
            ": ",
        ),
        *("[", "]", "{", "}", ",", "'", '"', "|", ">", "#", "%YAML 1.1", "---", "...", "\n", "\n  ", "\n    ", "\t"),
        *(
            "null",
            "true",
            "1e999",
            "0x1F",
            "1" * 400,
            "2026-03-20",
            "PT4H",
            "-PT4H",
            "\x00",
            "\ufeff",
            "\u2028",
            "\ud7ff",
        ),
    ]
)
yaml_texts = st.lists(words | st.text(max_size=4), max_size=40).map("".join)
MORE = settings(deadline=None, max_examples=400)


def read(raw: bytes) -> None:
    """The profile is read, or refused with a line that the text has, a code and a sentence for each fault."""
    try:
        profile.parse(raw)
    except BadProfileError as error:
        lines = raw.count(b"\n") + raw.count(b"\r") + raw.count("\u2028".encode()) + raw.count("\u2029".encode())
        lines += raw.count("\x85".encode())
        for fault in error.faults:
            assert fault.line is not None
            assert 1 <= fault.line <= lines + 2
            assert fault.detail.endswith((".", "?", '"'))
            assert fault.detail.isprintable()


@MORE
@given(st.binary(max_size=200) | yaml_texts.map(lambda text: text.encode("utf-8", "replace")))
@example(b"")
@example(b"---\n---\n")
@example(b"a: \xef\xbb\xbf")
@example(b"\xff\xfea\x00:\x00")
@example(b"&a [*a]")
@example(b"{" * 70_000)
@example(b"- " * 30_000)
@example(b"? " * 30_000)
@example(b"a: " * 20_000)
@example(b"'" * 65_000)
@example(b"[a, " * 16_000)
@example(b"x" * 10_000_000)
def test_no_text_breaks_the_reader_of_profiles(raw):
    read(raw)


GOOD = {name: (profile._FOLDER / f"{name}.yaml").read_text(encoding="utf-8") for name in profile.names()}


@MORE
@given(st.sampled_from(sorted(GOOD)), st.data())
def test_no_change_of_a_good_profile_breaks_the_reader(name, data):
    text = GOOD[name]
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(text)))
        until = data.draw(st.integers(place, min(place + 60, len(text))))
        text = text[:place] + data.draw(words | st.text(max_size=3)) + text[until:]
    read(text.encode("utf-8", "replace"))


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["PT4H", "soon"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@patient
@given(st.sampled_from(sorted(GOOD)), st.data())
def test_no_value_in_the_place_of_another_breaks_the_reader(name, data):
    document = yaml.safe_load(GOOD[name])
    place: Any = document
    for _ in range(data.draw(st.integers(0, 5))):
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        inner = [key for key in keys if isinstance(place[key], dict | list) and place[key]]
        if not inner:
            break
        place = place[data.draw(st.sampled_from(inner))]
    key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else list(range(len(place)))))
    place[key] = data.draw(plain)
    read(yaml.safe_dump(document, allow_unicode=True).encode("utf-8", "replace"))
