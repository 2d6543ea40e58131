"""What this process answered, counted where it answers: a few tenths of a microsecond a request.

A label is a word of ours, never what somebody typed: a method we do not know and an address we do not have are both
"other", so that a stranger can neither read nor fill the figures with names.
"""

from __future__ import annotations

import threading

from mufakat.server.journal.figures import SECONDS, Histogram, Tally

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
OTHER = "other"

refusals = Tally()  # By the slug of the problem; the items of batches included.
replayed = Tally()  # Answers given again to a known key; under one name.

_requests: dict[tuple[str, str, int], Histogram] = {}
_lock = threading.Lock()


def asked(method: str | None, route: str | None, status: int, seconds: float) -> None:
    """A request was answered."""
    key = (method if method in METHODS else OTHER, route or OTHER, status)
    with _lock:
        found = _requests.get(key)
        if found is None:
            found = _requests[key] = Histogram(SECONDS)
        found.observe(seconds)


def requests() -> list[tuple[tuple[str, str, int], Histogram]]:
    """Method, route and status, and how long they took."""
    with _lock:
        return sorted(_requests.items(), key=lambda item: item[0])
