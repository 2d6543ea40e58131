"""``mufakat restriction``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from mufakat.cli import _print, _restricting, _server, _terms
from mufakat.cli._restricting import HERE, asked, done, keyed, place, seated
from mufakat.cli._restriction_export import export
from mufakat.rules.restriction import RestrictionState

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE = click.Path(path_type=Path, allow_dash=True, dir_okay=False)
STATES = [state.value for state in RestrictionState]


@click.group()
def restriction() -> None:
    """Close names at the network: by three persons, with an end, and opened again by one act of one person."""


restriction.add_command(export)


@restriction.command()
@click.argument("file", type=FILE)
@click.option("--names", type=FILE, help="The names, one a line ('#' begins a comment), instead of those in FILE.")
@keyed
@seated("officer")
def propose(file: Path, names: Path | None, key: str | None, handle: str | None, role: str, as_json: bool) -> None:
    """Propose the order in FILE (YAML or JSON): which names, at whom, on which ground, until when, how they reopen.

    Every name and every field that cannot be taken is said with its reason, and then nothing is proposed.
    """
    order = _terms.read(file)
    if names is not None:
        if not isinstance(order, dict):
            _server.stop(f"{_print.safe(file)}: an order is an object")
        order = {**order, "names": lines(names)}
    found = done(HERE, order, handle, role, key=key, quiet=as_json)
    told(found, as_json=as_json)


@restriction.command()
@click.argument("restriction_id")
@click.option("--note", default="", help="Why; needed where the guard asks for reasons.")
@keyed
@seated("approver")
def approve(restriction_id: str, note: str, key: str | None, handle: str | None, role: str, as_json: bool) -> None:
    """Agree to an order that somebody else proposed. It takes two approvers, who are two persons."""
    path = place(restriction_id, "approval")
    told(done(path, {"note": note}, handle, role, key=key, quiet=as_json), as_json=as_json)


@restriction.command()
@click.argument("restriction_id")
@click.option("--note", required=True, help="Why not.")
@keyed
@seated("approver")
def refuse(restriction_id: str, note: str, key: str | None, handle: str | None, role: str, as_json: bool) -> None:
    """Say no to an order that is not on the lists yet. Its own side takes it back with lift."""
    path = place(restriction_id, "approval")
    told(done(path, {"note": note, "refuse": True}, handle, role, key=key, quiet=as_json), as_json=as_json)


@restriction.command("object")
@click.argument("restriction_id")
@click.option("--note", required=True, help="What the platform has to say.")
@keyed
@seated("representative")
def object_(restriction_id: str, note: str, key: str | None, handle: str | None, role: str, as_json: bool) -> None:
    """Answer an order as the platform that it concerns."""
    path = place(restriction_id, "objection")
    told(done(path, {"note": note}, handle, role, key=key, quiet=as_json), as_json=as_json)


@restriction.command()
@click.argument("restriction_id")
@click.option("--name", "names", multiple=True, help="This name alone; can be given again. Without it, all of them.")
@click.option("--note", default="", help="Why.")
@keyed
@seated("officer")
def lift(
    restriction_id: str,
    names: Sequence[str],
    note: str,
    key: str | None,
    handle: str | None,
    role: str,
    as_json: bool,
) -> None:
    """Open it again, at once: it goes ahead of everything else, and is followed until every operator has opened.

    An order that is not on the lists yet is taken back so.
    """
    what: dict[str, Any] = {"note": note, "names": list(names)} if names else {"note": note}
    path = place(restriction_id, "lifting")
    told(done(path, what, handle, role, key=key, quiet=as_json), as_json=as_json)


@restriction.command()
@click.argument("restriction_id")
@click.option("--note", default="", help="A word with it.")
@click.option("--opened/--applied", default=None, help="Which of the two you mean: it may be lifted meanwhile.")
@keyed
@seated("engineer")
def confirm(
    restriction_id: str,
    note: str,
    opened: bool | None,
    key: str | None,
    handle: str | None,
    role: str,
    as_json: bool,
) -> None:
    """Say as an operator that it is carried out; or, once it is off your list, that you opened it."""
    what = {"note": note, **({} if opened is None else {"opened": opened})}
    path = place(restriction_id, "confirmation")
    told(done(path, what, handle, role, key=key, quiet=as_json), as_json=as_json)


@restriction.command()
@click.argument("restriction_id")
@click.option("--matrix", is_flag=True, help="How each name stands at each operator, as its resolvers answer.")
@seated("officer")
def show(restriction_id: str, matrix: bool, handle: str | None, role: str, as_json: bool) -> None:
    """Show a restriction: the order, who approved, where it stands, and each operator."""
    found = asked(place(restriction_id, "matrix" if matrix else ""), handle, role, quiet=as_json)
    if as_json:
        _print.print_json(found)
    elif matrix:
        _restricting.print_matrix(found)
    else:
        _restricting.print_whole(found)


@restriction.command("list")
@click.option("--state", default="", type=click.Choice(["", *STATES]), help="Those in one state; by default all.")
@click.option("--after", default="", help="The 'next' of a former page.")
@seated("officer")
def listed(state: str, after: str, handle: str | None, role: str, as_json: bool) -> None:
    """The restrictions that concern a party, newest first."""
    found = asked(HERE, handle, role, query={"state": state, "after": after}, quiet=as_json)
    if as_json:
        _print.print_json(found)
    else:
        _restricting.print_list(found)


@restriction.command()
@click.argument("name")
@_print.as_json
def lookup(name: str, as_json: bool) -> None:
    """Whether exactly this name is closed, by whom, why, until when. Anybody may ask; exit status 1: it is."""
    with _server.instance() as house:
        found = _restricting.good(house.request("GET", f"{HERE}/names/{quote(name, safe='')}"))
    if as_json:
        _print.print_json(found)
    else:
        _restricting.print_closed(found)
    if found["closed"]:
        raise SystemExit(_server.NO)


def lines(file: Path) -> list[str]:
    """The names of a file, one a line."""
    try:
        with click.open_file(str(file), encoding="utf-8") as opened:
            text = opened.read()
    except OSError as error:
        _server.stop(f"{_print.safe(file)}: {error.strerror}")
    except UnicodeDecodeError:
        _server.stop(f"{_print.safe(file)}: this is no text in UTF-8")
    return [name for line in text.splitlines() if (name := line.partition("#")[0].strip())]


def told(found: dict[str, Any], *, as_json: bool) -> None:
    """What came of it."""
    if as_json:
        _print.print_json(found)
    else:
        _restricting.print_whole(found)
