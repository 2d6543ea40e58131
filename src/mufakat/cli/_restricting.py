"""How the commands about restrictions ask, and what they print."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import click

from mufakat.cli import _print, _seat, _server, _terms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

API = "/api/v1"
HERE = f"{API}/restrictions"
SHOWN = 50  # Names that are printed of a restriction.


def seated(role: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``--party``, ``--role`` and ``--json``, usually in this seat."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        return _print.seat_options(role)(_print.as_json(command))

    return decorate


def keyed(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--key``."""
    return click.option("--key", help="An idempotency key: the same deed with the same key counts once.")(command)


def kind_of(role: str) -> str:
    """Whose seat it usually is."""
    kinds = {"representative": "platform", "reviewer": "platform", "engineer": "operator"}
    kinds |= {"admin": "house", "auditor": "auditor"}
    return kinds.get(role.partition("-")[0], "regulator")


def asked(path: str, handle: str | None, role: str, *, query: Mapping[str, str] | None = None, quiet: bool) -> Any:
    """What a GET answers."""
    told = urlencode({name: value for name, value in (query or {}).items() if value})
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, kind_of(role), quiet=quiet)
        return good(house.request("GET", path + (f"?{told}" if told else ""), seat=who))


def done(path: str, told: Any, handle: str | None, role: str, *, key: str | None = None, quiet: bool) -> Any:
    """What a POST answers; the same with the same key counts once."""
    headers = {"Idempotency-Key": key or secrets.token_urlsafe(24)}
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, kind_of(role), quiet=quiet)
        return good(house.request("POST", path, body=_terms.sent(told), headers=headers, seat=who))


def good(answer: _server.Reply) -> Any:
    """What it says; ends with a sentence for each thing that stands against it."""
    if not answer.good:
        _server.refuse(answer)
    return answer.json()


def place(restriction: str, deed: str = "") -> str:
    """Where one restriction is, or a deed on it."""
    return f"{HERE}/{quote(restriction, safe='')}" + (f"/{deed}" if deed else "")


# -- What is printed ---------------------------------------------------------------------------------------------------


def print_whole(found: Mapping[str, Any]) -> None:
    """A restriction: the order, what it still needs, and each operator."""
    platform = f", about {found['platform']}" if found["platform"] else ""
    click.echo(f"{found['id']}: {found['state']}, {found['list']}, by {found['authority']}{platform}")
    ends = found.get("ended_at")
    click.echo(
        f"from {found.get('published_at') or 'not yet'} to {ends or found['sunset_at']}, review {found['review_at']}"
    )
    for word in ("emergency", "shadow"):
        if found[word]:
            click.echo({"emergency": "an emergency", "shadow": "a shadow run: it closes nothing"}[word])
    if found.get("missing"):
        click.echo(f"needs: {', '.join(one.replace('_', ' ') for one in found['missing'])}")
    for one in found.get("warnings", ()):
        click.echo(f"guard: {_print.safe(one['detail'])}")
    if found.get("refused"):
        click.echo(f"refused: {_print.safe(found['refused'])}")
    _print_names(found)
    print_operators(found["operators"])


def _print_names(found: Mapping[str, Any]) -> None:
    names, lifted = found.get("names") or [], found.get("lifted") or []
    below = " and what is below" if found["match"] == "subtree" else ""
    click.echo(f"{found['count']} name{'s' if found['count'] != 1 else ''}{below}, {len(lifted)} lifted:")
    for one in names[:SHOWN]:
        click.echo(f"  {_print.safe(one)}")
    if len(names) > SHOWN:
        click.echo(f"  and {len(names) - SHOWN} more (--json)")


def print_operators(operators: Sequence[Mapping[str, Any]]) -> None:
    """How it stands at each operator."""
    rows = [
        (one["operator"], one["state"], one["since"], one["due_at"] or "–", one["overdue_at"] or "–")
        for one in operators
    ]
    _print.table(("operator", "state", "since", "to open by", "late since"), rows, empty="no operator carries it out")


def print_list(found: Mapping[str, Any]) -> None:
    """A page of restrictions."""
    rows = [
        (
            one["id"],
            one["state"],
            one["list"],
            one["count"],
            one["authority"],
            one["platform"] or "–",
            one.get("ended_at") or one["sunset_at"],
        )
        for one in found["items"]
    ]
    heads = ("restriction", "state", "list", "names", "by", "about", "until")
    _print.table(heads, rows, empty="nothing is closed, and nothing is proposed to be")
    if found["next"]:
        click.echo(f"more: --after {found['next']}")


def print_matrix(found: Mapping[str, Any]) -> None:
    """How each operator stands, then each name at each."""
    heads = ("operator", "says", "resolvers", "closed", "open", "silent", "all open since", "late since")
    rows = [
        (
            one["operator"],
            one["carrying"],
            f"{one['ready']} of {one['resolvers']}",
            one["closed"],
            one["open"],
            one["silent"],
            one["opened"]["all"] or "–",
            one["overdue_since"] or "–",
        )
        for one in found["operators"]
    ]
    _print.table(heads, rows, empty="no operator carries it out")
    click.echo(f"{found['asked']} of {found['total']} names are asked for")
    names = [
        (one["name"], "lifted" if one["lifted"] else "closed", at["operator"], at["state"], at["since"] or "–")
        for one in found["names"]
        for at in one["operators"]
    ]
    _print.table(("name", "on the list", "operator", "answers", "since"), names, empty="no name is asked for")


def print_closed(found: Mapping[str, Any]) -> None:
    """What closes a name, or closed it."""
    click.echo(f"{_print.safe(found['name'])} is {'closed' if found['closed'] else 'not closed'}")
    for one in found["restrictions"]:
        until = f"until {one['sunset_at']}" if one["closes"] else f"opened {one['opened_at']}"
        ground = " ".join(one["legal_ground"].values())
        what = "" if one["name"] == found["name"] else f" (with all below {_print.safe(one['name'])})"
        click.echo(f"{one['id']}{what}: {one['list']}, by {one['authority']}, from {one['published_at']}, {until}")
        click.echo(f"  ground: {_print.safe(ground) or 'not shown'}")
        if one["reason"]:
            click.echo(f"  reason: {_print.safe(one['reason'])}")
        for at in one["operators"]:
            seen = f", its resolvers say {at['seen']['state']} since {at['seen']['since']}" if at["seen"] else ""
            click.echo(f"  {at['operator']}: {at['state']} since {at['since']}{seen}")
