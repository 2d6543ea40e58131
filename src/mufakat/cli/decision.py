"""``mufakat decision``."""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from mufakat.cli import _print, _seat, _server
from mufakat.rules.decision import ACTS, Automation, Outcome, Refusal
from mufakat.rules.notice import MeasureName
from mufakat.rules.statement import GivenHow

OUTCOMES = [outcome.value for outcome in Outcome]
REFUSALS = [refusal.value for refusal in Refusal]
MEASURES = [measure.value for measure in MeasureName]
WAYS = [way.value for way in GivenHow]


@click.group()
def decision() -> None:
    """Decide on notices, with reasons: acting and refusing take the same."""


@decision.command()
@click.argument("notice_id")
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path, allow_dash=True, dir_okay=False),
    help="A decision in one JSON file ('-' is standard input), sent as it is; then no other option describes it.",
)
@click.option("--outcome", type=click.Choice(OUTCOMES), help="What is decided.")
@click.option("--refusal", type=click.Choice(REFUSALS), help="Why it is refused; with --outcome refuse.")
@click.option(
    "--measure", "measures", multiple=True, type=click.Choice(MEASURES), help="What is done; can be given again."
)
@click.option(
    "--link",
    "links",
    multiple=True,
    type=click.IntRange(1),
    help="With which links, from 1; by default with every one.",
)
@click.option("--until", help="When the measures end, such as 2017-08-10T09:30:00+07:00; by default never.")
@click.option("--territory", multiple=True, help="Where they hold, such as ID; by default everywhere.")
@click.option("--system", default="id", show_default=True, help="Whose law it is.")
@click.option("--law", help="The law that it stands on, such as 'UU 11/2008'.")
@click.option("--article", help="The article of that law.")
@click.option("--terms", help="The document of your terms that it stands on.")
@click.option("--clause", help="The clause of those terms.")
@click.option("--terms-url", help="Where those terms are read.")
@click.option("--facts", help="What was found.")
@click.option("--reasons", help="Why this follows; '-' reads it from standard input.")
@click.option("--language", default="id", show_default=True, help="The language of facts and reasons.")
@click.option("--detected", is_flag=True, help="A machine found the content.")
@click.option(
    "--automation",
    type=click.Choice([one.value for one in Automation]),
    default=Automation.NONE.value,
    show_default=True,
    help="How much of the decision a machine made.",
)
@click.option("--key", help="An idempotency key: the same decision with the same key counts once.")
@_print.seat_options("reviewer")
@_print.as_json
def make(
    notice_id: str, file: Path | None, key: str | None, handle: str | None, role: str, as_json: bool, **told: Any
) -> None:
    """Decide on a notice of your party, or ask its sender for information first. All that is missing is named."""
    if file is None and not told["outcome"]:
        raise click.UsageError("say what is decided with --outcome, or send a decision with --file")
    path = f"/api/v1/notices/{quote(notice_id, safe='')}"
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, "platform", quiet=as_json)
        raw = read(file) if file is not None else json.dumps(body(told, places(house, path, who, told))).encode()
        headers = {"Idempotency-Key": key or secrets.token_urlsafe(24)}
        answer = house.request("POST", f"{path}/decision", body=raw, headers=headers, seat=who)
    if not answer.good:
        _server.refuse(answer)
    found = answer.json()
    if as_json:
        _print.print_json(found)
    else:
        click.echo(sentence(found))


@decision.command()
@click.argument("decision_id")
@_print.seat_options("reviewer")
@_print.as_json
def show(decision_id: str, handle: str | None, role: str, as_json: bool) -> None:
    """Show a decision with its measures; to those who hand it out also the code for whoever is affected."""
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, "platform", quiet=as_json)
        answer = house.request("GET", f"/api/v1/decisions/{quote(decision_id, safe='')}", seat=who)
    if not answer.good:
        _server.refuse(answer)
    found = answer.json()
    if as_json:
        _print.print_json(found)
        return
    click.echo(sentence(found))
    for name in ("facts", "reasons"):
        for line in (found.get(name) or "(erased)").split("\n"):
            click.echo(f"{name}: {_print.safe(line)}")
    rows = [
        (one["id"], one["locator"] + 1, one["measure"], one["state"], one["ends_at"] or "–", one["inverse"])
        for one in found["measures"]
    ]
    _print.table(("measure", "link", "what", "state", "until", "undone by"), rows, empty="no measures")
    if found.get("appeal"):
        click.echo(f"for whoever is affected: {found['appeal']['url']} until {found['appeal']['until'] or '–'}")


@decision.command()
@click.argument("statement_id")
@click.option("--how", type=click.Choice(WAYS), required=True, help="By which way.")
@_print.seat_options("reviewer")
@_print.as_json
def given(statement_id: str, how: str, handle: str | None, role: str, as_json: bool) -> None:
    """Say that the statement of reasons reached whoever is affected."""
    path = f"/api/v1/statements/{quote(statement_id, safe='')}/delivery"
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, "platform", quiet=as_json)
        answer = house.request("POST", path, body=json.dumps({"how": how}).encode(), seat=who)
    if not answer.good:
        _server.refuse(answer)
    found = answer.json()
    if as_json:
        _print.print_json(found)
    else:
        click.echo(f"{found['id']}: given {found['given_at']} ({found['given_how']})")


def read(file: Path) -> bytes:
    """The file, or one line and out."""
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        _server.stop(f"{_print.safe(file)}: {error.strerror}")


def places(house: _server.Instance, path: str, who: str, told: dict[str, Any]) -> list[int]:
    """The locators that the measures are about, from 0: those that were named, or every one of the notice."""
    if told["links"] or told["outcome"] not in ACTS or not told["measures"]:
        return [number - 1 for number in told["links"]]
    answer = house.request("GET", path, seat=who)
    if not answer.good:
        _server.refuse(answer)
    notice = answer.json().get("notice")
    if notice is None:
        _server.stop("the notice's content is erased: say with --link which links are meant", _server.NO)
    return list(range(len(notice["locators"])))


def body(told: dict[str, Any], about: list[int]) -> dict[str, Any]:
    """The decision's JSON; what was not said is left out, so that the rules say what is missing."""
    law = {"instrument": told["law"], "provision": told["article"]}
    terms = {"document": told["terms"], "clause": told["clause"], "url": told["terms_url"]}
    ground = {
        "legal_ground": {"system": told["system"], **said(law)} if any(law.values()) else None,
        "terms_ground": said(terms) or None,
    }
    item = said({"ends_at": told["until"], "territory": list(told["territory"])})
    made = {
        "outcome": told["outcome"],
        "refusal": told["refusal"],
        "items": [{"locator": place, "measure": measure, **item} for place in about for measure in told["measures"]],
        "ground": said(ground),
        "facts": told["facts"],
        "reasons": sys.stdin.read() if told["reasons"] == "-" else told["reasons"],
        "language": told["language"],
        "automated": {"detection": told["detected"], "decision": told["automation"]},
    }
    return said(made)


def said(members: dict[str, Any]) -> dict[str, Any]:
    """The members that say something."""
    return {name: value for name, value in members.items() if value}


def sentence(found: dict[str, Any]) -> str:
    """A decision in one line."""
    why = f" ({found['refusal']})" if found.get("refusal") else ""
    until = f"; appeal until {found['appeal_until']}" if found.get("appeal_until") else ""
    return f"{found['id']}: {found['outcome']}{why}, {found['state']}, on {found['notice']}{until}"
