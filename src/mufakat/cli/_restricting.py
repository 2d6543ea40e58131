"""How the commands about restrictions ask, and what they print."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import click

from mufakat.cli import _print, _seat, _server, _terms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

API = "/api/v1"
HERE = f"{API}/restrictions"


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
    kinds = {"representative": "platform", "engineer": "operator", "admin": "house", "auditor": "auditor"}
    return kinds.get(role.partition("-")[0], "regulator")


def asked(path: str, handle: str | None, role: str, *, query: Mapping[str, str] | None = None, quiet: bool) -> Any:
    """What a GET answers."""
    told = urlencode({name: value for name, value in (query or {}).items() if value})
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, kind_of(role), quiet=quiet)
        return good(house.request("GET", path + (f"?{told}" if told else ""), seat=who))


def done(  # noqa: PLR0913 - what is told where, from which seat.
    path: str, told: Any, handle: str | None, role: str, *, key: str | None = None, quiet: bool
) -> Any:
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
