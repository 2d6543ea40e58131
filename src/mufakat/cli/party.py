"""``mufakat party``."""

from __future__ import annotations

import click

from mufakat.cli import _party_keys, _print, _server
from mufakat.rules.parties import PartyKind


@click.group()
def party() -> None:
    """Organisations that send, decide, carry out, or watch."""


@party.command()
@click.argument("handle")
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in PartyKind]), help="What it is here.")
@click.option("--name", required=True, help="What it is called.")
@click.option("--country", default="", help="ISO 3166 code, such as ID.")
@click.option("--seat", "seats", multiple=True, help="A seat to make, such as officer or approver-2; may be repeated.")
@_print.as_json
def add(handle: str, kind: str, name: str, country: str, seats: tuple[str, ...], as_json: bool) -> None:
    """Register a party."""
    told = {"handle": handle, "kind": kind, "name": name, "country": country, "seats": list(seats)}
    with _server.instance() as house:
        made = house.deed("party-add", told)
    if as_json:
        _print.print_json(made)
    else:
        click.echo(f"registered {made['handle']} ({made['kind']})")


@party.command("list")
@_print.as_json
def list_(as_json: bool) -> None:
    """List the parties."""
    with _server.instance() as house:
        found = house.deed("party-list", {})
    if as_json:
        _print.print_json(found)
    else:
        rows = [(one["handle"], one["kind"], one["country"], one["name"]) for one in found]
        _print.table(
            ("handle", "kind", "country", "name"), rows, empty="no parties yet; add one with: mufakat party add"
        )


@party.command()
@click.argument("handle")
@_print.as_json
def show(handle: str, as_json: bool) -> None:
    """Show a party, its seats and its tokens."""
    with _server.instance() as house:
        found = house.deed("party-show", {"handle": handle})
    if as_json:
        _print.print_json(found)
        return
    click.echo(f"{_print.safe(found['handle'])}: {_print.safe(found['name'])} ({found['kind']})")
    _print.table(
        ("seat", "e-mail"), [(one["seat"], one["email"]) for one in found["people"]], empty="nobody sits here yet"
    )
    rows = [(one["id"], one["seat"], one["issued_at"], one["revoked_at"] or "in force") for one in found["tokens"]]
    _print.table(("token", "seat", "issued", "revoked"), rows, empty="no tokens")


party.add_command(_party_keys.key)
