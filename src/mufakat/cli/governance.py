"""``mufakat governance``: objectives, reviews, what they decided, and the report of a year, for one party."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote, urlencode

import click

from mufakat.cli import _print, _seat, _server

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

API = "/api/v1/governance"
FILE = click.argument("file", type=click.File("rb"))


@click.group()
def governance() -> None:
    """The governance of filtering: process, organisation, technology and people."""


@governance.group()
def objective() -> None:
    """What a party aims at, measured by the system's own figures."""


@governance.group()
def review() -> None:
    """Reviews that were held, with minutes and figures."""


@governance.group()
def followup() -> None:
    """What reviews decided, until it is done."""


@governance.group()
def report() -> None:
    """What a year comes to, and its publication."""


def seated(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--party``, ``--role`` and ``--json``."""
    return _print.seat_options("representative")(_print.as_json(command))


def asked(path: str, handle: str | None, role: str, *, query: Mapping[str, str] | None = None, quiet: bool) -> Any:
    """What a GET answers."""
    told = urlencode({name: value for name, value in (query or {}).items() if value})
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, kind_of(role), quiet=quiet)
        answer = house.request("GET", f"{API}{path}" + (f"?{told}" if told else ""), seat=who)
    if not answer.good:
        _server.refuse(answer)
    return answer.json()


def done(path: str, body: bytes, handle: str | None, role: str, *, key: str | None = None, quiet: bool) -> Any:
    """What a POST answers; the same with the same key counts once."""
    headers = {"Idempotency-Key": key or secrets.token_urlsafe(24)}
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, kind_of(role), quiet=quiet)
        answer = house.request("POST", f"{API}{path}", body=body, headers=headers, seat=who)
    if not answer.good:
        _server.refuse(answer)
    return answer.json()


def kind_of(role: str) -> str:
    """Whose seat it usually is."""
    return "regulator" if role.startswith(("officer", "approver")) else "platform"


def share(found: Mapping[str, Any] | None) -> str:
    """A share in words."""
    if found is None:
        return "not measured yet"
    return f"{found['part']} of {found['whole']}" if found["whole"] else "nothing counted"


@objective.command("list")
@seated
def objectives(handle: str | None, role: str, as_json: bool) -> None:
    """The objectives of a party, by area, and how each stands."""
    found = asked("/objectives", handle, role, quiet=as_json)
    if as_json:
        _print.print_json(found)
        return
    rows = [
        (
            one["id"],
            one["area"],
            one["figure"],
            f"{one['at_least']} %",
            share(one["share"]),
            one["state"],
            one["review_on"],
        )
        for one in found["items"]
    ]
    heads = ("objective", "area", "figure", "at least", "counted", "stands", "review")
    _print.table(heads, rows, empty="no objective is set")


@objective.command("set")
@FILE
@click.option("--key", help="An idempotency key: the same objective with the same key counts once.")
@seated
def objective_set(file: BinaryIO, key: str | None, handle: str | None, role: str, as_json: bool) -> None:
    """Set the objective in FILE (JSON; '-' reads standard input)."""
    made = done("/objectives", file.read(), handle, role, key=key, quiet=as_json)
    if as_json:
        _print.print_json(made)
    else:
        click.echo(f"set {made['id']}: {made['figure']}, at least {made['at_least']} %, now {made['state']}")


@objective.command("end")
@click.argument("objective_id")
@click.option("--reason", required=True, help="Why it ends.")
@seated
def objective_end(objective_id: str, reason: str, handle: str | None, role: str, as_json: bool) -> None:
    """End an objective; what it was stays in the reports."""
    raw = json.dumps({"reason": reason}).encode()
    made = done(f"/objectives/{quote(objective_id, safe='')}/ending", raw, handle, role, quiet=as_json)
    if as_json:
        _print.print_json(made)
    else:
        click.echo(f"ended {made['id']} at {made['ended_at']}")


@review.command("list")
@click.option("--after", default="", help="The 'next' of a former page.")
@seated
def reviews(after: str, handle: str | None, role: str, as_json: bool) -> None:
    """The reviews of a party, newest first."""
    found = asked("/reviews", handle, role, query={"after": after}, quiet=as_json)
    if as_json:
        _print.print_json(found)
        return
    rows = [(one["id"], one["held_at"], len(one["objectives"]), len(one["followups"])) for one in found["items"]]
    _print.table(("review", "held", "looked at", "decided"), rows, empty="no review was held")
    if found["next"]:
        click.echo(f"more: --after {found['next']}")


@review.command("hold")
@FILE
@click.option("--key", help="An idempotency key: the same review with the same key counts once.")
@seated
def review_hold(file: BinaryIO, key: str | None, handle: str | None, role: str, as_json: bool) -> None:
    """Keep the review in FILE (JSON; '-' reads standard input); the figures of the moment go with it."""
    made = done("/reviews", file.read(), handle, role, key=key, quiet=as_json)
    if as_json:
        _print.print_json(made)
    else:
        click.echo(f"held {made['id']}: {len(made['objectives'])} looked at, {len(made['followups'])} decided")


@review.command("show")
@click.argument("review_id")
@seated
def review_show(review_id: str, handle: str | None, role: str, as_json: bool) -> None:
    """Show a review: minutes, what was found, what was decided."""
    found = asked(f"/reviews/{quote(review_id, safe='')}", handle, role, quiet=as_json)
    if as_json:
        _print.print_json(found)
        return
    click.echo(f"{found['id']}, held at {found['held_at']}")
    for line in (found["minutes"] or "(erased)").split("\n"):
        click.echo(f"minutes: {_print.safe(line)}")
    for one in (found["figures"] or {"found": []})["found"]:
        click.echo(f"found: {one['figure']}, {share(one)}, at least {one['at_least']} %: {one['state']}")
    _followups(found["followups"])


@followup.command("list")
@click.option("--all", "every", is_flag=True, help="Those that are done too, newest first.")
@click.option("--after", default="", help="The 'next' of a former page.")
@seated
def followups(every: bool, after: str, handle: str | None, role: str, as_json: bool) -> None:
    """What is to be followed up, what is due first at first."""
    state = "" if every else "waiting"
    found = asked("/followups", handle, role, query={"state": state, "after": after}, quiet=as_json)
    if as_json:
        _print.print_json(found)
        return
    _followups(found["items"], empty="nothing is to be followed up")
    if found["next"]:
        click.echo(f"more: --after {found['next']}")


def _followups(items: list[Any], *, empty: str = "nothing was decided") -> None:
    rows = [
        (one["id"], one["due_on"], one["owner"], one["done_at"] or "waits", one["text"] or "(erased)") for one in items
    ]
    _print.table(("follow-up", "until", "by", "done", "what"), rows, empty=empty)


@followup.command("done")
@click.argument("followup_id")
@click.option("--note", required=True, help="What was done.")
@seated
def followup_done(followup_id: str, note: str, handle: str | None, role: str, as_json: bool) -> None:
    """Say what was done about what a review decided."""
    raw = json.dumps({"note": note}).encode()
    made = done(f"/followups/{quote(followup_id, safe='')}/done", raw, handle, role, quiet=as_json)
    if as_json:
        _print.print_json(made)
    else:
        click.echo(f"{made['id']}: done at {made['done_at']}")


@report.command("show")
@click.argument("year", type=int)
@seated
def report_show(year: int, handle: str | None, role: str, as_json: bool) -> None:
    """What a year of a party comes to as it is counted now."""
    found = asked(f"/reports/{year}", handle, role, quiet=as_json)
    if as_json:
        _print.print_json(found)
        return
    for side in ("sent", "received"):
        told = found[side]
        decided = sum(told["outcomes"].values())
        click.echo(
            f"{side}: {told['received']} = {decided} decided + {told['open']} open + {told['withdrawn']} withdrawn"
        )
    rows = [
        (one["area"], one["figure"], "not measured yet" if one["source"] == "not_yet" else share(one))
        for one in found["figures"]
    ]
    _print.table(("area", "figure", "counted"), rows, empty="no figures")
    click.echo(f"objectives: {len(found['objectives'])}, reviews: {len(found['reviews'])}")


@report.command("publish")
@click.argument("year", type=int)
@seated
def report_publish(year: int, handle: str | None, role: str, as_json: bool) -> None:
    """Publish the report of a year that is over, for everybody."""
    made = done("/reports", json.dumps({"year": year}).encode(), handle, role, quiet=as_json)
    if as_json:
        _print.print_json(made)
    else:
        click.echo(f"published number {made['report']['number']} of {year}: {made['links']['page']}")
