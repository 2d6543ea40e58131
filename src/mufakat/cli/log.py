"""``mufakat log``."""

from __future__ import annotations

import click

from mufakat.cli._recovering import recover


@click.group()
def log() -> None:
    """The public log."""


log.add_command(recover)
