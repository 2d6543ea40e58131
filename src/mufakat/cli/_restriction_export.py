"""``mufakat restriction export``: an operator's lists, or the restrictions of a party, to a file."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from mufakat.cli import _print, _restricting, _seat, _server
from mufakat.cli._exports import target
from mufakat.formats.csv_columns import guard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FILES = {"rpz": "rpz.zone", "domains": "domains.json", "hosts": "hosts.txt", "squid": "squid.txt"}
HEADS = (
    *("restriction", "name", "lifted", "state", "list", "match", "layer", "authority", "platform"),
    *("published_at", "sunset_at", "ended_at"),
)


@click.command()
@click.option("--format", "form", default="ndjson", show_default=True, type=click.Choice(["ndjson", "csv", *FILES]))
@click.option("--list", "name", metavar="LIST", help="Of this list, as its operator: with rpz, domains, hosts, squid.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="To this file.")
@_print.seat_options("officer")
@_print.as_json
def export(form: str, name: str | None, output: Path | None, handle: str | None, role: str, *, as_json: bool) -> None:
    """Write what concerns a party: each restriction whole (ndjson), or a line for each name (csv).

    An operator writes its lists so (--list terrorism --format rpz --party HANDLE --role engineer), as its machines
    fetch them from /feeds/.
    """
    if (form in FILES) is not (name is not None):
        raise click.UsageError(f"--list goes with {', '.join(FILES)}, and they with it")
    if as_json and output is None:
        raise click.UsageError("--json needs -o FILE: what is exported goes to standard output")
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, _restricting.kind_of(role), quiet=True)
        pieces = _list(house, who, name or "", FILES[form]) if name is not None else _all(house, who, form)
        with target(output) as file:
            size = sum(file.write(piece) for piece in pieces)
    if as_json:
        _print.print_json({"file": str(output), "bytes": size})


def _list(house: _server.Instance, who: str, name: str, file: str) -> Iterator[bytes]:
    """A list's file, as it is served."""
    with house.download(f"/feeds/{quote(name, safe='')}/{file}", seat=who) as pieces:
        yield from pieces


def _all(house: _server.Instance, who: str, form: str) -> Iterator[bytes]:
    """Every restriction that the party sees, newest first, each read whole when its turn comes."""
    write = _csv if form == "csv" else _ndjson
    if form == "csv":
        yield _line(HEADS)
    after = ""
    while True:
        page = _restricting.good(house.request("GET", f"{_restricting.HERE}?after={after}", seat=who))
        for one in page["items"]:
            whole = _restricting.good(house.request("GET", _restricting.place(one["id"]), seat=who))
            yield from write(whole)
        after = page["next"] or ""
        if not after:
            return


def _ndjson(whole: Mapping[str, Any]) -> Iterator[bytes]:
    yield json.dumps(whole, ensure_ascii=False).encode() + b"\n"


def _csv(whole: Mapping[str, Any]) -> Iterator[bytes]:
    names = [(name, False) for name in whole["names"]] + [(name, True) for name in whole["lifted"]]
    for name, lifted in names:
        told = {**whole, "restriction": whole["id"], "name": name, "lifted": "yes" if lifted else "no"}
        yield _line([told.get(head) or "" for head in HEADS])


def _line(cells: Sequence[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([guard(str(cell)) for cell in cells])
    return text.getvalue().encode()
