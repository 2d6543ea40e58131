"""``mufakat doctor``."""

from __future__ import annotations

import click

from mufakat.cli import _print, _server


@click.command()
@_print.as_json
def doctor(as_json: bool) -> None:
    """Look at the database's settings, the database's version, the clock, the key and the disk.

    Exit 1 when something is wrong.
    """
    findings = _server.findings()
    if as_json:
        _print.print_json([{"what": what, "good": good, "says": says} for what, good, says in findings])
    else:
        for what, good, says in findings:
            click.echo(f"{'good' if good else 'BAD ':<4}  {what}: {_print.safe(says)}")
    raise SystemExit(0 if all(good for _, good, _ in findings) else _server.NO)
