"""A profile in Markdown, part by part, for the pages in docs/ and for `mufakat profile check`."""

from collections.abc import Iterable, Sequence

from mufakat.rules import events
from mufakat.rules.ladder import DUE, START
from mufakat.rules.profile_powers import KindRule, PointRule, Sourced
from mufakat.rules.profile_shape import ClockRule, Duration, Ladder, LadderStep, Profile

NOT_YET = "\\*"
"""Stands behind the type of an event that no part of this version writes yet."""


def clocks_table(profile: Profile) -> str:
    """The clocks of a profile as a Markdown table; ends with a newline."""
    heads = ("clock", "for", "starts", "stops", "runs", "who acts", "certainty", "where it says so")
    return _table(heads, [_clock_row(rule) for rule in profile.clocks])


def ladder_table(ladder: Ladder) -> str:
    """The steps of a ladder as a Markdown table; ends with a newline."""
    heads = ("step", "what is done", "when", "certainty", "where it says so")
    return _table(heads, [_step_row(step) for step in ladder.steps])


def kinds_table(profile: Profile) -> str:
    """Who may send which notice, and what it has to hold, as a Markdown table; ends with a newline."""
    heads = ("notice", "comes from", "has to hold", "certainty", "where it says so")
    return _table(heads, [_kind_row(rule) for rule in profile.kinds])


def lines_table(profile: Profile) -> str:
    """Measures, remedies, who is told of what, and what a block needs, as a Markdown table; ends with a newline."""
    heads = ("part", "says", "certainty", "where it says so")
    return _table(heads, [_line_row(part, words, line) for part, words, line in _lines(profile)])


def points_table(profile: Profile) -> str:
    """The points that talks begin with, as a Markdown table; ends with a newline."""
    heads = ("point", "owed by", "what is measured", "certainty", "where it says so")
    return _table(heads, [_point_row(point) for point in profile.points])


def _kind_row(rule: KindRule) -> Sequence[str]:
    held = ", ".join(
        f"`{each.field}` ({each.certainty}{f', {each.article}' if each.article else ''})" for each in rule.required
    )
    name = f"`{rule.kind}`" + (f" ({rule.code})" if rule.code else "")
    where = _where(rule.article, rule.sources)
    return (name, ", ".join(rule.senders), held or "nothing more", rule.certainty, where)


def _lines(profile: Profile) -> Iterable[tuple[str, str, Sourced]]:
    for measure in profile.measures:
        yield "measure", f"`{measure.measure}` may be taken", measure
    for remedy in profile.remedies:
        timed = f" (`{remedy.clock}`)" if remedy.clock else ""
        yield "remedy", f"`{remedy.remedy}` for the {remedy.who}{timed}", remedy
    for told in profile.publicity:
        yield "publicity", f"the {told.tells} is told: {told.of}", told
    if profile.restriction is not None:
        for name in profile.restriction.__struct_fields__:
            line = getattr(profile.restriction, name)
            if line is not None:
                yield "restriction", f"`{name}`: {_value(line.value)}", line


def _value(value: object) -> str:
    if isinstance(value, Duration):
        return in_words(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _line_row(part: str, words: str, line: Sourced) -> Sequence[str]:
    return (part, words, line.certainty, _where(line.article, line.sources))


def _point_row(point: PointRule) -> Sequence[str]:
    measured = ", ".join(f"`{each.kind}`" for each in point.obligations)
    where = _where(point.article, point.sources)
    return (f"`{point.name}`", point.owner, measured or "nothing", point.certainty, where)


def in_words(duration: Duration) -> str:
    """How long, in words that fit into a table."""
    texts = (
        (duration.elapsed, "{0}"),
        (duration.calendar_day, "to the end of that day in {0}"),
        (duration.working, "{0} of working time in {1.calendar}"),
        (duration.repeat, "every {0}, {1.times} times"),
        (duration.undue_delay, "without undue delay; our target {0}"),
        (duration.period, "{0}, to the end of the last day in {1.zone}"),
        (duration.at_once, "at that moment"),
    )
    return next(words.format(value, duration) for value, words in texts if value is not None)


def event_in_words(name: str) -> str:
    """The type of an event, marked where this version does not write it yet."""
    return name if events.is_written(name) else f"{name}{NOT_YET}"


def covered(rule: ClockRule) -> str:
    """The notices that a clock is for."""
    narrowed = [", ".join(each) for each in (rule.kinds, rule.categories, rule.urgencies) if each is not None]
    return "; ".join(narrowed) or "all"


def _clock_row(rule: ClockRule) -> Sequence[str]:
    runs = in_words(rule.duration)
    if rule.extendable_by is not None:
        runs += f" (once +{rule.extendable_by.elapsed})"
    if rule.right:
        runs += "; may, need not"
    stops = ", ".join(event_in_words(name) for name in (rule.stops, *rule.also_stops))
    ends = (event_in_words(rule.starts), stops)
    where = _where(rule.article, rule.sources)
    return (f"`{rule.name}`", covered(rule), *ends, runs, rule.actor, rule.certainty, where)


def _step_row(step: LadderStep) -> Sequence[str]:
    done = step.act.replace("_", " ") + (f" `{step.proposes}`" if step.proposes else "")
    if step.letter is not None:
        done += f", {step.called or 'letter'} ({step.letter.code})"
    if step.weighs_reasons:
        done += ", reasons weighed"
    return (f"`{step.name}`", done, _when(step), step.certainty, _where(step.article, step.sources))


def _when(step: LadderStep) -> str:
    base = {START: "the start", DUE: "it was due"}.get(step.counted_from, f"`{step.counted_from}`")
    if step.after.at_once:
        return {START: "at the start", DUE: "when it is due"}.get(step.counted_from, f"with {base}")
    return f"{in_words(step.after)} after {base}"


def _where(article: str | None, sources: Sequence[str]) -> str:
    named = ", ".join(sources)
    if article is None:
        return named or "none"
    return f"{article} ({named})" if named else article


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = "|" + "---|" * len(heads) + "\n"
    head, *body = (f"| {' | '.join(line)} |\n" for line in [heads, *rows])
    return "".join([head, rule, *body])
