"""`mufakat profile`: check a profile offline, with nothing but its file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from mufakat.cli import _print
from mufakat.rules import clock, events, ladder as ladders, profile as profiles, profile_tables
from mufakat.rules.errors import BadProfileError

if TYPE_CHECKING:
    from mufakat.rules.fault import Fault
    from mufakat.rules.profile import ClockRule, Ladder, Profile

_BAD: Final = 1  # Exit codes; 0 is good, 2 (click's own) is usage.


@click.group()
def profile() -> None:
    """Profiles: what the rules of one country and time ask, as data."""


@profile.command()
@click.argument("file", metavar="FILE")
@click.option("--at", "started", metavar="TIME", help="When the worked example begins (RFC 3339). Without it: now.")
@_print.as_json
@click.pass_context
def check(context: click.Context, file: str, started: str | None, as_json: bool) -> None:
    """Check the profile FILE (`-` is standard input): every fault with its line, or its clocks and when they are due.

    Exit status: 0 when it is good, 1 when it has faults, 2 when the command cannot be carried out as given.
    """
    at = _moment(started)
    raw = _read(file)
    try:
        found = profiles.parse(raw)
    except BadProfileError as error:
        if as_json:
            _print.print_json({"file": file, "good": False, "faults": [_fault(each) for each in error.faults]})
        else:
            for each in error.faults:
                click.echo(_sentence(file, each))
        context.exit(_BAD)
    if as_json:
        _print.print_json({"file": file, "good": True, "faults": [], "at": _instant(at), "profile": _facts(found, at)})
    else:
        _show(found, at)


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not 1970 <= at.year <= 2100:
        raise click.UsageError("--at is a moment with its zone, from 1970 to 2100, such as 2017-07-14T10:00:00+07:00.")
    return at


def _read(file: str) -> bytes:
    """Read a little more than any profile may have, so that the check refuses what is too long."""
    try:
        with click.open_file(file, "rb") as stream:
            content: bytes = stream.read(profiles.MAX_PROFILE_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name.
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not the name of a file"
        raise click.UsageError(f"{_print.safe(file)} cannot be read: {reason}.") from None
    return content


def _fault(fault: Fault) -> dict[str, Any]:
    return {"line": fault.line, "pointer": fault.pointer, "code": fault.code.value, "detail": fault.detail}


def _sentence(file: str, fault: Fault) -> str:
    place = f" ({fault.pointer})" if fault.pointer else ""
    return _print.safe(f"{file}:{fault.line}: {fault.detail}{place}")


def _facts(found: Profile, at: datetime) -> dict[str, Any]:
    return {
        "name": found.name,
        "title": found.title,
        "certainty": found.certainty.value,
        "note": found.note,
        "not_written_yet": _coming(found),
        "clocks": [_clock(rule, found, at) for rule in found.clocks],
        "ladders": [_ladder(each, found, at) for each in found.ladders],
    }


def _coming(found: Profile) -> list[str]:
    """The events it names that no part of this version writes yet."""
    named = {
        name
        for rule in found.clocks
        for name in (rule.starts, rule.stops, *rule.also_stops, *rule.pauses, *rule.resumes)
    }
    return sorted(name for name in named if not events.is_written(name))


def _clock(rule: ClockRule, found: Profile, at: datetime) -> dict[str, Any]:
    return {
        "name": rule.name,
        "for": profile_tables.covered(rule),
        "starts": rule.starts,
        "stops": rule.stops,
        "runs": profile_tables.in_words(rule.duration),
        "target": rule.duration.is_target,
        "right": rule.right,
        "actor": rule.actor.value,
        "certainty": rule.certainty.value,
        "article": rule.article,
        "sources": list(rule.sources),
        "due": [_instant(due) for due in clock.turns(rule.duration, at=at, calendars=found.calendars)],
    }


def _ladder(each: Ladder, found: Profile, at: datetime) -> dict[str, Any]:
    rule = found.clock(each.clock)
    due = clock.due_at(rule.duration, at=at, calendars=found.calendars) if rule else at
    rungs = ladders.rungs(each, started_at=at, due_at=due, calendars=found.calendars)
    steps = [
        {
            "name": rung.name,
            "act": rung.act.value,
            "proposes": rung.proposes,
            "at": _instant(rung.at),
            "certainty": step.certainty.value,
        }
        for rung, step in zip(rungs, each.steps, strict=True)
    ]
    return {"name": each.name, "clock": each.clock, "steps": steps}


def _show(found: Profile, at: datetime) -> None:
    facts = _facts(found, at)
    click.echo(_print.safe(f"good: {found.name}: {found.title} (certainty {found.certainty.value})"))
    click.echo(_print.safe(found.note))
    click.echo(f"\nIf every clock started at {_instant(at)}:\n")
    heads = ("clock", "starts", "stops", "runs", "who acts", "certainty", "due")
    rows = [
        (each["name"], each["starts"], each["stops"], each["runs"], each["actor"], each["certainty"], due)
        for each in facts["clocks"]
        for due in each["due"]
    ]
    _print.table(heads, rows, empty="It has no clocks.")
    if facts["not_written_yet"]:
        click.echo(f"\nThis version does not write these events yet: {', '.join(facts['not_written_yet'])}.")
    for each in facts["ladders"]:
        click.echo(f"\nLadder {each['name']}, until {each['clock']} ends:\n")
        steps = [
            (step["name"], step["act"], step["proposes"] or "", step["certainty"], step["at"]) for step in each["steps"]
        ]
        _print.table(("step", "what is done", "what is proposed", "certainty", "when"), steps, empty="It has no steps.")
    click.echo("\nA profile is not legal advice.")


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
