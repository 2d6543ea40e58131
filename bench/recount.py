"""Recount: what was answered is in the database, whole, once, and as the receipts say; otherwise no figure counts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bench.contest import WrongError
from bench.database import insert
from mufakat.proof import canonical, commitment, leaf, verify
from mufakat.proof.errors import ProofError
from mufakat.proof.key import SigningKey, VerifyKey

if TYPE_CHECKING:
    from pathlib import Path

    from bench.database import Instance

SAMPLED = 64  # Receipts that are verified in each database.
SINGLE = "POST /api/v1/notices"  # As `notices.operations.SUBMIT`.
BATCHES = 16  # Receipts of batches that are verified in each database.
RECIPIENTS = 1  # Of each notice.

# Rows that a notice makes through its event.
OF_EVENT = "SELECT count(*) FROM {} r JOIN journal_event e ON e.id = r.event_id WHERE e.type = 'notice.received'"
# The worker takes leaves into the log beside what is measured; a leaf is in one place or the other, never in both.
IN_THE_LOG = "EXISTS (SELECT 1 FROM journal_head h WHERE h.shard = e.shard AND h.size > e.position)"
WAITS = "EXISTS (SELECT 1 FROM journal_pending r WHERE r.event_id = e.id)"
# What each table holds because of notices.
COUNTS = {
    "notices": "SELECT count(*) FROM notices_notice",
    "payloads": "SELECT count(*) FROM notices_payload",
    "events": "SELECT count(*) FROM journal_event WHERE type = 'notice.received'",
    "leaves that wait or are in the log": (
        f"SELECT count(*) FROM journal_event e WHERE e.type = 'notice.received' AND ({WAITS}) <> ({IN_THE_LOG})"  # noqa: S608
    ),
    "outbox rows": OF_EVENT.format("journal_outbox"),
    "openings": OF_EVENT.format("journal_opening"),
    "locators": "SELECT count(*) FROM notices_pointer",
    "clocks": "SELECT count(*) FROM notices_clock",
    "answers": "SELECT count(*) FROM journal_answer WHERE status = 201",
}
# How many of them bench/notice.json makes where that is not one: payload, locators and explanation are committed to;
# the profile starts two clocks.
FOLLOWERS = ("register", "accuracy")
TIMES = {"outbox rows": RECIPIENTS, "openings": 5, "clocks": 2}


def require(instance: Instance, *, answered: int, open_at_most: int, batches: bool = True) -> int:
    """Raise WrongError unless the rows agree; returns the number of notices.

    ``answered`` notices got their 201; ``open_at_most`` more may be stored whose answers nobody waited for any longer.
    Without ``batches`` their receipts are not looked at: the floor may have been stopped within one.
    """
    with instance.reading() as connection:
        counts = {name: int(instance.fetch(connection, statement)[0][0]) for name, statement in COUNTS.items()}
        notices = counts["notices"]
        for name, count in counts.items():
            if count != notices * TIMES.get(name, 1):
                raise WrongError(f"{notices} notices, but {count} {name}")
        if not answered <= notices <= answered + open_at_most:
            raise WrongError(f"{answered} notices were answered with 201, {notices} are stored")
        require_chains(instance, connection)
        key = key_of(instance.data)
        _require_receipts(instance, connection, key, every=max(1, notices // SAMPLED))
        if batches:
            _require_batches(instance, connection, key)
        return notices


def require_chains(instance: Instance, connection: Any) -> None:
    rows = instance.fetch(
        connection,
        "SELECT c.seq, c.head, (SELECT count(*) FROM journal_event e"
        " WHERE (e.shard, e.sender, e.recipient) = (c.shard, c.sender, c.recipient)),"
        " (SELECT leaf_hash FROM journal_event e"
        " WHERE (e.shard, e.sender, e.recipient, e.seq) = (c.shard, c.sender, c.recipient, c.seq))"
        " FROM journal_channel c",
    )
    for seq, head, count, last in rows:
        if seq != count or bytes(head) != bytes(last):
            raise WrongError(f"a channel's head says {seq}, and {count} events are in it")


def _require_receipts(instance: Instance, connection: Any, key: VerifyKey, *, every: int) -> None:
    """The receipts of single notices, and the openings of every sampled leaf."""
    rows = instance.fetch(
        connection,
        'SELECT a.route, a.body, e.id, e.leaf FROM journal_answer a JOIN journal_event e ON e."case" = a.subject'
        " WHERE a.status = 201 AND e.type = 'notice.received' AND e.position %% %s = 0",
        [every],
    )
    for route, body, event, data in rows:
        try:
            if route == SINGLE:  # The answer of a batch's item is in the batch's.
                verify.verify(json.loads(bytes(body))["receipt"].encode(), keys=[key], leaf=bytes(data))
            committed = leaf.decode(bytes(data)).c
        except ProofError as error:
            raise WrongError(f"the receipt of {event} is not good: {error}") from None
        openings = instance.fetch(
            connection, "SELECT field, salt, value FROM journal_opening WHERE event_id = %s", [event]
        )
        opened = {
            field: canonical.to_base64(commitment.commit(field, bytes(salt), bytes(value)))
            for field, salt, value in openings
        }
        if opened != committed:
            raise WrongError(f"the openings of {event} do not open its leaf")


def _require_batches(instance: Instance, connection: Any, key: VerifyKey) -> None:
    """Every batch receipt covers the leaves of the items that its answer calls taken, and these are their leaves."""
    bodies = instance.fetch(connection, "SELECT body FROM journal_answer WHERE status = 200 ORDER BY id")
    for (body,) in bodies[:: max(1, len(bodies) // BATCHES)]:
        answer = json.loads(bytes(body))
        taken = [item for item in answer["items"] if item["status"] == 201]
        stored = dict(
            instance.fetch(
                connection,
                f"SELECT id, leaf_hash FROM notices_notice WHERE id IN ({', '.join(['%s'] * len(taken))})",  # noqa: S608
                [item["id"] for item in taken],
            )
        )
        hashes = [bytes(stored[item["id"]]) for item in taken]
        if [canonical.to_base64(one) for one in hashes] != [item["leaf"] for item in taken]:
            raise WrongError("the leaves of a batch's answer are not those of its notices")
        try:
            verify.verify(answer["receipt"].encode(), keys=[key], leaves=hashes)
        except ProofError as error:
            raise WrongError(f"the receipt of a batch is not good: {error}") from None


def key_of(data: Path) -> VerifyKey:
    """The operator's public key of an instance."""
    (path,) = (data / "keys").glob("*.key")
    return SigningKey.parse(path.read_text(encoding="utf-8").strip()).verify_key


def caught_up(instance: Instance, connection: Any) -> None:
    """Let those who follow the journal have read it to its end: a server has nothing to catch up with."""
    connection.execute("DELETE FROM journal_follower")
    ends = instance.fetch(connection, "SELECT shard, max(position) FROM journal_event GROUP BY shard")
    rows = [(name, shard, position) for name in FOLLOWERS for shard, position in ends]
    connection.cursor().executemany(instance.marked(insert("journal_follower", ("name", "shard", "position"))), rows)
