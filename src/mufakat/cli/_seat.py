"""In whose seat a command acts."""

from __future__ import annotations

import click

from mufakat.cli import _server


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
