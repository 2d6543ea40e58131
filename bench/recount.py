"""Recount: what was answered is in the database, whole, once, and as the receipts say; otherwise no figure counts."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from bench.contest import WrongError
from bench.house import DATABASE
from mufakat.proof import canonical, commitment, leaf, verify
from mufakat.proof.errors import ProofError
from mufakat.proof.key import SigningKey, VerifyKey

if TYPE_CHECKING:
    from pathlib import Path

SAMPLED = 64  # Receipts that are verified in each database.
RECIPIENTS = 1  # Of each notice.

# Rows that a notice makes through its event.
OF_EVENT = "SELECT count(*) FROM {} r JOIN journal_event e ON e.id = r.event_id WHERE e.type = 'notice.received'"
# What each table holds because of notices.
COUNTS = {
    "notices": "SELECT count(*) FROM notices_notice",
    "payloads": "SELECT count(*) FROM notices_payload",
    "events": "SELECT count(*) FROM journal_event WHERE type = 'notice.received'",
    "pending leaves": OF_EVENT.format("journal_pending"),
    "outbox rows": OF_EVENT.format("journal_outbox"),
    "openings": OF_EVENT.format("journal_opening"),
    "locators": "SELECT count(*) FROM notices_pointer",
    "clocks": "SELECT count(*) FROM notices_clock",
    "answers": "SELECT count(*) FROM journal_answer WHERE status = 201",
}
# How many of them bench/notice.json makes where that is not one: payload, locators and explanation are committed to;
# the profile starts two clocks.
TIMES = {"outbox rows": RECIPIENTS, "openings": 3, "clocks": 2}


def require(data: Path, *, answered: int, open_at_most: int) -> int:
    """Raise WrongError unless the rows agree; returns the number of notices.

    ``answered`` notices got their 201; ``open_at_most`` more may be stored whose answers nobody waited for any longer.
    """
    with closing(sqlite3.connect(f"file:{data / DATABASE}?mode=ro", uri=True)) as database:
        counts = {name: database.execute(statement).fetchone()[0] for name, statement in COUNTS.items()}
        notices: int = counts["notices"]
        for name, count in counts.items():
            if count != notices * TIMES.get(name, 1):
                raise WrongError(f"{notices} notices, but {count} {name}")
        if not answered <= notices <= answered + open_at_most:
            raise WrongError(f"{answered} notices were answered with 201, {notices} are stored")
        _require_chains(database)
        _require_receipts(database, _key(data), every=max(1, notices // SAMPLED))
        return notices


def _require_chains(database: sqlite3.Connection) -> None:
    rows = database.execute(
        "SELECT c.seq, c.head, (SELECT count(*) FROM journal_event e"
        " WHERE (e.shard, e.sender, e.recipient) = (c.shard, c.sender, c.recipient)),"
        " (SELECT leaf_hash FROM journal_event e"
        " WHERE (e.shard, e.sender, e.recipient, e.seq) = (c.shard, c.sender, c.recipient, c.seq))"
        " FROM journal_channel c"
    )
    for seq, head, count, last in rows:
        if seq != count or head != last:
            raise WrongError(f"a channel's head says {seq}, and {count} events are in it")


def _require_receipts(database: sqlite3.Connection, key: VerifyKey, *, every: int) -> None:
    rows = database.execute(
        'SELECT a.body, e.id, e.leaf FROM journal_answer a JOIN journal_event e ON e."case" = a.subject'
        " WHERE e.type = 'notice.received' AND e.position % ? = 0",
        (every,),
    )
    for body, event, data in rows:
        try:
            verify.verify(json.loads(body)["receipt"].encode(), keys=[key], leaf=data)
            committed = leaf.decode(data).c
        except ProofError as error:
            raise WrongError(f"the receipt of {event} is not good: {error}") from None
        openings = database.execute("SELECT field, salt, value FROM journal_opening WHERE event_id = ?", (event,))
        opened = {field: canonical.to_base64(commitment.commit(field, salt, value)) for field, salt, value in openings}
        if opened != committed:
            raise WrongError(f"the openings of {event} do not open its leaf")


def _key(data: Path) -> VerifyKey:
    (path,) = (data / "keys").glob("*.key")
    return SigningKey.parse(path.read_text(encoding="utf-8").strip()).verify_key
