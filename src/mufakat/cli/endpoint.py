"""``mufakat endpoint``."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

import click

from mufakat.cli import _print, _server

ENDPOINTS = "/api/v1/endpoints"


@click.group()
def endpoint() -> None:
    """Where a party is told of its events: webhooks."""


def seated(handle: str | None, role: str) -> str:
    """The seat in which the operator acts."""
    if not handle:
        _server.stop("say for whom: --party HANDLE")
    return f"{handle}/{role}"


@endpoint.command(name="set")
@click.argument("url")
@_print.seat_options("representative")
@_print.as_json
def set_(url: str, handle: str | None, role: str, as_json: bool) -> None:
    """Tell a party's events to this URL. The secret that checks their signatures is shown this once."""
    who = seated(handle, role)
    key = hashlib.sha256(f"{time.time_ns()} {url}".encode()).hexdigest()
    body = json.dumps({"url": url}).encode()
    with _server.instance() as house:
        reply = house.request("POST", ENDPOINTS, body=body, headers={"Idempotency-Key": key}, seat=who)
    told(reply, as_json=as_json)


@endpoint.command(name="list")
@_print.seat_options("representative")
@_print.as_json
def listed(handle: str | None, role: str, as_json: bool) -> None:
    """List a party's endpoints, and how each does."""
    who = seated(handle, role)
    with _server.instance() as house:
        reply = house.request("GET", ENDPOINTS, seat=who)
    if not reply.good:
        _server.refuse(reply)
    if as_json:
        _print.print_json(reply.json())
        return
    rows = [
        [one["id"], one["state"], one["waiting"], one["dead"], last_of(one), one["url"]]
        for one in reply.json()["items"]
    ]
    _print.table(("endpoint", "state", "waiting", "dead", "last", "url"), rows, empty="No endpoints.")


def last_of(one: dict[str, Any]) -> str:
    """The last attempt, in a few words."""
    last = one.get("last")
    if last is None:
        return "never tried"
    return f"{last['at']} {last['status'] or ''} {last['detail']}".strip()


def deed(name: str, path: str, words: str) -> click.Command:
    """A command that does one thing to one endpoint."""

    @endpoint.command(name=name, help=words)
    @click.argument("endpoint_id", metavar="ENDPOINT")
    @_print.seat_options("representative")
    @_print.as_json
    def done(endpoint_id: str, handle: str | None, role: str, as_json: bool) -> None:
        who = seated(handle, role)
        with _server.instance() as house:
            reply = house.request("POST", f"{ENDPOINTS}/{endpoint_id}/{path}", seat=who)
        told(reply, as_json=as_json)

    return done


def told(reply: _server.Reply, *, as_json: bool) -> None:
    """The endpoint, and its secret where it was made just now."""
    if not reply.good:
        _server.refuse(reply)
    made = reply.json()
    if as_json:
        _print.print_json(made)
        return
    if made.get("secret"):
        click.echo(made["secret"])
        click.echo("This is shown once. It checks the signatures of what is sent there.", err=True)
    click.echo(f"{made['id']}: {made['state']}, {_print.safe(made['url'])}", err=bool(made.get("secret")))


rotate = deed("rotate", "secret", "Give it a new secret, shown this once; for a day the former one signs beside it.")
disable = deed("disable", "disabling", "Send nothing there any more.")
enable = deed("enable", "enabling", "Send there again.")
test = deed("test", "test", "Send a test message there.")
