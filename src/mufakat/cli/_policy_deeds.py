"""What `mufakat policy` does in an instance: propose, try, run in shadow, promote, decline, end; list and show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mufakat.cli import _policing, _print, _screening, _server
from mufakat.cli._policing import POLICIES, asked, done, keyed, place, seated
from mufakat.formats.policies import MAX_POLICY_BYTES
from mufakat.rules.filtering import PolicyState

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--note", default="", help="A word to whoever looks at it.")
@keyed
@seated
def propose(file: str, note: str, key: str | None, handle: str | None, role: str, as_json: bool) -> None:
    """Propose the policy in FILE (`-` is standard input): it is read strictly, its tests run, and nothing acts by it.

    The same text of the same version is the same proposal; another text needs another version.
    """
    raw = _screening.read(file, MAX_POLICY_BYTES)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        _server.stop(f"{_print.safe(file)}: this is not UTF-8", _server.NO)
    told = {"text": text, "note": note}
    _show(done(POLICIES, told, handle, role, key=key, quiet=as_json), as_json=as_json)


@click.command()
@click.argument("policy_id")
@click.option("--note", default="", help="A word with it.")
@keyed
@seated
def shadow(policy_id: str, note: str, key: str | None, handle: str | None, role: str, as_json: bool) -> None:
    """Let a version judge beside the live one: it does nothing, and what it would do is counted."""
    found = done(place(policy_id, "shadow"), {"note": note}, handle, role, key=key, quiet=as_json)
    _show(found, as_json=as_json)


@click.command("try")
@click.argument("policy_id")
@click.option("--sample", "samples", multiple=True, required=True, help="On which sample; can be given again.")
@click.option("--live", is_flag=True, help="As if every rule of it were live.")
@keyed
@seated
def try_(
    policy_id: str,
    samples: Sequence[str],
    live: bool,
    key: str | None,
    handle: str | None,
    role: str,
    as_json: bool,
) -> None:
    """Try a version on samples, beside the policy that is live now: a table of what would change, with some items."""
    told: dict[str, Any] = {"samples": list(samples), "live": live}
    found = _policing.tried(policy_id, told, handle, role, key=key, quiet=as_json)
    if as_json:
        _print.print_json(found)
    else:
        _policing.print_backtest(found)


@click.command()
@click.argument("policy_id")
@click.option("--backtest", required=True, help="The back-test on whose figures you promote it.")
@click.option("--note", default="", help="A word with it.")
@keyed
@seated
def promote(
    policy_id: str, backtest: str, note: str, key: str | None, handle: str | None, role: str, as_json: bool
) -> None:
    """Let a version in shadow go live, as somebody else than who proposed it; the one before it ends.

    The back-test is of this version, beside the policy that is live now, and no older than a week.
    """
    told = {"backtest": backtest, "note": note}
    found = done(place(policy_id, "promotion"), told, handle, role, key=key, quiet=as_json)
    _show(found, as_json=as_json)


@click.command()
@click.argument("policy_id")
@click.option("--reason", required=True, help="Why not.")
@keyed
@seated
def decline(policy_id: str, reason: str, key: str | None, handle: str | None, role: str, as_json: bool) -> None:
    """Say no to a version that is proposed or in shadow."""
    found = done(place(policy_id, "refusal"), {"reason": reason}, handle, role, key=key, quiet=as_json)
    _show(found, as_json=as_json)


@click.command()
@click.argument("policy_id")
@click.option("--reason", required=True, help="Why it is taken back.")
@click.option("--restore", is_flag=True, help="The version was at fault: undo everything that it hit.")
@keyed
@seated
def end(
    policy_id: str, reason: str, restore: bool, key: str | None, handle: str | None, role: str, as_json: bool
) -> None:
    """Take the live version back at once: one act of one person. Nothing is screened until another one is live."""
    told = {"reason": reason, "restore": restore}
    found = done(place(policy_id, "end"), told, handle, role, key=key, quiet=as_json)
    _show(found, as_json=as_json)


@click.command("list")
@click.option("--state", default="", type=click.Choice(["", *(state.value for state in PolicyState)]))
@click.option("--after", default="", help="The id that the page before named.")
@seated
def list_(state: str, after: str, handle: str | None, role: str, as_json: bool) -> None:
    """List the versions of the platform's policies, newest first."""
    found = asked(POLICIES, handle, role, query={"state": state, "after": after}, quiet=as_json)
    if as_json:
        _print.print_json(found)
    else:
        _policing.print_policies(found)


@click.command()
@click.argument("policy_id")
@click.option("--text", is_flag=True, help="Its YAML, byte for byte, and nothing else.")
@click.option("--counts", is_flag=True, help="How many items a day each rule hit, or would have hit in shadow.")
@click.option("--after", default="", help="With --counts: the day that the page before named.")
@click.option("--backtest", default="", help="This back-test, with its table.")
@seated
def show(
    policy_id: str,
    text: bool,
    counts: bool,
    after: str,
    backtest: str,
    handle: str | None,
    role: str,
    as_json: bool,
) -> None:
    """Show a version: its rules, who did what, its back-tests."""
    if text + counts + bool(backtest) > 1:
        raise click.UsageError("Give one of --text, --counts and --backtest.")
    part = "counts" if counts else f"backtests/{backtest}" if backtest else ""
    query = {"after": after} if counts else {}
    found = asked(place(policy_id, part), handle, role, query=query, quiet=as_json or text)
    if as_json:
        _print.print_json(found)
    elif text:
        click.echo(found["text"], nl=False)
    elif counts:
        _policing.print_counts(found)
    elif backtest:
        _policing.print_backtest(found)
    else:
        _policing.print_policy(found)


COMMANDS = (propose, shadow, try_, promote, decline, end, list_, show)


def _show(found: Any, *, as_json: bool) -> None:
    if as_json:
        _print.print_json(found)
    else:
        _policing.print_policy(found)
