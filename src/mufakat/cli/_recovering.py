"""``mufakat log recover``."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

from mufakat.cli import _print, _server
from mufakat.proof import leaf, note, tile as paths
from mufakat.runners import log_source
from mufakat.runners.log_source import NotReadError
from mufakat.runners.log_web import Web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LARGEST: Final = paths.WIDTH * (2 + leaf.MAX_LENGTH)  # Bytes of a bundle.
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

    with fetch_from(source) as fetch:
        done = _server.recover_log(shard, fetch, agree)
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


@contextmanager
def fetch_from(source: str) -> Iterator[Callable[[str], bytes] | None]:
    """Read the files of a log below an address or a folder; ends with a sentence where one is not there. "" is None.

    As everybody reads a log that nobody vouches for: so many bytes, in so much time, from the server that was named.
    """
    if not source:
        yield None
        return
    try:
        log = log_source.opened(source, web=Web)
    except ValueError as error:
        raise click.UsageError(f"--from {_print.plain(source)} cannot be read as a log: {error}.") from None

    def fetch(path: str) -> bytes:
        try:
            return log.files.read(path, limit=note.MAX_LENGTH if path == "checkpoint" else LARGEST)
        except NotReadError as error:
            _server.stop(_print.plain(f"{source}: {error}"), _server.NO)

    with log:
        yield fetch
