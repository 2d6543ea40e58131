"""``mufakat notice warn`` and ``warnings``: the letters of a ladder, and what else it puts to people."""

from __future__ import annotations

import json
import secrets
import sys
from typing import Any
from urllib.parse import quote

import click

from mufakat.cli import _print, _seat, _server


def law(text: str) -> dict[str, str]:
    """A ground such as ``id: UU 11/2008: Pasal 40``."""
    system, _, rest = text.partition(":")
    instrument, colon, provision = rest.rpartition(":")
    if not colon:
        raise click.UsageError("--ground wants SYSTEM:LAW:ARTICLE, such as 'id:UU 11/2008:Pasal 40'")
    return {"system": system.strip(), "instrument": instrument.strip(), "provision": provision.strip()}


@click.command()
@click.argument("notice_id")
@click.argument("step")
@click.option("--text", required=True, help="What your party says; '-' reads it from standard input.")
@click.option("--language", help="The language of the text; by default the notice's.")
@click.option("--ground", metavar="SYSTEM:LAW:ARTICLE", help="The law it stands on; by default the notice's.")
@click.option("--weighed", help="How the reasons of the other side were weighed, where the profile wants it said.")
@click.option("--key", help="An idempotency key: the same letter with the same key counts once.")
@click.option("-o", "--output", type=click.File("w", encoding="utf-8", lazy=True), help="Where the receipt goes.")
@_print.seat_options("officer")
@_print.as_json
def warn(
    notice_id: str,
    step: str,
    text: str,
    language: str | None,
    ground: str | None,
    weighed: str | None,
    key: str | None,
    output: Any,
    handle: str | None,
    role: str,
    as_json: bool,
) -> None:
    """Send a STEP of the notice's ladder as a document: the next one, once its time has come.

    Which steps there are is what the profile says; no other can be sent, and none early or twice.
    """
    told: dict[str, Any] = {"step": step, "text": sys.stdin.read() if text == "-" else text, "language": language}
    told |= {"legal_ground": law(ground) if ground else None, "reasons_weighed": weighed}
    path = f"/api/v1/notices/{quote(notice_id, safe='')}/warnings"
    headers = {"Idempotency-Key": key or secrets.token_urlsafe(24)}
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, "regulator", quiet=as_json)
        answer = house.request("POST", path, body=json.dumps(told).encode(), headers=headers, seat=who)
    if not answer.good:
        _server.refuse(answer)
    found = answer.json()
    if output:
        output.write(found["receipt"])
    if as_json:
        _print.print_json(found)
    else:
        click.echo(f"{found['id']}: {named(found)} sent to {found['to']} at {found['sent_at']}")
        click.echo(f"    to print: {found['links']['page']}")


@click.command()
@click.argument("notice_id")
@_print.seat_options("officer")
@_print.as_json
def warnings(notice_id: str, handle: str | None, role: str, as_json: bool) -> None:
    """Print what was sent on the ladders of a notice, oldest first."""
    path = f"/api/v1/notices/{quote(notice_id, safe='')}/warnings"
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, "regulator", quiet=as_json)
        answer = house.request("GET", path, seat=who)
    if not answer.good:
        _server.refuse(answer)
    page = answer.json()
    if as_json:
        _print.print_json(page)
        return
    rows = [(one["sent_at"], one["id"], named(one), one["rule"]["certainty"]) for one in page["items"]]
    _print.table(("sent", "id", "what", "certainty"), rows, empty="no letters")


def named(found: dict[str, Any]) -> str:
    """What it is, in a few words."""
    letter = found.get("letter")
    if letter is None:
        return str(found["proposes"])
    return f"{letter['code']} (letter {letter['number']} of at most {letter['most']})"


ALL = (warn, warnings)
