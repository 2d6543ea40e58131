"""``mufakat notice erase`` and ``mufakat notice hold``: the operator's deeds about what is kept of a notice."""

from __future__ import annotations

from typing import Any

import click

from mufakat.cli import _print, _server
from mufakat.rules.retention import OF_A_NOTICE


@click.command()
@click.argument("notice_id")
@click.option(
    "--class",
    "classes",
    multiple=True,
    type=click.Choice(sorted(one.value for one in OF_A_NOTICE)),
    help="What to erase, and whatever repeats it; may be given several times. By default all of it.",
)
@click.option("--reason", required=True, help="Why. It stays and both parties read it: repeat nothing of the content.")
@_print.as_json
def erase(notice_id: str, classes: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Erase the content of a notice for ever. The event, its leaf and the receipt stay and verify."""
    told = {"notice": notice_id, "reason": reason, "classes": list(classes)}
    with _server.instance() as house:
        done = house.deed("notice-erase", told)
    if as_json:
        _print.print_json(done)
        return
    if done["event"] is None:
        click.echo(f"{done['notice']}: nothing of this was left to be erased")
        return
    click.echo(f"{done['notice']}: erased {', '.join(done['classes'])} at {done['at']} ({done['event']})")
    if not done["overwritten"]:
        click.echo(
            "a reader keeps former pages in the database's log; the next 'mufakat work' overwrites them", err=True
        )


@click.group()
def hold() -> None:
    """Legal holds: nothing of a notice is erased while one is placed."""


@hold.command()
@click.argument("notice_id")
@click.option("--reason", required=True, help="Why it has to be kept. Both parties read it.")
@_print.as_json
def place(notice_id: str, reason: str, as_json: bool) -> None:
    """Keep a notice whole until the hold is released."""
    changed("hold-place", notice_id, reason, as_json=as_json)


@hold.command()
@click.argument("notice_id")
@click.option("--reason", required=True, help="Why it need no longer be kept. Both parties read it.")
@_print.as_json
def release(notice_id: str, reason: str, as_json: bool) -> None:
    """Let the periods of retention count again; what is due goes with the next sweep."""
    changed("hold-release", notice_id, reason, as_json=as_json)


def changed(deed: str, notice_id: str, reason: str, *, as_json: bool) -> None:
    """One deed on a hold."""
    with _server.instance() as house:
        done: dict[str, Any] = house.deed(deed, {"notice": notice_id, "reason": reason})
    if as_json:
        _print.print_json(done)
        return
    if done["released_at"] is None:
        click.echo(f"{done['notice']}: held since {done['placed_at']} ({done['hold']})")
    else:
        click.echo(f"{done['notice']}: no longer held since {done['released_at']}")
