"""``mufakat representative``."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import click

from mufakat.cli import _print, _server
from mufakat.rules.contact import ContactRole

CONTACT = click.option("--contact", metavar="ID", help="Which contact, by its id.")


@click.group()
def representative() -> None:
    """Contacts of parties: who can be reached, and whether they answer."""


@representative.command("set")
@click.argument("party")
@CONTACT
@click.option("--role", type=click.Choice([role.value for role in ContactRole]), help="For a new one: what it is for.")
@click.option("--name", required=True, help="The person who is asked for.")
@click.option("--organisation", required=True, help="The office; the public sees it.")
@click.option("--country", required=True, help="ISO 3166 code, such as ID.")
@click.option("--email", required=True, help="Where test messages and escalations go.")
@click.option("--language", "languages", multiple=True, default=("id",), show_default=True, help="May be repeated.")
@click.option("--phone", help="With + and the country.")
@click.option("--address", "postal_address", help="The postal address.")
@click.option("--hours", help="When somebody is there; needs --time-zone.")
@click.option("--time-zone", help="Such as Asia/Jakarta.")
@click.option("--mandate", help="On what document the contact acts.")
@click.option("--mandate-file", type=click.Path(exists=True, dir_okay=False), help="Its file; the digest is kept.")
@click.option("--rank", type=int, default=1, show_default=True, help="Whom to turn to first: the lowest.")
@click.option("--senior", is_flag=True, help="Turned to when the others did not answer.")
@click.option("--valid-from", help="A moment later than in 72 hours, RFC 3339.")
@click.option("--valid-to", help="When it ends by itself, RFC 3339.")
@_print.as_json
def set_(party: str, contact: str | None, mandate_file: str | None, as_json: bool, **card: Any) -> None:
    """Add a contact of PARTY, or change one (--contact).

    What is new waits 72 hours, the first of a role while a party begins apart; all others of the party are told.
    """
    if (contact is None) == (card["role"] is None):
        raise click.UsageError("give --role for a new contact, or --contact for one that is there")
    if mandate_file is not None:
        card["mandate_sha256"] = hashlib.sha256(Path(mandate_file).read_bytes()).hexdigest()
    said = {name: list(value) if isinstance(value, tuple) else value for name, value in card.items()}
    told = {"party": party, "contact": contact, "card": {name: one for name, one in said.items() if one is not None}}
    with _server.instance() as house:
        made = house.deed("representative-set", told)
    if as_json:
        _print.print_json(made)
        return
    waits = made["waiting"]
    until = f"waits until {waits['valid_from']}; the other contacts are told" if waits else "is in force"
    click.echo(f"{made['id']} ({made['role']}) {until}")


@representative.command("list")
@click.argument("party")
@_print.as_json
def list_(party: str, as_json: bool) -> None:
    """List the contacts of PARTY, in the order in which they are turned to."""
    with _server.instance() as house:
        found = house.deed("representative-list", {"party": party})
    if as_json:
        _print.print_json(found)
        return
    rows = [row(one) for one in found["contacts"]]
    heads = ("contact", "role", "rank", "name", "e-mail", "state", "last drill")
    empty = "nobody can be reached there yet; add a contact with: mufakat representative set"
    _print.table(heads, rows, empty=empty)
    if rows:
        click.echo(f"each is tried every {found['every']} days")


def row(one: dict[str, Any]) -> tuple[str, ...]:
    """A contact as a line."""
    card = one["in_force"] or one["waiting"] or {}
    state = one["state"]
    if one["waiting"]:
        state = f"waits until {one['waiting']['valid_from']}" if not one["in_force"] else f"{state}, a change waits"
    if (one["in_force"] or {}).get("unreachable_since"):
        state = f"unreachable since {one['in_force']['unreachable_since']}"
    drill = f"{one['drill']['state']} {one['drill']['sent_at']}" if one["drill"] else "never"
    name = f"{card.get('name')}{' (senior)' if card.get('senior') else ''}"
    return (one["id"], one["role"], str(card.get("rank", "")), name, str(card.get("email", "")), state, drill)


@representative.command()
@click.argument("party")
@CONTACT
@click.option("--every", type=int, metavar="DAYS", help="Choose how often they are tried, and send nothing now.")
@_print.as_json
def drill(party: str, contact: str | None, every: int | None, as_json: bool) -> None:
    """Send the contacts of PARTY a test message that a person must answer within a day."""
    with _server.instance() as house:
        done = house.deed("representative-drill", {"party": party, "contact": contact, "every": every})
    if as_json:
        _print.print_json(done)
        return
    for one in done["sent"]:
        click.echo(f"{one['contact']} is asked to answer by {one['due_at']}")
    for pk in done["open"]:
        click.echo(f"{pk} was asked already and still has time")
    if every is not None:
        click.echo(f"each contact of {_print.safe(party)} is tried every {done['every']} days")


@representative.command()
@click.argument("contact")
@click.option("--reason", required=True, help="Why; it has to be said.")
@_print.as_json
def remove(contact: str, reason: str, as_json: bool) -> None:
    """Remove CONTACT at once, for one that left or was compromised; the last one too."""
    with _server.instance() as house:
        done = house.deed("representative-remove", {"contact": contact, "reason": reason})
    if as_json:
        _print.print_json(done)
    else:
        click.echo(f"{contact} is removed")
    if not done["left"]:
        warning = f"warning: nobody can be reached at {done['party']} any more; a new contact waits 72 hours"
        click.echo(f"mufakat: {warning}", err=True)


@representative.command()
@click.argument("contact")
@_print.as_json
def withdraw(contact: str, as_json: bool) -> None:
    """Take back a change of CONTACT that still waits; what was in force stays."""
    with _server.instance() as house:
        done = house.deed("representative-withdraw", {"contact": contact})
    if as_json:
        _print.print_json(done)
    else:
        click.echo(f"the change of {contact} was taken back")
