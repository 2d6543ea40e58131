"""``mufakat hit``."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import click

from mufakat.cli import _print, _seat, _server, _terms
from mufakat.rules.acting import BLOCKING
from mufakat.rules.filtering import HitState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HERE = "/api/v1/hits"
STATES = [state.value for state in HitState]
SHOWN = 400  # Characters of a text that are printed.


def seated(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--party``, ``--role`` and ``--json``, usually in the seat of a platform's reviewer."""
    return _print.seat_options("reviewer")(_print.as_json(command))


def keyed(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--key``."""
    return click.option("--key", help="An idempotency key: the same deed with the same key counts once.")(command)


@click.group()
def hit() -> None:
    """What a platform's own filter hit: look at it, let go what is held, or block it."""


@hit.command("list")
@click.option("--state", default="", type=click.Choice(["", *STATES]), help="Those in one state; by default all.")
@click.option("--after", default="", help="The 'next' of a former page.")
@seated
def listed(state: str, after: str, handle: str | None, role: str, as_json: bool) -> None:
    """The hits of a platform, newest first; held are those that wait for a reviewer."""
    query = urlencode({name: value for name, value in (("state", state), ("after", after)) if value})
    found = _asked(f"{HERE}?{query}" if query else HERE, handle, role, quiet=as_json)
    if as_json:
        _print.print_json(found)
        return
    heads = ("hit", "state", "action", "category", "rule", "item", "until")
    rows = [
        (
            one["id"],
            one["state"],
            one["action"],
            one["category"],
            f"{one['rule']} ({one['policy']})",
            one["item"].get("item") or one["item"]["item_sha256"],
            one.get("due_at") or "–",
        )
        for one in found["items"]
    ]
    _print.table(heads, rows, empty="nothing was hit")
    if found["next"]:
        click.echo(f"more: --after {found['next']}")


@hit.command()
@click.argument("hit_id")
@seated
def show(hit_id: str, handle: str | None, role: str, as_json: bool) -> None:
    """Show a hit: what was said while it is kept, what was found in it, and what became of it."""
    _told(_asked(_place(hit_id), handle, role, quiet=as_json), as_json=as_json)


@hit.command()
@click.argument("hit_id")
@click.option("--note", default="", help="A word with it.")
@keyed
@seated
def release(hit_id: str, note: str, key: str | None, handle: str | None, role: str, as_json: bool) -> None:
    """Let a held item go. Where nobody decides within a day it is let go by itself."""
    found = _done(_place(hit_id, "release"), {"note": note}, handle, role, key=key, quiet=as_json)
    _told(found, as_json=as_json)


@hit.command()
@click.argument("hit_id")
@click.option("--note", default="", help="A word with it, for your own people.")
@click.option("--measure", type=click.Choice([each.value for each in BLOCKING]), help="By default: disable.")
@click.option("--reasons", help="Why, for whoever wrote it; by default the rule's own reason.")
@keyed
@seated
def block(
    hit_id: str,
    note: str,
    measure: str | None,
    reasons: str | None,
    key: str | None,
    handle: str | None,
    role: str,
    as_json: bool,
) -> None:
    """Block a held item: a decision with statement of reasons and appeal code, on the ground that its entry names."""
    told = {"note": note, "measure": measure, "reasons": reasons}
    given = {name: value for name, value in told.items() if value is not None}
    found = _done(_place(hit_id, "block"), given, handle, role, key=key, quiet=as_json)
    _told(found, as_json=as_json)


def _asked(path: str, handle: str | None, role: str, *, quiet: bool) -> Any:
    """What a GET answers."""
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, "platform", quiet=quiet)
        return _good(house.request("GET", path, seat=who))


def _done(path: str, told: Any, handle: str | None, role: str, *, key: str | None, quiet: bool) -> Any:
    """What a POST answers; the same with the same key counts once."""
    headers = {"Idempotency-Key": key or secrets.token_urlsafe(24)}
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, "platform", quiet=quiet)
        return _good(house.request("POST", path, body=_terms.sent(told), headers=headers, seat=who))


def _good(answer: _server.Reply) -> Any:
    if not answer.good:
        _server.refuse(answer)
    return answer.json()


def _place(hit_id: str, deed: str = "") -> str:
    return f"{HERE}/{quote(hit_id, safe='')}" + (f"/{deed}" if deed else "")


def _told(found: Mapping[str, Any], *, as_json: bool) -> None:
    """A hit, for people."""
    if as_json:
        _print.print_json(found)
        return
    item = found["item"]
    click.echo(f"{found['id']}: {found['state']}, {found['category']}, {found['action']} by {found['rule']}")
    click.echo(f"policy {found['policy']}, {found['at']}")
    click.echo(f"item {_print.safe(item.get('item') or item['item_sha256'])}")
    for name in ("author", "channel"):
        if item.get(name):
            click.echo(f"{name} {_print.safe(item[name])}")
    text = item.get("text")
    if text:
        click.echo(f"  {_print.safe(text[:SHOWN])}{' …' if len(text) > SHOWN else ''}")
    for one in found["entries"]:
        spans = ", ".join(f"{start}-{end}" for start, end in one["spans"])
        what = f"{one['bank']} {_print.safe(one['entry'])} ({_print.safe(one['category'])})"
        click.echo(f"found: {what} {spans}".rstrip())
    for name in ("due_at", "decided_at", "decided_by", "notice", "decision", "restored_at", "erased_at"):
        if found.get(name):
            click.echo(f"{name.replace('_', ' ')}: {found[name]}")
    if found.get("note"):
        click.echo(f"note: {_print.safe(found['note'])}")
