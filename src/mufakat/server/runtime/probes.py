"""The operator asks by hand what the probes ask by themselves, and sees how every operator stands.

Like every deed of the console it is reachable on the local socket and in the process, never from the network.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec

from mufakat.rules.errors import NotFoundError
from mufakat.server.connectors.dns import probing
from mufakat.server.journal import door, ids
from mufakat.server.restrictions import matrix, watching

LONGEST = 60.0  # Seconds for which somebody waits; what is left then is asked by the worker.


class ProbeRun(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat probe run``."""

    restriction: str | None = None


def run(told: ProbeRun, at: datetime) -> Any:
    """Ask what is followed now, whether it is due or not."""
    one = told.restriction
    if one is not None and not (ids.is_id(one, "rst") and watching.followed(one)):
        raise NotFoundError("restriction")
    if not probing.is_installed():
        raise RuntimeError("Asking resolvers needs: pip install 'mufakat[dns]'")
    door.commit(partial(watching.hasten, one))
    began, asked, more = time.monotonic(), 0, True
    while more and time.monotonic() < began + LONGEST:
        done, more = probing.look(at=max(at, datetime.now(UTC)))
        asked += done
    found = [matrix.matrix(each, viewer=None) for each in watching.followed(one)]
    shown = [
        {"restriction": each.restriction, "state": each.state, "operators": msgspec.to_builtins(each.operators)}
        for each in found
    ]
    behind = sum(one.behind for each in found for one in each.operators)
    return {"asked": asked, "behind": behind, "restrictions": shown}
