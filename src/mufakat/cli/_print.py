"""How commands print: JSON for machines, or lines for people; nothing a stranger typed reaches the terminal raw."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def print_json(value: Any) -> None:
    """JSON on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_line(value: Any) -> None:
    """JSON on one line of standard output, at once: of a program that goes on."""
    click.echo(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    sys.stdout.flush()


def safe(text: Any) -> str:
    """Text without control or direction characters that could rewrite the terminal's line."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(text))


def plain(text: str) -> str:
    """Escape all but printable ASCII: nothing moves the cursor, reorders the line, looks like another name or fails."""
    return "".join(
        sign if sign.isascii() and sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]], *, empty: str) -> None:
    """Columns as wide as their contents; a sentence where there is nothing."""
    if not rows:
        click.echo(empty)
        return
    cells = [[safe(cell) for cell in row] for row in rows]
    widths = [max(len(row[place]) for row in [list(heads), *cells]) for place in range(len(heads))]
    for row in [list(heads), *cells]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def seat_options(role: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``--party`` and ``--role``: in whose seat the operator acts."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        command = click.option(
            "--role", default=role, show_default=True, help="The seat, such as officer or approver-2."
        )(command)
        return click.option("--party", "handle", metavar="HANDLE", help="For whom: the party's handle.")(command)

    return decorate
