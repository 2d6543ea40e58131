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


@mandate.command()
@click.argument("mandate_id")
@click.option("--reason", required=True, help="Why. The holder reads it.")
@_print.as_json
def restore(mandate_id: str, reason: str, as_json: bool) -> None:
    """Give the whole quota of a mandate back; what was counted until today is not counted again."""
    with _server.instance() as house:
        done = house.deed("mandate-restore", {"id": mandate_id, "reason": reason})
    if as_json:
        _print.print_json(done)
    else:
        click.echo(f"{done['id']} of {done['party']}: the quota is whole again")


@mandate.command()
@click.argument("proposal_id")
@click.option("--reason", required=True, help="Why not. The holder reads it.")
@_print.as_json
def decline(proposal_id: str, reason: str, as_json: bool) -> None:
    """Decline a proposal that a mandate be suspended."""
    with _server.instance() as house:
        done = house.deed("mandate-decline", {"id": proposal_id, "reason": reason})
    if as_json:
        _print.print_json(done)
    else:
        click.echo(f"{done['id']} of {done['party']}: it is not suspended")


@mandate.command()
@click.option("--party", "handle", default="", metavar="HANDLE", help="One party alone.")
@click.option("--category", type=click.Choice(CATEGORIES), default=None, help="One category alone.")
@click.option("--from", "first", default="", metavar="DAY", help="The first day on which notices came in (UTC).")
@click.option("--to", "last", default="", metavar="DAY", help="The last such day.")
@click.option("--anew", is_flag=True, help="Count everything anew first, from the first event.")
@_print.as_json
def accuracy(handle: str, category: str | None, first: str, last: str, anew: bool, as_json: bool) -> None:
    """Show how well what each party asks holds, and how whoever is asked answers."""
    asked: dict[str, Any] = {"party": handle, "category": category or "", "first": first, "last": last, "anew": anew}
    with _server.instance() as house:
        found = house.deed("mandate-accuracy", asked)
        items = list(found["items"])
        after = found["next"]
        while after:
            page = house.deed("mandate-accuracy", {**asked, "anew": False, "after": after})
            items, after = items + page["items"], page["next"]
    if as_json:
        _print.print_json({**found, "items": items, "next": None})
        return
    asks = [(one["party"], *_asked(one["asking"])) for one in items if one["asking"]]
    heads = ("party", "received", "decided", "right", "between", "overturned", "withdrawn")
    _print.table(heads, asks, empty="nobody asked with authority")
    answers = [(one["party"], *_answered(one["answering"])) for one in items if one["answering"]]
    heads = ("party", "received", "in time", "late", "waiting late", "waiting", "appeals overturned")
    click.echo()
    _print.table(heads, answers, empty="nobody was asked")
    where = found["conservation"]
    outcomes = " + ".join(f"{many} {name}" for name, many in where["outcomes"].items() if many) or "0 decided"
    click.echo(f"\n{where['received']} received = {outcomes} + {where['open']} open + {where['withdrawn']} withdrawn")


def _asked(one: dict[str, Any]) -> tuple[Any, ...]:
    share, notices = one["precision"], one["notices"]
    right = f"{share['part']} of {share['whole']}"
    between = f"{share['lower']:.0%} and {share['upper']:.0%}" if share["whole"] else "-"
    decided = sum(notices["outcomes"].values())
    return notices["received"], decided, right, between, one["overturned"], notices["withdrawn"]


def _answered(one: dict[str, Any]) -> tuple[Any, ...]:
    late = one["answered_late"], one["unanswered_late"]
    appeals = f"{one['overturn_rate']['part']} of {one['overturn_rate']['whole']}"
    return one["received"], one["answered_in_time"], *late, one["waiting"], appeals


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
            one["state"] + _besides(one),
            ", ".join(one["kinds"]),
            f"{one['quota']['burst']} + {one['quota']['per_minute']}/min",
            one["quota"]["left"],
            one["review_on"],
        )
        for one in found
    ]
    heads = ("mandate", "party", "state", "kinds", "measure", "left", "review on")
    _print.table(heads, rows, empty="no mandates yet; grant one with: mufakat mandate grant HANDLE")


def _besides(one: dict[str, Any]) -> str:
    """What somebody has to look at, behind the state of a mandate."""
    share, proposal = one.get("share"), one.get("proposal")
    found = ["due for review"] if one["due_for_review"] else []
    found += [f"{share['percent']} % of its quota"] if share and share["percent"] < 100 else []
    found += [f"suspension proposed: {proposal['id']}"] if proposal and proposal["state"] == "open" else []
    return f" ({', '.join(found)})" if found else ""


def _moved(deed: str, mandate_id: str, reason: str, *, as_json: bool) -> None:
    with _server.instance() as house:
        done = house.deed(deed, {"id": mandate_id, "reason": reason})
    if as_json:
        _print.print_json(done)
    else:
        click.echo(f"{done['id']} of {done['party']}: {done['state'].replace('_', ' ')} since {done['since']}")
