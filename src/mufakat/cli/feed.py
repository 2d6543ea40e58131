"""`mufakat feed`: an operator's own copy of its signed list, its files, and the page that says why a name is closed."""

from __future__ import annotations

import ipaddress
import re
import shlex
import signal
import ssl
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import click

from mufakat.cli import _keys, _print
from mufakat.formats import blockpage, feed as feeds, feed_chain, lists, tsig
from mufakat.formats.feed import FeedRefusedError
from mufakat.formats.tsig import KeyFileError
from mufakat.runners.feed import Pull, Told
from mufakat.runners.feed_files import Files, ListFile, ZoneFile
from mufakat.runners.feed_shelf import Shelf
from mufakat.runners.feed_source import Source

if TYPE_CHECKING:
    from mufakat.runners.feed_standing import Sink

_BAD: Final = 1
MISSING: Final = 'Updates of a name server need dnspython: install "mufakat[dns]".'
MAX_FILE: Final = 512 * 2**20  # Bytes.
UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0}
SHORTEST, LONGEST = 1.0, 3600.0  # Seconds between two questions: `expire` is a day.

_span = re.compile(r"([0-9]{1,6})([smh]?)").fullmatch
_place = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([^\s:\[\]]+)):([0-9]{1,5})").fullmatch


class Span(click.ParamType[float]):
    """A time such as 15s, 2m or 1h."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        found = _span(str(value))
        seconds = float(found[1]) * UNITS[found[2] or "s"] if found else 0.0
        if not SHORTEST <= seconds <= LONGEST:
            self.fail(f"{_print.safe(value)} is not a time from 1s to 1h, such as 15s or 2m.", param, ctx)
        return seconds


@click.group()
def feed() -> None:
    """An operator's copy of its signed list: carry it out, check a file of it, say why a name is closed."""


@feed.command()
@click.argument("url")
@click.option("--token-file", required=True, type=click.Path(path_type=Path), help="The token of your engineer.")
@click.option(
    "keys", "--key", metavar="VKEY|FILE", multiple=True, required=True, help="A key of the log that you trust."
)
@click.option(
    "folder", "--state", required=True, type=click.Path(path_type=Path, file_okay=False), help="Where the list is kept."
)
@click.option("update", "--bind-update", metavar="HOST:PORT", help="The name server that takes signed updates.")
@click.option("key_file", "--tsig-key", metavar="FILE", type=click.Path(path_type=Path), help="Its key (tsig-keygen).")
@click.option("--drop-only", is_flag=True, help="With --bind-update: the house writes the zone; only end what ended.")
@click.option("--zone-dir", type=click.Path(path_type=Path, file_okay=False), help="Write <zone>.zone there.")
@click.option("--hosts-file", type=click.Path(path_type=Path, dir_okay=False), help="Write a file of hosts.")
@click.option("--squid-file", type=click.Path(path_type=Path, dir_okay=False), help="Write a file for Squid.")
@click.option("command", "--reload-command", metavar="COMMAND", help="Run after files changed; {zone} is the zone.")
@click.option("--every", type=Span(), default="15s", show_default=True, help="How often the list is asked for.")
@click.option("--once", is_flag=True, help="One round, and end.")
@click.option("--ca-file", type=click.Path(path_type=Path, dir_okay=False), help="Whom you trust for https besides.")
@click.option("--plain-http", is_flag=True, help="Send the token without TLS, over a line that is yours.")
@_print.as_json
@click.pass_context
def pull(
    context: click.Context,
    url: str,
    token_file: Path,
    keys: tuple[str, ...],
    folder: Path,
    update: str | None,
    key_file: Path | None,
    drop_only: bool,
    zone_dir: Path | None,
    hosts_file: Path | None,
    squid_file: Path | None,
    command: str | None,
    every: float,
    once: bool,
    ca_file: Path | None,
    plain_http: bool,
    as_json: bool,
) -> None:
    """Fetch the list at URL (…/feeds/<list>), verify it, and carry it out on this machine.

    Nothing is loaded without a receipt that is good, nothing older than what was loaded before. What is past its end is
    dropped by this machine's clock, also when the house cannot be reached; the whole list after a day without it.

    Exit status with --once: 0 when all of it was done, 1 when something was not; 2 when the command cannot be carried
    out as given. Without, it goes on until it is stopped.
    """
    source = _source(url, token_file, ca_file, plain_http=plain_http)
    sinks: list[Sink] = []
    if update is not None:
        sinks.append(_name_server(update, key_file, drop_only=drop_only))
    elif key_file is not None or drop_only:
        raise click.UsageError("--tsig-key and --drop-only belong to --bind-update.")
    files = _files(zone_dir, hosts_file, squid_file)
    if files:
        sinks.append(Files(files, _command(command)))
    elif command is not None:
        raise click.UsageError("--reload-command belongs to --zone-dir, --hosts-file or --squid-file.")
    if not sinks:
        raise click.UsageError("Say who carries the list out: --bind-update, --zone-dir, --hosts-file, --squid-file.")
    trusted = [key for text in keys for key in _keys.read(text)]
    puller = Pull(source, _shelf(folder, source), trusted, sinks)

    def say(told: Told) -> None:
        _say(told, as_json=as_json)

    if once:
        told = puller.once()
        say(told)
        context.exit(_BAD if told.problem is not None or told.refused else 0)
    stop = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: stop.set())
    puller.on(every, stop=stop, say=say)


@feed.command(name="blockpage")
@click.option(
    "keys", "--key", metavar="VKEY|FILE", multiple=True, required=True, help="A key of the log that you trust."
)
@click.option(
    "folder",
    "--state",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where `feed pull` keeps the lists.",
)
@click.option("--listen", metavar="HOST:PORT", default="127.0.0.1:8451", show_default=True, help="Where it answers.")
def block_page(keys: tuple[str, ...], folder: Path, listen: str) -> None:
    """Say over plain http why a name is closed: 451, by whom, on which ground, until when, how to object.

    From the lists that `feed pull` keeps; behind Squid, or where a CNAME of yours leads closed names. Nobody who asks
    is written down.
    """
    from mufakat.runners.blockpage import Lists, Server

    trusted = [key for text in keys for key in _keys.read(text)]
    place = _address(listen, "--listen")
    try:
        server = Server(place, Lists(folder, trusted))
    except OSError as error:
        raise click.ClickException(f"It cannot listen on {_print.safe(listen)}: {error.strerror}.") from None
    click.echo(f"http://{listen}", err=True)
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: threading.Thread(target=server.shutdown).start())
    with server:
        server.serve_forever()


@feed.command(name="squid-page")
@click.argument("look_up", metavar="URL")
def squid_page(look_up: str) -> None:
    """Print Squid's template ERR_451, which sends people to URL (…/restrictions/) for the rest."""
    click.echo(blockpage.squid_template(look_up).decode(), nl=False)


@feed.command()
@click.argument("file", metavar="FILE")
@click.option(
    "keys", "--key", metavar="VKEY|FILE", multiple=True, required=True, help="A key of the log that you trust."
)
@_print.as_json
@click.pass_context
def check(context: click.Context, file: str, keys: tuple[str, ...], as_json: bool) -> None:
    """Verify a FILE of the list offline: domains.json with the proof of every entry, or a text file's signature."""
    trusted = [key for text in keys for key in _keys.read(text)]
    try:
        with click.open_file(file, "rb") as stream:
            raw = stream.read(MAX_FILE + 1)
    except (OSError, ValueError):  # ValueError: a NUL in the name.
        raise click.UsageError(f"{_print.safe(file)} cannot be read.") from None
    told: dict[str, Any] = {"file": file, "good": False, "apex": None, "serial": None, "entries": None, "reason": None}
    try:
        if raw.lstrip()[:1] == b"{":
            loaded = feed_chain.load(feeds.read(raw, keys=trusted), keys=trusted)
            head = loaded.feed.head
            told |= {"entries": len(loaded.domains), "refused": len(loaded.refused), "good": not loaded.refused}
            told["reason"] = f"{len(loaded.refused)} without proof" if loaded.refused else None
        else:
            head = lists.verify(raw, keys=trusted, comment=";" if raw[:1] == b"$" else "#")
            told |= {"good": True}
        told |= {"apex": head.apex, "serial": head.serial, "at": head.at, "position": head.position}
    except FeedRefusedError as refused:
        told["reason"] = str(refused)
    if as_json:
        _print.print_json(told)
    elif told["good"]:
        click.echo(_print.safe(f"good: {file}: {told['apex']} serial {told['serial']}, written {told['at']}"))
    else:
        click.echo(_print.safe(f"bad: {file}: {told['reason']}"))
    context.exit(0 if told["good"] else _BAD)


def _say(told: Told, *, as_json: bool) -> None:
    if as_json:
        _print.print_line(told.as_json())
        return
    serial = "none yet" if told.serial is None else f"serial {told.serial}"
    click.echo(_print.safe(f"{told.list}: {serial}, {told.closed} names closed{', changed' if told.changed else ''}"))
    for one in told.refused:
        what = f"{one.name} of {one.restriction}" if one.name is not None else one.restriction
        click.echo(_print.safe(f"{told.list}: not loaded: {what} ({one.reason.replace('_', ' ')})"), err=True)
    if told.problem is not None:
        click.echo(_print.safe(f"{told.list}: {told.problem}"), err=True)


def _source(url: str, token_file: Path, ca_file: Path | None, *, plain_http: bool) -> Source:
    try:
        context = None if ca_file is None else ssl.create_default_context(cafile=str(ca_file))
        source = Source(url, token_file, context)
    except (ValueError, OSError) as error:
        raise click.UsageError(f"{_print.safe(url)} cannot be asked: {error}.") from None
    parts = urlsplit(url)
    if parts.scheme == "http" and not plain_http and not _is_here(parts.hostname or ""):
        raise click.UsageError("The token would be sent without TLS: use https://, or --plain-http on a line of yours.")
    return source


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _shelf(folder: Path, source: Source) -> Shelf:
    try:
        return Shelf(folder, source.list)
    except ValueError as error:
        raise click.UsageError(f"The address ends with the name of a list: {error}.") from None


def _name_server(place: str, key_file: Path | None, *, drop_only: bool) -> Sink:
    try:
        from mufakat.runners.feed_dns import NameServer
        from mufakat.runners.primary import Primary
    except ImportError:
        raise click.ClickException(MISSING) from None
    host, port = _address(place, "--bind-update")
    try:
        key = None if key_file is None else tsig.read(key_file.read_text(encoding="ascii"))
    except KeyFileError as error:
        raise click.UsageError(f"The file of --tsig-key: {error}.") from None
    except (OSError, UnicodeDecodeError):
        raise click.UsageError("The file of --tsig-key cannot be read.") from None
    return NameServer(Primary(host, port, key), drop_only=drop_only)


def _address(text: str, option: str) -> tuple[str, int]:
    found = _place(text)
    try:
        host, port = (str(ipaddress.ip_address(found[1] or found[2])), int(found[3])) if found else ("", 0)
    except ValueError:
        host, port = "", 0
    if not 0 < port < 65_536:
        raise click.UsageError(f"{option} is an address and a port, such as 127.0.0.1:53 or [::1]:53.")
    return host, port


def _files(zone_dir: Path | None, hosts_file: Path | None, squid_file: Path | None) -> list[ZoneFile | ListFile]:
    if zone_dir is not None and not zone_dir.is_dir():
        raise click.UsageError("The folder of --zone-dir is not there.")
    made: list[ZoneFile | ListFile] = [] if zone_dir is None else [ZoneFile(zone_dir)]
    named = {"hosts.txt": hosts_file, "squid.txt": squid_file}
    return made + [ListFile(path, kind) for kind, path in named.items() if path is not None]


def _command(text: str | None) -> list[str]:
    try:
        return shlex.split(text or "")
    except ValueError:
        raise click.UsageError("--reload-command has a quotation mark that does not end.") from None
