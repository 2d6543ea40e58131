"""``mufakat evidence``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mufakat.cli import _attach, _print, _server
from mufakat.cli._seat import seat
from mufakat.cli.notice import problem


@click.group()
def evidence() -> None:
    """Store files that notices will name."""


@evidence.command()
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@_print.seat_options("officer")
@_print.as_json
def put(files: tuple[Path, ...], handle: str | None, role: str, as_json: bool) -> None:
    """Store files and print the SHA-256 of each, by which a notice names it within 24 hours."""
    results: list[dict[str, Any]] = []
    with _server.instance() as house:
        who = seat(house, handle, role, "regulator", quiet=as_json)
        for file in files:
            reply = _attach.upload(house, file, who=who)
            if reply.good:
                results.append({"file": str(file), **reply.json()})
                if not as_json:
                    click.echo(f"{reply.json()['sha256']}  {_print.safe(file)}")
                continue
            results.append({"file": str(file), "status": reply.status, "problem": problem(reply)})
            for line in () if as_json else _server.reasons(reply):
                click.echo(f"{_print.safe(file)}: {line}", err=True)
    if as_json:
        _print.print_json(results[0] if len(files) == 1 else results)
    raise SystemExit(_server.NO if any("problem" in one for one in results) else 0)
