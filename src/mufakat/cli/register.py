"""``mufakat register``."""

from __future__ import annotations

import click

from mufakat.cli import _print, _server


@click.group()
def register() -> None:
    """The public register."""


@register.command()
@_print.as_json
def rebuild(as_json: bool) -> None:
    """Forget all entries and make them anew from the journal, which alone they are made of.

    The worker makes them; until it is through, the register is incomplete. `mufakat work --once` waits for it.
    """
    with _server.instance() as house:
        found = house.deed("register-rebuild", {})
    if as_json:
        _print.print_json(found)
    else:
        click.echo(f"{found['forgotten']} entries forgotten; the worker makes them anew")
