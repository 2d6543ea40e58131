"""The rehearsal suite: past notices under another profile, and shifts that have to meet the clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import rehearsal_capacity, rehearsal_past, suite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.contest import Maker

MAKERS: Mapping[str, Maker] = {
    "rehearsal.past.sqlite": rehearsal_past.contest_sqlite,
    "rehearsal.past.postgres": rehearsal_past.contest_postgres,
    "rehearsal.capacity": rehearsal_capacity.contest,
}

if __name__ == "__main__":
    raise SystemExit(suite.main("rehearsal", MAKERS))
