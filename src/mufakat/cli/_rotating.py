"""The commands of ``mufakat log`` about its keys: show, exchange, end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from mufakat.cli import _print, _server

if TYPE_CHECKING:
    from collections.abc import Mapping

shard_option = click.option("--shard", default="", metavar="NAME", help="Of which shard; the live one if not given.")


@click.command("keys")
@shard_option
@_print.as_json
def keys(shard: str, as_json: bool) -> None:
    """Show the keys of the log, and for which sizes of it each signs."""
    with _server.instance() as house:
        found = house.deed("log-keys", {"shard": shard})
    if as_json:
        _print.print_json(found)
        return
    rows = [(one["id"], one["from"], _or(one["to"], "in office"), one["until"] or "", one["vkey"]) for one in found]
    _print.table(("id", "from", "to", "until", "vkey"), rows, empty="no key")


@click.command("rotate-key")
@shard_option
@_print.as_json
def rotate(shard: str, as_json: bool) -> None:
    """Add a new key to the log. For thirty days both sign; then end the old one: mufakat log retire-key ID.

    Old receipts stay good. Tell everybody who keeps your keys: the new one is in keys.json at once.
    """
    with _server.instance() as house:
        made = house.deed("log-key-rotate", {"shard": shard})
    _said(made, f"added; it signs from {made['from']} leaves on", as_json=as_json)


@click.command("retire-key")
@click.argument("key", metavar="ID")
@shard_option
@_print.as_json
def retire(key: str, shard: str, as_json: bool) -> None:
    """End a key that was replaced, after thirty days in which both signed."""
    with _server.instance() as house:
        made = house.deed("log-key-end", {"key": key, "shard": shard})
    _said(made, f"retired; it signed up to {made['to']} leaves", as_json=as_json)


@click.command("revoke-key")
@click.argument("key", metavar="ID")
@click.option("--reason", required=True, help="Why; it stays in the journal.")
@shard_option
@_print.as_json
def revoke(key: str, reason: str, shard: str, as_json: bool) -> None:
    """End a key at once, because somebody else may have it. Add a new one first: mufakat log rotate-key."""
    with _server.instance() as house:
        made = house.deed("log-key-end", {"key": key, "shard": shard, "reason": reason})
    _said(made, f"revoked; it signed up to {made['to']} leaves", as_json=as_json)


COMMANDS: Final = (keys, rotate, retire, revoke)


def _said(made: Mapping[str, Any], what: str, *, as_json: bool) -> None:
    if as_json:
        _print.print_json(made)
    else:
        click.echo(f"key {made['id']} of shard {made['shard']} {what}\n{made['vkey']}")


def _or(value: Any, words: str) -> Any:
    return words if value is None else value
