"""The way from the command line into an instance.

Through the running server's local socket, or in this process under its lock.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import os
import socket
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn
from urllib.parse import quote, unquote_to_bytes

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from wsgiref.types import WSGIApplication

NO, WRONG_USE = 1, 2
PIECE = 64 * 1024  # Bytes of an answer that are in memory at once.
PATIENCE = 120.0  # Seconds in which a server says nothing.
STARTING = 10.0  # Seconds to wait for a server that holds the lock and does not listen yet.


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def good(self) -> bool:
        return self.status < 300

    def json(self) -> Any:
        return json.loads(self.body)


def set_up() -> None:
    """Make Django ready, or end with one line that says what is wrong."""
    os.umask(0o077)  # Whatever an instance writes is its owner's alone.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mufakat.server.runtime.settings")
    try:
        import django

        from mufakat.server.runtime.environment import EnvironmentValueError
    except ImportError:
        stop("this command needs the server: pip install 'mufakat[server]'")
    try:
        django.setup()
    except EnvironmentValueError as error:
        stop(str(error))


def serve() -> int:
    """Serve until stopped; the exit status."""
    set_up()
    from mufakat.server.runtime import start

    return start.serve()


def work() -> int | None:
    """Work until stopped; the exit status, or None where a server of this house does it already."""
    set_up()
    from mufakat.server.runtime import start

    return start.work()


def migrate(*, verbosity: int) -> int:
    """Make the database ready; the exit status."""
    set_up()
    from mufakat.server.runtime import start

    return start.migrate(verbosity=verbosity)


def welcome() -> str:
    """The addresses, and the example's accounts."""
    set_up()
    from mufakat.server.runtime import start

    return start.welcome()


def findings() -> Sequence[tuple[str, bool, str]]:
    """What the doctor found: what was looked at, whether it is good, and what it says."""
    set_up()
    from mufakat.server.runtime import checkup

    return [(one.what, one.good, one.says) for one in checkup.findings()]


def probed(host: str, port: int, *, to: str) -> Sequence[tuple[str, bool, str]]:
    """What the doctor found at a mail server."""
    set_up()
    from mufakat.server.runtime import mailing

    return [(one.what, one.good, one.says) for one in mailing.probed(host, port, to=to)]


def government_bot() -> Mapping[str, Any]:
    """How the Government Channel bot is reached; ends with one line where there is none."""
    set_up()
    from mufakat.server.connectors.government_bot import configuration

    told = configuration.configured()
    if not told.name:
        stop("there is no Government Channel bot: set MUFAKAT_GOVERNMENT_BOT and MUFAKAT_GOVERNMENT_BOT_TOKEN_FILE")
    names = ("name", "api", "webhook", "listen", "secret")
    return {**{name: getattr(told, name) for name in names}, "token": configuration.token}


def serve_mail() -> int:
    """Take mails by LMTP until stopped; the exit status."""
    set_up()
    from mufakat.server.runtime import mailing

    return mailing.serve()


def telegram_screen(told: dict[str, Any], *, as_json: bool) -> str | None:
    """Screen what a bot of Telegram hears until stopped; why it ended, where that was not asked for. No Django."""
    settings = _telegram(told)
    from mufakat.server.connectors.telegram import logs, running

    logs.set_up(as_json=as_json)
    return running.run(settings)


def telegram_check(told: dict[str, Any], chats: Sequence[str]) -> dict[str, Any]:
    """What the bot may in each chat."""
    settings = _telegram(told)
    import asyncio
    from dataclasses import asdict

    from mufakat.server.connectors.telegram import checking
    from mufakat.server.connectors.telegram.journal import JournalError

    try:
        found = asyncio.run(checking.check(settings, chats))
    except (OSError, ValueError, JournalError) as error:
        stop(str(error), NO)
    return {**asdict(found), "good": found.good}


def _telegram(told: dict[str, Any]) -> Any:
    """The bot's settings; ends with a line where the extra or a file is missing."""
    try:
        from mufakat.server.connectors.telegram import running
        from mufakat.server.connectors.telegram.asking import read_token
        from mufakat.server.connectors.telegram.following import Conduct
    except ImportError:
        stop("this command needs Telegram's library: pip install 'mufakat[telegram]'")
    os.umask(0o077)  # The journal names chats and authors by number: it is its owner's alone.
    told = dict(told)
    named = ("may_delete", "suspend_days", "contact", "dry_run")
    conduct = Conduct(**{name: told.pop(name) for name in named if name in told})
    hook = told.pop("webhook", None)
    try:
        if hook is not None:
            host, port = hook["listen"]
            hook = running.Webhook(hook["url"], read_token(hook["secret_file"]), host, port)
        for file in (told["token_file"], told["bot_token_file"]):
            read_token(file)
    except (OSError, ValueError) as error:
        stop(str(error))
    return running.Settings(**told, conduct=conduct, webhook=hook)


def stop(sentence: str, status: int = WRONG_USE) -> NoReturn:
    """One line, and out."""
    click.echo(f"mufakat: {sentence}", err=True)
    raise SystemExit(status)


class Instance:
    """Speaks HTTP with the application, wherever it runs.

    ``log`` is the origin of the live log as this machine is set up: what is signed here is signed for it.
    """

    def __init__(self, application: WSGIApplication | None, socket_folder: Path, log: str = "") -> None:
        self.log = log
        self._application = application
        self._folder = socket_folder

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        seat: str = "",
        patience: float = PATIENCE,
    ) -> Reply:
        """Send one request, as the seat ``party/role`` where one is named; wait so many seconds for its answer."""
        sent = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Host": "localhost",
            **(headers or {}),
        }
        if seat:
            sent["X-Mufakat-As"] = quote(seat)
        return self._send(method, path, io.BytesIO(body), sent, patience=patience)

    def _send(
        self, method: str, path: str, body: BinaryIO, sent: Mapping[str, str], *, patience: float = PATIENCE
    ) -> Reply:
        if self._application is not None:
            return call(self._application, method, path, body, sent)
        connection = LocalConnection(self._folder, patience=patience)
        try:
            # A server that refuses a file says so before it has read it.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, path, body=body, headers=dict(sent))
            answer = connection.getresponse()
            return Reply(answer.status, dict(answer.getheaders()), answer.read())
        except (OSError, http.client.HTTPException):
            stop("the server stopped before it answered; do the same again", NO)
        finally:
            connection.close()

    def upload(
        self,
        path: str,
        file: BinaryIO,
        *,
        size: int,
        seat: str,
        method: str = "PUT",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a file of this size, piece by piece, as the seat ``party/role``."""
        sent = {"Content-Type": "application/octet-stream", "Content-Length": str(size), "Host": "localhost"}
        return self._send(method, path, file, {**sent, **(headers or {}), "X-Mufakat-As": quote(seat)})

    @contextlib.contextmanager
    def download(self, path: str, *, seat: str) -> Iterator[Iterator[bytes]]:
        """A GET whose answer is read piece by piece; ends with a sentence when it is refused."""
        headers = {"Content-Type": "", "Content-Length": "0", "Host": "localhost", "X-Mufakat-As": quote(seat)}
        with contextlib.ExitStack() as stack:
            if self._application is not None:
                reply, parts = begin(self._application, "GET", path, io.BytesIO(), headers)
                stack.callback(getattr(parts, "close", lambda: None))
                pieces = iter(parts)
            else:
                connection = LocalConnection(self._folder)
                stack.callback(connection.close)
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                reply, pieces = (
                    Reply(answer.status, dict(answer.getheaders()), b""),
                    iter(partial(answer.read, PIECE), b""),
                )
            if not reply.good:
                refuse(Reply(reply.status, reply.headers, b"".join(pieces)))
            try:
                yield pieces
            except (ConnectionError, http.client.HTTPException):
                stop("the server stopped before it was finished; do the same again", NO)

    def deed(self, name: str, told: Mapping[str, Any]) -> Any:
        """An operator's deed; ends with a sentence when it is refused."""
        reply = self.request("POST", f"/local/{name}", body=json.dumps(told).encode())
        if not reply.good:
            refuse(reply)
        return reply.json()


@contextlib.contextmanager
def instance() -> Iterator[Instance]:
    """The instance of the data directory."""
    set_up()
    from django.conf import settings

    from mufakat.server.journal import door
    from mufakat.server.runtime import checkup, start

    folder = Path(settings.MUFAKAT_DATA)
    application: WSGIApplication | None = None
    with contextlib.ExitStack() as stack:
        try:
            checkup.require_migrations()
            stack.enter_context(door.open_house())
            quiet()
            from mufakat.server.runtime.wsgi import application
        except door.HouseTakenError:
            wait_for_socket(folder)
        except start.MENDABLE as error:
            raise SystemExit(start.refuse(error)) from None
        if application is not None:
            stack.callback(catch_up)
        yield Instance(application, folder, settings.MUFAKAT_ORIGIN)


def catch_up() -> None:
    """Nobody else is there to do it: what the command wrote goes into the log, and the log is published."""
    from datetime import UTC, datetime

    from mufakat.server.journal import exporting
    from mufakat.server.journal.errors import WriteError

    try:
        for words in exporting.catch_up(at=datetime.now(UTC)):
            click.echo(f"mufakat: {words}", err=True)
    except WriteError as error:  # What the command did is stored; the next one, or a server, goes on.
        click.echo(f"mufakat: the log waits: {error}", err=True)


def tell(name: str) -> dict[str, Any]:
    """Tell a story of the example into the instance, which nobody else may use meanwhile."""
    set_up()
    from datetime import UTC, datetime

    from mufakat.rules.errors import RefusedError
    from mufakat.server.journal import door
    from mufakat.server.runtime import checkup, start, stories

    try:
        checkup.require_migrations()
        return {"loaded": name, "accounts": stories.load(name, now=datetime.now(UTC))}
    except door.HouseTakenError:
        stop("a server runs on this instance; stop it, and tell the story then", NO)
    except RefusedError as error:
        stop(str(error), NO)
    except start.MENDABLE as error:
        raise SystemExit(start.refuse(error)) from None


def recover_log(shard: str, fetch: Callable[[str], bytes] | None, agree: Callable[[Any], bool]) -> Any:
    """Bring a log back from its files, where `agree` agrees to what is planned; what was done."""
    set_up()
    from mufakat.rules.errors import RefusedError
    from mufakat.server.journal import door
    from mufakat.server.runtime import checkup, recovering, start

    try:
        checkup.require_migrations()
        return recovering.recover(shard, fetch, agree)
    except door.HouseTakenError:
        stop("a server runs on this instance; stop it, and recover then", NO)
    except RefusedError as error:
        stop(str(error), NO)
    except start.MENDABLE as error:
        raise SystemExit(start.refuse(error)) from None


def quiet() -> None:
    """No line per request when the command itself is the server."""
    import logging

    logging.getLogger("mufakat.requests").setLevel(logging.WARNING)


def wait_for_socket(folder: Path) -> None:
    """The owner of the lock may be starting."""
    until = time.monotonic() + STARTING
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            connection = LocalConnection(folder)
            connection.connect()
            connection.close()
            return
        time.sleep(0.1)
    stop(f"another process owns {folder} and does not answer on its socket", NO)


class LocalConnection(http.client.HTTPConnection):
    """HTTP over the data directory's socket."""

    def __init__(self, folder: Path, *, patience: float = PATIENCE) -> None:
        super().__init__("localhost", timeout=patience)
        self._folder = folder

    def connect(self) -> None:
        # A socket's address has at most 107 bytes; the directory's own number keeps it short.
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(self.timeout)
            self.sock.connect(f"/proc/self/fd/{folder}/sock")
        except OSError:
            self.sock.close()
            raise
        finally:
            os.close(folder)


def call(application: WSGIApplication, method: str, path: str, body: BinaryIO, headers: Mapping[str, str]) -> Reply:
    """One request to the application in this process, its answer whole."""
    reply, parts = begin(application, method, path, body, headers)
    try:
        return Reply(reply.status, reply.headers, b"".join(parts))
    finally:
        if hasattr(parts, "close"):
            parts.close()


def begin(
    application: WSGIApplication, method: str, path: str, body: BinaryIO, headers: Mapping[str, str]
) -> tuple[Reply, Iterable[bytes]]:
    """The same with the pieces of its answer, still to be read and closed."""
    from mufakat.server.journal.door import LOCAL

    where, _, query = path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(where).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": headers["Content-Type"],
        "CONTENT_LENGTH": headers["Content-Length"],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        LOCAL: True,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, fields: list[tuple[str, str]], *_: Any) -> Any:
        begun.append((status, fields))

    parts = application(environ, start_response)
    status, fields = begun[0]
    return Reply(int(status.split()[0]), dict(fields), b""), parts


def refuse(reply: Reply, *, where: str = "") -> NoReturn:
    """Say why not, in the words of the problem, and end with status 1."""
    for line in reasons(reply):
        click.echo(f"{where or 'mufakat'}: {line}", err=True)
    raise SystemExit(NO)


def reasons(reply: Reply) -> list[str]:
    """The sentences of a problem: one per fault where it names places."""
    try:
        problem = reply.json()
    except ValueError:
        return [f"the server answered {reply.status}"]
    if problem.get("errors"):
        return [f"{place_of(fault)}: {fault['detail']}" for fault in problem["errors"]]
    return [str(problem.get("detail") or problem.get("title"))]


def place_of(fault: Mapping[str, Any]) -> str:
    """Where a fault is: its line where there is one, and the member."""
    line = f"line {fault['line']}" if "line" in fault else ""
    return " ".join(filter(None, [line, fault["pointer"]])) or "(whole)"
