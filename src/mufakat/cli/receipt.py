"""``mufakat receipt``."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlencode

import click

from mufakat.cli import _print, _server
from mufakat.cli._seat import seat

LONGEST = 10  # Seconds that the instance waits at most.


@click.group()
def receipt() -> None:
    """Receipts: what was taken, when, signed; and that the log holds it."""


@receipt.command()
@click.argument("notice_id", metavar="NOTICE")
@click.option("--grade", type=click.Choice(["custody", "inclusion", "witnessed"]), default="custody", show_default=True)
@click.option("--event", metavar="EVENT", default="", help="Of another event of the notice: a decision, an appeal …")
@click.option(
    "--wait", metavar="SECONDS", type=click.IntRange(0, LONGEST), default=0, help="Wait so long for the grade."
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it to a file.")
@_print.seat_options("officer")
@_print.as_json
def get(
    notice_id: str,
    grade: str,
    event: str,
    wait: int,
    output: Path | None,
    handle: str | None,
    role: str,
    as_json: bool,
) -> None:
    """Fetch the receipt of a notice; check it anywhere with: mufakat verify FILE --key keys.json.

    Of custody it is there at once; of inclusion once the log holds the leaf; witnessed once witnesses cosigned that.
    """
    asked = urlencode({"grade": grade, **({"event": event} if event else {})})
    headers = {"Prefer": f"wait={wait}"} if wait else None
    with _server.instance() as house:
        who = seat(house, handle, role, "regulator", quiet=True)
        path = f"/api/v1/notices/{quote(notice_id, safe='')}/receipt?{asked}"
        reply = house.request("GET", path, seat=who, headers=headers)
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
