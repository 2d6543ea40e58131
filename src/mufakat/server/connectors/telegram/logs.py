"""Lines for a log: the message, and what belongs to it as name=value or as JSON; never a token."""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import Final

_PLAIN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_TOKEN: Final = re.compile(r"[0-9]{5,}:[A-Za-z0-9_-]{20,}")


def without_tokens(text: str) -> str:
    """The text with whatever looks like a bot's token taken out: it stands in every address of the Bot API."""
    return _TOKEN.sub("<token>", text)


class Lines(logging.Formatter):
    """One record, one line."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """The line, with what was given as `extra`."""
        more = {name: value for name, value in vars(record).items() if name not in _PLAIN}
        if self._as_json:
            told = {"at": self.formatTime(record), "level": record.levelname.lower(), "message": record.getMessage()}
            told |= {"fault": self.formatException(record.exc_info)} if record.exc_info else {}
            return without_tokens(json.dumps({**told, **more}, default=str))
        line = f"{self.formatTime(record)} {record.levelname} {record.getMessage()}"
        line += "".join(f" {name}={value!r}" for name, value in more.items())
        if record.exc_info:
            line += f" {self.formatException(record.exc_info)}"
        shown = "".join(one if one.isprintable() else " " for one in line)
        return without_tokens(shown)


def set_up(*, as_json: bool) -> None:
    """Everything from "info" on goes to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines(as_json=as_json))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
