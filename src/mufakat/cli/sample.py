"""``mufakat sample``: items of the past, handed in to try policies on."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlencode

import click

from mufakat.cli import _policing, _print, _seat, _server
from mufakat.cli._policing import SAMPLES, asked, done, keyed, seated


@click.group()
def sample() -> None:
    """Items of the past, handed in to try policies on: sealed, and erased after a while."""


@sample.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--name", required=True, help="What it is, for your colleagues.")
@keyed
@seated
def add(file: Path, name: str, key: str | None, handle: str | None, role: str, as_json: bool) -> None:
    """Hand in FILE, an item a line (NDJSON), at most 50 MiB. Lines that are marked private are refused and counted."""
    path = f"{SAMPLES}?{urlencode({'name': name})}"
    with _server.instance() as house, file.open("rb") as stream:
        who = _seat.seat(house, handle, role, _policing.KIND, quiet=as_json)
        size = file.stat().st_size
        found = _policing.good(
            house.upload(path, stream, size=size, seat=who, method="POST", headers=_policing.heading(key))
        )
    if as_json:
        _print.print_json(found)
    else:
        _policing.print_sample(found)


@sample.command("list")
@click.option("--after", default="", help="The id that the page before named.")
@seated
def list_(after: str, handle: str | None, role: str, as_json: bool) -> None:
    """List the samples of the platform, newest first, those that were erased too."""
    found = asked(SAMPLES, handle, role, query={"after": after}, quiet=as_json)
    if as_json:
        _print.print_json(found)
    else:
        _policing.print_samples(found)


@sample.command()
@click.argument("sample_id")
@keyed
@seated
def erase(sample_id: str, key: str | None, handle: str | None, role: str, as_json: bool) -> None:
    """Erase a sample now. Its back-tests keep their counts and name no item of it any more."""
    path = f"{SAMPLES}/{quote(sample_id, safe='')}/erasure"
    found = done(path, {}, handle, role, key=key, quiet=as_json)
    if as_json:
        _print.print_json(found)
    else:
        _policing.print_sample(found)
