"""`mufakat log`: the public log and its keys."""

from __future__ import annotations

import click

from mufakat.cli._recovering import recover


@click.group()
def log() -> None:
    """The public log: check it as a whole, bring it back, and exchange its keys."""


log.add_command(recover)
