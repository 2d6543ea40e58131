"""``mufakat receipt``."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import click

from mufakat.cli import _print, _server
from mufakat.cli._seat import seat


@click.group()
def receipt() -> None:
    """Receipts: what was taken, when, signed."""


@receipt.command()
@click.argument("notice_id", metavar="NOTICE")
@click.option("--grade", type=click.Choice(["custody", "inclusion", "witnessed"]), default="custody", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it to a file.")
@_print.seat_options("officer")
@_print.as_json
def get(notice_id: str, grade: str, output: Path | None, handle: str | None, role: str, as_json: bool) -> None:
    """Fetch the receipt of a notice; check it anywhere with: mufakat verify FILE --key keys.json."""
    with _server.instance() as house:
        who = seat(house, handle, role, "regulator", quiet=True)
        reply = house.request("GET", f"/api/v1/notices/{quote(notice_id, safe='')}/receipt?grade={grade}", seat=who)
    if not reply.good:
        _server.refuse(reply)
    if output:
        try:
            output.write_bytes(reply.body)
        except OSError as error:
            _server.stop(f"{_print.safe(output)}: {error.strerror}")
    if as_json:
        _print.print_json({"notice": notice_id, "grade": grade, "receipt": reply.body.decode()})
    elif not output:
        click.echo(reply.body.decode(), nl=False)
