"""``mufakat measure``."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import click

from mufakat.cli import _print, _seat, _server
from mufakat.rules.measure import MeasureState

STATES = [state.value for state in MeasureState]


@click.group()
def measure() -> None:
    """What a platform decided to do: approve it, carry it out, undo it, and say so."""


@measure.command("list")
@click.option(
    "--state", default="", type=click.Choice(["", *STATES]), help="Those in one state; by default what waits."
)
@click.option("--after", default="", help="The 'next' of a former page.")
@_print.seat_options("reviewer")
@_print.as_json
def list_(state: str, after: str, handle: str | None, role: str, as_json: bool) -> None:
    """List the measures of your party, oldest first."""
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, "platform", quiet=as_json)
        asked = urlencode({"state": state, "after": after})
        answer = house.request("GET", f"/api/v1/measures?{asked}", seat=who)
    if not answer.good:
        _server.refuse(answer)
    page = answer.json()
    if as_json:
        _print.print_json(page)
        return
    rows = [
        (
            one["id"],
            one["notice"],
            one["locator"] + 1,
            one["inverse"] if one["state"] == MeasureState.REVERTING else one["measure"],
            one["state"],
            one["ends_at"] or "–",
        )
        for one in page["items"]
    ]
    _print.table(("measure", "notice", "link", "what", "state", "until"), rows, empty="no measures")
    if page["next"]:
        click.echo(f"more with: --after {page['next']}", err=True)


@measure.command()
@click.argument("measures", nargs=-1, required=True, metavar="MEASURE...")
@click.option("--note", default="", help="A word with it; the sender reads it.")
@click.option("--undone/--done", default=None, help="Which of the two is meant; refused where the other one is due.")
@_print.seat_options("reviewer")
@_print.as_json
def confirm(
    measures: tuple[str, ...], note: str, undone: bool | None, handle: str | None, role: str, as_json: bool
) -> None:
    """Say that measures are carried out, or undone where they were to be."""
    moved(measures, "confirmation", {"note": note, "undone": undone}, handle, role, as_json=as_json)


@measure.command()
@click.argument("measures", nargs=-1, required=True, metavar="MEASURE...")
@click.option("--note", default="", help="A word with it; the sender reads it.")
@_print.seat_options("reviewer-2")
@_print.as_json
def approve(measures: tuple[str, ...], note: str, handle: str | None, role: str, as_json: bool) -> None:
    """Agree, as a second person, to measures that cannot be undone."""
    moved(measures, "approval", {"note": note}, handle, role, as_json=as_json)


@measure.command()
@click.argument("measures", nargs=-1, required=True, metavar="MEASURE...")
@click.option("--reason", required=True, help="Why; the sender reads it.")
@_print.seat_options("reviewer-2")
@_print.as_json
def decline(measures: tuple[str, ...], reason: str, handle: str | None, role: str, as_json: bool) -> None:
    """Disagree, as a second person: they are never put in hand."""
    moved(measures, "declining", {"reason": reason}, handle, role, as_json=as_json)


@measure.command()
@click.argument("measures", nargs=-1, required=True, metavar="MEASURE...")
@click.option("--reason", required=True, help="Why; the sender reads it.")
@_print.seat_options("reviewer")
@_print.as_json
def fail(measures: tuple[str, ...], reason: str, handle: str | None, role: str, as_json: bool) -> None:
    """Say that measures could not be carried out, or not undone."""
    moved(measures, "failure", {"reason": reason}, handle, role, as_json=as_json)


def moved(
    measures: tuple[str, ...], deed: str, told: dict[str, Any], handle: str | None, role: str, *, as_json: bool
) -> None:
    """The same deed on each of them; the first that is refused ends it, and what went before is done."""
    found: list[Any] = []
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, "platform", quiet=as_json)
        for one in measures:
            path = f"/api/v1/measures/{quote(one, safe='')}/{deed}"
            answer = house.request("POST", path, body=json.dumps(told).encode(), seat=who)
            if not answer.good:
                _server.refuse(answer, where=_print.safe(one))
            found.append(answer.json())
            if not as_json:
                click.echo(f"{found[-1]['id']}: {found[-1]['measure']} is {found[-1]['state']}")
    if as_json:
        _print.print_json(found[0] if len(found) == 1 else found)
