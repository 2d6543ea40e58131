"""``mufakat notice``."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import click

from mufakat import formats
from mufakat.cli import _attach, _exports, _imports, _keeping, _letters, _print, _server, _signing, _talk
from mufakat.cli._seat import seat

if TYPE_CHECKING:
    from mufakat.proof.key import SigningKey

KEY = re.compile(r"[\x21-\x7e]{1,255}")


SURE = "primary-read"


@click.group()
def notice() -> None:
    """Send notices, see them, and say that you have them."""


notice.add_command(_keeping.erase)
notice.add_command(_keeping.hold)
for command in (*_talk.ALL, *_letters.ALL):
    notice.add_command(command)


@notice.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(path_type=Path, allow_dash=True, dir_okay=False),
)
@click.option(
    "--format",
    "form",
    type=click.Choice([one.value for one in formats.Format]),
    help="What the files hold; by default what their names and beginnings say, else json.",
)
@click.option(
    "--encoding", type=click.Choice([one.value for one in formats.Encoding]), help="How a csv file is written."
)
@click.option(
    "--set",
    "defaults",
    multiple=True,
    metavar="NAME=VALUE",
    help="Fill a member that a line of a file leaves out, such as to=telegram; JSON where it is more than a word.",
)
@click.option(
    "--key", help="The idempotency key of a single file; by default its digest, so that the same file counts once."
)
@click.option(
    "--evidence",
    "attachments",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file to store and name in a single notice, at most 50 MiB; can be given again.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="A folder for the receipts: <id>.receipt."
)
@_signing.option("one JSON notice a file")
@_print.seat_options("officer")
@_print.as_json
def submit(
    files: tuple[Path, ...],
    form: str | None,
    encoding: str | None,
    defaults: tuple[str, ...],
    key: str | None,
    attachments: tuple[Path, ...],
    output: Path | None,
    sign_key: Path | None,
    handle: str | None,
    role: str,
    as_json: bool,
) -> None:
    """Send notices from files ('-' is standard input) and print what was taken, with receipts.

    A file with one JSON notice is sent as it is. A file of many (json array, ndjson, csv, XARF) is read line by line:
    good lines are taken, bad ones are reported. An import that was cut off is started again; nothing is taken twice.
    """
    # Everything that can be wrong here is found before the first notice is sent.
    check(files, key)
    filled = members(defaults)
    signer = _signing.read(sign_key)
    results: list[dict[str, Any]] = []
    with ExitStack() as stack:
        sources = [Source.open(file, form, stack) for file in files]
        if attachments and (len(sources) > 1 or not sources[0].single or filled):
            raise click.UsageError("--evidence goes with a single notice in one JSON file")
        if signer is not None and (filled or not all(source.single for source in sources)):
            # Of a list the server makes the notices: nobody here knows their bytes.
            raise click.UsageError("--sign-key goes with files that hold one JSON notice each")
        if output:
            make_folder(output)
        house = stack.enter_context(_server.instance())
        who = seat(house, handle, role, "regulator", quiet=as_json)
        for source in sources:
            if source.single and not filled:
                raw = source.read()
                if attachments:
                    raw = _attach.attached(house, raw, attachments, who=who)
                said = _signing.for_notice(house, signer, raw)
                results.append(send(house, source.file, raw, said, key=key, who=who, quiet=as_json, output=output))
                continue
            told = formats.Encoding(encoding) if encoding else None
            job = _imports.Import(house, who, source.form, filled, told, quiet=as_json, output=output)
            report = job.run(str(source.file), source, size=source.size)
            results.append(report.shown())
            if not as_json:
                click.echo(report.sentence())
    if as_json:
        _print.print_json(results[0] if len(files) == 1 else results)
    raise SystemExit(_server.NO if any("problem" in one or one.get("refused") for one in results) else 0)


@dataclass
class Source:
    """A file to be sent: what it holds, and whether that is one notice."""

    file: Path
    form: formats.Format
    single: bool
    size: int | None
    stream: IO[bytes]
    head: bytes

    @classmethod
    def open(cls, file: Path, form: str | None, stack: ExitStack) -> Source:
        """Look at the beginning of a file; one that is not there is wrong use."""
        try:
            stream = sys.stdin.buffer if str(file) == "-" else stack.enter_context(file.open("rb"))
            head = stream.read(formats.HEAD)
        except OSError as error:
            _server.stop(f"{_print.safe(file)}: {error.strerror}")
        size = file.stat().st_size if file.is_file() else None
        kind = formats.Format(form) if form else formats.detect(file.name, head) or formats.Format.JSON
        # Whatever is no list is one notice, or is refused as one, with its faults.
        single = kind is formats.Format.JSON and not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
        return cls(file, kind, single, size, stream, head)

    def read(self, size: int = -1, /) -> bytes:
        """The beginning that was looked at, then the rest."""
        if size < 0:
            head, self.head = self.head, b""
            return head + self.stream.read()
        if self.head:
            head, self.head = self.head[:size], self.head[size:]
            return head
        return self.stream.read(size)


def members(defaults: tuple[str, ...]) -> dict[str, object]:
    """The members that ``--set`` fills: a word as it stands, anything else as JSON."""
    found: dict[str, object] = {}
    for one in defaults:
        name, equals, text = one.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--set wants NAME=VALUE, not {_print.safe(one)}")
        try:
            found[name] = json.loads(text) if text[:1] in {"{", "[", '"'} else text
        except ValueError:
            raise click.UsageError(f"--set {_print.safe(name)}: this is not JSON") from None
    return found


def check(files: tuple[Path, ...], key: str | None) -> None:
    """What click cannot see: options that do not go together."""
    if files.count(Path("-")) > 1:
        raise click.UsageError("standard input can be read once only: give '-' once")
    if key is not None and len(files) > 1:
        raise click.UsageError("--key goes with a single file")
    if key is not None and not KEY.fullmatch(key):
        raise click.UsageError("--key is 1 to 255 visible ASCII characters")


def send(
    house: _server.Instance,
    file: Path,
    raw: bytes,
    said: dict[str, str],
    *,
    key: str | None,
    who: str,
    quiet: bool,
    output: Path | None,
) -> dict[str, Any]:
    """Send one notice, with the header `said` of its signature, keep its receipt, and say what became of it."""
    headers = {"Idempotency-Key": key or f"file-{hashlib.sha256(raw).hexdigest()}", **said}
    reply = house.request("POST", "/api/v1/notices", body=raw, headers=headers, seat=who)
    name = _print.safe(file)
    if not reply.good:
        for line in () if quiet else _server.reasons(reply):
            click.echo(f"{name}: {line}", err=True)
        return {"file": str(file), "status": reply.status, "problem": problem(reply)}
    taken = reply.json()
    if output:
        (output / f"{taken['id']}.receipt").write_text(taken["receipt"], encoding="utf-8")
    if not quiet:
        again = " (taken before; the same receipt)" if reply.headers.get("Idempotent-Replayed") else ""
        click.echo(f"{name}: taken as {taken['id']} at {taken['received_at']}{again}")
        for clock in taken["clocks"]:
            click.echo(f"    {clock['name']} due {clock['due_at']}{uncertain(clock)}")
    return {"file": str(file), "status": reply.status, **taken}


def make_folder(folder: Path) -> None:
    """A folder for receipts; one that cannot be is wrong use."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _server.stop(f"{_print.safe(folder)}: {error.strerror}")


def problem(reply: _server.Reply) -> Any:
    """The problem as an object."""
    try:
        return reply.json()
    except ValueError:
        return {"status": reply.status}


@notice.command("list")
@click.option("--state", default="", help="Only those in this state.")
@click.option("--to", default="", help="Only those to this party.")
@click.option("--after", default="", help="The 'next' of a former page.")
@_print.seat_options("officer")
@_print.as_json
def list_(state: str, to: str, after: str, handle: str | None, role: str, as_json: bool) -> None:
    """List the notices of a party, newest first."""
    query = urlencode({"state": state, "to": to, "after": after})
    with _server.instance() as house:
        who = seat(house, handle, role, "regulator", quiet=as_json)
        reply = house.request("GET", f"/api/v1/notices?{query}", seat=who)
    if not reply.good:
        _server.refuse(reply)
    page = reply.json()
    if as_json:
        _print.print_json(page)
        return
    rows = [(one["id"], one["state"], one["received_at"], due(one)) for one in page["items"]]
    _print.table(("id", "state", "received", "due next"), rows, empty="no notices")
    if page["next"]:
        click.echo(f"more with: --after {page['next']}", err=True)


@notice.command()
@click.option(
    "--format", "form", required=True, type=click.Choice([one.value for one in formats.Format]), help="What to write."
)
@click.option("--state", default="", help="Only those in this state.")
@click.option("--to", default="", help="Only those to this party.")
@click.option("--after", default="", help="Only those older than this notice.")
@click.option("--since", default="", metavar="DATE", help="Only those received since then.")
@click.option("--contact", default="", metavar="EMAIL", help="XARF: where your party can be reached.")
@click.option("--domain", default="", metavar="DOMAIN", help="XARF: your party's domain.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The file; else standard output.")
@_print.seat_options("officer")
@_print.as_json
def export(
    form: str,
    state: str,
    to: str,
    after: str,
    since: str,
    contact: str,
    domain: str,
    output: Path | None,
    handle: str | None,
    role: str,
    as_json: bool,
) -> None:
    """Write the notices of a party to a file, newest first.

    What was erased is left out and counted; what the format has no place for is said, line by line.
    """
    if as_json and output is None:
        raise click.UsageError("--json needs -o FILE: the notices go to standard output")
    told = {"format": form, "state": state, "to": to, "after": after, "since": since}
    told |= {"contact": contact, "domain": domain}
    with _server.instance() as house:
        who = seat(house, handle, role, "regulator", quiet=as_json)
        counts = _exports.export(house, who, {n: text for n, text in told.items() if text}, output, quiet=as_json)
    if as_json:
        _print.print_json({"file": str(output), **counts})
    raise SystemExit(_server.NO if counts["refused"] else 0)


def due(one: dict[str, Any]) -> str:
    """The nearest clock that still runs."""
    running = [clock for clock in one["clocks"] if clock["state"] == "running"]
    return f"{running[0]['name']} {running[0]['due_at']}{uncertain(running[0])}" if running else ""


def uncertain(clock: dict[str, Any]) -> str:
    """Behind a due time, how well the term is known, where it was not read in the law itself."""
    known = clock.get("certainty", SURE)
    return "" if known == SURE else f" ({known})"


@notice.command()
@click.argument("notice_id")
@_signing.option("of the recipient: it signs that the notice arrived")
@_print.seat_options("officer")
@_print.as_json
def show(notice_id: str, sign_key: Path | None, handle: str | None, role: str, as_json: bool) -> None:
    """Show one notice, its clocks and its content; with --sign-key its recipient signs that it arrived."""
    signer = _signing.read(sign_key)
    path = f"/api/v1/notices/{quote(notice_id, safe='')}"
    with _server.instance() as house:
        who = seat(house, handle, role, "regulator", quiet=as_json)
        if said := _signing.for_receipt(house, signer, notice_id, "notice.delivered", who=who):
            arrived = house.request("POST", f"{path}/delivery", body=b"{}", headers=said, seat=who)
            if not arrived.good:
                _server.refuse(arrived)
        reply = house.request("GET", path, seat=who)
    if not reply.good:
        _server.refuse(reply)
    found = reply.json()
    if as_json:
        _print.print_json(found)
        return
    click.echo(f"{found['id']}: {found['state']}, received {found['received_at']}")
    for clock in found["clocks"]:
        click.echo(f"    {clock['name']}: {clock['state']}, due {clock['due_at']}{uncertain(clock)}")
    for passage in ("fetched", "delivered", "seen", "acknowledged"):
        click.echo(f"    {passage}: {found.get(f'{passage}_at', 'not yet')}")
    if "notice" in found:
        click.echo(json.dumps(found["notice"], ensure_ascii=True, indent=2))
    else:
        click.echo(f"    the content was erased on {found['erased_at']}; events and receipt remain")


@notice.command()
@click.argument("notice_id")
@click.option("--note", default="", help="A word to the sender.")
@_signing.option("of the recipient: it signs the acknowledgement")
@_print.seat_options("representative")
@_print.as_json
def acknowledge(notice_id: str, note: str, sign_key: Path | None, handle: str | None, role: str, as_json: bool) -> None:
    """Say that the recipient has it."""
    body = json.dumps({"note": note}).encode()
    turn(notice_id, "acknowledgement", body, handle, role, "platform", as_json, (_signing.read(sign_key), note))


@notice.command()
@click.argument("notice_id")
@click.option("--reason", required=True, help="Why it is taken back.")
@_print.seat_options("officer")
@_print.as_json
def withdraw(notice_id: str, reason: str, handle: str | None, role: str, as_json: bool) -> None:
    """Take a notice back."""
    body = json.dumps({"reason": reason}).encode()
    turn(notice_id, "withdrawal", body, handle, role, "regulator", as_json)


def turn(
    notice_id: str,
    deed: str,
    body: bytes,
    handle: str | None,
    role: str,
    kind: str,
    as_json: bool,
    acknowledged: tuple[SigningKey | None, str] = (None, ""),
) -> None:
    """One deed on one notice; `acknowledged` is the key that signs it and the note, where it is acknowledged."""
    signer, note = acknowledged
    path = f"/api/v1/notices/{quote(notice_id, safe='')}/{deed}"
    with _server.instance() as house:
        who = seat(house, handle, role, kind, quiet=as_json)
        said = _signing.for_receipt(house, signer, notice_id, "notice.acknowledged", who=who, note=note)
        reply = house.request("POST", path, body=body, headers=said, seat=who)
    if not reply.good:
        _server.refuse(reply)
    found = reply.json()
    if as_json:
        _print.print_json(found)
    else:
        click.echo(f"{found['id']}: {found['state']}")
