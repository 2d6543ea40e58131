"""Notices to a file: first what is to be said of them, then the bytes, both piece by piece."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlencode

import click

from mufakat.cli import _print, _server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PATH = "/api/v1/notices/export"


def export(
    house: _server.Instance, who: str, told: Mapping[str, str], output: Path | None, *, quiet: bool
) -> dict[str, Any]:
    """Write the file and return its counts."""
    counts = report(house, who, told, quiet=quiet)
    size = 0
    # Up to the newest notice of the report: what came meanwhile is not in it, and not in the file.
    with target(output) as file:
        upto = {"upto": counts["newest"]} if counts["newest"] else {}
        with house.download(f"{PATH}?{urlencode({**told, **upto})}", seat=who) as pieces:
            for piece in pieces:
                file.write(piece)
                size += len(piece)
        if counts["newest"] and size != counts["bytes"]:
            _server.stop("the export broke off, or notices were erased meanwhile; do the same again", _server.NO)
    if not quiet:
        left_out = f", {counts['erased']} erased ones left out" if counts["erased"] else ""
        refused = f", {counts['refused']} could not be written" if counts["refused"] else ""
        click.echo(f"{counts['written']} written{left_out}{refused}", err=True)
    return counts


def report(house: _server.Instance, who: str, told: Mapping[str, str], *, quiet: bool) -> dict[str, Any]:
    """Say what the file cannot hold; the counts of the last line."""
    last: dict[str, Any] = {}
    with house.download(f"{PATH}?{urlencode({**told, 'report': 'true'})}", seat=who) as pieces:
        for line in lines(pieces):
            last = json.loads(line)
            for one in () if quiet else (*last.get("errors", ()), *_losses(last)):
                where = f"{one['pointer']}: " if one["pointer"] else ""
                click.echo(f"{last['id']}: {where}{_print.safe(one['detail'])}", err=True)
    if last.pop("end", None) != "done":
        _server.stop("the server stopped before it was finished; do the same again", _server.NO)
    return last


def _losses(line: Mapping[str, Any]) -> list[dict[str, str]]:
    found = line.get("losses")
    return found if isinstance(found, list) else []  # In the last line it is their number.


def lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The lines of a stream."""
    held = b""
    for piece in pieces:
        *ended, held = (held + piece).split(b"\n")
        yield from ended
    if held:
        yield held


@contextmanager
def target(output: Path | None) -> Iterator[IO[bytes]]:
    """Where the bytes go: a file is put in its place only when it is whole."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    draft = output.with_name(f"{output.name}.part")
    try:
        with draft.open("wb") as file:
            yield file
        draft.replace(output)
    except OSError as error:
        _server.stop(f"{_print.safe(output)}: {error.strerror}", _server.NO)
    finally:
        draft.unlink(missing_ok=True)
