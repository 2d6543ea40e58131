"""What the members of a profile must be to each other: names that exist, once each; events that happen; no circles.

Each finding has the pointer of the member that is to be mended, so that its line can be named.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta

from mufakat.rules import calendars as working, events, profile_power_checks
from mufakat.rules.durations import parse_working
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.ladder import DUE, START
from mufakat.rules.profile_shape import (
    WARNING_LETTER,
    Act,
    Calendar,
    Certainty,
    ClockRule,
    Duration,
    Ladder,
    Profile,
    check_zone,
)

_SAMPLE = {"since": date(2024, 1, 1), "until": date(2029, 1, 1)}
"""Five years that a length of working time must fit into; any would do."""


Offers = Mapping[str, tuple[timedelta, int] | None]
"""What each calendar offers in the sample; None of a calendar that has faults of its own."""


def check(profile: Profile, faults: Faults) -> None:
    """Note everything that does not fit together."""
    _no_name_twice("source", [source.id for source in profile.sources], "/sources/{}/id", faults)
    _no_name_twice("category", [rule.code for rule in profile.categories], "/categories/{}/code", faults)
    _no_name_twice("calendar", [each.name for each in profile.calendars], "/calendars/{}/name", faults)
    _no_name_twice("clock", [rule.name for rule in profile.clocks], "/clocks/{}/name", faults)
    _no_name_twice("ladder", [each.name for each in profile.ladders], "/ladders/{}/name", faults)
    _sources_are_listed(profile, faults)
    sound = [check_calendar(each, f"/calendars/{place}", faults) for place, each in enumerate(profile.calendars)]
    offers = {
        each.name: working.offered(each, **_SAMPLE) if good else None
        for each, good in zip(profile.calendars, sound, strict=True)
    }
    for place, rule in enumerate(profile.clocks):
        _check_clock(rule, f"/clocks/{place}", faults)
        _check_duration(rule.duration, f"/clocks/{place}/duration", offers, faults)
    for place, ladder in enumerate(profile.ladders):
        _check_ladder(ladder, f"/ladders/{place}", profile, faults)
        for number, step in enumerate(ladder.steps):
            _check_duration(step.after, f"/ladders/{place}/steps/{number}/after", offers, faults)
    _one_ladder_a_clock(profile, faults)
    profile_power_checks.check(profile, faults)
    for pointer, term in profile_power_checks.terms(profile):
        _check_duration(term.value, f"{pointer}/value", offers, faults)
    if profile.publication is not None:
        _check_duration(profile.publication.delay, "/publication/delay", offers, faults)


def _no_name_twice(what: str, names: Sequence[str], pointer: str, faults: Faults) -> None:
    seen: set[str] = set()
    for place, name in enumerate(names):
        if name in seen:
            detail = f"Another {what} is called {name} already; give each a name of its own."
            faults.add(pointer.format(place), FaultCode.REPEATED_ITEM, detail)
        seen.add(name)


def _sources_are_listed(profile: Profile, faults: Faults) -> None:
    known = {source.id for source in profile.sources}
    for pointer, sources, certainty in _sourced(profile):
        for place, name in enumerate(sources):
            if name not in known:
                detail = f"The source {name} is not listed under `sources`."
                faults.add(f"{pointer}/sources/{place}", FaultCode.NOT_IN_LIST, detail)
        if certainty not in {None, Certainty.OURS} and not sources:
            detail = f"Whatever is {certainty} names the source it was read in; without one its certainty is `ours`."
            faults.add(f"{pointer}/certainty", FaultCode.BAD_FORM, detail)


def _sourced(profile: Profile) -> Iterable[tuple[str, Sequence[str], Certainty | None]]:
    for place, category in enumerate(profile.categories):
        yield f"/categories/{place}", category.sources, category.certainty
    for place, calendar in enumerate(profile.calendars):
        yield f"/calendars/{place}", calendar.sources, None
    for place, rule in enumerate(profile.clocks):
        yield f"/clocks/{place}", rule.sources, rule.certainty
    for pointer, line in profile_power_checks.lines(profile):
        yield pointer, line.sources, line.certainty
    if profile.publication is not None:
        yield "/publication", profile.publication.sources, profile.publication.certainty
    for place, ladder in enumerate(profile.ladders):
        for number, step in enumerate(ladder.steps):
            yield f"/ladders/{place}/steps/{number}", step.sources, step.certainty


def check_calendar(calendar: Calendar, pointer: str, faults: Faults) -> bool:
    """Note what is wrong with a calendar; whether nothing is."""
    before = len(faults)
    _in_words(lambda: check_zone(calendar.zone), f"{pointer}/zone", faults)
    _no_name_twice("day", calendar.days, f"{pointer}/days/{{}}", faults)
    ends = ""
    for place, hours in enumerate(calendar.hours):
        opens, closes = hours.split("-")
        if not ends <= opens < closes:
            detail = "Hours end after they begin, and begin after those before them have ended."
            faults.add(f"{pointer}/hours/{place}", FaultCode.BAD_FORM, detail)
        ends = closes
    for member, days in (("closed", calendar.closed), ("open", calendar.open)):
        for place, day in enumerate(days):
            if not _is_day(day):
                faults.add(f"{pointer}/{member}/{place}", FaultCode.BAD_DATE, f"There is no day {day}.")
            elif member == "open" and day in calendar.closed:
                detail = f"The day {day} cannot be both open and closed."
                faults.add(f"{pointer}/open/{place}", FaultCode.REPEATED_ITEM, detail)
    if calendar.holidays is not None and calendar.holidays not in working.known_places():
        detail = f"The holidays of {calendar.holidays} are not known; write a country such as ID, or a part as DE-BY."
        faults.add(f"{pointer}/holidays", FaultCode.NOT_IN_LIST, detail)
    return len(faults) == before


def _check_clock(rule: ClockRule, pointer: str, faults: Faults) -> None:
    _check_event(rule.starts, f"{pointer}/starts", faults)
    _check_event(rule.stops, f"{pointer}/stops", faults)
    for member, names in (("also_stops", rule.also_stops), ("pauses", rule.pauses), ("resumes", rule.resumes)):
        for place, name in enumerate(names):
            _check_event(name, f"{pointer}/{member}/{place}", faults)
    if rule.is_stopped_by(rule.starts):
        faults.add(f"{pointer}/stops", FaultCode.BAD_FORM, "What starts a clock cannot stop it: nothing would run.")
    if bool(rule.pauses) != bool(rule.resumes):
        detail = "A clock that some event pauses needs one that resumes it, and the other way round."
        faults.add(f"{pointer}/{'pauses' if rule.pauses else 'resumes'}", FaultCode.BAD_FORM, detail)
    if both := sorted(set(rule.pauses) & set(rule.resumes)):
        faults.add(f"{pointer}/resumes", FaultCode.BAD_FORM, f"{both[0]} cannot both pause and resume a clock.")
    if rule.extendable_by is not None and rule.extendable_by.elapsed is None:
        detail = "How much longer a clock may become is given as elapsed time, such as {elapsed: P90D}."
        faults.add(f"{pointer}/extendable_by", FaultCode.BAD_FORM, detail)


def _check_event(name: str, pointer: str, faults: Faults) -> None:
    if not events.is_known(name):
        detail = f"No event is of the type {name}; the types are listed in docs/profiles.md."
        faults.add(pointer, FaultCode.NOT_IN_LIST, detail)


def _check_duration(duration: Duration, pointer: str, offers: Offers, faults: Faults) -> None:
    if duration.calendar is None or duration.working is None:
        return
    if duration.calendar not in offers:
        detail = f"The calendar {duration.calendar} is not listed under `calendars`."
        faults.add(f"{pointer}/calendar", FaultCode.NOT_IN_LIST, detail)
        return
    time, days = offers[duration.calendar] or (timedelta.max, sys.maxsize)
    work = parse_working(duration.working)
    if work > days if isinstance(work, int) else work > time:
        detail = f"So much working time takes more than five years in the calendar {duration.calendar}."
        faults.add(f"{pointer}/working", FaultCode.BAD_FORM, detail)


def _check_ladder(ladder: Ladder, pointer: str, profile: Profile, faults: Faults) -> None:
    rule = profile.clock(ladder.clock)
    if rule is None:
        faults.add(f"{pointer}/clock", FaultCode.NOT_IN_LIST, f"There is no clock called {ladder.clock}.")
    elif rule.right or rule.duration.repeat is not None:
        detail = "A ladder belongs to a clock that comes due once and by which somebody must act."
        faults.add(f"{pointer}/clock", FaultCode.BAD_FORM, detail)
    _no_name_twice("step", [step.name for step in ladder.steps], f"{pointer}/steps/{{}}/name", faults)
    _no_circle(ladder, pointer, faults)
    _check_letters(ladder, pointer, faults)
    for number, step in enumerate(ladder.steps):
        place = f"{pointer}/steps/{number}"
        if step.name in {START, DUE}:
            faults.add(f"{place}/name", FaultCode.BAD_FORM, f"{step.name} means a time; call the step otherwise.")
        if (step.act is Act.PROPOSE) != (step.proposes is not None):
            detail = "A step that proposes says what (`proposes`); another one has nothing to propose."
            faults.add(f"{place}/act", FaultCode.BAD_FORM, detail)
        if step.act is Act.PROPOSE and rule is not None and rule.duration.is_target:
            detail = "A target is no term of the law: nothing is proposed because it has passed."
            faults.add(f"{place}/act", FaultCode.BAD_FORM, detail)
        if step.after.repeat is not None:
            detail = "A step is taken once; write a step for each turn instead of `repeat`."
            faults.add(f"{place}/after", FaultCode.BAD_FORM, detail)


def _check_letters(ladder: Ladder, pointer: str, faults: Faults) -> None:
    """Letters are numbered from 1 in the order of the steps, have codes of their own, and are not too many."""
    expected, codes = 1, set[str]()
    for number, step in enumerate(ladder.steps):
        place = f"{pointer}/steps/{number}"
        if step.weighs_reasons and step.act is not Act.PROPOSE:
            detail = "Reasons are weighed before something is proposed to people; this step proposes nothing."
            faults.add(f"{place}/weighs_reasons", FaultCode.BAD_FORM, detail)
        if (step.proposes == WARNING_LETTER) != (step.letter is not None):
            detail = f"A step that proposes a {WARNING_LETTER} says which (`letter`); another one is no letter."
            faults.add(f"{place}/{'letter' if step.letter else 'proposes'}", FaultCode.BAD_FORM, detail)
        if step.letter is None:
            continue
        if step.letter.number != expected:
            detail = f"Letters are numbered in the order of the steps: this one is number {expected}."
            faults.add(f"{place}/letter/number", FaultCode.BAD_FORM, detail)
        if step.letter.code in codes:
            detail = f"Another letter of this ladder has the code {step.letter.code}; give each a code of its own."
            faults.add(f"{place}/letter/code", FaultCode.REPEATED_ITEM, detail)
        if ladder.at_most_letters is not None and expected > ladder.at_most_letters:
            detail = f"At most {ladder.at_most_letters} letters are sent on this ladder; this is one more."
            faults.add(f"{place}/letter", FaultCode.TOO_MANY, detail)
        codes.add(step.letter.code)
        expected += 1


def _no_circle(ladder: Ladder, pointer: str, faults: Faults) -> None:
    """A step counts from the start, the due time or a step under it: so no ladder can go in a circle."""
    order = {step.name: number for number, step in reversed(list(enumerate(ladder.steps)))}
    for number, step in enumerate(ladder.steps):
        base = step.counted_from
        if base in {START, DUE}:
            continue
        place = f"{pointer}/steps/{number}/from"
        if base not in order:
            detail = f"There is no step called {base}; a step counts from `start`, `due` or an earlier step."
            faults.add(place, FaultCode.NOT_IN_LIST, detail)
        elif circle := _circle(ladder, step.name):
            faults.add(place, FaultCode.BAD_FORM, f"This ladder goes in a circle: {' counts from '.join(circle)}.")
        elif order[base] >= number:
            detail = f"The step {base} comes later; a step counts from `start`, `due` or an earlier step."
            faults.add(place, FaultCode.BAD_FORM, detail)


def _circle(ladder: Ladder, name: str) -> list[str]:
    """The names from this step round to itself; none where counting ends elsewhere."""
    counts_from = {step.name: step.counted_from for step in reversed(ladder.steps)}
    path = [name]
    while (name := counts_from.get(name, START)) not in path:
        if name in {START, DUE} or name not in counts_from:
            return []
        path.append(name)
    return [*path, name] if name == path[0] else []


def _one_ladder_a_clock(profile: Profile, faults: Faults) -> None:
    times = Counter(ladder.clock for ladder in profile.ladders)
    for place, ladder in enumerate(profile.ladders):
        if times[ladder.clock] > 1:
            detail = f"The clock {ladder.clock} has more than one ladder; write one."
            faults.add(f"/ladders/{place}/clock", FaultCode.REPEATED_ITEM, detail)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _in_words(judge: Callable[[], object], pointer: str, faults: Faults) -> None:
    """Turn what a judge refuses with a sentence into a fault."""
    try:
        judge()
    except ValueError as error:
        faults.add(pointer, FaultCode.BAD_FORM, str(error))
