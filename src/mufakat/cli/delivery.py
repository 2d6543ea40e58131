"""``mufakat delivery``."""

from __future__ import annotations

import click

from mufakat.cli import _print, _server


@click.group()
def delivery() -> None:
    """What could not be delivered."""


@delivery.command(name="list")
@_print.as_json
def listed(as_json: bool) -> None:
    """List dead letters, oldest first: what was tried to the end, or whose endpoint was closed."""
    with _server.instance() as house:
        found = house.deed("delivery-list", {})
    if as_json:
        _print.print_json(found)
        return
    rows = [
        [one["id"], one["party"], one["type"], one["case"], one["attempts"], one["ended_at"], one["detail"]]
        for one in found["items"]
    ]
    heads = ("delivery", "party", "what", "about", "tried", "given up", "why")
    _print.table(heads, rows, empty="No dead letters.")
    click.echo(f"{found['waiting']} on their way, {found['dead']} dead", err=True)


@delivery.command()
@click.argument("deliveries", nargs=-1, metavar="[DELIVERY]...")
@click.option("--all", "every", is_flag=True, help="All of them, but those whose endpoint is disabled.")
@click.option("--endpoint", metavar="ENDPOINT", help="All to this endpoint.")
@_print.as_json
def replay(deliveries: tuple[str, ...], every: bool, endpoint: str | None, as_json: bool) -> None:
    """Try dead letters anew, from the beginning. Their ids stay the same, so that receivers recognise them."""
    if bool(deliveries) + every + bool(endpoint) != 1:
        _server.stop("name deliveries, or --all, or --endpoint")
    with _server.instance() as house:
        done = house.deed("delivery-replay", {"deliveries": list(deliveries), "endpoint": endpoint})
    if as_json:
        _print.print_json(done)
    else:
        click.echo(f"{done['replayed']} are tried anew")
