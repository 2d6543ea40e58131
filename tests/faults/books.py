"""Counts what a database holds after a fault: whether it is whole, and whether nothing in it is half-stored.

Reads with SQL of its own, not with the server's queries: a fault in those shall not hide a loss.
"""

import base64
import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from databases import DATABASE, connected

from mufakat.proof import commitment, leaf as log_leaf

if TYPE_CHECKING:
    from tests.houses import Server

SUBMIT = "POST /api/v1/notices"
BATCH, ITEM = f"{SUBMIT}/batch", f"{SUBMIT}/batch item"
RECEIVED, ACKNOWLEDGED = "notice.received", "notice.acknowledged"
ISSUED, REVOKED = "token.issued", "token.revoked"


class Event(NamedTuple):
    """A row of the journal."""

    id: str
    shard: str
    position: int
    type: str
    sender: str
    recipient: str
    seq: int
    case: str
    leaf: bytes
    leaf_hash: bytes
    custody: str


class Answer(NamedTuple):
    """What a key was answered."""

    route: str
    key: str
    digest: bytes
    status: int
    body: bytes
    subject: str


class Upload(NamedTuple):
    """A file that a party stored."""

    id: str
    sha256: bytes
    file: str
    key: bytes | None


class Exhibit(NamedTuple):
    """A file that a notice names, with what opens it."""

    notice: str
    position: int
    sha256: bytes
    sealed_key: bytes | None
    file: str | None
    case: bytes | None


Opening = tuple[str, bytes, bytes]  # Field, salt, value.


@dataclass(frozen=True, slots=True)
class Books:
    """All that an instance remembers of what it was asked."""

    events: Sequence[Event]  # By place in the shard.
    openings: Mapping[str, tuple[Opening, ...]]  # By event.
    pending: Sequence[str]
    outbox: Sequence[tuple[str, str]]  # Event and addressee.
    heads: Mapping[tuple[str, str, str], tuple[int, bytes]]  # By channel.
    answers: Sequence[Answer]
    states: Mapping[str, tuple[str, bytes]]  # Notice: state and hash of its first leaf.
    payloads: Mapping[str, tuple[bytes, bytes]]  # Notice: what was sent, and its digest.
    pointers: Mapping[str, int]  # Notice: how many locators it has.
    clocks: Mapping[str, Mapping[str, bool]]  # Notice: its clocks, and whether they have ended.
    tokens: Mapping[bytes, tuple[str, bool]]  # Digest: id, and whether it was revoked.
    uploads: Sequence[Upload]
    exhibits: Mapping[str, tuple[Exhibit, ...]]  # By notice, by position.
    signed_in: frozenset[str]  # Addresses of people who have been in at least once.
    wrong_passwords: int

    def of_type(self, type_: str) -> list[Event]:
        return [event for event in self.events if event.type == type_]


class DamagedError(Exception):
    """SQLite itself says that the file is damaged."""


def read(database: Path) -> Books:
    """Open the database as the next start would and read all of it; DamagedError if it is not whole."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA synchronous=OFF")  # A state is looked at once.
            found = connection.execute("PRAGMA integrity_check").fetchall()
            if found != [("ok",)]:
                raise DamagedError(f"integrity_check: {found}")
            if broken := connection.execute("PRAGMA foreign_key_check").fetchall():
                raise DamagedError(f"foreign_key_check: {broken}")
            return _read(connection)
        except sqlite3.DatabaseError as error:
            raise DamagedError(str(error)) from error


def of(server: "Server") -> Books:
    """Read the database of a server that is stopped, or that nobody writes to, whichever database it is."""
    if not server.environ.get("DATABASE_URL"):
        return read(server.data / DATABASE)
    with connected(server) as connection:
        return _read(connection)


def _read(connection: Any) -> Books:
    ask = connection.execute
    openings: dict[str, tuple[Opening, ...]] = {}
    for event, *opening in ask("SELECT event_id, field, salt, value FROM journal_opening ORDER BY event_id, field"):
        openings[event] = (*openings.get(event, ()), (opening[0], opening[1], opening[2]))
    clocks: dict[str, dict[str, bool]] = {}
    for notice, name, ended in ask("SELECT notice_id, name, ended_at IS NOT NULL FROM notices_clock"):
        clocks.setdefault(notice, {})[name] = bool(ended)
    exhibits: dict[str, tuple[Exhibit, ...]] = {}
    for row in ask(
        "SELECT e.notice_id, e.position, e.sha256, e.sealed_key, u.file, k.key FROM notices_exhibit e "
        "LEFT JOIN notices_upload u ON u.id = e.upload_id LEFT JOIN notices_casekey k ON k.notice_id = e.notice_id "
        "ORDER BY e.notice_id, e.position"
    ):
        exhibits[row[0]] = (*exhibits.get(row[0], ()), Exhibit(*row))
    columns = ", ".join(f'"{name}"' for name in Event._fields)
    return Books(
        events=[Event(*row) for row in ask(f"SELECT {columns} FROM journal_event ORDER BY shard, position")],  # noqa: S608
        openings=openings,
        # Each leaf is in the log or waits for it; one that did both would stand here twice.
        pending=[
            event
            for (event,) in ask(
                "SELECT event_id FROM journal_pending UNION ALL SELECT e.id FROM journal_event e"
                " JOIN journal_head h ON h.shard = e.shard AND e.position < h.size"
            )
        ],
        # What notices owe, and what no event stands behind; parties, contacts and others owe something too.
        outbox=list(
            ask(
                'SELECT o.event_id, o."to" FROM journal_outbox o LEFT JOIN journal_event e ON e.id = o.event_id'
                " WHERE e.id IS NULL OR e.type LIKE 'notice.%'"
            )
        ),
        heads={
            (s, a, b): (seq, head)
            for s, a, b, seq, head in ask("SELECT shard, sender, recipient, seq, head FROM journal_channel")
        },
        answers=[Answer(*row) for row in ask("SELECT route, key, digest, status, body, subject FROM journal_answer")],
        states={
            notice: (state, leaf) for notice, state, leaf in ask("SELECT id, state, leaf_hash FROM notices_notice")
        },
        payloads={
            notice: (raw, digest) for notice, raw, digest in ask("SELECT notice_id, raw, sha256 FROM notices_payload")
        },
        pointers=dict(ask("SELECT notice_id, count(*) FROM notices_pointer GROUP BY notice_id")),
        clocks=clocks,
        tokens={
            digest: (pk, bool(ended))
            for pk, digest, ended in ask("SELECT id, digest, revoked_at IS NOT NULL FROM parties_token")
        },
        uploads=[Upload(*row) for row in ask("SELECT id, sha256, file, key FROM notices_upload")],
        exhibits=exhibits,
        signed_in=frozenset(email for (email,) in ask("SELECT email FROM parties_person WHERE last_login IS NOT NULL")),
        wrong_passwords=ask("SELECT coalesce(sum(failures_since_start), 0) FROM axes_accessattempt").fetchone()[0],
    )


def half_stored(books: Books) -> list[str]:
    """Return in words whatever stands without what belongs to it; empty when each deed is there whole or not at all."""
    return [*_uneven(books), *_broken_chains(books), *_unmatched_deeds(books)]


def _uneven(books: Books) -> Iterator[str]:
    # I-11: each notice is one event, one answer, one payload, and waits once for the log and once for its addressee.
    received = Counter(event.case for event in books.of_type(RECEIVED))
    for name, found in (
        ("answers", Counter(answer.subject for answer in books.answers if answer.route in {SUBMIT, ITEM})),
        ("notices", Counter(iter(books.states))),
        ("payloads", Counter(iter(books.payloads))),
        ("notices with locators", Counter(iter(books.pointers))),
        ("notices with clocks", Counter(iter(books.clocks))),
    ):
        if found != received:
            yield f"{name} are not the notices received: {sorted((found - received) + (received - found))[:3]}"
    if Counter(books.pending) != Counter(event.id for event in books.events):
        yield "the leaves that are in the log or wait for it are not the events"
    sent = Counter((event.id, f"party:{event.recipient}") for event in books.events if event.type.startswith("notice."))
    if Counter(books.outbox) != sent:
        yield "the outbox is not the events of notices"


def _broken_chains(books: Books) -> Iterator[str]:
    for shard, events in groupby(books.events, key=lambda event: event.shard):
        if (places := [event.position for event in events]) != list(range(len(places))):
            yield f"the places in shard {shard} have gaps"
    ends: dict[tuple[str, str, str], tuple[int, bytes | None]] = {}
    for event in books.events:
        channel = (event.shard, event.sender, event.recipient)
        seq, head = ends.get(channel, (0, None))
        yield from _faults_of_leaf(event, seq + 1, head, books.openings.get(event.id, ()))
        ends[channel] = (event.seq, event.leaf_hash)
    if ends != dict(books.heads):
        yield "the heads of the channels are not their last leaves"


@lru_cache(maxsize=100_000)  # The states of one recording hold the same events again and again.
def _faults_of_leaf(event: Event, seq: int, head: bytes | None, openings: tuple[Opening, ...]) -> tuple[str, ...]:
    leaf = log_leaf.decode(event.leaf)
    told = (leaf.id, leaf.type, leaf.chan, leaf.seq, leaf.case)
    row = (event.id, event.type, f"{event.sender}>{event.recipient}", event.seq, event.case)
    commitments = {field: commitment.commit(field, salt, value) for field, salt, value in openings}
    judged = {
        "does not hash to its hash": log_leaf.leaf_hash(event.leaf) == event.leaf_hash,
        "does not say what its row says": told == row,
        "is not the next in its channel": event.seq == seq,
        "does not follow the leaf before it": (base64.b64decode(leaf.prev) if leaf.prev else None) == head,
        "is not opened by its openings": commitments == {field: base64.b64decode(c) for field, c in leaf.c.items()},
    }
    return tuple(f"leaf {event.id} {words}" for words, good in judged.items() if not good)


@lru_cache(maxsize=100_000)
def locators_of(raw: bytes) -> int:
    """Return how many locators a body has."""
    return len(json.loads(raw)["locators"])


@lru_cache(maxsize=100_000)
def evidence_of(raw: bytes) -> tuple[bytes, ...]:
    """Return the digests of the files that a body names, in their order."""
    return tuple(bytes.fromhex(one["sha256"]) for one in json.loads(raw).get("evidence") or ())


def _unmatched_deeds(books: Books) -> Iterator[str]:
    first = {event.case: event for event in books.of_type(RECEIVED)}
    for notice, (raw, digest) in books.payloads.items():
        opened = (
            {field: value for field, _, value in books.openings.get(first[notice].id, ())} if notice in first else {}
        )
        if not hashlib.sha256(raw).digest() == digest == opened.get("payload"):
            yield f"the payload of {notice} is not what its leaf commits to"
        if locators_of(raw) != books.pointers.get(notice):
            yield f"locators of {notice} are missing"
        if evidence_of(raw) != tuple(one.sha256 for one in books.exhibits.get(notice, ())):
            yield f"the files of {notice} are not those it names"
        if notice in first and books.states.get(notice, ("", b""))[1] != first[notice].leaf_hash:
            yield f"{notice} names another leaf"
    acknowledged = {event.case for event in books.of_type(ACKNOWLEDGED)}
    moved = {notice for notice, (state, _) in books.states.items() if state == "acknowledged"}
    stopped = {notice for notice, clocks in books.clocks.items() if clocks.get("acknowledge_within")}
    answered = {answer.subject for answer in books.answers if answer.route.endswith("/acknowledgement")}
    if not answered == acknowledged == moved == stopped or len(books.of_type(ACKNOWLEDGED)) != len(moved):
        yield "the acknowledgements are not the notices acknowledged"
    revoked = sum(revoked for _, revoked in books.tokens.values())
    if (len(books.of_type(ISSUED)), len(books.of_type(REVOKED))) != (len(books.tokens), revoked):
        yield "the tokens are not their events"
