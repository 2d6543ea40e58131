"""`mufakat log`: the public log and its keys."""

from __future__ import annotations

import click


@click.group()
def log() -> None:
    """The public log: check it as a whole, and exchange its keys."""
