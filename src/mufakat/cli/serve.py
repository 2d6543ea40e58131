"""``mufakat serve`` and ``mufakat migrate``."""

from __future__ import annotations

import os

import click

from mufakat.cli import _print, _server


@click.command()
@click.option("--host", help="Where to listen.  [default: $MUFAKAT_HOST or 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="On which port.  [default: $PORT or 8000]")
def serve(host: str | None, port: int | None) -> None:
    """Serve pages and API until stopped."""
    # Into the environment, which one place reads and judges; the worker process reads it again.
    if host is not None:
        os.environ["MUFAKAT_HOST"] = host
    if port is not None:
        os.environ["PORT"] = str(port)
    raise SystemExit(_server.serve())


@click.command()
@click.option("--quiet", is_flag=True, help="Say nothing unless something is wrong.")
@_print.as_json
def migrate(quiet: bool, as_json: bool) -> None:
    """Make the database, or bring it to this release."""
    status = _server.migrate(verbosity=0 if quiet or as_json else 1)
    if as_json and status == 0:
        _print.print_json({"migrated": True})
    raise SystemExit(status)


@click.command(hidden=True)
def welcome() -> None:
    """Print the addresses and the example's accounts."""
    click.echo(_server.welcome())
