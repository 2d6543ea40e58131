"""The rules suite: what the pure core decides for each notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import clock_derive, suite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.contest import Maker

MAKERS: Mapping[str, Maker] = {"clock.derive": clock_derive.contest}

if __name__ == "__main__":
    raise SystemExit(suite.main("rules", MAKERS))
