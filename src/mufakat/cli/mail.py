"""``mufakat mail``."""

from __future__ import annotations

import click

from mufakat.cli import _print, _server


@click.group()
def mail() -> None:
    """Take mails in, and see what came."""


@mail.command()
def serve() -> None:
    """Take mails by LMTP ($MUFAKAT_LMTP) in a process of its own, until stopped.

    A running server does this by itself; beside one this needs PostgreSQL.
    """
    raise SystemExit(_server.serve_mail())


@mail.command()
@_print.as_json
def poll(as_json: bool) -> None:
    """Read the mailbox ($MUFAKAT_IMAP_URL) now, from where it was left.

    A running server does this by itself every half minute.
    """
    taken = 0
    with _server.instance() as house:
        while True:
            told = house.deed("mail-poll", {})
            taken += told["taken"]
            if not told["more"]:
                break
    if as_json:
        _print.print_json({"taken": taken})
    else:
        click.echo(f"{taken} mails read")


@mail.command("list")
@click.option(
    "--state", default="waiting", type=click.Choice(["waiting", "automatic", "taken_up", "set_aside"]), help="Which."
)
@click.option("--limit", default=50, type=click.IntRange(1, 1_000), help="How many at most.")
@_print.as_json
def list_(state: str, limit: int, as_json: bool) -> None:
    """List the mails that came in, newest first: ids and codes, no content."""
    with _server.instance() as house:
        rows = house.deed("mail-list", {"state": state, "limit": limit})
    if as_json:
        _print.print_json(rows)
        return
    shown = [(one["id"], one["received_at"], one["claims"] or "", one["dkim"], one["notice"] or "") for one in rows]
    _print.table(("id", "received", "claims", "dkim", "notice"), shown, empty="no mails")
