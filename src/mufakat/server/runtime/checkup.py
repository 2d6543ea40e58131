"""What ``mufakat doctor`` looks at. It only reads, also while the server runs."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from mufakat.server.connectors.dns import probing
from mufakat.server.journal import durability, signer, standing, store
from mufakat.server.restrictions import figures

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SKEW = 2.0  # Seconds that the newest event may lie ahead of this clock.
RESET_BUG_UNTIL = (3, 51, 3)  # Two connections that write one file could corrupt it before this version.


class OldDatabaseError(RuntimeError):
    """The database was never made, or is of an older release."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    what: str
    good: bool
    says: str


def findings() -> Sequence[Finding]:
    """Everything, worst or best; a check that breaks is itself a finding."""
    found = []
    for name, look in CHECKS:
        try:
            good, says = look()
        except (OSError, DatabaseError, RuntimeError, ValueError) as error:
            good, says = False, str(error)
        found.append(Finding(name, good, says))
    return found


def require_file() -> None:
    """Raise OldDatabaseError where there is no database: looking into it would make an empty one."""
    if connection.vendor == "sqlite" and not Path(settings.DATABASES["default"]["NAME"]).exists():
        raise OldDatabaseError("there is no database yet; run: mufakat migrate")


def database() -> tuple[bool, str]:
    require_file()
    found = durability.readings(connection)
    if words := durability.weaknesses(found):
        return False, "; ".join(words)
    if connection.vendor == "postgresql":
        settings_ = f"fsync=on full_page_writes=on synchronous_commit={found['synchronous_commit']}"
        return True, f"{settings_}, {settings.ENVIRONMENT.workers} processes, a writer each"
    return True, f"journal_mode={found['journal_mode']} synchronous=FULL foreign_keys=on, one writing connection"


def missing_migrations() -> int:
    """How many steps the database is behind this release."""
    require_file()
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def require_migrations() -> None:
    """Raise OldDatabaseError unless the database is of this release."""
    if missing := missing_migrations():
        raise OldDatabaseError(f"the database lacks {missing} migrations; run: mufakat migrate")


def migrations() -> tuple[bool, str]:
    missing = missing_migrations()
    return not missing, f"{missing} missing; run: mufakat migrate" if missing else "complete"


def version() -> tuple[bool, str]:
    if connection.vendor == "postgresql":
        number = int(durability.readings(connection)["server_version_num"])
        good = number >= durability.OLDEST_POSTGRESQL
        return good, f"PostgreSQL {number // 10_000}.{number % 10_000}" + ("" if good else "; 15 or later is needed")
    # Below 3.35 there is no RETURNING; the reset bug needs two writing connections, which this program never opens.
    note = (
        ""
        if sqlite3.sqlite_version_info >= RESET_BUG_UNTIL
        else "; never let a second program write this file (WAL-reset bug before 3.51.3)"
    )
    return sqlite3.sqlite_version_info >= (3, 35), f"SQLite {sqlite3.sqlite_version}{note}"


def clock() -> tuple[bool, str]:
    require_file()
    ahead = (store.last_moment() - datetime.now(UTC)).total_seconds()
    says = f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}, people see {settings.TIME_ZONE}"
    return (
        ahead <= SKEW,
        says if ahead <= SKEW else f"the newest event is {ahead:.0f} s ahead of this clock: it was set back",
    )


def key() -> tuple[bool, str]:
    shard = signer.live_shard()
    return True, f"{signer.signing_key(shard).vkey} ({signer.key_file(shard)}, private)"


def disk() -> tuple[bool, str]:
    free = durability.free_bytes()
    return (
        free >= settings.MUFAKAT_DISK_RESERVE,
        f"{free // 1_048_576} MiB free, {settings.MUFAKAT_DISK_RESERVE // 1_048_576} MiB are kept in reserve",
    )


def public_log() -> tuple[bool, str]:
    """Whether the log goes on: nothing else was signed before, and no leaf waits longer than receipts promise."""
    require_file()
    found = [standing.look(shard) for shard in signer.shards()]
    if words := [one for log in found for one in log.troubles(datetime.now(UTC))]:
        return False, "; ".join(words)
    told = [f"shard {log.shard}: {log.signed} of {log.leaves} leaves, {log.published} published" for log in found]
    return True, ", ".join(told)


def probes() -> tuple[bool, str]:
    """Whether operators' resolvers can be asked, and are."""
    require_file()
    standing = dict(figures.resolvers())
    if not sum(standing.values()):
        return True, "no operator has named a resolver"
    if not probing.is_installed():
        return False, "resolvers are named, and asking them needs: pip install 'mufakat[dns]'"
    return True, ", ".join(f"{many} {state.replace('_', ' ')}" for state, many in standing.items())


CHECKS: Sequence[tuple[str, Callable[[], tuple[bool, str]]]] = (
    ("database", database),
    ("migrations", migrations),
    ("library", version),
    ("clock", clock),
    ("key", key),
    ("log", public_log),
    ("disk", disk),
    ("probes", probes),
)
