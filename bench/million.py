"""A million notices in a prepared database by plain bulk inserts: what a ministry, a platform and others leave behind.

The rows are made with the product's own pure functions, so that pages and API work on all of them, chains hold and the
receipts of what is shown verify; the parts of notices that differ in nothing but a number are made once.

=============== ============================================================================================
who sends       kominfo nine of ten; bnpt fifty, the oldest and the newest among them; others the rest
who receives    telegram mostly; isp-a one in fifty; ``RARE`` much from others and twenty from kominfo, the oldest
states          all; needs_information only among the forty oldest of kominfo
locators        one of its own each; every tenth names one that all of these share
=============== ============================================================================================
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from bench import bulk, recount
from bench.contest import WrongError
from bench.database import insert
from mufakat.locator.kinds import Surface
from mufakat.proof import canonical, commitment, leaf
from mufakat.rules import admissibility, clock, lifecycle, profile, retention, said
from mufakat.rules.events import EventType
from mufakat.rules.lifecycle import NoticeState
from mufakat.rules.mandate import Mandate, MandateState, Quota, Terms
from mufakat.rules.notice import Category, NoticeKind, Urgency
from mufakat.rules.parties import PartyKind
from mufakat.server.journal.ids import Ids, salts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.database import Instance

COUNT = 1_000_000
SMALL = 50  # Notices of the small party; one after the twentieth thousand, so that some are on the shared link.
FIRST_OF_SMALL = 25
RARE = "platform-00"
RARELY = 40  # Notices, the oldest, in a state that no others are in.
SHARED = "https://shared.example/page"
OTHERS = [f"flagger-{number:02}" for number in range(20)]
PLATFORMS = [f"platform-{number:02}" for number in range(20)]
PORTION = 5_000  # Notices between two looks at the clock; rows wait in memory until then.
YEARS = timedelta(days=730)
KINDS = (
    (NoticeKind.TRUSTED_FLAG, Category.TERRORISM, Urgency.URGENT),
    (NoticeKind.TRUSTED_FLAG, Category.FRAUD, Urgency.NORMAL),
    (NoticeKind.TRUSTED_FLAG, Category.NARCOTICS, Urgency.NORMAL),
)
COLUMNS: Mapping[str, Sequence[str]] = {
    "journal_event": (
        *("id", "shard", "position", "type", "at", "sender", "recipient", "seq", "case", "leaf", "leaf_hash"),
        "custody",
    ),
    "journal_opening": ("event_id", "field", "salt", "value", "erased_at"),
    "journal_pending": ("event_id", "shard", "position"),
    "journal_outbox": ("event_id", "to", "due_at", "attempts", "leased_until", "done_at"),
    "notices_notice": (
        *("id", "sender_id", "recipient_id", "kind", "category", "urgency", "language", "state", "received_at"),
        *("profile", "leaf_hash", "due_at", "ended_at", "seen_at", "acknowledged_at"),
    ),
    "notices_payload": ("notice_id", "raw", "sha256", "erased_at"),
    "notices_pointer": (
        *("notice_id", "position", "kind", "canonical", "input", "digest", "erased_at", "sender_id"),
        *("recipient_id", "linked"),
    ),
    "notices_clock": ("notice_id", "name", "started_at", "due_at", "ended_at", "void", "breached_at"),
    "journal_answer": ("party_id", "route", "key", "digest", "status", "body", "subject", "at", "erased_at"),
}
HEADS = (
    "INSERT INTO journal_channel (shard, sender, recipient, seq, head) VALUES (%s, %s, %s, %s, %s)"
    " ON CONFLICT (shard, sender, recipient) DO UPDATE SET seq = excluded.seq, head = excluded.head"
)


@dataclass(slots=True)
class Books:
    """The journal as it grows: the next position, every channel's head, and the rows that wait to be written."""

    shard: str
    position: int
    heads: dict[tuple[str, str], tuple[int, bytes | None]]
    ids: Ids = field(default_factory=Ids)
    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: {table: [] for table in COLUMNS})

    def event(  # noqa: PLR0913 - the members of a leaf.
        self,
        kind: EventType,
        *,
        ends: tuple[str, str],
        case: str,
        at: datetime,
        time: Any,
        committed: Mapping[str, bytes],
        law: str | None = None,
        due: datetime | None = None,
        ref: tuple[str, ...] = (),
    ) -> tuple[str, bytes]:
        """Append it as ``journal.operations.append`` does; its id and its leaf's hash."""
        event = self.ids.next("evt", round(at.timestamp() * 1000))
        digests = {}
        for (name, value), salt in zip(committed.items(), salts(len(committed)), strict=True):
            digests[name] = canonical.to_base64(commitment.commit(name, salt, value))
            self.rows["journal_opening"].append((event, name, salt, value, None))
        seq, head = self.heads.get(ends, (0, None))
        made = leaf.encode(
            leaf.Leaf(
                v=1,
                id=event,
                type=kind.value,
                at=canonical.timestamp(at),
                chan=f"{ends[0]}>{ends[1]}",
                seq=seq + 1,
                prev=canonical.to_base64(head) if head is not None else None,
                actor=ends[0],
                case=case,
                due=canonical.timestamp(due) if due is not None else None,
                law=law,
                c=digests,
                ref=ref,
                sig=(),
            )
        )
        digest = leaf.leaf_hash(made)
        self.heads[ends] = (seq + 1, digest)
        # Without a receipt of its own, as what came in a batch: it is signed when somebody asks.
        row = (event, self.shard, self.position, kind.value, time, *ends, seq + 1, case, made, digest, "")
        self.rows["journal_event"].append(row)
        self.rows["journal_pending"].append((event, self.shard, self.position))
        self.rows["journal_outbox"].append((event, f"party:{ends[1]}", time, 1, None, time))
        self.position += 1
        return event, digest


@dataclass(frozen=True, slots=True)
class Form:
    """A notice but for its number: everything that the pure rules say of it, asked once."""

    before: bytes
    after: bytes
    admitted: admissibility.Admitted
    committed: Mapping[str, bytes]

    @classmethod
    def of(cls, to: str, kind: tuple[NoticeKind, Category, Urgency], *, at: datetime) -> Form:
        draft = {
            "to": to,
            "kind": kind[0].value,
            "category": kind[1].value,
            "urgency": kind[2].value,
            "locators": ["https://t.me/s/examplechannel/1#"],
            "explanation": "A made-up placeholder of a usual length; the channel named above is an example.",
            "language": "id",
            "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"},
        }
        raw = json.dumps(draft).encode()
        before, _, after = raw.partition(b"https://t.me/s/examplechannel/1#")
        admitted = admit(raw.replace(b"1#", b"1"), at=at)
        return cls(before, after, admitted, said.committed(admitted, profile="id-2017"))

    def filled(self, number: int) -> tuple[bytes, str, str, str]:
        """The body of the notice of this number; its locator's kind, canonical form and input."""
        if number % 10 == 0:
            return self.before + SHARED.encode() + self.after, "url", SHARED, SHARED
        text = f"https://t.me/s/examplechannel/{number + 1}"
        return (
            self.before + text.encode() + self.after,
            "message",
            f"tg:username:examplechannel/message/{number + 1}",
            text,
        )


# What the rules judge by; the rows are written beside the door, under no mandate of the instance.
EVERYTHING = (
    Mandate(
        "mnd_00000000000000000000000000",
        Terms(
            kinds=tuple(NoticeKind),
            categories=tuple(Category),
            surfaces=tuple(Surface),
            granted_by="bench",
            legal_source="bench",
            quota=Quota(1, 1),
            review_on=date(2100, 1, 1),
        ),
        MandateState.IN_FORCE,
        datetime(2017, 1, 1, tzinfo=UTC),
    ),
)


def admit(raw: bytes, *, at: datetime) -> admissibility.Admitted:
    """What the rules say of a body."""
    return admissibility.admit(
        raw,
        sender="kominfo",
        sender_kind=PartyKind.REGULATOR,
        mandates=EVERYTHING,
        recipient=lambda _: PartyKind.PLATFORM,
        evidence_stored=lambda _: False,
        at=at,
    )


def ends_of(number: int, count: int) -> tuple[str, str]:
    """Who sends this notice to whom."""
    if number < 20:
        return "kominfo", RARE
    if number % (count // SMALL + 1) == FIRST_OF_SMALL:
        return "bnpt", "telegram"
    if number % 10 == 3:
        other = number // 10
        return OTHERS[other % len(OTHERS)], RARE if other % 3 == 0 else PLATFORMS[other % len(PLATFORMS)]
    if number % 50 == 7:
        return "kominfo", "isp-a"
    spread = number % 100
    return "kominfo", "telegram" if spread < 80 else PLATFORMS[1 + spread % (len(PLATFORMS) - 1)]


def rare_states(*, sender: str = "", recipient: str = "") -> int:
    """How many of the notices in the rare state a party sent, or received."""
    ends = [ends_of(number, COUNT) for number in range(RARELY)]
    return sum(sender == each[0] or recipient == each[1] for each in ends)


def state_of(number: int) -> NoticeState:
    """How far this notice has come."""
    if number < RARELY:
        return NoticeState.NEEDS_INFORMATION
    spread = number * 7919 % 1000
    if spread < 600:
        return NoticeState.RECEIVED
    if spread < 750:
        return NoticeState.ACKNOWLEDGED
    if spread < 900:
        return NoticeState.DECIDED
    return NoticeState.CLOSED if spread < 995 else NoticeState.WITHDRAWN


def load(instance: Instance, connection: Any, *, count: int = COUNT) -> None:
    """Write the notices into a database that our own commands prepared; the caller commits."""
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    parties = _parties(instance, connection, now)
    (shard, position) = instance.fetch(connection, "SELECT shard, max(position) + 1 FROM journal_event GROUP BY shard")[
        0
    ]
    heads = instance.fetch(connection, "SELECT sender, recipient, seq, head FROM journal_channel")
    books = Books(shard, position, {(sender, to): (seq, bytes(head)) for sender, to, seq, head in heads})
    for number in range(count):
        at = now - YEARS * (count - number) / count
        _notice(instance, books, parties, number, count=count, at=at, now=now)
        if (number + 1) % PORTION == 0 or number + 1 == count:
            for table, rows in books.rows.items():
                bulk.write(instance, connection, table, COLUMNS[table], rows)
                rows.clear()
    connection.cursor().executemany(
        instance.marked(HEADS), [(shard, *ends, seq, head) for ends, (seq, head) in books.heads.items()]
    )


_forms: dict[tuple[str, int], Form] = {}


def _notice(  # noqa: PLR0913 - the books, and what the notice is made of.
    instance: Instance,
    books: Books,
    parties: Mapping[str, str],
    number: int,
    *,
    count: int,
    at: datetime,
    now: datetime,
) -> None:
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    time = instance.time(at)
    ends, state = ends_of(number, count), state_of(number)
    kind = KINDS[number % len(KINDS)]
    form = _forms.get((ends[1], number % len(KINDS)))
    if form is None:
        form = _forms[ends[1], number % len(KINDS)] = Form.of(ends[1], kind, at=at)
    raw, what, pointed, typed = form.filled(number)
    sha256 = hashlib.sha256(raw).digest()
    if number % PORTION == 0:
        _require_same(raw, sha256, (what, pointed, typed), form, at)
    due = clock.derive(
        profile.load("id-2017"), event=EventType.NOTICE_RECEIVED, kind=kind[0], category=kind[1], urgency=kind[2], at=at
    )
    notice = books.ids.next("ntc", round(at.timestamp() * 1000))
    event, leaf_hash = books.event(
        EventType.NOTICE_RECEIVED,
        ends=ends,
        case=notice,
        at=at,
        time=time,
        committed={**form.committed, "payload": sha256, "locators": msgspec.json.encode([pointed])},
        law=form.admitted.law,
        due=min(one.due_at for one in due),
    )
    ended = _ended(state)
    if state is not NoticeState.RECEIVED:
        withdrawn = state is NoticeState.WITHDRAWN
        books.event(
            EventType.NOTICE_WITHDRAWN if withdrawn else EventType.NOTICE_ACKNOWLEDGED,
            ends=ends if withdrawn else (ends[1], ends[0]),
            case=notice,
            at=at,
            time=time,
            committed={"reason": b"A slip."} if withdrawn else {},
            ref=(event,),
        )
    rows = books.rows
    running = [one.due_at for one in due if one.name not in ended]
    sender, recipient = parties[ends[0]], parties[ends[1]]
    rows["notices_notice"].append(
        (
            *(notice, sender, recipient, kind[0].value, kind[1].value, kind[2].value, "id", state.value, time),
            *("id-2017", leaf_hash, instance.time(min(running)) if running else None),
            time if retention.has_ended(state) else None,
            *[None if state in {NoticeState.RECEIVED, NoticeState.WITHDRAWN} else time] * 2,
        )
    )
    rows["notices_payload"].append((notice, raw, sha256, None))
    digest = hashlib.sha256(pointed.encode()).digest()[:16]
    is_open = state in lifecycle.OPEN_STATES
    rows["notices_pointer"].append((notice, 0, what, pointed, typed, digest, None, sender, recipient, is_open))
    for one in due:
        ended_at = time if one.name in ended else None
        void = ended_at is not None and state is NoticeState.WITHDRAWN
        # What ran out was marked then, so that a server that is measured has nothing to catch up with.
        over = instance.time(one.due_at) if ended_at is None and one.due_at <= now else None
        rows["notices_clock"].append((notice, one.name, time, instance.time(one.due_at), ended_at, void, over))
    key = f"item-{sha256.hex()}-{number}"
    rows["journal_answer"].append(
        (sender, "POST /api/v1/notices/batch item", key, sha256, 201, b"", notice, time, None)
    )


def _ended(state: NoticeState) -> frozenset[str]:
    """The clocks that no longer run in a state."""
    clocks = profile.load("id-2017").clocks
    if state is NoticeState.RECEIVED:
        return frozenset()
    if state in lifecycle.OPEN_STATES:
        return frozenset(rule.name for rule in clocks if rule.stops == EventType.NOTICE_ACKNOWLEDGED)
    return frozenset(rule.name for rule in clocks)


def _require_same(raw: bytes, sha256: bytes, pointer: tuple[str, str, str], form: Form, at: datetime) -> None:
    """What was put together is what the rules say of the whole."""
    admitted = admit(raw, at=at)
    (found,) = admitted.locators
    if (found.kind.value, found.canonical, found.input) != pointer or admitted.sha256 != sha256:
        raise WrongError(f"a made notice points at {pointer}, the rules say {found}")
    if (admitted.law, admitted.draft.explanation.encode()) != (form.admitted.law, form.committed["explanation"]):
        raise WrongError("a made notice is not what the rules say of it")


def _parties(instance: Instance, connection: Any, at: datetime) -> dict[str, str]:
    """Handle → id of every party; those that the example does not have are added."""
    ids = Ids()
    kinds = {**dict.fromkeys(OTHERS, PartyKind.TRUSTED_FLAGGER), **dict.fromkeys(PLATFORMS, PartyKind.PLATFORM)}
    names = ("id", "handle", "kind", "name", "country", "registered_at")
    connection.cursor().executemany(
        instance.marked(insert("parties_party", names)),
        [
            (ids.next("pty", round(at.timestamp() * 1000)), handle, kind.value, handle, "", instance.time(at))
            for handle, kind in kinds.items()
        ],
    )
    return dict(instance.fetch(connection, "SELECT handle, id FROM parties_party"))


def build(instance: Instance, *, count: int = COUNT) -> None:
    """Load them in bulk."""
    with bulk.loading(instance, COLUMNS) as connection:
        load(instance, connection, count=count)
        recount.caught_up(instance, connection)
