"""``mufakat person``."""

from __future__ import annotations

from typing import Any

import click

from mufakat.cli import _print, _server


@click.group()
def person() -> None:
    """People in the seats of parties."""


@person.command()
@click.argument("email")
@click.option("--party", "handle", required=True, metavar="HANDLE", help="For whom.")
@click.option("--role", required=True, help="The seat, such as officer or approver-2.")
@click.option("--name", required=True, help="What the person is called.")
@_print.as_json
def enrol(email: str, handle: str, role: str, name: str, as_json: bool) -> None:
    """Give a seat to a person. The first password is shown this once."""
    told = {"party": handle, "role": role, "email": email, "name": name}
    with _server.instance() as house:
        made = house.deed("person-enrol", told)
    shown(made, as_json=as_json)


@person.command()
@click.argument("email")
@_print.as_json
def password(email: str, as_json: bool) -> None:
    """Give a person a new password, for one who forgot it. It is shown this once, and open sessions end."""
    with _server.instance() as house:
        made = house.deed("person-password", {"email": email})
    shown(made, as_json=as_json)


@person.command()
@click.argument("email")
@_print.as_json
def end(email: str, as_json: bool) -> None:
    """End a person's access and the tokens of the seat, at once."""
    with _server.instance() as house:
        made = house.deed("person-end", {"email": email})
    if as_json:
        _print.print_json(made)
    else:
        click.echo(f"{_print.safe(made['email'])} no longer sits as {made['seat']}")


def shown(made: dict[str, Any], *, as_json: bool) -> None:
    """The password, once."""
    if as_json:
        _print.print_json(made)
        return
    click.echo(made["password"])
    click.echo(f"This is shown once. {_print.safe(made['email'])} signs in with it as {made['seat']}.", err=True)
