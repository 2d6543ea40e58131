"""One JSON object a line, with the fields that code names and nothing that a person typed."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

# What every record has by itself; the rest was given as ``extra``.
ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "request",
    "server_time",
    "status_code",
}


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
        return json.dumps(line, default=str, ensure_ascii=False)


def frames(record: logging.LogRecord) -> list[str]:
    """Where it went through: an exception's text may hold what somebody typed, its frames do not."""
    found = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{code.co_filename.rsplit('/site-packages/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found[-12:]
