"""``mufakat bank``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mufakat.cli import _banking, _exports, _print, _server
from mufakat.cli._banking import HERE, Desk, place, seated
from mufakat.formats import banks as files
from mufakat.rules.filtering import EntryState
from mufakat.screening.bank import BankKind

if TYPE_CHECKING:
    from collections.abc import Sequence

STATES = ["", *(one.value for one in EntryState)]
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def bank() -> None:
    """What a platform looks for in what is public on it. An entry acts once a second person has looked at it."""


@bank.command("open")
@click.argument("name")
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in BankKind]), help="What entries are.")
@click.option("--allow", is_flag=True, help="What is found in it ends the matter: nothing is done.")
@click.option("--key", help="An idempotency key: the same deed with the same key counts once.")
@seated
def open_(name: str, kind: str, allow: bool, key: str | None, handle: str | None, role: str, as_json: bool) -> None:
    """Open the bank NAME (small letters, digits and hyphens)."""
    with _server.instance() as house:
        desk = Desk(house, handle, role, quiet=as_json)
        found = desk.post(HERE, {"name": name, "kind": kind, "allow": allow}, key=key)
    if as_json:
        _print.print_json(found)
    else:
        _banking.print_banks([found])


@bank.command()
@click.argument("name")
@click.argument("values", nargs=-1, required=True, metavar="VALUE...")
@click.option("--source", required=True, help="Whence they are.")
@click.option("--category", required=True, help="A word that the rules of a policy can ask for.")
@click.option("--ground", required=True, help="On what they stand: a clause, a law.")
@click.option("--author", default="", help="Who wrote them.")
@click.option("--id", "entry", help="The id of a single entry; without it, one is made of kind and value.")
@click.option("--review-at", help="When they are looked at again (RFC 3339).")
@click.option("--expires-at", help="From when on they are not there (RFC 3339).")
@click.option("--key", help="An idempotency key: the same deed with the same key counts once.")
@seated
def add(
    name: str, values: Sequence[str], key: str | None, handle: str | None, role: str, as_json: bool, **said: str | None
) -> None:
    """Put entries into the bank NAME by hand: all of them, or none. They begin in shadow."""
    entry = said.pop("entry")
    if entry is not None and len(values) > 1:
        raise click.UsageError("--id is of a single entry.")
    entries = [{"value": value, **said, **({} if entry is None else {"id": entry})} for value in values]
    with _server.instance() as house:
        desk = Desk(house, handle, role, quiet=as_json)
        found = desk.post(place(name, "entries"), {"entries": entries}, key=key)
    if as_json:
        _print.print_json(found)
        return
    for one in found["taken"]:
        click.echo(f"{_print.safe(one)}: in shadow; somebody else reviews it next")
    for one in found["standing"]:
        click.echo(f"{_print.safe(one)}: stood there before")


@bank.command("import")
@click.argument("file", type=FILE)
@click.option("--partial", is_flag=True, help="Take the sound lines where others have faults; else nothing is taken.")
@click.option("--open", "opens", is_flag=True, help="Open the bank that the first line names, where there is none.")
@seated
def import_(file: Path, partial: bool, opens: bool, handle: str | None, role: str, as_json: bool) -> None:
    """Take the entries of FILE, whose first line says which bank it is: {"bank", "kind", "allow"}.

    One that was cut off is done again: nothing is taken twice, and what was declined or retracted does not come back.
    Exit status: 1 where a line was refused.
    """
    with file.open("rb") as stream:
        try:
            head, _ = files.begin(stream)
        except files.BankRefusedError as refused:
            _server.stop(f"{_print.safe(file)}:1: {refused.faults[0].detail}", _server.NO)
    with _server.instance() as house, file.open("rb") as stream:
        desk = Desk(house, handle, role, quiet=as_json)
        if opens and head.bank not in {one["name"] for one in desk.get(HERE)["items"]}:
            desk.post(HERE, {"name": head.bank, "kind": head.kind.value, "allow": head.allow})
        path = place(head.bank, "import") + ("?partial=true" if partial else "")
        reply = house.upload(path, stream, size=file.stat().st_size, seat=desk.who, method="POST")
        if not reply.good:
            _server.refuse(reply, where=_print.safe(file))
        found = _banking.report(reply.body, file, quiet=as_json)
    if as_json:
        _print.print_json({"file": str(file), "bank": head.bank, **found})
    else:
        again = f", {found['repeated']} known before" if found["repeated"] else ""
        click.echo(f"{_print.safe(file)}: {found['taken']} taken{again}, {found['refused']} refused")
    raise SystemExit(_server.NO if found["refused"] or found["end"] != "done" else 0)


@bank.command()
@click.argument("name")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The file; else standard output.")
@seated
def export(name: str, output: Path | None, handle: str | None, role: str, as_json: bool) -> None:
    """Write the bank NAME as a file that can be imported, or screened with offline."""
    if as_json and output is None:
        raise click.UsageError("--json says how much was written: name the file with --output.")
    size = 0
    with _server.instance() as house:
        desk = Desk(house, handle, role, quiet=True)
        with house.download(place(name, "export"), seat=desk.who) as pieces, _exports.target(output) as file:
            for piece in pieces:
                file.write(piece)
                size += len(piece)
    if as_json:
        _print.print_json({"file": str(output), "bank": name, "bytes": size})


@bank.command()
@click.argument("name")
@click.argument("entries", nargs=-1, metavar="ENTRY...")
@click.option("--all", "every", is_flag=True, help="All in shadow that somebody else put in.")
@click.option("--accept/--decline", required=True, default=None, help="They act from now on, or never.")
@click.option("--note", default="", help="Why.")
@seated
def review(
    name: str,
    entries: Sequence[str],
    every: bool,
    accept: bool,
    note: str,
    handle: str | None,
    role: str,
    as_json: bool,
) -> None:
    """Look at entries in shadow as a second person: not who put them in."""
    if bool(entries) is every:
        raise click.UsageError("Name entries, or give --all.")
    changed: list[str] = []
    with _server.instance() as house:
        desk = Desk(house, handle, role, quiet=as_json)
        portions = desk.to_review(name) if every else iter([list(entries)])
        for portion in portions:
            told = {"entries": portion, "accept": accept, "note": note}
            changed += desk.post(place(name, "review"), told)["changed"]
    state = EntryState.LIVE if accept else EntryState.DECLINED
    _moved(name, changed, state, as_json=as_json)


@bank.command()
@click.argument("name")
@click.argument("entries", nargs=-1, required=True, metavar="ENTRY...")
@click.option("--reason", required=True, help="Why they are to act no more.")
@seated
def retract(name: str, entries: Sequence[str], reason: str, handle: str | None, role: str, as_json: bool) -> None:
    """Take entries out. What they hit is restored."""
    with _server.instance() as house:
        desk = Desk(house, handle, role, quiet=as_json)
        found = desk.post(place(name, "retraction"), {"entries": list(entries), "reason": reason})
    _moved(name, found["changed"], EntryState.RETRACTED, as_json=as_json)


@bank.command("list")
@seated
def listed(handle: str | None, role: str, as_json: bool) -> None:
    """The banks of a platform."""
    with _server.instance() as house:
        found = Desk(house, handle, role, quiet=as_json).get(HERE)
    if as_json:
        _print.print_json(found)
    else:
        _banking.print_banks(found["items"])


@bank.command()
@click.argument("name")
@click.option("--state", default="", type=click.Choice(STATES), help="Those in one state; by default all.")
@click.option("--after", default="", help="The 'next' of a former page.")
@seated
def show(name: str, state: str, after: str, handle: str | None, role: str, as_json: bool) -> None:
    """The entries of the bank NAME, in the order in which they came."""
    with _server.instance() as house:
        found = Desk(house, handle, role, quiet=as_json).get(place(name, "entries"), state=state, after=after)
    if as_json:
        _print.print_json(found)
    else:
        _banking.print_entries(found)


@bank.command()
@click.argument("name")
@seated
def stats(name: str, handle: str | None, role: str, as_json: bool) -> None:
    """The bank NAME in figures: entries by state, origin and category, and which of them hit most."""
    with _server.instance() as house:
        found = Desk(house, handle, role, quiet=as_json).get(place(name, "stats"))
    if as_json:
        _print.print_json(found)
    else:
        _banking.print_stats(found)


def _moved(name: str, changed: Sequence[str], state: EntryState, *, as_json: bool) -> None:
    if as_json:
        _print.print_json({"bank": name, "state": state.value, "changed": list(changed)})
    else:
        click.echo(f"{_print.safe(name)}: {len(changed)} entries are {state.value} now")
