"""How the commands about banks ask, and what they print."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import click

from mufakat.cli import _print, _seat, _server, _terms
from mufakat.rules.filtering import EntryState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

HERE = "/api/v1/banks"
PORTION = 1_000  # Entries of one deed.
SHOWN = 1_000  # Lines whose faults are kept for ``--json``; the rest are counted.


def seated(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--party``, ``--role`` and ``--json``, usually in the seat of a platform's reviewer."""
    return _print.seat_options("reviewer")(_print.as_json(command))


def place(bank: str, deed: str = "") -> str:
    """Where one bank is, or a deed on it."""
    return f"{HERE}/{quote(bank, safe='')}" + (f"/{deed}" if deed else "")


class Desk:
    """Somebody of a platform, in an instance that is open."""

    def __init__(self, house: _server.Instance, handle: str | None, role: str, *, quiet: bool) -> None:
        self.house = house
        self.role = role
        self.who = _seat.seat(house, handle, role, "platform", quiet=quiet)

    def get(self, path: str, **query: str) -> Any:
        """What a GET answers; ends with a sentence where it is refused."""
        asked = urlencode({name: value for name, value in query.items() if value})
        return self._good(self.house.request("GET", path + (f"?{asked}" if asked else ""), seat=self.who))

    def post(self, path: str, told: Mapping[str, Any], *, key: str | None = None) -> Any:
        """What a POST answers; the same with the same key counts once."""
        headers = {"Idempotency-Key": key or secrets.token_urlsafe(24)}
        return self._good(self.house.request("POST", path, body=_terms.sent(told), headers=headers, seat=self.who))

    def to_review(self, bank: str) -> Iterator[list[str]]:
        """The entries of a bank in shadow that somebody else put in, in portions; read before any of them moves."""
        found: list[str] = []
        after = ""
        while True:
            page = self.get(place(bank, "entries"), state=EntryState.SHADOW.value, after=after)
            found += [one["id"] for one in page["items"] if one["added_by"] != self.role]
            after = page["next"]
            if not after:
                break
        yield from (found[start : start + PORTION] for start in range(0, len(found), PORTION))

    @staticmethod
    def _good(answer: _server.Reply) -> Any:
        if not answer.good:
            _server.refuse(answer)
        return answer.json()


def report(answer: bytes, file: Path, *, quiet: bool) -> dict[str, Any]:
    """What the lines of an import say; what is to be known of a line goes to standard error."""
    problems: list[dict[str, Any]] = []
    last: dict[str, Any] = {}
    for line in answer.splitlines():
        last = json.loads(line)
        said = last.get("errors") or last.get("noted") or ()
        if last.get("errors") and len(problems) < SHOWN:
            problems.append(last)
        for one in () if quiet else said:
            where = f"{one['pointer']}: " if one["pointer"] else ""
            noted = "(noted) " if "noted" in last else ""
            click.echo(f"{_print.safe(file)}:{last['line']}: {noted}{where}{_print.safe(one['detail'])}", err=True)
    if last.get("problem") and not quiet:
        click.echo(f"{_print.safe(file)}: {_print.safe(last['problem']['detail'])}", err=True)
    return {**last, "problems": problems}


def print_banks(banks: Sequence[Mapping[str, Any]]) -> None:
    """A line for each bank."""
    rows = [
        (
            one["name"],
            one["kind"],
            "allows" if one["allow"] else "accuses",
            one["entries"]["live"],
            one["entries"]["shadow"],
            one["entries"]["retracted"] + one["entries"]["declined"],
        )
        for one in banks
    ]
    _print.table(("bank", "kind", "", "live", "in shadow", "over"), rows, empty="there is no bank yet")


def print_entries(page: Mapping[str, Any]) -> None:
    """A page of entries."""
    rows = [
        (
            one["id"],
            one["state"],
            one["value"] or "(erased)",
            one["category"],
            one["origin"],
            one["added_by"] or "–",
            one["reviewed_by"] or "–",
            one["expires_at"] or "–",
        )
        for one in page["items"]
    ]
    heads = ("entry", "state", "value", "category", "by", "put in by", "reviewed by", "until")
    _print.table(heads, rows, empty="there is no such entry")
    if page["next"]:
        click.echo(f"more: --after {page['next']}")


def print_stats(found: Mapping[str, Any]) -> None:
    """A bank in figures."""
    counts = ", ".join(f"{count} {state}" for state, count in found["entries"].items())
    origins = ", ".join(f"{count} by {origin}" for origin, count in found["origins"].items())
    click.echo(f"{found['bank']}: {counts}; {origins}")
    click.echo(f"{found['expired']} past their time, {found['to_review']} to be looked at again")
    for one in found["categories"]:
        click.echo(f"  {_print.safe(one['name'])}: {one['count']}")
    click.echo(f"hits in {found['days']} days: {found['hits']}, of which {found['restored']} were restored")
    rows = [(one["entry"], one["state"], one["hits"], one["restored"]) for one in found["hitting"]]
    _print.table(("entry", "state", "hits", "restored"), rows, empty="none of its entries hit anything")
