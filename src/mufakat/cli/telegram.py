"""``mufakat telegram``: the screening bot, a program of its own beside the instance of a platform."""

from __future__ import annotations

import ipaddress
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from mufakat.cli import _binding, _print, _server

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = click.Path(path_type=Path, dir_okay=False)


def _common(command: Callable[..., Any]) -> Callable[..., Any]:
    """What both commands need to know."""
    for option in reversed(
        (
            click.argument("url", metavar="URL"),
            click.option(
                "--token-file", required=True, type=FILE, help="A file with a token of the platform, role reviewer."
            ),
            click.option(
                "--bot-token-file",
                required=True,
                type=FILE,
                envvar="MUFAKAT_TELEGRAM_TOKEN_FILE",
                help="A file with the bot's token, as @BotFather gave it.",
            ),
            click.option(
                "--journal",
                type=FILE,
                default=Path("telegram.sqlite3"),
                show_default=True,
                help="The bot's own books; a file that survives its restarts.",
            ),
            click.option("--telegram", metavar="URL", help="Another server of the Bot API than Telegram's own."),
            click.option("--ca-file", type=FILE, help="Authorities to trust for URL, instead of this machine's."),
            click.option("--plain-http", is_flag=True, help="Send the tokens without TLS, on a line of yours."),
        )
    ):
        command = option(command)
    return command


@click.group()
def telegram() -> None:
    """Screen public groups and channels of Telegram by your own policy (extra `telegram`)."""


for deed in _binding.COMMANDS:
    telegram.add_command(deed)


@telegram.command()
@_common
@click.option("--tell", metavar="CHAT", type=int, help="The number of a chat whose people are told what was done.")
@click.option(
    "--may-delete",
    is_flag=True,
    help="Whoever answers for the chats agrees that a machine deletes what is blocked. It cannot be undone.",
)
@click.option(
    "--suspend-authors",
    "suspend_days",
    metavar="DAYS",
    type=click.IntRange(0, 365),  # More than 366 days are for ever to Telegram, and clocks differ.
    default=0,
    help="Who wrote what is blocked writes no more in that chat, for so long. It can be undone.",
)
@click.option("--dry-run", is_flag=True, help="Do nothing; tell people what would be done.")
@click.option("--contact", metavar="TEXT", default="", help="Where to object; stands in every warning.")
@click.option("--webhook", metavar="URL", help="Let Telegram post updates to this address, instead of asking for them.")
@click.option("--webhook-secret-file", type=FILE, help="A file with the secret that Telegram sends with each post.")
@click.option("--listen", metavar="HOST:PORT", default="127.0.0.1:8443", show_default=True, help="Where posts arrive.")
@click.option("--drop-webhook", is_flag=True, help="Remove a webhook that somebody set, and ask for updates.")
@click.option("--json", "as_json", is_flag=True, help="Write each line of the log as JSON.")
def screen(
    url: str,
    token_file: Path,
    bot_token_file: Path,
    journal: Path,
    telegram: str | None,
    ca_file: Path | None,
    plain_http: bool,
    tell: int | None,
    may_delete: bool,
    suspend_days: int,
    dry_run: bool,
    contact: str,
    webhook: str | None,
    webhook_secret_file: Path | None,
    listen: str,
    drop_webhook: bool,
    as_json: bool,
) -> None:
    """Hear what is said in public where the bot is an administrator, ask the platform at URL, and do what follows.

    Private chats and groups are never screened. Exit status: 0 when it was stopped, 1 when it cannot go on, with the
    reason: a token is refused, another program takes the updates, the journal cannot be written.
    """
    told = _told(url, token_file, bot_token_file, journal, telegram, ca_file, plain_http=plain_http)
    told |= {"tell": tell, "may_delete": may_delete, "suspend_days": suspend_days, "contact": contact[:500]}
    told["dry_run"] = dry_run
    if webhook is not None:
        if webhook_secret_file is None:
            raise click.UsageError("--webhook needs --webhook-secret-file: anybody could post there otherwise.")
        told["webhook"] = {"url": webhook, "secret_file": webhook_secret_file, "listen": _address(listen)}
    told["drop_webhook"] = drop_webhook
    problem = _server.telegram_screen(told, as_json=as_json)
    if problem is not None:
        _server.stop(_print.safe(problem), _server.NO)


@telegram.command()
@_common
@click.option("--chat", "chats", metavar="@NAME", multiple=True, help="Look at this chat, too; may be repeated.")
@_print.as_json
@click.pass_context
def check(
    context: click.Context,
    url: str,
    token_file: Path,
    bot_token_file: Path,
    journal: Path,
    telegram: str | None,
    ca_file: Path | None,
    plain_http: bool,
    chats: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show what the bot may and may not do in each chat that it knows, and what waits for a person.

    Exit status: 0 when all is well, 1 when something has to be looked at.
    """
    told = _told(url, token_file, bot_token_file, journal, telegram, ca_file, plain_http=plain_http)
    found = _server.telegram_check(told, [one if one.startswith("@") else f"@{one}" for one in chats])
    if as_json:
        _print.print_json(found)
    else:
        _show(found)
    context.exit(0 if found["good"] else _server.NO)


def _show(found: dict[str, Any]) -> None:
    click.echo(_print.safe(f"bot: {found['bot'] or 'unknown'}"))
    rows = [
        (one["chat"], one["status"], ", ".join(one["may"]) or "nothing", one["problem"] or "") for one in found["chats"]
    ]
    _print.table(("chat", "the bot is", "and may", "problem"), rows, empty="no chat is known yet; name one with --chat")
    for one in found["chats"]:
        for verb, why in one["may_not"].items():
            click.echo(_print.safe(f"{one['chat']}: may not {verb}: {why}"))
    for one in found["waiting"]:
        click.echo(_print.safe(f"look at {one['item']}: {one['act']} is {one['state']}"))
    for problem in found["problems"]:
        click.echo(_print.safe(f"problem: {problem}"), err=True)


def _told(
    url: str,
    token_file: Path,
    bot_token_file: Path,
    journal: Path,
    server: str | None,
    ca_file: Path | None,
    *,
    plain_http: bool,
) -> dict[str, Any]:
    for address in (url, server):
        if address is None:
            continue
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise click.UsageError(f"{_print.safe(address)} is no address of a server.")
        if parts.scheme == "http" and not plain_http and not _is_here(parts.hostname):
            raise click.UsageError("The tokens would be sent without TLS: use https://, or --plain-http.")
    try:
        context = None if ca_file is None else ssl.create_default_context(cafile=str(ca_file))
    except OSError:
        raise click.UsageError("The file of --ca-file cannot be read.") from None
    files = {"token_file": token_file, "bot_token_file": bot_token_file, "journal": journal}
    return {"url": url, **files, "telegram": server, "context": context}


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65_536:
        raise click.UsageError("--listen is an address and a port, such as 127.0.0.1:8443.")
    return host.strip("[]"), int(port)
