"""Drills: a test message that a person must answer, so that a contact is known to be read before it is needed.

Each contact is tried as soon as it is in force, then again and again in the party's period, and whenever somebody asks.
Whoever does not answer in time is marked unreachable for both sides to see, and the next in order is tried at once. The
code of a drill answers that drill: it opens nothing else, and no notice is acknowledged by it. Whoever only opens the
address changes nothing, so that a mail program that looks at links proves nobody's presence.

Silence shows something only where the message went out. Where nothing goes by mail nobody is tried but on demand, and
a drill that nobody answers at the desk shows nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from mufakat.rules import contact as rules
from mufakat.rules.contact import DRILLS, DrillCause, DrillTerms, Unreachable
from mufakat.rules.errors import NotFoundError, NotNowError, RefusedError
from mufakat.rules.events import EventType
from mufakat.rules.permissions import Deed
from mufakat.server.journal import door, ids, operations as journal
from mufakat.server.journal.answers import Answer, Key
from mufakat.server.journal.parts import Swept, alone
from mufakat.server.journal.work import Deed as Writing
from mufakat.server.parties import contact_lists, contacts
from mufakat.server.parties.contact_faces import DrillOut, is_in_force, is_waiting
from mufakat.server.parties.models import ContactPoint, ContactVersion, Drill, DrillPlan, Party
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.server.journal.work import Moment
    from mufakat.server.parties.queries import Caller

PORTION = 50  # Contacts of one commit.
CODE = 26  # Characters of base32 for 128 random bits.


class DrillOpenError(NotNowError):
    """A drill of this contact has not ended yet."""

    def __str__(self) -> str:
        return "A test message is with this contact already, and there is still time to answer it."


class BadPlanError(RefusedError):
    """A period that would try nobody, or everybody all the time."""

    def __str__(self) -> str:
        return f"The days between two test messages are {rules.EVERY[0].days} to {rules.EVERY[1].days}."


class NotInForceError(NotNowError):
    """Nobody can be tried who is not a contact yet, or no longer."""

    def __str__(self) -> str:
        return "This contact is not in force: there is nobody to be tried."


class DrillOverError(NotNowError):
    """The contact was removed or changed, or another drill followed."""

    def __str__(self) -> str:
        return "This test message is of the past: the contact was changed, or tried again since. Nothing was changed."


@dataclass(frozen=True, slots=True)
class Asked:
    """What the message of a drill asks, for whoever holds its code, and for the carrier that writes it."""

    drill: str
    code: str
    contact: str
    party: str
    sent_at: datetime
    due_at: datetime
    answered_at: datetime | None
    over: bool

    @classmethod
    def of(cls, row: Drill) -> Asked:
        """The drill must come with its contact's party."""
        over = row.void_at is not None and row.answered_at is None
        party = row.contact.party.name
        return cls(row.id, row.code, row.contact_id, party, row.sent_at, row.due_at, row.answered_at, over)


def asked(code: str) -> Asked:
    """The drill of this code; a read. Raises NotFoundError."""
    return Asked.of(_coded(code))


def asked_by(event: str) -> Asked | None:
    """The drill that an event of type drill.sent sent, for the carrier that writes its message."""
    row = Drill.objects.select_related("contact__party").filter(event=event).first()
    return Asked.of(row) if row is not None else None


def terms_of(party_id: str) -> DrillTerms:
    """How often the contacts of a party are tried."""
    chosen = DrillPlan.objects.filter(party=party_id).values_list("every_days", flat=True).first()
    return DRILLS if chosen is None else DRILLS._replace(every=timedelta(days=chosen))


def plan(party: Party, every_days: int, *, by: Caller | None) -> DrillTerms:
    """Choose how often the party's contacts are tried; it holds from each contact's next drill on."""
    _require(party.id, by)
    if not rules.EVERY[0].days <= every_days <= rules.EVERY[1].days:
        raise BadPlanError

    def run(moment: Moment) -> None:
        if terms_of(party.id).every == timedelta(days=every_days):
            return
        DrillPlan.objects.update_or_create(party=party, defaults={"every_days": every_days})
        committed = {"days": str(every_days).encode()}
        _tell(party, EventType.DRILL_PLANNED, party.id, moment, by=by, committed=committed)

    door.commit(run)
    return terms_of(party.id)


def send(contact: str, *, by: Caller | None, key: Key | None = None) -> Answer:
    """Send a drill now. Raises DrillOpenError, NotInForceError."""
    _require(contact_lists.point_for(by, contact).party_id, by)

    def run(moment: Moment) -> Answer:
        point = contact_lists.point_for(by, contact)
        if _open(point) is not None:
            raise DrillOpenError
        version = next((row for row in point.versions.all() if is_in_force(row, at=moment.at)), None)
        if version is None:
            raise NotInForceError
        row = _send(point, version, DrillCause.ASKED, moment, by=by)
        return Answer(201, msgspec.json.encode(DrillOut.of(row)), row.id)

    given: Answer = door.writer().commit(Writing(run, key=key))
    return given


def answer(code: str) -> Asked:
    """Somebody who holds the code answers; answering again changes nothing. Raises NotFoundError, DrillOverError."""
    return _answered(_coded(code).pk, by=None)


def answer_at_desk(drill: str, *, by: Caller) -> Asked:
    """Somebody in a seat of the party answers. Raises NotFoundError, DrillOverError."""
    by.require(Deed.ANSWER_DRILL)
    found = Drill.objects.filter(pk=drill, contact__party=by.party_id) if ids.is_id(drill, "drl") else None
    if found is None or not found.exists():
        raise NotFoundError("test message")
    return _answered(drill, by=by)


def sweep(*, at: datetime, stop: threading.Event | None = None, carried: bool = True) -> Swept:
    """One portion: note who did not answer in time, then send what is due at `at`.

    `carried`: whether anything goes by mail here. Where it does not, nothing is sent and nobody is marked.
    """
    missed = _missed(at)
    if missed:
        return Swept(alone(partial(_miss, missed, at=at, carried=carried)), more=True)
    if not carried:
        return Swept(0, more=False)  # They stay due: whoever configures mail has everybody tried at once.
    if stop is not None and stop.is_set():
        return Swept(0, more=True)
    due = _due(at)
    if not due:
        return Swept(0, more=False)
    return Swept(alone(partial(_send_due, due, at=at)), more=len(due) == PORTION)


def next_due() -> datetime | None:
    """When the next drill is sent or missed."""
    sent = ContactPoint.objects.filter(drill_at__isnull=False).order_by("drill_at").values_list("drill_at", flat=True)
    missed = Drill.objects.filter(answered_at=None, missed_at=None, void_at=None).order_by("due_at")
    return min((due for due in (sent.first(), missed.values_list("due_at", flat=True).first()) if due), default=None)


def open_codes(party_id: str) -> list[str]:
    """The codes of the drills that the party's contacts have not answered, for whoever answers for made-up people."""
    found = Drill.objects.filter(contact__party=party_id, answered_at=None, missed_at=None, void_at=None)
    return list(found.order_by("id").values_list("code", flat=True))


def _missed(at: datetime) -> list[str]:
    rows = Drill.objects.filter(answered_at=None, missed_at=None, void_at=None, due_at__lte=at)
    return list(rows.order_by("due_at", "id").values_list("pk", flat=True)[:PORTION])


def _due(at: datetime) -> list[str]:
    rows = ContactPoint.objects.filter(drill_at__lte=at)
    return list(rows.order_by("drill_at", "id").values_list("pk", flat=True)[:PORTION])


def _answered(drill: str, *, by: Caller | None) -> Asked:
    def run(moment: Moment) -> Asked:
        row = Drill.objects.select_related("contact__party", "version__party").get(pk=drill)
        if row.answered_at is not None:
            return Asked.of(row)
        later = Drill.objects.filter(contact=row.contact, sent_at__gt=row.sent_at).exists()
        if row.void_at is not None or later or not is_in_force(row.version, at=moment.at):
            raise DrillOverError
        # (1) The answer. A late one counts: the miss stays in the record, and somebody does read.
        row.answered_at = moment.at
        row.save(update_fields=["answered_at"])
        _tell(row.contact.party, EventType.DRILL_ANSWERED, row.contact_id, moment, by=by, drill=row, theirs=True)
        # (2) What it proves.
        contacts.verify(row.version, moment=moment)
        contacts.mark_reachable(row.contact_id, moment=moment)
        # (3) When the next one is due.
        if row.missed_at is None:
            _plan_next(row.contact, at=moment.at)
        return Asked.of(row)

    return door.commit(run)


def _miss(drills: Sequence[str], moment: Moment, *, at: datetime, carried: bool) -> int:
    # An answer may have come since these were read; here, inside the writer, none comes.
    rows = Drill.objects.select_related("contact__party", "version").filter(
        pk__in=drills, answered_at=None, missed_at=None, void_at=None, due_at__lte=at
    )
    for row in rows.order_by("due_at", "id"):
        if carried and is_in_force(row.version, at=moment.at):
            row.missed_at = moment.at
            row.save(update_fields=["missed_at"])
            party = row.contact.party
            to = (f"party:{party.handle}",)
            _tell(party, EventType.DRILL_MISSED, row.contact_id, moment, drill=row, to=to)
            contacts.mark_unreachable(row.contact_id, moment=moment, because=Unreachable.DRILL_MISSED)
            _turn_to_next(row, moment)
        else:
            # No letter went out, or the contact was changed: this silence shows nothing of the one that holds now.
            row.void_at = moment.at
            row.save(update_fields=["void_at"])
        _plan_next(row.contact, at=moment.at)
    return len(drills)


def _turn_to_next(missed: Drill, moment: Moment) -> None:
    """The first in order who can be reached is tried, if that was not done since the one who was missed was tried."""
    for one in contacts.in_order(missed.contact.party_id, at=moment.at):
        if one.unreachable_since is not None:
            return
        if one.id == missed.contact_id:
            continue
        if Drill.objects.filter(contact=one.id, sent_at__gte=missed.sent_at).exists():
            return
        point = ContactPoint.objects.select_related("party").get(pk=one.id)
        if _open(point) is None:
            _send(point, contacts.version_of(one.id, at=moment.at), DrillCause.TURN, moment)
        return


def _send_due(points: Sequence[str], moment: Moment, *, at: datetime) -> int:
    for point in ContactPoint.objects.select_related("party").filter(pk__in=points, drill_at__lte=at).order_by("id"):
        due, version, cause = _next(point, at=moment.at)
        if _open(point) is not None:
            due = None  # Somebody asked for one in between; its end says when the next is due.
        if version is None or due is None or due > moment.at:
            # A change was taken back, or has ended: what is due now is something else.
            point.drill_at = due
            point.save(update_fields=["drill_at"])
        else:
            _send(point, version, cause, moment)
    return len(points)


def _next(point: ContactPoint, *, at: datetime) -> tuple[datetime | None, ContactVersion | None, DrillCause]:
    """When the contact is tried next, the version that holds now, and why it would be tried."""
    versions = list(point.versions.order_by("number"))
    holds = next((row for row in versions if is_in_force(row, at=at)), None)
    waits = next((row.valid_from for row in versions if is_waiting(row, at=at)), None)
    if holds is None:
        return waits, None, DrillCause.NEW
    last = Drill.objects.filter(contact=point).order_by("-id").values_list("sent_at", flat=True).first()
    if last is None or last < holds.valid_from:
        return holds.valid_from, holds, DrillCause.NEW
    every = terms_of(point.party_id).every
    return rules.next_drill(sent_at=last, every=every, changed_from=waits), holds, DrillCause.SCHEDULED


def _plan_next(point: ContactPoint, *, at: datetime) -> None:
    if point.removed_at is None:
        point.drill_at = _next(point, at=at)[0]
        point.save(update_fields=["drill_at"])


def _send(
    point: ContactPoint, version: ContactVersion, because: DrillCause, moment: Moment, *, by: Caller | None = None
) -> Drill:
    code = ids.base32(int.from_bytes(ids.entropy(16), "big"))
    due = moment.at + terms_of(point.party_id).answer_within
    row = Drill(
        id=moment.id("drl"),
        contact=point,
        version=version,
        code=code,
        because=because.value,
        sent_at=moment.at,
        due_at=due,
    )
    row.event = _tell(
        point.party,
        EventType.DRILL_SENT,
        point.id,
        moment,
        by=by,
        drill=row,
        committed={"because": because.value.encode()},
        to=(f"contact:{point.id}",),
    )
    row.save(force_insert=True)
    point.drill_at = None
    point.save(update_fields=["drill_at"])
    return row


def _tell(  # noqa: PLR0913 - an event's parts, each by name.
    party: Party,
    type_: EventType,
    case: str,
    moment: Moment,
    *,
    by: Caller | None = None,
    drill: Drill | None = None,
    committed: dict[str, bytes] | None = None,
    to: tuple[str, ...] = (),
    theirs: bool = False,
) -> str:
    """Write the event; `theirs` where the party acts, though by a code and not from a seat."""
    ours = by is None and not theirs
    happening = journal.Happening(
        type=type_,
        sender=HOUSE if ours else party.handle,
        recipient=party.handle if ours else HOUSE,
        case=case,
        actor=HOUSE if ours else party.handle,
        committed=committed or {},
        due=drill.due_at if drill is not None and type_ is EventType.DRILL_SENT else None,
        ref=(drill.id,) if drill is not None else (),
        to=to,
    )
    return journal.append([happening], moment)[0].id


def _open(point: ContactPoint) -> Drill | None:
    return Drill.objects.filter(contact=point, answered_at=None, missed_at=None, void_at=None).first()


def _coded(code: str) -> Drill:
    known = Drill.objects.select_related("contact__party").filter(code=code) if len(code) == CODE else None
    row = known.first() if known is not None and code.isascii() and code.isalnum() else None
    if row is None:
        raise NotFoundError("test message")
    return row


def _require(party_id: str, by: Caller | None) -> None:
    if by is None:
        return
    by.require(Deed.MANAGE_CONTACTS)
    if by.party_id != party_id:
        raise NotFoundError("contact")
