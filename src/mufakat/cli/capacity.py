"""`mufakat capacity`: play a plan of notices and shifts, and say how many people it takes to meet every clock."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from mufakat.cli import _print, _server
from mufakat.rules import capacity as plans, profile as profiles
from mufakat.rules.errors import BadPlanError, BadProfileError, DocumentRefusedError, NotFoundError

if TYPE_CHECKING:
    from mufakat.rules.capacity import Plan
    from mufakat.rules.chance import Chance
    from mufakat.rules.profile import Profile
    from mufakat.runners.staffing import Figures, Staff

_BAD: Final = 1


@click.command()
@click.argument("file", metavar="[FILE]", required=False)
@click.option("--agreement", metavar="ID", help="The plan of an agreement: its profile, and what came in under it.")
@click.option("--reviewers", type=click.IntRange(1, 10_000), default=5, show_default=True, help="With --agreement.")
@click.option(
    "--profile", "profile_file", metavar="FILE", help="The profile's text, where the plan's is not one of ours."
)
@click.option("--runs", type=click.IntRange(5, 200), help="Play it so many times, whatever the plan says.")
@click.option("--no-search", is_flag=True, help="Do not look for the number of people that it takes.")
@click.option("--write-plan", is_flag=True, help="Print the plan, to be edited, and play nothing.")
@_print.as_json
@click.pass_context
def capacity(
    context: click.Context,
    file: str | None,
    agreement: str | None,
    reviewers: int,
    profile_file: str | None,
    runs: int | None,
    no_search: bool,
    write_plan: bool,
    as_json: bool,
) -> None:
    """Play the plan in FILE (YAML or JSON, `-` is standard input), or that of an agreement.

    Notices come by chance, people take them up by their shifts; the chance of meeting each clock is told with a 95 %
    interval, and the number of people it takes for the share that the plan wants. The same plan gives the same figures.

    Exit status: 0 when every clock is met as often as wanted with the people of the plan, 1 when not, or when the plan
    has faults; 2 when the command cannot be carried out as given.
    """
    if (file is None) == (agreement is None):
        raise click.UsageError("Give a plan's FILE, or --agreement with its id.")
    raw, text = (_read(file), None) if file is not None else _of_agreement(agreement or "", reviewers)
    try:
        plan = plans.parse(raw)
        rules = _profile(plan, profile_file, text)
    except (BadPlanError, BadProfileError) as error:
        _refuse(context, file or agreement or "", error, as_json=as_json)
        return
    if write_plan:
        click.echo(raw.decode(), nl=False)
        return
    if runs is not None:
        plan = msgspec.structs.replace(plan, runs=runs)
    found, staff = _play(plan, rules, search=not no_search)
    if as_json:
        _print.print_json({"figures": msgspec.to_builtins(found), "staff": msgspec.to_builtins(staff)})
    else:
        _show(plan, found, staff)
    context.exit(0 if found.worst >= plan.at_least / 100 else _BAD)


def _read(file: str) -> bytes:
    try:
        with click.open_file(file, "rb") as stream:
            content: bytes = stream.read(plans.MAX_PLAN_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name.
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not the name of a file"
        raise click.UsageError(f"{_print.safe(file)} cannot be read: {reason}.") from None
    return content


def _of_agreement(agreement: str, reviewers: int) -> tuple[bytes, bytes | None]:
    with _server.instance() as house:
        told = house.deed("capacity-plan", {"agreement": agreement, "reviewers": reviewers})
    return told["plan"].encode(), told["profile"].encode()


def _profile(plan: Plan, file: str | None, text: bytes | None) -> Profile:
    if file is not None:
        return profiles.parse(_read(file))
    if text is not None:
        return profiles.parse(text)
    try:
        return profiles.load(plan.profile)
    except NotFoundError:
        known = ", ".join(profiles.names())
        message = (
            f"No profile of ours is called {_print.safe(plan.profile)} (there are {known}); give its --profile FILE."
        )
        raise click.UsageError(message) from None


def _refuse(context: click.Context, file: str, error: DocumentRefusedError, *, as_json: bool) -> None:
    if as_json:
        faults = [
            {"line": one.line, "pointer": one.pointer, "code": one.code.value, "detail": one.detail}
            for one in error.faults
        ]
        _print.print_json({"good": False, "faults": faults})
    else:
        for one in error.faults:
            where = f"{file}:{one.line}" if one.line is not None else file
            click.echo(_print.safe(f"{where}: {one.detail}" + (f" ({one.pointer})" if one.pointer else "")))
    context.exit(_BAD)


def _play(plan: Plan, rules: Profile, *, search: bool) -> tuple[Figures, Staff | None]:
    from mufakat.runners import staffing

    try:
        found = staffing.figures(plan, rules, say=_say)
        return found, staffing.staff(plan, rules, say=_say) if search else None
    except ImportError as error:
        raise click.ClickException(str(error)) from None
    finally:
        if sys.stderr.isatty():
            click.echo("\r\033[K", nl=False, err=True)


def _say(part: str, done: int, of: int) -> None:
    """Progress, for whoever watches."""
    if sys.stderr.isatty():
        words = f"run {done} of {of}" if part == "playing" else f"looking for the staff: try {done}, {of} reviewers"
        click.echo(f"\r\033[K{words}", nl=False, err=True)


def _show(plan: Plan, found: Figures, staff: Staff | None) -> None:
    if plan.title:
        click.echo(_print.safe(plan.title))
    people = sum(team.reviewers for team in plan.teams)
    runs = f"{found.runs} runs of {plan.days} days, {found.notices:,} notices"
    click.echo(f"profile {_print.safe(found.profile)}, {people} reviewers, {runs}\n")
    rows = [
        (each.name, stream, _percent(one), _bounds(one), _certainty(each))
        for each in found.clocks
        for stream, one in (("all", each.chance), *(each.streams.items() if len(each.streams) > 1 else ()))
    ]
    _print.table(("clock", "stream", "met", "95 % interval", "certainty"), rows, empty="No clock of it can be played.")
    click.echo()
    teams = [(one.name, one.reviewers, f"{one.busy:.0%}") for one in found.teams]
    _print.table(("team", "reviewers", "at work"), teams, empty="")
    p50, p95, p99 = (_hours(one) for one in (found.waits.p50, found.waits.p95, found.waits.p99))
    click.echo(f"\nuntil the decision: half within {p50}, 95 % within {p95}, 99 % within {p99}")
    if found.not_played:
        click.echo(f"not played, since they wait for something else: {', '.join(found.not_played)}")
    if staff is not None:
        click.echo(f"\n{_staff(staff)}")
    click.echo("\nA rehearsal is as good as its plan; it knows no outcome: a refusal in time is an answer in time.")


def _staff(staff: Staff) -> str:
    if staff.possible:
        teams = ", ".join(f"{name} {many}" for name, many in staff.teams.items())
        return f"for {staff.at_least} % of every clock: {staff.reviewers} reviewers ({teams})"
    worst = ", ".join(f"{name} {_percent(one)}" for name, one in staff.best.items())
    return (
        f"no number of people makes {staff.at_least} % of every clock in these shifts; "
        f"with as many as could be of use: {worst}"
    )


def _percent(one: Chance) -> str:
    return "–" if one.value is None else f"{100 * one.value:.2f} %"


def _bounds(one: Chance) -> str:
    return f"{100 * one.lower:.2f} – {100 * one.upper:.2f} %"


def _certainty(each: Any) -> str:
    return f"{each.certainty}, a target" if each.target else str(each.certainty)


def _hours(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
