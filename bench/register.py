"""The register suite: searches over a million entries, on both databases, as anybody asks them over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import register_search, suite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.contest import Maker

MAKERS: Mapping[str, Maker] = {
    "register.search.sqlite": register_search.sqlite,
    "register.search.postgres": register_search.postgres,
}

if __name__ == "__main__":
    raise SystemExit(suite.main("register", MAKERS))
