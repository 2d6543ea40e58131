"""``mufakat notification``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from mufakat.cli import _print
from mufakat.cli._restricting import API, asked, done, keyed, seated
from mufakat.rules.filtering import NotificationState

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = f"{API}/notifications"
STATES = [state.value for state in NotificationState]


@click.group()
def notification() -> None:
    """Tell an authority of a screening hit, by a named person and in codes, or do not; read what was told."""


@notification.command("list")
@click.option("--state", default="", type=click.Choice(["", *STATES]), help="Those in one state; by default all.")
@click.option("--after", default="", help="The 'next' of a former page.")
@seated("reviewer")
def listed(state: str, after: str, handle: str | None, role: str, as_json: bool) -> None:
    """The notifications of a platform, or those that were released to an authority, newest first."""
    found = asked(HERE, handle, role, query={"state": state, "after": after}, quiet=as_json)
    if as_json:
        _print.print_json(found)
        return
    rows = [
        (one["id"], one["state"], one["codes"]["category"], one["codes"]["day"], one.get("to", "–"))
        for one in found["items"]
    ]
    _print.table(("notification", "state", "category", "day", "told"), rows, empty="there is no notification")
    _print_next(found)


@notification.command()
@click.argument("notification_id")
@seated("reviewer")
def show(notification_id: str, handle: str | None, role: str, as_json: bool) -> None:
    """Show one: its codes, whom it was released to and on which ground."""
    told(asked(place(notification_id), handle, role, quiet=as_json), as_json=as_json)


@notification.command()
@click.argument("notification_id")
@click.option("--to", required=True, metavar="HANDLE", help="The regulator or court, by its handle.")
@click.option("--system", required=True, help="Whose law it is, such as id.")
@click.option("--instrument", required=True, help="Which law, as the agreement lists it.")
@click.option("--provision", required=True, help="Which provision, as the agreement lists it.")
@keyed
@seated("reviewer")
def release(
    notification_id: str,
    to: str,
    system: str,
    instrument: str,
    provision: str,
    key: str | None,
    handle: str | None,
    role: str,
    as_json: bool,
) -> None:
    """Tell an authority, in codes, on a ground that the agreement with it lists. It cannot be taken back."""
    ground = {"system": system, "instrument": instrument, "provision": provision}
    path = place(notification_id, "release")
    told(done(path, {"to": to, "legal_ground": ground}, handle, role, key=key, quiet=as_json), as_json=as_json)


@notification.command()
@click.argument("notification_id")
@click.option("--reason", required=True, help="Why nobody is told.")
@keyed
@seated("reviewer")
def decline(notification_id: str, reason: str, key: str | None, handle: str | None, role: str, as_json: bool) -> None:
    """Tell nobody. What nobody decides lapses by itself."""
    path = place(notification_id, "refusal")
    told(done(path, {"reason": reason}, handle, role, key=key, quiet=as_json), as_json=as_json)


@notification.command()
@click.option("--after", default="", help="The 'next' of a former page.")
@seated("reviewer")
def counts(after: str, handle: str | None, role: str, as_json: bool) -> None:
    """What authorities were told of a platform by themselves, week by week: counts of ten at least."""
    found = asked(f"{API}/screening/counts", handle, role, query={"after": after}, quiet=as_json)
    if as_json:
        _print.print_json(found)
        return
    rows = [
        (one["week"], one["platform"], one["authority"], _counted(one["counts"]), one["counts"]["screened"] or "–")
        for one in found["items"]
    ]
    _print.table(("week from", "platform", "told", "hits", "screened"), rows, empty="nothing was told yet")
    _print_next(found)


def _counted(told: Mapping[str, Any]) -> str:
    said = [f"{category} {many}" for category, many in told["cells"].items() if many is not None]
    return ", ".join([*said, *([f"all {told['hits']}"] if told["hits"] is not None else [])]) or "–"


def _print_next(found: Mapping[str, Any]) -> None:
    if found["next"]:
        click.echo(f"more: --after {found['next']}")


def place(found: str, deed: str = "") -> str:
    """Where one notification is, or a deed on it."""
    return f"{HERE}/{quote(found, safe='')}" + (f"/{deed}" if deed else "")


def told(found: Mapping[str, Any], *, as_json: bool) -> None:
    """A notification: what is told, and what came of it."""
    if as_json:
        _print.print_json(found)
        return
    codes = found["codes"]
    click.echo(f"{found['id']}: {found['state']}, {codes['category']}, {codes['kind'] or 'of no known kind'}")
    click.echo(f"of {codes['day']}, {codes['platform']}, by version {codes['version']} of its policy {codes['policy']}")
    if found.get("hit"):
        click.echo(f"hit {found['hit']} by rule {_print.safe(found['rule'])}")
    if found.get("due_at"):
        click.echo(f"lapses at {found['due_at']}")
    if found.get("reason"):
        click.echo(f"declined: {_print.safe(found['reason'])}")
    if found.get("to"):
        ground = found["legal_ground"]
        click.echo(f"told {found['to']} at {found['released_at']}, under {found['agreement']}")
        click.echo(_print.safe(f"on {ground['system']}: {ground['instrument']}, {ground['provision']}"))
    if found.get("withdrawn_at"):
        click.echo(f"restored since: {found['to']} was told at {found['withdrawn_at']}")
