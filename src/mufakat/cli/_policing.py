"""How the commands about a platform's policies and samples ask the instance, and what they print."""

from __future__ import annotations

import secrets
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode

import click

from mufakat.cli import _print, _seat, _server, _terms
from mufakat.screening.item import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

POLICIES = "/api/v1/policies"
SAMPLES = "/api/v1/samples"
KIND = "platform"
LONGEST = 900.0  # Seconds that a back-test may take.
LOOK = 2.0  # Seconds between two looks at how far a back-test is.


def seated(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--party``, ``--role`` and ``--json``, usually as the reviewer."""
    return _print.seat_options("reviewer")(_print.as_json(command))


def keyed(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--key``."""
    return click.option("--key", help="An idempotency key: the same deed with the same key counts once.")(command)


def place(policy: str, deed: str = "") -> str:
    """Where a version is, or a deed on it."""
    return f"{POLICIES}/{quote(policy, safe='')}" + (f"/{deed}" if deed else "")


def asked(path: str, handle: str | None, role: str, *, query: Mapping[str, str] | None = None, quiet: bool) -> Any:
    """What a GET answers."""
    told = urlencode({name: value for name, value in (query or {}).items() if value})
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, KIND, quiet=quiet)
        found = by_id(house, path, who)
        return good(house.request("GET", found + (f"?{told}" if told else ""), seat=who))


def done(path: str, told: Any, handle: str | None, role: str, *, key: str | None = None, quiet: bool) -> Any:
    """What a POST answers; the same with the same key counts once."""
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, KIND, quiet=quiet)
        sent = _terms.sent(told)
        return good(house.request("POST", by_id(house, path, who), body=sent, headers=heading(key), seat=who))


def tried(policy: str, told: Any, handle: str | None, role: str, *, key: str | None, quiet: bool) -> Any:
    """What a back-test answers; it takes its time, and says meanwhile how far it is."""
    with _server.instance() as house:
        who = _seat.seat(house, handle, role, KIND, quiet=quiet)
        here, sent, headers = by_id(house, place(policy), who), _terms.sent(told), heading(key)
        with _told_how_far(house, here, who, quiet=quiet):
            path = f"{here}/backtests"
            return good(house.request("POST", path, body=sent, headers=headers, seat=who, patience=LONGEST))


def by_id(house: _server.Instance, path: str, who: str) -> str:
    """The path with a version's id where it has its name, ``orchard/1``, as every list prints it; else as it is.

    No address of the API holds such a name: it has a stroke in it.
    """
    here, _, deed = path.removeprefix(f"{POLICIES}/").partition("/")
    name, stroke, version = unquote(here).partition("/")
    if not path.startswith(f"{POLICIES}/") or not stroke:
        return path
    after = ""
    while True:
        page = good(house.request("GET", POLICIES + (f"?after={quote(after)}" if after else ""), seat=who))
        for one in page["items"]:
            if (one["policy"], str(one["version"])) == (name, version):
                return place(one["id"], deed)
        after = page["next"]
        if not after:
            _server.stop(f"There is no policy {_print.safe(name)}/{_print.safe(version)} here.", _server.NO)


def heading(key: str | None) -> dict[str, str]:
    """The header with the key, a new one where none was given."""
    return {"Idempotency-Key": key or secrets.token_urlsafe(24)}


def good(answer: _server.Reply) -> Any:
    """What it says; ends with a sentence for each thing that stands against it."""
    if not answer.good:
        _server.refuse(answer)
    return answer.json()


@contextmanager
def _told_how_far(house: _server.Instance, here: str, who: str, *, quiet: bool) -> Iterator[None]:
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(LOOK):
            answer = house.request("GET", here, seat=who)
            running = answer.json().get("running") if answer.good else None
            if running and not ended.is_set():
                click.echo(f"{running['done']} of {running['items']} items", err=True)

    thread = threading.Thread(target=look, daemon=True)
    if not quiet:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        if thread.is_alive():
            thread.join()


# -- What is printed ---------------------------------------------------------------------------------------------------


def print_policy(found: Mapping[str, Any]) -> None:
    """A version: who did what, its rules, its back-tests."""
    click.echo(f"{found['id']}: {found['policy']}/{found['version']}, {found['state']}")
    click.echo(f"proposed by {found['proposer']} at {found['proposed_at']}: {_print.safe(found.get('note') or '–')}")
    if found.get("shadow_at"):
        click.echo(f"in shadow since {found['shadow_at']}")
    if found.get("promoted_at"):
        click.echo(f"promoted by {found['promoter']} at {found['promoted_at']} on {found['backtest']}")
    if found.get("banks_changed"):
        click.echo(f"changed since that back-test: {', '.join(found['banks_changed'])}")
    if found.get("ended_at"):
        click.echo(f"ended by {found['ended_by']} at {found['ended_at']}: {_print.safe(found.get('reason') or '–')}")
    if found.get("restoring"):
        click.echo(f"what it hit is restored: {found['restoring']['restored']} so far, {found['restoring']['state']}")
    click.echo()
    rules = [
        (one["name"], one["priority"], one["mode"] + (f" {one['percent']} %" if one["percent"] else ""), one["then"])
        for one in found["rules"]
    ]
    _print.table(("rule", "priority", "mode", "then"), rows=rules, empty="It has no rules.")
    click.echo()
    print_backtests(found.get("backtests") or ())


def print_backtests(found: Sequence[Mapping[str, Any]]) -> None:
    """Back-tests, a line each."""
    rows = [
        (
            one["id"],
            one["against"] or "nothing",
            "as if live" if one["live"] else "as it is",
            one["items"],
            one["changed"],
            one["made_at"],
        )
        for one in found
    ]
    heads = ("back-test", "against", "rules", "items", "changed", "made")
    _print.table(heads, rows, empty="it was not tried yet")


def print_backtest(found: Mapping[str, Any]) -> None:
    """A back-test with its table."""
    table = found["table"]
    click.echo(
        f"{found['id']}: {table['before'] or 'nothing'} -> {table['after']}"
        f"{', as if every rule were live' if found['live'] else ''}: {table['items']} items, "
        f"{table['changed']} with another action; {table['refused']} were not looked at"
    )
    click.echo()
    rows = [
        (
            "*" if one["changes"] else "",
            one["count"],
            _in_words(one["before"]),
            _in_words(one["after"]),
            " ".join(one["samples"]) if one["samples"] is not None else "(erased)",
        )
        for one in table["rows"]
    ]
    _print.table(("", "items", "before", "after", "samples"), rows, empty="There were no items.")
    if table["rest"]["rows"]:
        click.echo(f"and {table['rest']['items']} items in {table['rest']['rows']} more rows")
    for name, count in table["shadow"].items():
        click.echo(f"\n{name} only would have decided (shadow, or outside of its sample): {count}")


def print_policies(found: Mapping[str, Any]) -> None:
    """A page of versions."""
    rows = [
        (one["id"], f"{one['policy']}/{one['version']}", one["state"], one["proposer"], one["proposed_at"])
        for one in found["items"]
    ]
    _print.table(("id", "policy", "state", "by", "proposed"), rows, empty="no policy was proposed")
    _more(found)


def print_counts(found: Mapping[str, Any]) -> None:
    """Counts by day and rule."""
    rows = [
        (one["day"], one["rule"] or "(screened)", "would have" if one["shadow"] else "did", one["count"])
        for one in found["items"]
    ]
    _print.table(("day", "rule", "acted", "items"), rows, empty="nothing was counted yet")
    _more(found)


def print_sample(found: Mapping[str, Any]) -> None:
    """A sample, and why lines of it were not taken."""
    click.echo(
        f"{found['id']}: {_print.safe(found['name'])}: {found['items']} items; {found['private']} private lines and "
        f"{found['refused']} others were not taken"
    )
    gone = found["erased_at"]
    click.echo(f"erased at {gone}" if gone else f"kept until {found['erase_at']}")
    for one in found.get("faults") or ():
        where = f"{_print.safe(one['pointer'])}: " if one["pointer"] else ""
        click.echo(f"line {one['line']}: {where}{_print.safe(one['detail'])}", err=True)


def print_samples(found: Mapping[str, Any]) -> None:
    """A page of samples."""
    rows = [
        (one["id"], one["name"], one["items"], one["added_by"], one["added_at"], one["erased_at"] or one["erase_at"])
        for one in found["items"]
    ]
    _print.table(("sample", "name", "items", "by", "added", "until"), rows, empty="no sample was handed in")
    _more(found)


def _more(found: Mapping[str, Any]) -> None:
    if found["next"]:
        click.echo(f"more: --after {found['next']}")


def _in_words(told: Mapping[str, Any]) -> str:
    rule = told["rule"]
    return str(told["action"]) if told["action"] == Action.NONE and rule is None else f"{told['action']} ({rule})"
