"""One JSON object a line, with the fields that code names and nothing that a person typed."""

from __future__ import annotations

import atexit
import json
import logging
import threading
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec

# What every record has by itself; the rest was given as ``extra``.
ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "request",
    "server_time",
    "status_code",
}


_encoder = msgspec.json.Encoder(enc_hook=str)


class JSONFormatter(logging.Formatter):
    """Time, level, logger, message, extras.

    An exception as its type and the places it went through, without its values.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update({name: value for name, value in vars(record).items() if name not in ORDINARY})
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = frames(record)
        try:
            return _encoder.encode(line).decode()
        except UnicodeEncodeError:  # Half of a character, as the name of a file may hold one.
            return json.dumps(line, default=str)


def leave_out() -> None:
    """Have records made without what no line says: thread, process, and the place of the call, which is looked for.

    The ways are those of Python's own how-to on logging, "Optimization".
    """
    logging._srcfile = None  # noqa: SLF001 - that is how it is written there.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def frames(record: logging.LogRecord) -> list[str]:
    """Where it went through: an exception's text may hold what somebody typed, its frames do not."""
    found = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{code.co_filename.rsplit('/site-packages/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found[-12:]


class ServerFormatter(JSONFormatter):
    """For what the HTTP server itself says: after its first line an error's own text follows, which is left out."""

    def format(self, record: logging.LogRecord) -> str:
        first, *more = record.getMessage().splitlines() or [""]
        if more:
            record = logging.makeLogRecord({**vars(record), "msg": first, "args": ()})
        return super().format(record)


HTTP_SERVER: dict[str, Any] = {
    "formatters": {"json": {"()": ServerFormatter}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "loggers": {"_granian": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
}
"""Logging of the HTTP server's own processes, as `logging.config.dictConfig` takes it."""


class GatheringHandler(logging.StreamHandler):  # type: ignore[type-arg]  # Generic for the checker alone.
    """Writes the lines of a quarter of a second at once: a write for each costs more than taking a notice's hash.

    A warning is written at once with all that came before it; the rest follows at the latest when the process ends.
    """

    EVERY = 0.25  # Seconds.

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []
        self._timer: threading.Timer | None = None
        atexit.register(self._end)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.append(self.format(record) + self.terminator)
        except Exception:  # noqa: BLE001 - as every handler: a line that cannot be written must not stop the work.
            self.handleError(record)
            return
        if record.levelno >= logging.WARNING:
            self.flush()
        elif self._timer is None:
            self._timer = threading.Timer(self.EVERY, self.flush)
            self._timer.daemon = True
            self._timer.start()

    def _end(self) -> None:
        with suppress(ValueError):  # Whoever closed the stream before us wants no more lines.
            self.flush()

    def flush(self) -> None:
        with self.lock or threading.RLock():
            timer, self._timer = self._timer, None
            lines, self._lines = self._lines, []
        if timer is not None:
            timer.cancel()
        if self.stream.closed:  # The process ends, and the stream ended before it.
            return
        if lines:
            self.stream.write("".join(lines))
        super().flush()
