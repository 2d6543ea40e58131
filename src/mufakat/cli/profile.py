"""`mufakat profile`: check a profile offline, with nothing but its file; adopt one, and look at those there are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from mufakat.cli import _print, _server
from mufakat.rules import clock, events, ladder as ladders, profile as profiles, profile_tables
from mufakat.rules.errors import BadProfileError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.rules.fault import Fault
    from mufakat.rules.profile import ClockRule, Finding, KindRule, Ladder, Profile

_BAD: Final = 1  # Exit codes; 0 is good, 2 (click's own) is usage.


@click.group()
def profile() -> None:
    """Profiles: what the rules of one country and time ask, as data."""


@profile.command()
@click.argument("file", metavar="FILE")
@click.option("--at", "started", metavar="TIME", help="When the worked example begins (RFC 3339). Without it: now.")
@click.option("--no-lint", is_flag=True, help="Look at the form alone, not at what the profile lacks.")
@_print.as_json
@click.pass_context
def check(context: click.Context, file: str, started: str | None, no_lint: bool, as_json: bool) -> None:
    """Check the profile FILE (`-` is standard input): every fault with its line, or its clocks and when they are due.

    A sound profile is also held against ten lines of the Manila and the Santa Clara principles: what it lacks is said
    with the principle that asks for it.

    Exit status: 0 when it is good, 1 when it has faults or lacks something, 2 when the command cannot be carried out as
    given.
    """
    at = _moment(started)
    raw = _read(file)
    found, faults, lacking = _judged(raw, lint=not no_lint)
    if as_json:
        told = {"file": file, "good": not faults and not lacking, "faults": [_fault(each) for each in faults]}
        told["findings"] = [_finding(each) for each in lacking]
        _print.print_json(told if found is None else {**told, "at": _instant(at), "profile": _facts(found, at)})
    else:
        _say(file, faults, lacking)
        if found is not None:
            _show(found, at, good=not lacking)
    if faults or lacking:
        context.exit(_BAD)


@profile.command()
@click.argument("file", metavar="FILE")
@_print.as_json
@click.pass_context
def adopt(context: click.Context, file: str, as_json: bool) -> None:
    """Adopt the profile FILE in this instance, for good: agreements may cite it from now on, by the name that is said.

    It is refused where `mufakat profile check` finds anything. An overlay is kept with what it is laid over.
    """
    raw = _read(file)
    found, faults, lacking = _judged(raw, lint=True)
    if found is None or lacking:
        _say(file, faults, lacking)
        context.exit(_BAD)
    with _server.instance() as house:
        made = house.deed("profile-adopt", {"text": raw.decode()})
    if as_json:
        _print.print_json(made)
    else:
        click.echo(_print.safe(f"{'adopted' if made['new'] else 'adopted before'} {made['ref']}: {made['title']}"))


@profile.command("list")
@_print.as_json
def list_(as_json: bool) -> None:
    """List the profiles that agreements may cite: those of this package, and those that were adopted."""
    with _server.instance() as house:
        found = house.deed("profile-list", {})
    if as_json:
        _print.print_json(found)
        return
    rows = [
        (one["ref"], one["certainty"], one["based_on"] or "", one["adopted_at"] or "", one["title"]) for one in found
    ]
    _print.table(("profile", "certainty", "laid over", "adopted", "title"), rows, empty="There are no profiles.")


@profile.command()
@click.argument("name")
@click.option("--at", "started", metavar="TIME", help="When the worked example begins (RFC 3339). Without it: now.")
@_print.as_json
def show(name: str, started: str | None, as_json: bool) -> None:
    """Show a profile by its name, or by the reference of an adopted text."""
    at = _moment(started)
    with _server.instance() as house:
        text = house.deed("profile-show", {"name": name})["text"]
    found = profiles.parse(text.encode())
    if as_json:
        _print.print_json({**_facts(found, at), "text": text})
    else:
        _show(found, at, good=True)


def _judged(raw: bytes, *, lint: bool) -> tuple[Profile | None, Sequence[Fault], Sequence[Finding]]:
    """The profile, or its faults; and what it lacks, where that is asked."""
    try:
        found = profiles.parse(raw)
    except BadProfileError as error:
        return None, error.faults, ()
    return found, (), profiles.lint(raw) if lint else ()


def _say(file: str, faults: Sequence[Fault], lacking: Sequence[Finding]) -> None:
    for fault in faults:
        click.echo(_sentence(file, fault.line, fault.detail, fault.pointer))
    for each in lacking:
        click.echo(_sentence(file, each.line, f"{each.detail} [{each.check}: {each.article}]", each.pointer))


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


def _finding(each: Finding) -> dict[str, Any]:
    told = {"line": each.line, "pointer": each.pointer, "check": each.check}
    return {**told, "article": each.article, "detail": each.detail}


def _sentence(file: str, line: int | None, detail: str, pointer: str) -> str:
    place = f" ({pointer})" if pointer else ""
    return _print.safe(f"{file}:{line}: {detail}{place}")


def _facts(found: Profile, at: datetime) -> dict[str, Any]:
    return {
        "name": found.name,
        "title": found.title,
        "certainty": found.certainty.value,
        "note": found.note,
        "not_written_yet": _coming(found),
        "clocks": [_clock(rule, found, at) for rule in found.clocks],
        "ladders": [_ladder(each, found, at) for each in found.ladders],
        "based_on": found.based_on,
        "kinds": [_kind(rule) for rule in found.kinds],
        "measures": [rule.measure.value for rule in found.measures],
        "points": [point.name for point in found.points],
    }


def _kind(rule: KindRule) -> dict[str, Any]:
    """What a kind of notice has to hold, and who sends it."""
    return {
        "kind": rule.kind.value,
        "senders": [sender.value for sender in rule.senders],
        "required": [
            {"field": each.field.value, "certainty": each.certainty.value, "article": each.article}
            for each in rule.required
        ],
        "certainty": rule.certainty.value,
        "article": rule.article,
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


def _show(found: Profile, at: datetime, *, good: bool) -> None:
    facts = _facts(found, at)
    word = "good: " if good else ""
    click.echo(_print.safe(f"{word}{found.name}: {found.title} (certainty {found.certainty.value})"))
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
    if facts["kinds"]:
        click.echo("\nWho may ask for what:\n")
        kinds = [
            (
                each["kind"],
                ", ".join(each["senders"]),
                ", ".join(f"{field['field']} ({field['certainty']})" for field in each["required"]),
                each["certainty"],
            )
            for each in facts["kinds"]
        ]
        _print.table(("notice", "comes from", "has to hold", "certainty"), kinds, empty="It takes no notices.")
    if facts["points"]:
        click.echo(f"\nPoints that talks begin with: {', '.join(facts['points'])}.")
    click.echo("\nA profile is not legal advice.")


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
