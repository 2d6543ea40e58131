"""Which log each server showed first, and when it last showed one: so that none goes without a word.

A server that shows another log than before, signed as well as the first one, shows that the first one is gone. The
first server that is named for a log is the log's own; those behind it are mirrors, which may be behind or away a while.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Final

from mufakat.runners import monitor_heads as heads
from mufakat.runners.monitor_state import BadStateError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mufakat.runners.log_source import Log

FILE: Final = "sources.json"


class Sources:
    """Servers with the origins that they showed first, in a file of the state's folder. Raises BadStateError."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        try:
            found = json.loads(self._file.read_bytes())
            self._known = {name: (str(one["log"]), datetime.fromisoformat(one["at"])) for name, one in found.items()}
        except FileNotFoundError:
            self._known = {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise BadStateError(f"{self._file} cannot be read as what was kept there") from None

    def shown_by(self, source: str) -> str | None:
        """The origin that the server showed first; None where it showed none yet."""
        return self._known[source][0] if source in self._known else None

    def last(self, source: str) -> datetime | None:
        """When the server last showed the log that it showed first; None where it showed none yet."""
        return self._known[source][1] if source in self._known else None

    def showed(self, source: str, origin: str, at: datetime) -> None:
        """Remember that a server shows a log. What one showed first stays."""
        if self.shown_by(source) in {None, origin}:
            self._known[source] = (origin, at)

    def own(self, origin: str, logs: Sequence[Log]) -> str | None:
        """The log's own server: the first one that answers, or without one the first folder. None where none is known.

        Where a server before it never showed anything, it may be that one: then nobody is known yet.
        """
        for live in (True, False):
            for log in logs:
                if log.live is live and self.shown_by(log.name) in {None, origin}:
                    return None if self.shown_by(log.name) is None else log.name
        return None

    def keep(self) -> None:
        """Write it down."""
        told = {name: {"log": origin, "at": at.isoformat()} for name, (origin, at) in self._known.items()}
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            heads.put(self._file, json.dumps(told, indent=1).encode())
        except OSError as error:
            raise BadStateError(f"{self._file} cannot be written: {error.strerror}") from None
