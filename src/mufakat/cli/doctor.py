"""``mufakat doctor``."""

from __future__ import annotations

import click

from mufakat.cli import _print, _server


@click.command()
@click.option(
    "--mail",
    "server",
    metavar="HOST:PORT",
    help="Look at this mail server instead: can mails be smuggled through it? Tries three bad line ends.",
)
@click.option(
    "--mail-to",
    default="",
    metavar="ADDRESS",
    help="An address that the mail server takes mails for.  [default: postmaster@$MUFAKAT_MAIL_DOMAIN]",
)
@_print.as_json
def doctor(server: str | None, mail_to: str, as_json: bool) -> None:
    """Look at the database's settings, the database's version, the clock, the key and the disk.

    Exit 1 when something is wrong.
    """
    findings = _server.findings() if server is None else _server.probed(*address(server), to=mail_to)
    if as_json:
        _print.print_json([{"what": what, "good": good, "says": says} for what, good, says in findings])
    else:
        for what, good, says in findings:
            click.echo(f"{'good' if good else 'BAD ':<4}  {what}: {_print.safe(says)}")
    raise SystemExit(0 if all(good for _, good, _ in findings) else _server.NO)


def address(text: str) -> tuple[str, int]:
    """``host:port``; without a port the one of mail servers."""
    host, colon, port = text.rpartition(":")
    if not colon:
        return text, 25
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise click.UsageError("--mail is HOST:PORT, such as 127.0.0.1:25")
    return host.strip("[]"), int(port)
