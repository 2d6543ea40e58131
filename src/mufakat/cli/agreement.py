"""``mufakat agreement``."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import click

from mufakat.cli import _attach, _print, _seat, _server, _terms
from mufakat.cli._rehearse import rehearse
from mufakat.client.agreements import signed_with
from mufakat.rules.agreement import AgreementState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

HERE = "/api/v1/agreements"
FILE = click.Path(path_type=Path, allow_dash=True, dir_okay=False)
STATES = [state.value for state in AgreementState]


@click.group()
def agreement() -> None:
    """What parties settle, point by point: propose, counter, agree; nothing agreed is edited, only superseded."""


agreement.add_command(rehearse)


def answering(command: Callable[..., Any]) -> Callable[..., Any]:
    """What every answer to a proposal says: to which agreement, point and proposal, why, and from which seat."""
    for decorate in reversed(
        (
            click.argument("agreement_id"),
            click.argument("point"),
            click.option("--proposal", required=True, type=int, help="The number of the proposal that you have read."),
            click.option("--key", help="An idempotency key: the same deed with the same key counts once."),
            _print.seat_options("representative"),
            _print.as_json,
        )
    ):
        command = decorate(command)
    return command


@agreement.command()
@click.argument("file", type=FILE)
@click.option("--agreement", "agreement_id", help="In these talks; without it new talks are opened.")
@click.option("--point", help="The point that the terms in the file are for.")
@click.option("--note", default="", help="Why, in words.")
@click.option("--key", help="An idempotency key: the same deed with the same key counts once.")
@_print.seat_options("representative")
@_print.as_json
def propose(file: Path, agreement_id: str | None, point: str | None, note: str, key: str | None, **seat: Any) -> None:
    """Open talks with FILE (YAML or JSON), or propose the terms in it for a point of talks that are open.

    To open talks FILE has title, parties, like (a profile whose points are proposed) and points; for a point it has
    owner, text, evidence, due_at, from_at, obligations and, for the point `terms`, frame.
    """
    if (agreement_id is None) is not (point is None):
        raise click.UsageError("say both --agreement and --point, or neither to open talks")
    terms = _terms.read(file)
    if agreement_id is None or point is None:
        _told(_deed("", terms, key=key, **seat), as_json=seat["as_json"])
        return
    act = {"act": "propose", "terms": terms, "note": note}
    _told(_deed(_point(agreement_id, point), act, key=key, **seat), as_json=seat["as_json"])


@agreement.command()
@click.argument("file", type=FILE)
@click.option("--note", default="", help="Why, in words.")
@answering
def counter(file: Path, agreement_id: str, point: str, proposal: int, note: str, key: str | None, **seat: Any) -> None:
    """Put the terms in FILE (YAML or JSON) on the table instead of a proposal."""
    act = {"act": "counter", "proposal": proposal, "terms": _terms.read(file), "note": note}
    _told(_deed(_point(agreement_id, point), act, key=key, **seat), as_json=seat["as_json"])


@agreement.command()
@click.option("--note", default="", help="A word with it.")
@click.option("--sign-with", type=FILE, help="The file of a private key that your party enrolled: it signs, too.")
@answering
def agree(
    agreement_id: str,
    point: str,
    proposal: int,
    note: str,
    sign_with: Path | None,
    key: str | None,
    **seat: Any,
) -> None:
    """Sign a proposal. With the last signature the point is agreed, and in force at its time."""
    act: dict[str, Any] = {"act": "agree", "proposal": proposal, "note": note}
    signer = _terms.signing_key(sign_with) if sign_with is not None else None
    with _server.instance() as house:
        who = _seat.seat(house, seat["handle"], seat["role"], "platform", quiet=seat["as_json"])
        if signer is not None:
            shown = _good(house.request("GET", f"{HERE}/{quote(agreement_id, safe='')}", seat=who))
            try:
                act["signed"] = signed_with(signer, shown, point, proposal)
            except (LookupError, ValueError) as error:
                _server.stop(f"nothing was signed: {_print.safe(error)}", _server.NO)
        found = _good(_posted(house, _point(agreement_id, point), act, who=who, key=key))
    _told(found, as_json=seat["as_json"])


@agreement.command()
@click.option("--note", required=True, help="Why not.")
@answering
def decline(agreement_id: str, point: str, proposal: int, note: str, key: str | None, **seat: Any) -> None:
    """Say no to a proposal of another side, with the reason."""
    act = {"act": "decline", "proposal": proposal, "note": note}
    _told(_deed(_point(agreement_id, point), act, key=key, **seat), as_json=seat["as_json"])


@agreement.command()
@click.option("--note", default="", help="Why.")
@answering
def withdraw(agreement_id: str, point: str, proposal: int, note: str, key: str | None, **seat: Any) -> None:
    """Take a proposal of your own side back."""
    act = {"act": "withdraw", "proposal": proposal, "note": note}
    _told(_deed(_point(agreement_id, point), act, key=key, **seat), as_json=seat["as_json"])


@agreement.command()
@click.argument("agreement_id")
@click.argument("point")
@click.option("--note", default="", help="What shows it.")
@click.option(
    "--file",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file that shows it: its name and digest are handed in, its bytes stay with you; can be given again.",
)
@click.option("--confirm", "confirms", is_flag=True, help="As another side: say that the point is kept.")
@click.option("--key", help="An idempotency key: the same deed with the same key counts once.")
@_print.seat_options("representative")
@_print.as_json
def evidence(
    agreement_id: str, point: str, note: str, files: Sequence[Path], confirms: bool, key: str | None, **seat: Any
) -> None:
    """Hand in what a point in force asks for, as its owner; or say, as another side, that it is kept."""
    named = [{"name": file.name, "sha256": _attach.digest_of(file)} for file in files]
    shown = {"confirms": confirms, "note": note, "files": named}
    place = f"{_point(agreement_id, point)}/evidence"
    _told(_deed(place, shown, key=key, **seat), as_json=seat["as_json"])


@agreement.command()
@click.argument("agreement_id")
@click.option("--reason", required=True, help="Why it ends; every side and nobody else reads it.")
@click.option("--key", help="An idempotency key: the same deed with the same key counts once.")
@_print.seat_options("representative")
@_print.as_json
def end(agreement_id: str, reason: str, key: str | None, **seat: Any) -> None:
    """End an agreement, or the talks, at once. What came under it keeps the version that it cites."""
    found = _deed(f"/{quote(agreement_id, safe='')}/ending", {"reason": reason}, key=key, **seat)
    _told(found, as_json=seat["as_json"])


@agreement.command()
@click.argument("agreement_id")
@click.option("--version", "number", type=int, help="What was in force by this version, as a notice cites it.")
@_print.seat_options("representative")
@_print.as_json
def show(agreement_id: str, number: int | None, handle: str | None, role: str, as_json: bool) -> None:
    """Show an agreement: every point, whose turn it is, and what is on the table."""
    path = f"{HERE}/{quote(agreement_id, safe='')}" + (f"/versions/{number}" if number is not None else "")
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, "platform", quiet=as_json)
        found = _good(house.request("GET", path, seat=who))
    if as_json:
        _print.print_json(found)
    elif number is not None:
        _print_version(found)
    else:
        _print_whole(found)


@agreement.command("list")
@click.option("--state", default="", type=click.Choice(["", *STATES]), help="Those in one state; by default all.")
@click.option("--after", default="", help="The 'next' of a former page.")
@_print.seat_options("representative")
@_print.as_json
def listed(state: str, after: str, handle: str | None, role: str, as_json: bool) -> None:
    """The agreements and talks of a party, newest first."""
    asked = urlencode({name: value for name, value in (("state", state), ("after", after)) if value})
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, "platform", quiet=as_json)
        found = _good(house.request("GET", HERE + (f"?{asked}" if asked else ""), seat=who))
    if as_json:
        _print.print_json(found)
        return
    rows = [
        (one["id"], one["state"], one["version"] or "–", ", ".join(one["parties"]), ", ".join(one["awaits"]) or "–")
        for one in found["items"]
    ]
    heads = ("agreement", "state", "version", "between", "answers next")
    _print.table(heads, rows, empty="no agreements yet; open talks with: mufakat agreement propose FILE")
    if found["next"]:
        click.echo(f"more: --after {found['next']}")


def _point(agreement_id: str, point: str) -> str:
    return f"/{quote(agreement_id, safe='')}/points/{quote(point, safe='')}"


def _deed(
    place: str,
    told: Mapping[str, Any],
    *,
    key: str | None,
    handle: str | None,
    role: str,
    as_json: bool,
) -> Any:
    """One deed from one seat; ends with a sentence for each thing that collides."""
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, "platform", quiet=as_json)
        return _good(_posted(house, place, told, who=who, key=key))


def _posted(
    house: _server.Instance, place: str, told: Mapping[str, Any], *, who: str, key: str | None
) -> _server.Reply:
    headers = {"Idempotency-Key": key or secrets.token_urlsafe(24)}
    return house.request("POST", HERE + place, body=_terms.sent(told), headers=headers, seat=who)


def _good(answer: _server.Reply) -> Any:
    if not answer.good:
        _server.refuse(answer)
    return answer.json()


def _told(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        _print.print_json(found)
    else:
        _print_whole(found)


def _print_whole(found: dict[str, Any]) -> None:
    version = f", version {found['version']}" if found["version"] is not None else ""
    click.echo(f"{found['id']}: {_print.safe(found['title']['en'])} ({found['state']}{version})")
    click.echo(f"between {', '.join(found['parties'])}" + (f", under {found['profile']}" if found["profile"] else ""))
    rows = [
        (
            one["name"],
            one["version"],
            one["state"],
            one["owner"],
            one["proposal"],
            ", ".join(one["awaited"]) or "–",
            one["from_at"] or "–",
        )
        for one in found["points"]
    ]
    heads = ("point", "version", "state", "owed by", "proposal", "answers next", "in force from")
    _print.table(heads, rows, empty="no points yet")
    for one in found["points"]:
        if one["state"] in {"proposed", "countered"}:
            _print_text(one["name"], one["terms"])
    kept = [(one["point"], one["kind"], one["owner"], one["state"], one["since"]) for one in found["obligations"]]
    if kept:
        click.echo()
        _print.table(("point", "obligation", "owed by", "state", "since"), kept, empty="")
    if found["reopening"] is not None:
        missing = ", ".join(found["reopening"]["missing"])
        click.echo(
            "reopening: " + ("what is asked for is there" if found["reopening"]["holds"] else f"not before {missing}")
        )


def _print_version(found: dict[str, Any]) -> None:
    until = found["until"] or "in force"
    click.echo(
        f"{found['agreement']}, version {found['number']}: {found['from_at']} to {until}, under {found['profile']}"
    )
    for one in found["points"]:
        _print_text(f"{one['name']} ({one['version']})", one["terms"])


def _print_text(name: str, terms: dict[str, Any]) -> None:
    click.echo(f"\n{_print.safe(name)}, owed by {_print.safe(terms['owner'])}:")
    for language in ("id", "en"):
        for line in terms["text"][language].split("\n"):
            click.echo(f"  {language}: {_print.safe(line)}")
