"""Start the server, or make the database ready for it."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection

from mufakat.server.journal import ballast, database, door, durability, signer
from mufakat.server.runtime import checkup, example, logs

# What an operator can mend: said in one line, without the places that it went through.
MENDABLE = (
    door.HouseTakenError,
    durability.WeakDurabilityError,
    signer.KeyFileError,
    checkup.OldDatabaseError,
    DatabaseError,
    OSError,
)


# Seconds that a server waits for a command that works in its data directory: when a server was killed, the next command
# finds nobody there and does its work itself, and the server that starts meanwhile has to come up all the same.
PATIENCE = 600.0
PARENT = "MUFAKAT_SERVER_PARENT"  # Set by `serve` for its worker alone.
SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of linux/prctl.h.


def refuse(error: Exception) -> int:
    """One line for the person who starts it, and the exit status."""
    if isinstance(error, OSError):
        sentence = f"{error.filename or 'this machine'}: {error.strerror}"
    elif isinstance(error, DatabaseError):
        says = " ".join(str(error).split())
        sentence = f"the database {settings.DATABASES['default']['NAME']} cannot be used: {says}"
    else:
        sentence = str(error)
    sys.stderr.write(f"mufakat: {sentence}\n")
    return 1


def migrate(*, verbosity: int = 1) -> int:
    """Make the database, or bring it to this release."""
    try:
        with door.lock(), database.claim():
            if database.is_embedded():
                make_file()
            durability.require(connection)
            with database.alone():
                call_command("migrate", interactive=False, verbosity=verbosity)
            signer.make_key(signer.live_shard())
    except MENDABLE as error:
        return refuse(error)
    return 0


def make_file() -> None:
    """Make the folder of the embedded database, and the file a log of writes."""
    Path(settings.DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with connection.cursor() as cursor:
        # Once for the file; every later connection finds it so. Pages of 8 KiB: the rows of a notice lie on half as
        # many, and each page is a write to the log and one to the file (measured: a tenth less processor time for a
        # batch).
        cursor.execute("PRAGMA page_size=8192")
        if "journal_mode" not in settings.DATABASES["default"]["OPTIONS"]["init_command"]:
            cursor.execute("PRAGMA journal_mode=WAL")


def welcome() -> str:
    """The addresses, and the accounts of the example where it is loaded."""
    base = f"http://{settings.ENVIRONMENT.host}:{settings.ENVIRONMENT.port}"
    lines = [
        "",
        f"  Mufakat     {base}/",
        f"  sign in     {base}/account/login/",
        f"  API         {base}/api/v1/docs",
        f"  keys        {base}/log/{signer.live_shard()}/keys.json",
        f"  data        {settings.MUFAKAT_DATA}",
        "",
    ]
    accounts = Path(settings.MUFAKAT_DATA, example.ACCOUNTS)
    if accounts.exists():
        lines += ["  party      seat            e-mail                           password"]
        lines += [f"  {line}" for line in accounts.read_text(encoding="utf-8").splitlines()]
        lines += ["", "  a token for scripts: mufakat token issue --party kominfo --role officer", ""]
    return "\n".join(lines)


def require_address(host: str, port: int) -> None:
    """Raise unless nobody else listens there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OSError(error.errno, error.strerror, f"MUFAKAT_HOST and PORT ({host}:{port})") from None


def end_with_parent() -> None:
    """In a worker: end when the process that started it ends, however that happens.

    A worker that outlives a killed parent would keep the port and the data directory, and a new start would be refused.
    """
    if os.environ.get(PARENT) == str(os.getppid()):
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)


def work() -> int | None:
    """Work until stopped, without serving; the exit status, or None where the server of this house does it already.

    With the embedded database this process then owns the house, and commands reach it through its socket.
    """
    from mufakat.server.parties import news
    from mufakat.server.runtime import housekeeping, worker
    from mufakat.server.runtime.wsgi import application

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        checkup.require_migrations()
        with ExitStack() as stack:
            stack.enter_context(door.open_house(patience=PATIENCE))
            ballast.take()
            stack.enter_context(news.heard())
            if database.is_embedded():
                stack.enter_context(door.listening(application))
            stack.enter_context(housekeeping.keeping())
            stack.enter_context(worker.working())
            stop.wait()
    except door.HouseTakenError:
        return None
    except MENDABLE as error:
        return refuse(error)
    return 0


def serve() -> int:
    """Serve until stopped. What would stop the worker is found out here, and said in one line."""
    from granian import Granian
    from granian.constants import Interfaces, RuntimeModes
    from granian.log import LogLevels

    host, port = settings.ENVIRONMENT.host, settings.ENVIRONMENT.port
    try:
        checkup.require_migrations()  # Before a key is made for a database that is not there.
        with door.open_house(patience=PATIENCE):
            require_address(host, port)
            ballast.take()
    except MENDABLE as error:
        return refuse(error)
    os.environ[PARENT] = str(os.getpid())
    server = Granian(
        "mufakat.server.runtime.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=settings.ENVIRONMENT.workers,
        # Beside the mode it chooses by itself for ASGI, in one run: p99 of an intake 79 for 107 ms embedded, 107 for
        # 132 ms on PostgreSQL, and a twentieth less processor time.
        runtime_mode=RuntimeModes.st,
        log_level=LogLevels.warning,
        log_dictconfig=logs.HTTP_SERVER,
        websockets=False,
        workers_kill_timeout=30,
    )
    server.serve()
    return 0
