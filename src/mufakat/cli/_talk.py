"""``mufakat notice reply``, ``messages``, ``seen`` and ``handover``: what the two sides say about a notice."""

from __future__ import annotations

import json
import secrets
import sys
from typing import Any
from urllib.parse import quote, urlencode

import click

from mufakat.cli import _print, _seat, _server


@click.command()
@click.argument("notice_id")
@click.option("--text", required=True, help="What you say; '-' reads it from standard input.")
@click.option("--key", help="An idempotency key: the same message with the same key counts once.")
@_print.seat_options("representative")
@_print.as_json
def reply(notice_id: str, text: str, key: str | None, handle: str | None, role: str, as_json: bool) -> None:
    """Write to the other side of a notice, and print the receipt's message."""
    said = sys.stdin.read() if text == "-" else text
    headers = {"Idempotency-Key": key or secrets.token_urlsafe(24)}
    found = deed(notice_id, "messages", {"text": said}, handle, role, headers=headers, quiet=as_json)
    if as_json:
        _print.print_json(found)
    else:
        click.echo(f"{found['id']}: sent to the other side of {found['notice']} at {found['sent_at']}")


@click.command()
@click.argument("notice_id")
@click.option("--after", default="", help="The 'next' of a former page.")
@_print.seat_options("representative")
@_print.as_json
def messages(notice_id: str, after: str, handle: str | None, role: str, as_json: bool) -> None:
    """Print what both sides wrote about a notice, oldest first."""
    path = f"/api/v1/notices/{quote(notice_id, safe='')}/messages?{urlencode({'after': after})}"
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, "platform", quiet=as_json)
        answer = house.request("GET", path, seat=who)
    if not answer.good:
        _server.refuse(answer)
    page = answer.json()
    if as_json:
        _print.print_json(page)
        return
    rows = [(one["sent_at"], one["from"], "(erased)" if one["text"] is None else one["text"]) for one in page["items"]]
    _print.table(("sent", "from", "text"), rows, empty="no messages")
    if page["next"]:
        click.echo(f"more with: --after {page['next']}", err=True)


@click.command()
@click.argument("notice_id")
@_print.seat_options("representative")
@_print.as_json
def seen(notice_id: str, handle: str | None, role: str, as_json: bool) -> None:
    """Say that the recipient has seen it: no promise yet, and no clock stops."""
    found = deed(notice_id, "seen", {}, handle, role, quiet=as_json)
    if as_json:
        _print.print_json(found)
    else:
        click.echo(f"{found['id']}: seen {found['seen_at']}")


@click.command()
@click.argument("notice_id")
@click.option("--to", "to", required=True, help="The seat of a colleague, such as reviewer-2; 'nobody' gives it back.")
@click.option("--note", default="", help="A word to the colleague; the other side never sees it.")
@_print.seat_options("representative")
@_print.as_json
def handover(notice_id: str, to: str, note: str, handle: str | None, role: str, as_json: bool) -> None:
    """Put a notice into the hands of a colleague of the same party."""
    told = {"to": None if to == "nobody" else to, "note": note}
    found = deed(notice_id, "handover", told, handle, role, quiet=as_json)
    if as_json:
        _print.print_json(found)
    else:
        click.echo(f"{found['id']}: in the hands of {found.get('in_hands_of', 'nobody alone')}")


def deed(
    notice_id: str,
    name: str,
    told: dict[str, Any],
    handle: str | None,
    role: str,
    *,
    headers: dict[str, str] | None = None,
    quiet: bool,
) -> Any:
    """One deed on one notice; ends with a sentence when it is refused."""
    path = f"/api/v1/notices/{quote(notice_id, safe='')}/{name}"
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, "platform", quiet=quiet)
        answer = house.request("POST", path, body=json.dumps(told).encode(), headers=headers, seat=who)
    if not answer.good:
        _server.refuse(answer)
    return answer.json()


ALL = (reply, messages, seen, handover)
