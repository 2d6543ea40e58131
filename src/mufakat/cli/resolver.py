"""``mufakat resolver``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from mufakat.cli import _print
from mufakat.cli._restricting import API, asked, done, keyed, seated

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = f"{API}/resolvers"


@click.group()
def resolver() -> None:
    """The resolvers of an operator that are asked whether names are closed, and open again."""


@resolver.command("set")
@click.argument("address")
@click.option("--port", default=53, show_default=True, type=click.IntRange(1, 65_535))
@keyed
@seated("engineer")
def set_(address: str, port: int, key: str | None, handle: str | None, role: str, as_json: bool) -> None:
    """Name a resolver by its address. It is ready once it was seen to filter the name that is always on the lists."""
    told(done(HERE, {"address": address, "port": port}, handle, role, key=key, quiet=as_json), as_json=as_json)


@resolver.command()
@click.argument("resolver_id", metavar="RESOLVER")
@keyed
@seated("engineer")
def remove(resolver_id: str, key: str | None, handle: str | None, role: str, as_json: bool) -> None:
    """Ask a resolver no more."""
    path = f"{HERE}/{quote(resolver_id, safe='')}/removal"
    told(done(path, {}, handle, role, key=key, quiet=as_json), as_json=as_json)


@resolver.command("list")
@seated("engineer")
def listed(handle: str | None, role: str, as_json: bool) -> None:
    """The resolvers of an operator, and since when each is ready."""
    found = asked(HERE, handle, role, quiet=as_json)
    if as_json:
        _print.print_json(found)
        return
    rows = [(one["id"], one["address"], one["port"], one["ready_at"] or "not yet") for one in found["items"]]
    _print.table(("resolver", "address", "port", "ready since"), rows, empty="no resolver is named")


def told(found: Mapping[str, Any], *, as_json: bool) -> None:
    """What came of it."""
    if as_json:
        _print.print_json(found)
        return
    stands = "is asked no more" if found["removed_at"] else "is asked"
    click.echo(f"{found['id']}: {_print.safe(found['address'])}, port {found['port']}, {stands}")
