"""``mufakat log recover``: the log comes back from its files while nobody else is in the house, and goes on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mufakat.server.journal import door, exporting, publication, recovering, signer, tiles
from mufakat.server.journal.recovering import NotRecoverableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mufakat.server.journal.recovering import Plan


def recover(shard: str, fetch: Callable[[str], bytes] | None, agree: Callable[[Any], bool]) -> dict[str, Any]:
    """Look, ask, write, and let the log go on; without `fetch` from what this house published itself.

    Raises NotRecoverableError, HouseTakenError.
    """
    with door.open_house(alone=True):
        name = shard or signer.live_shard()
        if name not in signer.shards():
            raise NotRecoverableError(f"There is no key of shard {name} here.")
        read = fetch or published(name)
        found = recovering.plan(name, read)
        if found.is_needed and not agree(told(found)):
            return {**told(found), "recovered": 0, "refused": True, "troubles": []}
        recovered = recovering.recover(found, read)
        troubles = exporting.catch_up(at=datetime.now(UTC))
        head = tiles.head_of(name)
        done = {"signed": 0 if head is None else head.size, "recovered": recovered, "refused": False}
        return {**told(found), **done, "troubles": troubles}


def told(found: Plan) -> dict[str, Any]:
    """What is planned, in numbers."""
    return {
        "shard": found.shard,
        "source": found.head.size,
        "held": found.held,
        "missing": found.missing,
        "needed": found.is_needed,
    }


def published(shard: str) -> Callable[[str], bytes]:
    """The files that this house published."""
    here = publication.folder(shard)

    def fetch(path: str) -> bytes:
        try:
            return (here / path).read_bytes()
        except OSError as error:
            raise NotRecoverableError(f"{here / path}: {error.strerror}. Name a mirror with --from.") from None

    return fetch
