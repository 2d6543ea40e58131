"""``mufakat never-block``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from mufakat.cli import _print
from mufakat.cli._restricting import API, asked, done, keyed, seated

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = f"{API}/protected-names"


@click.group("never-block")
def never_block() -> None:
    """Names that are never closed, nor as a part of what stands above them: the house's own list."""


@never_block.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why it is never to be closed.")
@keyed
@seated("admin")
def add(name: str, reason: str, key: str | None, handle: str | None, role: str, as_json: bool) -> None:
    """Put a name on the list: it, and everything below it, is never closed."""
    told(done(HERE, {"name": name, "reason": reason}, handle, role, key=key, quiet=as_json), as_json=as_json)


@never_block.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why it may be closed again.")
@keyed
@seated("admin")
def release(name: str, reason: str, key: str | None, handle: str | None, role: str, as_json: bool) -> None:
    """Take a name off the list."""
    path = f"{HERE}/{quote(name, safe='')}/release"
    told(done(path, {"reason": reason}, handle, role, key=key, quiet=as_json), as_json=as_json)


@never_block.command("list")
@click.option("--after", default="", help="The 'next' of a former page.")
@seated("admin")
def listed(after: str, handle: str | None, role: str, as_json: bool) -> None:
    """The names that are never closed, and why."""
    found = asked(HERE, handle, role, query={"after": after}, quiet=as_json)
    if as_json:
        _print.print_json(found)
        return
    rows = [(one["name"], one["since"], one["reason"]) for one in found["items"]]
    _print.table(
        ("name", "since", "why"), rows, empty="no name is on the list; those that are shipped hold all the same"
    )
    if found["next"]:
        click.echo(f"more: --after {_print.safe(found['next'])}")


def told(found: Mapping[str, Any], *, as_json: bool) -> None:
    """What came of it."""
    if as_json:
        _print.print_json(found)
    elif found["released_at"] is not None:
        click.echo(f"{_print.safe(found['name'])} is off the list")
    else:
        click.echo(f"{_print.safe(found['name'])} is never closed")
