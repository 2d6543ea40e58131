"""``mufakat example``."""

from __future__ import annotations

import click

from mufakat.cli import _print, _server


@click.group()
def example() -> None:
    """Made-up parties and stories to try things with."""


@example.command()
@click.argument("name")
@_print.as_json
def load(name: str, as_json: bool) -> None:
    """Load an example: parties, or a story such as story-2017, which is told once and while no server runs.

    Loading the parties again adds nothing.
    """
    if name.startswith("story-"):
        loaded = _server.tell(name)
    else:
        with _server.instance() as house:
            loaded = house.deed("example-load", {"name": name})
    if as_json:
        _print.print_json(loaded)
        return
    click.echo("party      seat            e-mail                           password")
    for line in loaded["accounts"]:
        click.echo(line)
