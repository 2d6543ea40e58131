"""What of ``mufakat telegram`` is about the Government Channel bot: its process, and who is bound."""

from __future__ import annotations

import secrets

import click

from mufakat.cli import _government, _print, _server


@click.command()
def govern() -> None:
    """Serve the Government Channel bot until stopped.

    A process of its own beside the server, on the same machine: it reaches the house through its local socket.
    """
    raise SystemExit(_government.govern())


@click.command()
@click.option("--party", "handle", required=True, metavar="HANDLE", help="Whose seat.")
@click.option("--role", required=True, help="The seat, such as officer or reviewer-2.")
@_print.as_json
def bind(handle: str, role: str, as_json: bool) -> None:
    """Make a link that binds one Telegram account to the person in a seat, once, within 15 minutes.

    Whoever opens it first acts in that seat: give it to that person alone.
    """
    key = f"cli-{secrets.token_hex(16)}"
    with _server.instance() as house:
        reply = house.request(
            "POST", "/api/v1/telegram/bindings", body=b"{}", headers={"Idempotency-Key": key}, seat=f"{handle}/{role}"
        )
    if not reply.good:
        _server.refuse(reply)
    made = reply.json()
    if as_json:
        _print.print_json(made)
        return
    click.echo(made["link"])
    click.echo(f"This is shown once. It is good until {made['expires_at']}, for one account.", err=True)


@click.command("list")
@click.option("--party", "handle", required=True, metavar="HANDLE", help="Whose people.")
@_print.as_json
def list_(handle: str, as_json: bool) -> None:
    """List the chats of a party's people, newest first; never the number of one."""
    with _server.instance() as house:
        rows = house.deed("telegram-list", {"party": handle})
    if as_json:
        _print.print_json(rows)
        return
    shown = [(one["id"], one["seat"], one["state"], one["bound_at"], one["unreachable_since"] or "") for one in rows]
    _print.table(("id", "seat", "state", "bound", "unreachable since"), shown, empty="no chats")


@click.command()
@click.argument("chat")
@_print.as_json
def revoke(chat: str, as_json: bool) -> None:
    """End a chat at once: nothing is told there any more, and nothing done from there."""
    with _server.instance() as house:
        done = house.deed("telegram-revoke", {"chat": chat})
    if as_json:
        _print.print_json(done)
    else:
        click.echo(f"ended {_print.safe(chat)}")


COMMANDS = (govern, bind, list_, revoke)
