"""``mufakat log recover``."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mufakat.cli import _print, _server

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST = 256 * (2 + 65_535)  # Bytes of a bundle.
PATIENCE = 30.0  # Seconds without a byte.
LOST = """\
What comes back: the events with their leaves, where each channel stands, the tree and its signed head.
What does not, because no log holds it: what people wrote (notices, decisions, files, messages), what opens the leaves,
stored answers to keys, and what was still to be told. It is in backups of the database alone."""


@click.command()
@click.option("--from", "source", default="", metavar="URL|DIR", help="A mirror.  [default: what was published here]")
@click.option("--shard", default="", help="Which log.  [default: the live one]")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_print.as_json
def recover(source: str, shard: str, yes: bool, as_json: bool) -> None:
    """Bring the log of an older database back from its published files, or from a mirror of them.

    All of the source is verified first. Nothing that differs is written over. Stop the server before; done twice it
    does nothing. Exit 1 when the log still cannot be signed, or nothing was recovered that was missing.
    """

    def agree(plan: Any) -> bool:
        if yes:
            return True
        click.echo(
            f"shard {plan['shard']}: the source holds {plan['source']} leaves, the database {plan['held']}", err=True
        )
        click.echo(LOST, err=True)
        return click.confirm(f"Write {plan['missing']} events?", err=True)

    done = _server.recover_log(shard, fetch_from(source) if source else None, agree)
    if as_json:
        _print.print_json(done)
    elif done["refused"]:
        click.echo("nothing was written")
    elif not done["needed"]:
        click.echo(f"shard {done['shard']}: nothing is missing; signed with {done['signed']} leaves")
    else:
        click.echo(f"shard {done['shard']}: {done['recovered']} events are back; signed with {done['signed']} leaves")
        click.echo(LOST)
    for words in done["troubles"]:
        click.echo(f"mufakat: {words}", err=True)
    raise SystemExit(_server.NO if done["refused"] or done["troubles"] else 0)


def fetch_from(source: str) -> Callable[[str], bytes]:
    """Read the files of a log below an address or a folder; ends with a sentence where one is not there."""
    if source.startswith(("https://", "http://")):
        return lambda path: _got(f"{source.rstrip('/')}/{path}")
    return lambda path: _read(Path(source, path))


def _got(address: str) -> bytes:
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE) as answer:  # noqa: S310 - http and https alone.
            content: bytes = answer.read(LARGEST + 1)
    except (urllib.error.URLError, OSError) as error:
        _server.stop(f"{address}: {error}", _server.NO)
    if len(content) > LARGEST:
        _server.stop(f"{address}: this is no file of a log", _server.NO)
    return content


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        _server.stop(f"{path}: {error.strerror}", _server.NO)
