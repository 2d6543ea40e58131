"""A profile in Markdown: its clocks and ladders, for the pages in docs/ and for `mufakat profile check`."""

from collections.abc import Iterable, Sequence

from mufakat.rules import events
from mufakat.rules.ladder import DUE, START
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
    ends = (event_in_words(rule.starts), event_in_words(rule.stops))
    where = _where(rule.article, rule.sources)
    return (f"`{rule.name}`", covered(rule), *ends, runs, rule.actor, rule.certainty, where)


def _step_row(step: LadderStep) -> Sequence[str]:
    done = step.act.replace("_", " ") + (f" `{step.proposes}`" if step.proposes else "")
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
