"""``mufakat token``."""

from __future__ import annotations

import click

from mufakat.cli import _print, _server
from mufakat.rules.permissions import Deed


@click.group()
def token() -> None:
    """Credentials of systems that act in a seat."""


@token.command()
@click.option("--party", "handle", required=True, metavar="HANDLE", help="For whom.")
@click.option("--role", required=True, help="The seat, such as officer or approver-2.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    metavar="DEED",
    type=click.Choice([deed.value for deed in Deed]),
    help="Limit it to a deed, such as submit or read; may be repeated.",
)
@click.option("--days", type=click.IntRange(1, 3650), help="It ends after so many days.")
@click.option("--label", default="", help="A name by which people know it.")
@_print.as_json
def issue(handle: str, role: str, scopes: tuple[str, ...], days: int | None, label: str, as_json: bool) -> None:
    """Issue a token. It is shown this once."""
    told = {"party": handle, "role": role, "scopes": list(scopes) or None, "days": days, "label": label}
    with _server.instance() as house:
        made = house.deed("token-issue", told)
    if as_json:
        _print.print_json(made)
    else:
        click.echo(made["token"])
        click.echo(
            f"This is shown once. It acts as {made['party']}/{made['role']}. "
            f"End it with: mufakat token revoke {made['id']}",
            err=True,
        )


@token.command()
@click.argument("token_id")
@_print.as_json
def revoke(token_id: str, as_json: bool) -> None:
    """End a token now."""
    with _server.instance() as house:
        done = house.deed("token-revoke", {"id": token_id})
    if as_json:
        _print.print_json(done)
    else:
        click.echo(f"revoked {token_id}")
