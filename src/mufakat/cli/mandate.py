"""``mufakat mandate``."""

from __future__ import annotations

from typing import Any

import click

from mufakat.cli import _print, _server
from mufakat.locator.kinds import Surface
from mufakat.rules.notice import Category
from mufakat.rules.permissions import MANDATED

ALL = "all"
KINDS = sorted(kind.value for kind in MANDATED)
CATEGORIES = [category.value for category in Category]
SURFACES = [surface.value for surface in Surface]


@click.group()
def mandate() -> None:
    """What lets a party flag, ask or command: scope, measure, and who gave it."""


@mandate.command()
@click.argument("handle")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    required=True,
    type=click.Choice(KINDS),
    help="A kind of notice; may be repeated.",
)
@click.option(
    "--category",
    "categories",
    multiple=True,
    default=(ALL,),
    show_default=True,
    type=click.Choice([ALL, *CATEGORIES]),
    help="About what; may be repeated.",
)
@click.option(
    "--surface",
    "surfaces",
    multiple=True,
    default=(ALL,),
    show_default=True,
    type=click.Choice([ALL, *SURFACES]),
    help="What it may point at; may be repeated.",
)
@click.option("--country", default="", help="Where it holds: an ISO 3166 code, such as ID. By default everywhere.")
@click.option("--expertise", default="", help="What the holder knows about.")
@click.option("--granted-by", required=True, help="Who gave it, outside of here.")
@click.option("--legal-source", required=True, help="On which law.")
@click.option("--burst", default=1_000, show_default=True, type=int, help="So many notices at once.")
@click.option("--per-minute", default=100, show_default=True, type=int, help="And so many more with each minute.")
@click.option(
    "--review-on", type=click.DateTime(["%Y-%m-%d"]), help="The day of its review. By default a year from today."
)
@_print.as_json
def grant(handle: str, as_json: bool, **told: Any) -> None:
    """Grant a mandate. It is in force at once."""
    asked = {
        **told,
        "party": handle,
        "categories": CATEGORIES if ALL in told["categories"] else list(told["categories"]),
        "surfaces": SURFACES if ALL in told["surfaces"] else list(told["surfaces"]),
        "kinds": list(told["kinds"]),
        "review_on": told["review_on"].date().isoformat() if told["review_on"] else None,
    }
    with _server.instance() as house:
        made = house.deed("mandate-grant", asked)
    if as_json:
        _print.print_json(made)
    else:
        click.echo(f"granted {made['id']} to {made['party']}: {', '.join(made['kinds'])}")


@mandate.command()
@click.argument("mandate_id")
@click.option("--reason", required=True, help="Why. The holder reads it and may reply.")
@_print.as_json
def suspend(mandate_id: str, reason: str, as_json: bool) -> None:
    """Let a mandate not count until it is resumed."""
    _moved("mandate-suspend", mandate_id, reason, as_json=as_json)


@mandate.command()
@click.argument("mandate_id")
@click.option("--reason", required=True, help="What came of it. The holder reads it.")
@_print.as_json
def resume(mandate_id: str, reason: str, as_json: bool) -> None:
    """Let a suspended mandate count again."""
    _moved("mandate-resume", mandate_id, reason, as_json=as_json)


@mandate.command()
@click.argument("mandate_id")
@click.option("--reason", required=True, help="Why. The holder reads it and may reply.")
@_print.as_json
def revoke(mandate_id: str, reason: str, as_json: bool) -> None:
    """End a mandate for good."""
    _moved("mandate-revoke", mandate_id, reason, as_json=as_json)


@mandate.command()
@click.argument("mandate_id")
@click.option("--text", required=True, help="What the holder says to the reason.")
@_print.seat_options("officer")
@_print.as_json
def reply(mandate_id: str, text: str, handle: str | None, role: str, as_json: bool) -> None:
    """Say something to why a mandate stands as it does, for its holder."""
    with _server.instance() as house:
        done = house.deed("mandate-reply", {"id": mandate_id, "text": text, "party": handle or "", "role": role})
    if as_json:
        _print.print_json(done)
    else:
        click.echo(f"{done['id']}: replied at {done['replied_at']}")


@mandate.command("list")
@click.option("--party", "handle", default="", metavar="HANDLE", help="Those of one party.")
@_print.as_json
def list_(handle: str, as_json: bool) -> None:
    """List mandates, newest first."""
    with _server.instance() as house:
        found = house.deed("mandate-list", {"party": handle})
    if as_json:
        _print.print_json(found)
        return
    rows = [
        (
            one["id"],
            one["party"],
            one["state"] + (" (due for review)" if one["due_for_review"] else ""),
            ", ".join(one["kinds"]),
            f"{one['quota']['burst']} + {one['quota']['per_minute']}/min",
            one["quota"]["left"],
            one["review_on"],
        )
        for one in found
    ]
    heads = ("mandate", "party", "state", "kinds", "measure", "left", "review on")
    _print.table(heads, rows, empty="no mandates yet; grant one with: mufakat mandate grant HANDLE")


def _moved(deed: str, mandate_id: str, reason: str, *, as_json: bool) -> None:
    with _server.instance() as house:
        done = house.deed(deed, {"id": mandate_id, "reason": reason})
    if as_json:
        _print.print_json(done)
    else:
        click.echo(f"{done['id']} of {done['party']}: {done['state'].replace('_', ' ')} since {done['since']}")
