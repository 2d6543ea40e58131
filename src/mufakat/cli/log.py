"""`mufakat log`: check a published log as a whole, prove a fork of one, bring it back, and exchange its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from mufakat.cli import _keys, _print, _rotating
from mufakat.cli._recovering import recover
from mufakat.proof import canonical, fork as forks
from mufakat.proof.errors import AmbiguousKeyError, ProofError
from mufakat.proof.fork import Contradiction, Fork
from mufakat.runners import fsck as checking, log_source
from mufakat.runners.log_web import Web

if TYPE_CHECKING:
    from mufakat.proof.checkpoint import Checkpoint
    from mufakat.runners.log_source import Log

_BAD: Final = 1

keys_option = click.option(
    "keys",
    "--key",
    metavar="VKEY|FILE",
    multiple=True,
    required=True,
    help="A key you trust: its text, or a file of such lines, or a log's keys.json. May be given several times.",
)


@click.group()
def log() -> None:
    """The public log: check it as a whole, without believing who serves it; bring it back, and exchange its keys."""


for command in (recover, *_rotating.COMMANDS):
    log.add_command(command)


@log.command()
@click.argument("where", metavar="URL|DIR")
@keys_option
@click.option("--quiet", is_flag=True, help="Say nothing about how far it is.")
@_print.as_json
@click.pass_context
def fsck(context: click.Context, where: str, keys: tuple[str, ...], quiet: bool, as_json: bool) -> None:
    """Check the log at URL (…/log/<shard>) or in DIR: the signature, every entry, every tile, the root.

    Nothing that the log says about itself is believed but its signature by a key that you trust. What is wrong is said
    with its path and, of an entry, its index. Exit status: 0 good, 1 bad or not to be read, 2 wrong use.
    """
    trusted = [key for text in keys for key in _keys.tenures(text)]

    def told(done: int, size: int) -> None:
        click.echo(f"{done} of {size} entries", err=True)

    with opened(where) as found:
        try:
            checked = checking.check(found, trusted, told=(lambda _, __: None) if quiet else told)
        except AmbiguousKeyError as error:
            raise click.UsageError(str(error)) from None
    if as_json:
        _print.print_json(checked.as_json())
    elif checked.wrong is not None:
        click.echo(_print.plain(f"bad: {where}: {checked.wrong.problem}"))
    elif checked.head is not None:
        head = checked.head
        click.echo(_print.plain(f"good: {head.origin} has {head.size} entries, root {canonical.to_base64(head.root)}"))
    context.exit(0 if checked.good else _BAD)


@log.command()
@click.argument("file", metavar="FILE")
@keys_option
@_print.as_json
@click.pass_context
def fork(context: click.Context, file: str, keys: tuple[str, ...], as_json: bool) -> None:
    """Check a FILE of `mufakat monitor` that shows a fork: two signed heads of one log that cannot both be true.

    Offline, with nothing but the file and the key of the log. Exit status: 0 when it proves the fork, 1 when it does
    not, 2 wrong use.
    """
    # Whenever the key signed: it is the key that contradicts itself.
    trusted = [key for text in keys for key in _keys.read(text)]
    try:
        with click.open_file(file, "rb") as stream:
            content: bytes = stream.read(forks.MAX_LENGTH + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name.
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not the name of a file"
        raise click.UsageError(f"{_print.plain(file)} cannot be read: {reason}.") from None
    proven: Contradiction | None = None
    problem: str | None = None
    try:
        proven = forks.verify(Fork.parse(content), trusted)
    except AmbiguousKeyError as error:
        raise click.UsageError(str(error)) from None
    except ProofError as error:
        problem = str(error)
    if as_json:
        _print.print_json({"file": file, "proven": proven is not None, **_heads(proven), "problem": problem})
    elif proven is not None:
        click.echo(_print.plain(f"proven: {proven.newer.origin} was forked: {_words(proven)}"))
    else:
        click.echo(_print.plain(f"not proven: {file}: {problem}"))
    context.exit(0 if proven is not None else _BAD)


def opened(where: str) -> Log:
    """The log at an address or in a folder; wrong use for neither."""
    try:
        return log_source.opened(where, web=Web)
    except ValueError as error:
        raise click.UsageError(f"{_print.plain(where)} cannot be read as a log: {error}.") from None


def _heads(proven: Contradiction | None) -> dict[str, Any]:
    if proven is None:
        return {"origin": None, "older": None, "newer": None}
    return {"origin": proven.newer.origin, "older": _head(proven.older), "newer": _head(proven.newer)}


def _head(head: Checkpoint) -> dict[str, Any]:
    return {"size": head.size, "root": canonical.to_base64(head.root)}


def _words(proven: Contradiction) -> str:
    older, newer = proven.older, proven.newer
    if older.size == newer.size:
        return f"its key signed two logs of {older.size} entries"
    return f"its key signed a log of {newer.size} entries that does not begin with the {older.size} that it signed"
