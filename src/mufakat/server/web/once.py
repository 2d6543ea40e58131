"""What a form makes is made once, however often its button is clicked: the form bears a key of its own."""

from __future__ import annotations

import re
import secrets
import time
from typing import TYPE_CHECKING

from mufakat.rules.errors import KeyInFlightError
from mufakat.server.journal.errors import UnsureError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mufakat.server.journal.answers import Answer
    from mufakat.server.web.seat import Visit

KEY = re.compile(r"page-[A-Za-z0-9_-]{32}")
PATIENCE = 3.0  # Seconds to wait for the first of two clicks.


def done(do: Callable[[], Answer]) -> Answer:
    """Do it. Of two clicks at once the second waits for the first and gets its answer."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return do()
        except KeyInFlightError:
            if time.monotonic() > until:
                raise UnsureError from None
            time.sleep(0.05)


def key_of(request: Visit) -> str:
    """The key of the form that was sent, or a new one for what did not come from our form."""
    found = request.POST.get("key", "")
    return found if KEY.fullmatch(found) else new_key()


def new_key() -> str:
    """A key for one form: whatever is sent with it is taken once."""
    return f"page-{secrets.token_urlsafe(24)}"
