"""``mufakat notice``."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from mufakat.cli import _print, _server


@click.group()
def notice() -> None:
    """Send notices, see them, and say that you have them."""


def seat(house: _server.Instance, handle: str | None, role: str, kind: str, *, quiet: bool = False) -> str:
    """The seat to act in; where no party is named and only one is of the usual kind, that one, and it is said."""
    if handle:
        return f"{handle}/{role}"
    found = [one["handle"] for one in house.deed("party-list", {}) if one["kind"] == kind]
    if len(found) != 1:
        _server.stop(f"say for whom with --party HANDLE (parties of kind {kind}: {', '.join(found) or 'none'})")
    if not quiet:
        click.echo(f"acting as {found[0]}/{role}, the only {kind} here; choose with --party", err=True)
    return f"{found[0]}/{role}"


@notice.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(path_type=Path, allow_dash=True, dir_okay=False),
)
@click.option(
    "--format", "form", type=click.Choice(["json"]), default="json", show_default=True, help="What the files hold."
)
@click.option(
    "--key", help="The idempotency key of a single file; by default its digest, so that the same file counts once."
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="A folder for the receipts: <id>.receipt."
)
@_print.seat_options("officer")
@_print.as_json
def submit(
    files: tuple[Path, ...],
    form: str,
    key: str | None,
    output: Path | None,
    handle: str | None,
    role: str,
    as_json: bool,
) -> None:
    """Send notices from files ('-' is standard input), one JSON notice a file; print what was taken, with receipts."""
    del form
    if key and len(files) > 1:
        raise click.UsageError("--key goes with a single file")
    results: list[dict[str, Any]] = []
    failed = False
    with _server.instance() as house:
        who = seat(house, handle, role, "regulator", quiet=as_json)
        for file in files:
            raw = read(file)
            sent = key or f"file-{hashlib.sha256(raw).hexdigest()}"
            reply = house.request("POST", "/api/v1/notices", body=raw, headers={"Idempotency-Key": sent}, seat=who)
            if not reply.good:
                failed = True
                results.append({"file": str(file), "status": reply.status, "problem": problem(reply)})
                if not as_json:
                    for line in _server.reasons(reply):
                        click.echo(f"{_print.safe(file)}: {line}", err=True)
                continue
            taken = reply.json()
            results.append({"file": str(file), "status": reply.status, **taken})
            if output:
                output.mkdir(parents=True, exist_ok=True)
                (output / f"{taken['id']}.receipt").write_text(taken["receipt"], encoding="utf-8")
            if not as_json:
                again = " (taken before; the same receipt)" if reply.headers.get("Idempotent-Replayed") else ""
                click.echo(f"{_print.safe(file)}: taken as {taken['id']} at {taken['received_at']}{again}")
                for clock in taken["clocks"]:
                    click.echo(f"    {clock['name']} due {clock['due_at']}")
    if as_json:
        _print.print_json(results[0] if len(files) == 1 else results)
    raise SystemExit(_server.NO if failed else 0)


def read(file: Path) -> bytes:
    """A file's bytes, or standard input's; a file that is not there is wrong use."""
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        click.echo(f"{_print.safe(file)}: {error.strerror}", err=True)
        raise SystemExit(_server.WRONG_USE) from None


def problem(reply: _server.Reply) -> Any:
    """The problem as an object."""
    try:
        return reply.json()
    except ValueError:
        return {"status": reply.status}


@notice.command("list")
@click.option("--state", default="", help="Only those in this state.")
@click.option("--to", default="", help="Only those to this party.")
@click.option("--after", default="", help="The 'next' of a former page.")
@_print.seat_options("officer")
@_print.as_json
def list_(state: str, to: str, after: str, handle: str | None, role: str, as_json: bool) -> None:
    """List the notices of a party, newest first."""
    query = urlencode({"state": state, "to": to, "after": after})
    with _server.instance() as house:
        who = seat(house, handle, role, "regulator", quiet=as_json)
        reply = house.request("GET", f"/api/v1/notices?{query}", seat=who)
    if not reply.good:
        _server.refuse(reply)
    page = reply.json()
    if as_json:
        _print.print_json(page)
        return
    rows = [(one["id"], one["state"], one["received_at"], due(one)) for one in page["items"]]
    _print.table(("id", "state", "received", "due next"), rows, empty="no notices")
    if page["next"]:
        click.echo(f"more with: --after {page['next']}", err=True)


def due(one: dict[str, Any]) -> str:
    """The nearest clock that still runs."""
    running = [clock for clock in one["clocks"] if clock["state"] == "running"]
    return f"{running[0]['name']} {running[0]['due_at']}" if running else ""


@notice.command()
@click.argument("notice_id")
@_print.seat_options("officer")
@_print.as_json
def show(notice_id: str, handle: str | None, role: str, as_json: bool) -> None:
    """Show one notice, its clocks and its content."""
    with _server.instance() as house:
        who = seat(house, handle, role, "regulator", quiet=as_json)
        reply = house.request("GET", f"/api/v1/notices/{notice_id}", seat=who)
    if not reply.good:
        _server.refuse(reply)
    found = reply.json()
    if as_json:
        _print.print_json(found)
        return
    click.echo(f"{found['id']}: {found['state']}, received {found['received_at']}")
    for clock in found["clocks"]:
        click.echo(f"    {clock['name']}: {clock['state']}, due {clock['due_at']}")
    click.echo(json.dumps(found.get("notice"), ensure_ascii=True, indent=2))


@notice.command()
@click.argument("notice_id")
@click.option("--note", default="", help="A word to the sender.")
@_print.seat_options("representative")
@_print.as_json
def acknowledge(notice_id: str, note: str, handle: str | None, role: str, as_json: bool) -> None:
    """Say that the recipient has it."""
    body = json.dumps({"note": note}).encode()
    turn(notice_id, "acknowledgement", body, handle, role, "platform", as_json)


@notice.command()
@click.argument("notice_id")
@click.option("--reason", required=True, help="Why it is taken back.")
@_print.seat_options("officer")
@_print.as_json
def withdraw(notice_id: str, reason: str, handle: str | None, role: str, as_json: bool) -> None:
    """Take a notice back."""
    body = json.dumps({"reason": reason}).encode()
    turn(notice_id, "withdrawal", body, handle, role, "regulator", as_json)


def turn(notice_id: str, deed: str, body: bytes, handle: str | None, role: str, kind: str, as_json: bool) -> None:
    """One deed on one notice."""
    with _server.instance() as house:
        who = seat(house, handle, role, kind, quiet=as_json)
        reply = house.request("POST", f"/api/v1/notices/{notice_id}/{deed}", body=body, seat=who)
    if not reply.good:
        _server.refuse(reply)
    found = reply.json()
    if as_json:
        _print.print_json(found)
    else:
        click.echo(f"{found['id']}: {found['state']}")
