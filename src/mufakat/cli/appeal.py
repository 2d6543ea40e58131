"""``mufakat appeal``."""

from __future__ import annotations

import base64
import hashlib
import json
import mimetypes
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import click

from mufakat.cli import _print, _seat, _server
from mufakat.rules.appeal import CLAIMED, AppealState, Level, Resolution

if TYPE_CHECKING:
    from collections.abc import Sequence

STATES = [state.value for state in AppealState]
LEVELS = [level.value for level in Level]
OUTCOMES = [outcome.value for outcome in Resolution]
ANY_TYPE = "application/octet-stream"


@click.group()
def appeal() -> None:
    """Contest decisions, and resolve what was contested: by somebody else than who decided."""


@appeal.command()
@click.argument("decision_id", required=False)
@click.option("--code", help="The code of whoever is affected, instead of a decision and a seat.")
@click.option("--standing", type=click.Choice(sorted(CLAIMED)), help="As whom, with a code; by default the uploader.")
@click.option("--reasons", required=True, help="Why the decision is wrong; '-' reads it from standard input.")
@click.option(
    "--evidence",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file that shows it, at most 256 KiB; can be given again.",
)
@click.option("--level", type=click.Choice(LEVELS), help="Before whom; by default the platform itself.")
@click.option("--body", help="The name of the court or body outside.")
@click.option("--key", help="An idempotency key: the same appeal with the same key counts once.")
@_print.seat_options("officer")
@_print.as_json
def lodge(
    decision_id: str | None,
    code: str | None,
    files: Sequence[Path],
    key: str | None,
    handle: str | None,
    role: str,
    as_json: bool,
    **told: Any,
) -> None:
    """Contest a decision for a party of its notice, or with the code that somebody affected was given."""
    if (decision_id is None) is (code is None):
        raise click.UsageError("say which decision, or give a code: one of both")
    made = {
        "reasons": sys.stdin.read() if told["reasons"] == "-" else told["reasons"],
        "evidence": [attached(file) for file in files],
        **({"code": code, "standing": told["standing"]} if code else {"level": told["level"], "body": told["body"]}),
    }
    path = "/api/v1/appeals" if code else f"/api/v1/decisions/{quote(decision_id or '', safe='')}/appeals"
    headers = {"Idempotency-Key": key or secrets.token_urlsafe(24)}
    with _server.instance() as house:
        who = "" if code else _seat.seat(house, handle, role, kind_of(role), quiet=as_json)
        answer = house.request("POST", path, body=json.dumps(made).encode(), headers=headers, seat=who)
    _told(answer, as_json=as_json)


@appeal.command("list")
@click.option("--state", default="", type=click.Choice(["", *STATES]), help="Those in one state; by default all.")
@click.option("--after", default="", help="The 'next' of a former page.")
@_print.seat_options("reviewer")
@_print.as_json
def listed(state: str, after: str, handle: str | None, role: str, as_json: bool) -> None:
    """The appeals about a party's notices and decisions, newest first."""
    asked = urlencode({name: value for name, value in (("state", state), ("after", after)) if value})
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, kind_of(role), quiet=as_json)
        answer = house.request("GET", "/api/v1/appeals" + (f"?{asked}" if asked else ""), seat=who)
    if not answer.good:
        _server.refuse(answer)
    found = answer.json()
    if as_json:
        _print.print_json(found)
        return
    rows = [
        (one["id"], one["state"], one["standing"], one["level"], one["lodged_at"], one["decision"])
        for one in found["items"]
    ]
    _print.table(("appeal", "state", "by", "before", "lodged", "against"), rows, empty="nobody has appealed")
    if found["next"]:
        click.echo(f"more: --after {found['next']}")


@appeal.command()
@click.argument("appeal_id")
@_print.seat_options("reviewer")
@_print.as_json
def show(appeal_id: str, handle: str | None, role: str, as_json: bool) -> None:
    """Show an appeal with its reasons and what came of it."""
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, kind_of(role), quiet=as_json)
        answer = house.request("GET", f"/api/v1/appeals/{quote(appeal_id, safe='')}", seat=who)
    if not answer.good:
        _server.refuse(answer)
    found = answer.json()
    if as_json:
        _print.print_json(found)
        return
    click.echo(sentence(found))
    said = [("reasons", found["reasons"])]
    if found.get("resolution"):
        said.append((found["resolution"]["outcome"], found["resolution"]["reasons"]))
    for name, text in said:
        for line in (text or "(erased)").split("\n"):
            click.echo(f"{name}: {_print.safe(line)}")


@appeal.command()
@click.argument("appeal_id")
@click.option("--outcome", type=click.Choice(OUTCOMES), required=True, help="What comes of it.")
@click.option("--reasons", required=True, help="Why, whatever the outcome is; '-' reads it from standard input.")
@click.option("--measure", "measures", multiple=True, help="With 'partly': a measure that is undone; again for more.")
@click.option("--key", help="An idempotency key: the same with the same key counts once.")
@_print.seat_options("reviewer")
@_print.as_json
def resolve(
    appeal_id: str,
    outcome: str,
    reasons: str,
    measures: Sequence[str],
    key: str | None,
    handle: str | None,
    role: str,
    as_json: bool,
) -> None:
    """Say what comes of an appeal; what is reversed is to be undone at once, or the notice is decided anew."""
    said = sys.stdin.read() if reasons == "-" else reasons
    raw = json.dumps({"outcome": outcome, "reasons": said, "measures": list(measures) or None}).encode()
    headers = {"Idempotency-Key": key} if key else {}
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, "platform", quiet=as_json)
        path = f"/api/v1/appeals/{quote(appeal_id, safe='')}/resolution"
        answer = house.request("POST", path, body=raw, headers=headers, seat=who)
    _told(answer, as_json=as_json)


def kind_of(role: str) -> str:
    """Whose people sit in such a seat, where no party is named."""
    return "regulator" if role.startswith("officer") else "platform"


def attached(file: Path) -> dict[str, str]:
    """A file as it goes inside an appeal."""
    content = file.read_bytes()
    return {
        "name": file.name,
        "media_type": mimetypes.guess_type(file.name)[0] or ANY_TYPE,
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": base64.b64encode(content).decode(),
    }


def sentence(found: dict[str, Any]) -> str:
    """An appeal in one line."""
    where = f" before {_print.safe(found['body'])}" if found.get("body") else ""
    return f"{found['id']}: {found['state']}, by the {found['standing']}{where}, against {found['decision']}"


def _told(answer: _server.Reply, *, as_json: bool) -> None:
    if not answer.good:
        _server.refuse(answer)
    found = answer.json()
    if as_json:
        _print.print_json(found)
    else:
        click.echo(sentence(found))
