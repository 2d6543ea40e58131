"""``mufakat statement``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import click

from mufakat.cli import _exports, _print, _seat, _server
from mufakat.formats import dsa

SHOWN = 1_000  # Rows whose reasons are kept for ``--json``; the rest are counted.


@click.group()
def statement() -> None:
    """Statements of reasons as the DSA Transparency Database takes and gives them."""


@statement.command("import")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_print.seat_options("representative")
@_print.as_json
def import_(file: Path, handle: str | None, role: str, as_json: bool) -> None:
    """Take the statements of a file: a daily dump (csv, full version), or JSON: one statement, or a batch of them.

    Good rows of a dump are taken, bad ones are reported; one that was cut off is started again, and nothing is taken
    twice. Of a batch all are taken, or none.
    """
    with _server.instance() as house, file.open("rb") as stream:
        who = _seat.seat(house, handle, role, "platform", quiet=as_json)
        first = stream.read(1)
        stream.seek(0)
        if first == b"{":
            report = _sent(house, stream.read(), who=who, where=str(file))
        else:
            size = file.stat().st_size
            reply = house.upload("/api/v1/statements/import", stream, size=size, seat=who, method="POST")
            if not reply.good:
                _server.refuse(reply, where=_print.safe(file))
            report = _report(reply.body, file, quiet=as_json)
    if as_json:
        _print.print_json({"file": str(file), **report})
    else:
        again = f", {report['repeated']} taken before" if report["repeated"] else ""
        click.echo(f"{_print.safe(file)}: {report['taken']} taken{again}, {report['refused']} refused")
    raise SystemExit(_server.NO if report["refused"] or report["end"] != "done" else 0)


def _sent(house: _server.Instance, raw: bytes, *, who: str, where: str) -> dict[str, Any]:
    """One statement or a batch, as it is."""
    try:
        document = json.loads(raw)
    except ValueError:
        document = {}
    batch = isinstance(document, dict) and "statements" in document
    reply = house.request("POST", f"/api/v1/statement{'s' if batch else ''}", body=raw, seat=who)
    if not reply.good:
        _server.refuse(reply, where=_print.safe(where))
    taken = len(reply.json()["statements"]) if batch else 1
    return {"end": "done", "read": taken, "taken": taken, "repeated": 0, "refused": 0, "problems": [], "receipts": []}


def _report(answer: bytes, file: Path, *, quiet: bool) -> dict[str, Any]:
    """What the lines of an import say."""
    problems: list[dict[str, Any]] = []
    receipts: list[str] = []
    last: dict[str, Any] = {}
    for line in answer.splitlines():
        last = json.loads(line)
        if "receipt" in last:
            receipts.append(last["receipt"])
        if "errors" not in last:
            continue
        if len(problems) < SHOWN:
            problems.append(last)
        for error in () if quiet else last["errors"]:
            where = f"{error['pointer']}: " if error["pointer"] else ""
            click.echo(f"{_print.safe(file)}:{last['line']}: {where}{_print.safe(error['detail'])}", err=True)
    if last.get("problem") and not quiet:
        click.echo(f"{_print.safe(file)}: {_print.safe(last['problem']['detail'])}", err=True)
    return {**last, "problems": problems, "receipts": receipts}


@statement.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["batches", "csv"]),
    default="batches",
    show_default=True,
    help="Batches of what your platform decided here, or the dump of what it handed in.",
)
@click.option("--since", default="", help="Only since this date or time.")
@click.option("--until", default="", help="Only before this date or time.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The file; else standard output.")
@_print.seat_options("representative")
@_print.as_json
def export(
    form: str, since: str, until: str, output: Path | None, handle: str | None, role: str, *, as_json: bool
) -> None:
    """Write statements of a period.

    A line of batches is sent to the public database as it is; lines with `decision` and `errors` name what it cannot
    say, the last line counts.
    """
    if as_json and output is None:
        raise click.UsageError("--json says how much was written: name the file with --output.")
    asked = urlencode({"format": form, "since": since, "until": until})
    size = 0
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, "platform", quiet=True)
        with house.download(f"/api/v1/statements/export?{asked}", seat=who) as pieces, _exports.target(output) as file:
            for piece in pieces:
                file.write(piece)
                size += len(piece)
    if as_json:
        _print.print_json({"file": str(output), "format": form, "bytes": size})


@statement.command()
@click.argument("decision_id", metavar="DECISION")
@click.option(
    "--set", "attributes", multiple=True, metavar="NAME=VALUE", help="What nothing here says; lists with commas."
)
@_print.seat_options("representative")
@_print.as_json
def show(decision_id: str, attributes: tuple[str, ...], handle: str | None, role: str, *, as_json: bool) -> None:
    """Print a decision in the words of the public database, or every reason why it cannot be said there."""
    asked = urlencode(_attributes(attributes))
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, "platform", quiet=True)
        reply = house.request("GET", f"/api/v1/decisions/{quote(decision_id)}/dsa?{asked}", seat=who)
    if not reply.good:
        _server.refuse(reply)
    if as_json:
        _print.print_json(reply.json())
        return
    for name, value in reply.json().items():
        words = ", ".join(map(str, value)) if isinstance(value, list) else value
        if words not in {None, ""}:
            click.echo(f"{name}: {_print.safe(words)}")


@statement.command()
@click.argument("statement_id", metavar="STATEMENT")
@click.option("--set", "attributes", multiple=True, metavar="NAME=VALUE", help="What was said besides, as with show.")
@_print.seat_options("representative")
@_print.as_json
def submitted(statement_id: str, attributes: tuple[str, ...], handle: str | None, role: str, as_json: bool) -> None:
    """Say that a statement was sent to the public database; the first time counts."""
    lists = {"content_type", "category_specification"}
    told = {name: value.split(",") if name in lists else value for name, value in _attributes(attributes).items()}
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, "platform", quiet=as_json)
        path = f"/api/v1/statements/{quote(statement_id)}/submission"
        reply = house.request("POST", path, body=json.dumps({"attributes": told}).encode(), seat=who)
    if not reply.good:
        _server.refuse(reply)
    found = reply.json()
    if as_json:
        _print.print_json(found)
    else:
        click.echo(f"{found['id']}: submitted {found['submitted_at']}")


def _attributes(words: tuple[str, ...]) -> dict[str, str]:
    """The attributes of ``--set``."""
    found = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or name not in dsa.SAID_BESIDE:
            raise click.UsageError(f"--set takes {', '.join(sorted(dsa.SAID_BESIDE))}, such as content_language=ID")
        found[name] = value
    return found
