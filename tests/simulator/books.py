"""What the database holds, as plain rows: the new ones of a step, those of some cases, or all of it.

Read through Django's tables but not through the server's queries, so that a fault in those hides nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection
from django.db.models import Count
from tests.simulator.model import Given

from mufakat.server.appeals.models import Appeal, Window
from mufakat.server.connectors.models import Delivery, Endpoint
from mufakat.server.decisions.models import Decision, Measure, Statement
from mufakat.server.filters.models import Entry
from mufakat.server.journal.models import Answer, Channel, Event, Head, Opening, Outbox, Pending
from mufakat.server.notices.models import (
    CaseKey,
    Clock,
    Exhibit,
    Hold,
    Message,
    Notice,
    Payload,
    Pointer,
    Rest,
    Step,
    Task,
    Upload,
)
from mufakat.server.parties.models import ContactPoint, ContactVersion, Drill, Mandate, Party, Person, Quota, Token

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime

    from tests.simulator.model import Scope


class EventRow(NamedTuple):
    """A row of the journal and the openings beside it."""

    id: str
    position: int
    type: str
    at: datetime
    sender: str
    recipient: str
    seq: int
    case: str
    leaf: bytes
    leaf_hash: bytes
    custody: str
    openings: tuple[tuple[str, bytes | None, bytes | None], ...]  # Without salt and value where they are erased.

    @property
    def digest(self) -> bytes:
        """A digest of all that the row says and of what opens it."""
        return hashlib.sha256(repr(self).encode()).digest()

    def opened(self, name: str) -> bytes | None:
        """The committed value of a field."""
        return next((value for field_, _, value in self.openings if field_ == name), None)


class AnswerRow(NamedTuple):
    """A stored answer."""

    id: int
    party: str
    route: str
    key: str
    digest: bytes
    status: int
    body: bytes | None
    subject: str
    at: datetime

    @property
    def given(self) -> Given:
        """As the model holds it."""
        return Given(self.digest, self.status, self.body, self.subject, self.at)

    @property
    def scope(self) -> Scope:
        return (self.party, self.route, self.key)


@dataclass
class Seen:
    """What is new since the last look."""

    events: list[EventRow]
    answers: dict[Scope, AnswerRow]
    outbox: Counter[tuple[str, str]]
    pending: set[str]
    unclaimed: dict[str, EventRow] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.unclaimed = {event.id: event for event in self.events}

    def claim(self, type_: str, *, case: str) -> EventRow | None:
        """Take the event of this type and case from those that nobody has explained yet."""
        for event in self.unclaimed.values():
            if (event.type, event.case) == (type_, case):
                return self.unclaimed.pop(event.id)
        return None

    def take(self, event: EventRow) -> EventRow:
        """This one is explained."""
        return self.unclaimed.pop(event.id)

    def offered(self, type_: str) -> list[EventRow]:
        """The unexplained events of a type."""
        return [event for event in self.unclaimed.values() if event.type == type_]


class Reader:
    """Reads on from where it stopped."""

    def __init__(self) -> None:
        self.position = -1
        self.answer = self.outbox = 0

    def new(self) -> Seen:
        """The rows since the last call."""
        events = _events(Event.objects.filter(position__gt=self.position))
        answers = _answers(Answer.objects.filter(pk__gt=self.answer))
        outbox = list(Outbox.objects.filter(pk__gt=self.outbox).order_by("pk").values_list("pk", "event_id", "to"))
        pending = set(Pending.objects.filter(position__gt=self.position).values_list("event_id", flat=True))
        size = max(Head.objects.values_list("size", flat=True), default=0)
        pending |= {event.id for event in events if event.position < size}  # What is in the log waits no more.
        if events:
            self.position = events[-1].position
        if answers:
            self.answer = answers[-1].id
        if outbox:
            self.outbox = outbox[-1][0]
        return Seen(
            events, {one.scope: one for one in answers}, Counter((event, to) for _, event, to in outbox), pending
        )


def _events(rows: Any) -> list[EventRow]:
    found = list(rows.order_by("position"))
    openings: dict[str, list[tuple[str, bytes | None, bytes | None]]] = {}
    if found:
        opened = Opening.objects.filter(event__position__gte=found[0].position).order_by("event_id", "field")
        for event, name, salt, value in opened.values_list("event_id", "field", "salt", "value"):
            openings.setdefault(event, []).append((name, whole(salt), whole(value)))
    return [
        EventRow(
            *(one.id, one.position, one.type, one.at, one.sender, one.recipient, one.seq, one.case),
            *(bytes(one.leaf), bytes(one.leaf_hash), one.custody, tuple(openings.get(one.id, ()))),
        )
        for one in found
    ]


def _answers(rows: Any) -> list[AnswerRow]:
    columns = ("pk", "party_id", "route", "key", "digest", "status", "body", "subject", "at")
    return [
        AnswerRow(pk, party, route, key, bytes(digest), status, whole(body), subject, at)
        for pk, party, route, key, digest, status, body, subject, at in rows.order_by("pk").values_list(*columns)
    ]


def whole(value: Any) -> bytes | None:
    """The bytes of a column, None where they are erased."""
    return None if value is None else bytes(value)


def erased_answers() -> set[Scope]:
    """The keys whose stored answer has no body any more."""
    return set(Answer.objects.exclude(erased_at=None).values_list("party_id", "route", "key"))


def everything() -> tuple[list[EventRow], list[AnswerRow]]:
    """The whole journal and every stored answer."""
    return _events(Event.objects.all()), _answers(Answer.objects.all())


COUNTED: tuple[tuple[str, Any, str], ...] = (
    ("events", Event, ""),
    ("pending", Pending, ""),
    ("outbox", Outbox, ""),
    ("answers", Answer, ""),
    ("answers with a body", Answer, "body IS NOT NULL"),
    ("notices", Notice, ""),
    ("payloads", Payload, ""),
    ("payloads with a body", Payload, "raw IS NOT NULL"),
    ("erased openings", Opening, "value IS NULL"),
    ("holds", Hold, ""),
    ("holds in force", Hold, "released_at IS NULL"),
    ("mandates", Mandate, ""),
    ("mandates in force", Mandate, "state = 'in_force'"),
    ("endpoints", Endpoint, ""),
    ("deliveries", Delivery, ""),
    ("messages", Message, ""),
    ("contacts", ContactPoint, ""),
    ("contacts removed", ContactPoint, "removed_at IS NOT NULL"),
    ("versions of contacts", ContactVersion, ""),
    ("drills", Drill, ""),
    ("decisions", Decision, ""),
    ("decisions that stand", Decision, "state = 'standing'"),
    ("measures", Measure, ""),
    ("measures that wait", Measure, "state IN ('proposed', 'ordered', 'reverting')"),
    ("statements", Statement, ""),
    ("appeals", Appeal, ""),
    ("rests", Rest, ""),
    ("steps", Step, ""),
    ("tasks", Task, ""),
    ("tasks done", Task, "done_at IS NOT NULL"),
    ("tasks over", Task, "ended_at IS NOT NULL"),
)


def counts() -> dict[str, int]:
    """How many rows the tables hold, in one query: it is asked after every step."""
    parts = [f'(SELECT count(*) FROM "{model._meta.db_table}" WHERE {which or "1 = 1"})' for _, model, which in COUNTED]  # noqa: S608 - our own names.
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}")
        return dict(zip([name for name, _, _ in COUNTED], cursor.fetchone(), strict=True))


def in_the_log() -> int:
    """How many leaves the log holds; the others wait."""
    return sum(Head.objects.values_list("size", flat=True))


def states() -> Counter[str]:
    """How many notices are in each state."""
    return Counter(dict(Notice.objects.values_list("state").annotate(Count("pk"))))


def heads(channels: Iterable[tuple[str, str]] | None = None) -> dict[tuple[str, str], tuple[int, bytes]]:
    """The heads of all channels, or of those named."""
    rows = Channel.objects.all()
    if channels is not None:
        named = set(channels)
        rows = rows.filter(sender__in={sender for sender, _ in named}, recipient__in={other for _, other in named})
        return {
            (one.sender, one.recipient): (one.seq, bytes(one.head))
            for one in rows
            if (one.sender, one.recipient) in named
        }
    return {(one.sender, one.recipient): (one.seq, bytes(one.head)) for one in rows}


class NoticeRow(NamedTuple):
    """A notice and what lies beside it."""

    state: str
    kind: str
    mandate: str | None
    sender: str
    recipient: str
    received_at: datetime
    leaf_hash: bytes
    raw: bytes | None
    locators: int
    erased_locators: int
    linked: bool
    ended_at: datetime | None
    erased_at: datetime | None
    due_at: datetime | None
    waits_for: str | None
    clocks: dict[str, tuple[object, ...]]
    passages: tuple[datetime | None, ...]  # Delivered, seen, acknowledged; and unreachable since.
    hands: tuple[str | None, str | None]  # Of the sender's side and the recipient's: whose address.


def rulings(cases: Collection[str]) -> dict[str, tuple[object, ...]]:
    """The decisions on these notices, each with what became of its statement of reasons."""
    columns = ("notice_id", "person__email", "outcome", "refusal", "decided_at", "event", "state")
    more = ("appeal_until", "informed_at", "code_digest", "statement__id", "statement__given_at")
    rows = Decision.objects.filter(notice__in=cases).values_list("id", *columns, *more)
    return {pk: (*told[:9], told[9] is not None, *told[10:]) for pk, *told in rows}


def duties(cases: Collection[str]) -> dict[str, tuple[object, ...]]:
    """The measures that the decisions on these notices order."""
    columns = ("decision_id", "position", "name", "inverse", "ends_at", "state", "decided_by__email")
    times = ("approved_by__email", "ordered_at", "confirmed_at", "ended_at", "reverted_at")
    rows = Measure.objects.filter(decision__notice__in=cases).values_list("id", *columns, *times)
    return {pk: tuple(told) for pk, *told in rows}


def appeals(cases: Collection[str]) -> dict[str, tuple[object, ...]]:
    """The appeals about these notices."""
    columns = ("decision_id", "standing", "lodged_by__handle", "level", "lodged_at", "event", "state")
    more = ("decider__email", "resolved_by__email", "resolved_at", "resolution")
    rows = Appeal.objects.filter(notice__in=cases).values_list("id", *columns, *more)
    return {pk: tuple(told) for pk, *told in rows}


def windows() -> dict[str, datetime]:
    """When each decided notice is looked at next."""
    return dict(Window.objects.values_list("notice_id", "due_at"))


class TaskRow(NamedTuple):
    """What a ladder asks people of a party to do."""

    id: str
    notice: str
    clock: str
    party: str
    name: str
    contact: str | None


class DeliveryRow(NamedTuple):
    """An event on its way to one address."""

    id: str
    state: str
    leased: bool
    due_at: datetime


def deliveries() -> dict[tuple[str, str], DeliveryRow]:
    """Every delivery, by event and address."""
    columns = ("event_id", "target", "pk", "state", "leased", "due_at")
    return {row[:2]: DeliveryRow(*row[2:]) for row in Delivery.objects.order_by("pk").values_list(*columns)}


def endpoints() -> dict[str, bool]:
    """Every endpoint, and whether it is told anything."""
    return {pk: state == "active" for pk, state in Endpoint.objects.values_list("pk", "state")}


def unexpanded() -> set[tuple[str, str]]:
    """Rows of the outbox that nobody took yet."""
    return set(Outbox.objects.filter(done_at=None).values_list("event_id", "to"))


class DrillRow(NamedTuple):
    """A drill as it was sent."""

    id: str
    code: str


def drill_of(event: str) -> DrillRow:
    """The drill that an event sent."""
    return DrillRow(*Drill.objects.values_list("id", "code").get(event=event))


def drills() -> dict[str, tuple[Any, ...]]:
    """Every drill: of which version, and when it was sent, due, answered, missed and let go."""
    columns = ("id", "version__number", "sent_at", "due_at", "answered_at", "missed_at", "void_at")
    return {row[0]: row[1:] for row in Drill.objects.values_list(*columns)}


def versions() -> dict[tuple[str, int], tuple[Any, ...]]:
    """Every version of every contact."""
    columns = ("contact_id", "number", "set_at", "valid_from", "first", "rank", "senior", "event")
    ends = ("until", "withdrawn_at", "verified_at", "unreachable_since")
    return {row[:2]: row[2:] for row in ContactVersion.objects.values_list(*columns, *ends)}


def quotas() -> dict[str, tuple[int, int, int]]:
    """By party: how much it may send at once and with each minute, and how full its bucket was left."""
    return {row[0]: row[1:] for row in Quota.objects.values_list("party_id", "burst", "per_minute", "level")}


def reacted() -> dict[tuple[str, str], datetime | None]:
    """When what events call for was done, by event and reaction."""
    rows = Outbox.objects.filter(to__startswith="reaction:").values_list("event_id", "to", "done_at")
    return {(event, to): done_at for event, to, done_at in rows}


def entries() -> list[tuple[str, str, str, str]]:
    """What notices proposed to banks: the notice, how it stands, what it says, and whose bank it is in."""
    found = Entry.objects.exclude(notice="").values_list("notice", "state", "value", "bank__platform__handle")
    return list(found.order_by("id"))


class UploadRow(NamedTuple):
    """A file that a party stored."""

    id: str
    party: str
    sha256: bytes
    file: str
    keyed: bool  # Whether notices may still name it, if its time has not ended.
    expires_at: datetime


def tasks(events: Collection[str]) -> dict[str, TaskRow]:
    """What the ladders asked by these events."""
    rows = Task.objects.filter(event__in=events).select_related("party", "clock")
    return {
        row.event: TaskRow(row.id, row.notice_id, row.clock.name, row.party.handle, row.name, row.contact)
        for row in rows
    }


def uploads() -> dict[str, UploadRow]:
    """Every stored file."""
    rows = Upload.objects.order_by("pk").values_list("pk", "party_id", "sha256", "file", "key", "expires_at")
    return {
        pk: UploadRow(pk, party, bytes(sha256), file, key is not None, at) for pk, party, sha256, file, key, at in rows
    }


class ExhibitRow(NamedTuple):
    """A file of a notice."""

    notice: str
    position: int
    name: str | None
    sha256: bytes | None
    upload: str | None
    sealed_key: bytes | None
    case_key: bytes | None


def exhibits() -> list[ExhibitRow]:
    """Every file of every notice, and the key of its case."""
    keys = dict(CaseKey.objects.values_list("notice_id", "key"))
    columns = ("notice_id", "position", "name", "sha256", "upload_id", "sealed_key")
    return [
        ExhibitRow(notice, place, name, whole(sha256), upload, whole(sealed), whole(keys.get(notice)))
        for notice, place, name, sha256, upload, sealed in Exhibit.objects.order_by(*columns[:2]).values_list(*columns)
    ]


def notices(cases: Collection[str] | None = None) -> dict[str, NoticeRow]:
    """These notices, or all, as the tables hold them."""
    rows = Notice.objects.select_related("sender", "recipient", "payload", "sender_person", "recipient_person")
    clocks_of, pointers_of = Clock.objects.all(), Pointer.objects.all()
    if cases is not None:
        rows = rows.filter(pk__in=cases)
        clocks_of, pointers_of = clocks_of.filter(notice__in=cases), pointers_of.filter(notice__in=cases)
    clocks: dict[str, dict[str, Any]] = {}
    for one in clocks_of:
        clocks.setdefault(one.notice_id, {})[one.name] = (
            *(one.due_at, one.ended_at, bool(one.void), one.breached_at),
            *(one.climbed, one.next_at, one.paused_at, one.remaining),
        )
    pointers: Counter[str] = Counter()
    gone: Counter[str] = Counter()
    linked: set[str] = set()
    for notice, locator, link in pointers_of.values_list("notice_id", "canonical", "linked"):
        pointers[notice] += 1
        gone[notice] += locator is None
        linked |= {notice} if link else set()
    return {
        row.id: NoticeRow(
            *(
                row.state,
                row.kind,
                row.mandate_id,
                row.sender.handle,
                row.recipient.handle,
                row.received_at,
                bytes(row.leaf_hash),
            ),
            *(whole(row.payload.raw), pointers[row.id], gone[row.id], row.id in linked),
            *(row.ended_at, row.erased_at, row.due_at),
            *(row.waits_for, clocks.get(row.id, {})),
            (row.delivered_at, row.seen_at, row.acknowledged_at, row.unreachable_since),
            tuple(one.email if one else None for one in (row.sender_person, row.recipient_person)),  # type: ignore[arg-type]
        )
        for row in rows
    }


def outbox() -> Counter[tuple[str, str]]:
    """Event and addressee of every row."""
    return Counter(Outbox.objects.values_list("event_id", "to"))


def people() -> dict[str, int]:
    """How many parties, people and tokens there are."""
    return {
        "parties": Party.objects.count(),
        "people": Person.objects.count(),
        "ended": Person.objects.filter(is_active=False).count(),
        "tokens": Token.objects.count(),
        "revoked": Token.objects.exclude(revoked_at=None).count(),
    }


def values() -> Iterator[bytes]:
    """Every value of every row of every table."""
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{name}"')  # noqa: S608 - the database's own names.
            for row in cursor.fetchall():
                for value in row:
                    yield bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
