"""Deeds on contacts: add one, change it, take a change back that still waits, remove it. Each is one event.

A stolen seat is what these guard against. What is new waits for three days while everybody who was there before is
told; what takes away acts at once, because a compromised contact must not stay for an hour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from django.db.models import Min, Q

from mufakat.rules import contact as rules, retention
from mufakat.rules.contact import Card, NewCard
from mufakat.rules.errors import NotFoundError, NotNowError
from mufakat.rules.events import EventType
from mufakat.rules.permissions import Deed
from mufakat.server.journal import door, operations as journal
from mufakat.server.journal.answers import Answer, Key
from mufakat.server.journal.work import Deed as Writing
from mufakat.server.parties import contact_lists, contacts
from mufakat.server.parties.contact_faces import is_in_force, is_waiting
from mufakat.server.parties.models import ContactPoint, ContactVersion, Drill, Party
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from mufakat.server.journal.work import Moment
    from mufakat.server.parties.queries import Caller

LARGEST = 50  # Contacts of one party that are not removed; each is told of each change.


class TooManyContactsError(NotNowError):
    """More contacts than anybody could be told of a change."""

    def __str__(self) -> str:
        return f"A party has at most {LARGEST} contacts; remove one that is no longer needed."


class GoneError(NotNowError):
    """The contact was removed; what is removed stays so."""

    def __str__(self) -> str:
        return "This contact was removed, and a removed one is not changed any more: add a new one."


class NothingWaitsError(NotNowError):
    """There is no change to take back."""

    def __str__(self) -> str:
        return "No change of this contact waits. A new contact that waits is taken back by removing it."


def add(party: Party, raw: bytes, *, by: Caller | None, at: datetime, key: Key | None = None) -> Answer:
    """Add a contact; `by` None is the operator. Raises BadContactError, TooManyContactsError."""
    _require(party, by)
    card = rules.read_card(raw, NewCard, at=at)

    def run(moment: Moment) -> Answer:
        if ContactPoint.objects.filter(party=party, removed_at=None).count() >= LARGEST:
            raise TooManyContactsError
        point = ContactPoint(id=moment.id("ctc"), party=party, role=card.role.value, added_at=moment.at)
        point.save(force_insert=True)
        _set(point, card, by=by, moment=moment)
        return _shown(point, moment, status=201)

    return _written(run, key)


def change(contact: str, raw: bytes, *, by: Caller | None, at: datetime, key: Key | None = None) -> Answer:
    """Say something else of a contact, its role apart; a change that still waits gives way to this one."""
    _require(contact_lists.point_for(by, contact).party, by)
    card = rules.read_card(raw, Card, at=at)

    def run(moment: Moment) -> Answer:
        point = _living(by, contact)
        _set(point, card, by=by, moment=moment)
        return _shown(point, moment, status=201)

    return _written(run, key)


def withdraw(contact: str, *, by: Caller | None, key: Key | None = None) -> Answer:
    """Take a change back that waits, at once: what was in force stays."""
    _require(contact_lists.point_for(by, contact).party, by)

    def run(moment: Moment) -> Answer:
        point = _living(by, contact)
        versions = list(point.versions.order_by("number"))
        waits = next((row for row in versions if is_waiting(row, at=moment.at)), None)
        if waits is None or not any(is_in_force(row, at=moment.at) for row in versions):
            raise NothingWaitsError
        told = _everybody(point.party, at=moment.at)
        _take_back(waits, versions, moment)
        _happened(point, EventType.CONTACT_WITHDRAWN, by=by, moment=moment, ref=(waits.event,), to=told)
        return _shown(point, moment)

    return _written(run, key)


def remove(contact: str, *, reason: str, by: Caller | None, key: Key | None = None) -> Answer:
    """Remove a contact, at once, the last one too. Everybody is told, the removed one as well."""
    _require(contact_lists.point_for(by, contact).party, by)
    said = retention.read_reason(reason)

    def run(moment: Moment) -> Answer:
        point = contact_lists.point_for(by, contact)
        if point.removed_at is not None:
            return _shown(point, moment)
        told = _everybody(point.party, at=moment.at)
        point.removed_at, point.drill_at = moment.at, None
        point.save(update_fields=["removed_at", "drill_at"])
        ends = point.versions.filter(Q(until=None) | Q(until__gt=moment.at))
        ends.filter(valid_from__gt=moment.at).update(withdrawn_at=moment.at)
        ends.update(until=moment.at)
        Drill.objects.filter(contact=point, answered_at=None, missed_at=None, void_at=None).update(void_at=moment.at)
        committed = {"reason": said.encode()}
        _happened(point, EventType.CONTACT_REMOVED, by=by, moment=moment, committed=committed, to=told)
        return _shown(point, moment)

    return _written(run, key)


def _set(point: ContactPoint, card: Card, *, by: Caller | None, moment: Moment) -> None:
    """One more version of the contact, its event, and word to all who were there before."""
    versions = list(point.versions.order_by("number"))
    told = _everybody(point.party, at=moment.at)
    # (1) When it holds. The writer is the only one who sets contacts, so that there is one first of a role.
    first = _is_first(point, at=moment.at)
    asked = rules.moment_of(card.valid_from)
    begins = rules.in_force_from(moment.at, asked=asked, first=first)
    # (2) A change that still waits gives way; what holds now ends when this one begins.
    waits = next((row for row in versions if is_waiting(row, at=moment.at)), None)
    if waits is not None:
        _take_back(waits, versions, moment)
    for row in versions:
        if row.withdrawn_at is None and (row.until is None or row.until > begins):
            row.until = begins
            row.save(update_fields=["until"])
    # (3) The event, whose opening is the only other place where what is personal stands.
    facts = rules.facts(card)
    event = _happened(
        point,
        EventType.CONTACT_SET,
        by=by,
        moment=moment,
        committed={"contact": msgspec.json.encode({"role": point.role, **facts, "valid_to": card.valid_to})},
        due=begins,
        to=told,
    )
    until = rules.moment_of(card.valid_to)
    ContactVersion.objects.create(
        contact=point,
        party=point.party,
        role=point.role,
        number=len(versions) + 1,
        event=event,
        first=first,
        set_at=moment.at,
        valid_from=begins,
        until=until,
        asked_until=until,
        **{name: _cell(value) for name, value in facts.items()},
    )
    # (4) It is tried as soon as it holds.
    point.drill_at = begins if point.drill_at is None else min(point.drill_at, begins)
    point.save(update_fields=["drill_at"])


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return list(value) if isinstance(value, tuple) else value


def _is_first(point: ContactPoint, *, at: datetime) -> bool:
    of_party = ContactVersion.objects.filter(party=point.party)
    return rules.may_begin_at_once(
        role_is_new=not of_party.filter(role=point.role).exists(),
        anybody_verified=of_party.filter(verified_at__isnull=False).exists(),
        began_at=of_party.aggregate(began=Min("set_at"))["began"],
        at=at,
    )


def _take_back(waits: ContactVersion, versions: Sequence[ContactVersion], moment: Moment) -> None:
    """What waits never comes into force, and what it would have ended goes on as it was asked to."""
    for row in versions:
        if row is not waits and row.until == waits.valid_from:
            row.until = row.asked_until
            row.save(update_fields=["until"])
    waits.withdrawn_at = waits.until = moment.at
    waits.save(update_fields=["withdrawn_at", "until"])


def _everybody(party: Party, *, at: datetime) -> tuple[str, ...]:
    """Where word goes: every contact in force, and the party's own systems."""
    return (*(f"contact:{one.id}" for one in contacts.in_order(party.id, at=at)), f"party:{party.handle}")


def _happened(  # noqa: PLR0913 - an event's parts, each by name.
    point: ContactPoint,
    type_: EventType,
    *,
    by: Caller | None,
    moment: Moment,
    committed: dict[str, bytes] | None = None,
    due: datetime | None = None,
    ref: tuple[str, ...] = (),
    to: tuple[str, ...] = (),
) -> str:
    party = point.party.handle
    happening = journal.Happening(
        type=type_,
        sender=HOUSE if by is None else party,
        recipient=party if by is None else HOUSE,
        case=point.id,
        actor=HOUSE if by is None else party,
        committed=committed or {},
        due=due,
        ref=ref,
        to=to,
    )
    return journal.append([happening], moment)[0].id


def _require(party: Party, by: Caller | None) -> None:
    if by is None:
        return
    by.require(Deed.MANAGE_CONTACTS)
    if by.party_id != party.id:
        raise NotFoundError("contact")


def _living(by: Caller | None, contact: str) -> ContactPoint:
    point = contact_lists.point_for(by, contact)
    if point.removed_at is not None:
        raise GoneError
    return point


def _shown(point: ContactPoint, moment: Moment, *, status: int = 200) -> Answer:
    made = contact_lists.whole(point, at=moment.at)
    return Answer(status, msgspec.json.encode(made), point.id)


def _written(run: Callable[[Moment], Answer], key: Key | None) -> Answer:
    answer: Answer = door.writer().commit(Writing(run, key=key))
    return answer
