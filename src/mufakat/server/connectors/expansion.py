"""Make deliveries of what the outbox holds: to every active endpoint of a party, by mail to a contact, to chats.

One portion is one commit in the writer's second lane: deliveries and `done_at` are stored together, and an event that
nobody waits for costs one update.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from mufakat.rules.contact import ContactRole
from mufakat.rules.errors import NotFoundError, UnknownPartyError
from mufakat.server.connectors import registry
from mufakat.server.connectors.government_bot import recipients as chats
from mufakat.server.connectors.models import Delivery, DeliveryState, Endpoint, EndpointState
from mufakat.server.journal import outbox, store
from mufakat.server.journal.models import Event
from mufakat.server.journal.parts import Swept, alone
from mufakat.server.parties import contacts, queries as parties
from mufakat.server.restrictions import operations as restrictions

if TYPE_CHECKING:
    import threading
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from mufakat.server.journal.outbox import Address
    from mufakat.server.journal.work import Moment
    from mufakat.server.parties.contacts import Contact

log = logging.getLogger(__name__)

PARTY, CONTACT = "party:", "contact:"
HIT = "hit_"  # How the id of a hit begins.
PORTION = 500


class Recipient(NamedTuple):
    """Where a row goes: whose it is, by which carrier, to which endpoint or contact."""

    party_id: str
    carrier: str
    target: str


def expand(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """One portion of the outbox."""
    del stop
    if not outbox.is_due([PARTY, CONTACT], at=at):
        return Swept(0, more=False)

    def portion(moment: Moment) -> Swept:
        rows = outbox.addresses([PARTY, CONTACT], at=at, limit=PORTION)
        found = recipients(rows, at=at)
        quiet = _quiet(rows) if registry.has_mail() else frozenset()
        pairs = [(row.event, one) for row in rows for one in found.get(row.to, ())]
        insert(
            once([(event, one) for event, one in pairs if event not in quiet or one.carrier != registry.MAIL]), moment
        )
        insert(_to_chats(rows, at=at), moment)
        if desks := _desks(rows, found):
            restrictions.told_at_their_desks(desks, moment=moment)
        outbox.done([row.pk for row in rows], moment)
        return Swept(len(rows), more=len(rows) == PORTION)

    return alone(portion)


def _to_chats(rows: Sequence[Address], *, at: datetime) -> list[tuple[str, Recipient]]:
    """What chats are told, each once and within its measure; a chat is nobody's address, so it is not among those."""
    told = chats.told(rows, _parties(row.to for row in rows))
    if not told:
        return []
    named = {event for event, _ in told}
    known = set(Delivery.objects.filter(event_id__in=named).values_list("event_id", "target"))
    fresh = {(event, chat.pk): (event, chat) for event, chat in told if (event, chat.pk) not in known}
    return [
        (event, Recipient(chat.party_id, registry.TELEGRAM, chat.pk))
        for event, chat in chats.within_measure(list(fresh.values()), at=at)
    ]


def _desks(rows: Sequence[Address], found: Mapping[str, Sequence[Recipient]]) -> set[tuple[str, str]]:
    """The events of parties that have no address, with their handles: their desk is where they are told, and now."""
    return {
        (row.event, row.to.removeprefix(PARTY)) for row in rows if row.to.startswith(PARTY) and not found.get(row.to)
    }


def _quiet(rows: Sequence[Address]) -> frozenset[str]:
    """The events of which no letter is written: what a filter hits by the thousand is told to systems, and shown."""
    found = Event.objects.filter(pk__in=[row.event for row in rows], case__startswith=HIT)
    return frozenset(found.values_list("pk", flat=True))


def once(pairs: Sequence[tuple[str, Recipient]]) -> list[tuple[str, Recipient]]:
    """The pairs of which no delivery is made yet, each once.

    A contact may be told of an event by name, and again as the first contact of its party: that is one letter.
    """
    told = {(event, to.target): (event, to) for event, to in pairs}
    by_mail = {event for event, to in told.values() if to.carrier == registry.MAIL}
    if by_mail:  # The other row of the event may have been in the portion before.
        for known in Delivery.objects.filter(event_id__in=by_mail).values_list("event_id", "target"):
            told.pop(known, None)
    return list(told.values())


def insert(pairs: Sequence[tuple[str, Recipient]], moment: Moment) -> list[str]:
    """Write these deliveries, an event and its recipient each; their ids. In an operation of the writer."""
    made = [moment.id("dlv") for _ in pairs]
    store.insert(
        Delivery,
        ("id", "event_id", "party_id", "carrier", "target", "state", "made_at", "due_at", *ZEROES),
        [
            (pk, event, to.party_id, to.carrier, to.target, WAITING, moment.at, moment.at, False, 0, 0)
            for pk, (event, to) in zip(made, pairs, strict=True)
        ],
    )
    if made:
        moment.after.append(outbox.bell.ring)
    return made


ZEROES = ("leased", "attempts", "replays")
WAITING = DeliveryState.WAITING.value


def recipients(rows: Sequence[Address], *, at: datetime) -> Mapping[str, Sequence[Recipient]]:
    """Whom each ``to`` of these rows means, now."""
    wanted = {row.to for row in rows}
    known = _parties(wanted)
    endpoints = _endpoints(known.values())
    mails = registry.has_mail()
    found: dict[str, Sequence[Recipient]] = {
        to: [*endpoints.get(pk, ()), *(_mail(pk, at=at) if mails else ())] for to, pk in known.items()
    }
    for to in (one for one in wanted if not one.startswith(PARTY)):
        found[to] = _contact(to.removeprefix(CONTACT), at=at)
    if strange := [to for to in wanted if to not in found]:
        log.warning("an outbox row names nobody that is known", extra={"to": sorted(strange)})
    return found


def _parties(wanted: Iterable[str]) -> dict[str, str]:
    """The party of each ``to`` that means one that is known."""
    directory = parties.directory()
    handles = {to: to.removeprefix(PARTY) for to in wanted if to.startswith(PARTY)}
    return {to: pk for to, handle in handles.items() if (pk := _party_id(handle, directory))}


def _party_id(handle: str, directory: parties.Directory) -> str:
    """The party of this handle; "" for nobody. The directory is as old as a few seconds, and a party may be newer."""
    if handle in directory:
        return directory[handle][0]
    try:
        return parties.party_by_handle(handle).id
    except UnknownPartyError:
        return ""


def _endpoints(party_ids: Collection[str]) -> Mapping[str, list[Recipient]]:
    found: dict[str, list[Recipient]] = {}
    active = Endpoint.objects.filter(party_id__in=set(party_ids), state=EndpointState.ACTIVE.value)
    for pk, party_id in active.order_by("pk").values_list("pk", "party_id"):
        found.setdefault(party_id, []).append(Recipient(party_id, registry.WEBHOOK, pk))
    return found


def _mail(party_id: str, *, at: datetime) -> Sequence[Recipient]:
    """By mail to the party's first contact: those who can be reached first, and of these who is there for users last.

    One that is marked as unreachable is written to where nobody else is left: a marker may be wrong, or out of date.
    """

    def turn(one: Contact) -> tuple[bool, bool]:
        return one.unreachable_since is not None, one.role is ContactRole.FOR_USERS

    for contact in sorted(contacts.in_order(party_id, at=at), key=turn):
        if contact.email:
            return (Recipient(party_id, registry.MAIL, contact.id),)
    return ()


def _contact(contact: str, *, at: datetime) -> Sequence[Recipient]:
    """By mail to this contact. Where mail is not configured it waits, and the desk says so."""
    try:
        found = contacts.get(contact, at=at)
    except NotFoundError:
        return ()
    return (Recipient(found.party_id, registry.MAIL, found.id),) if found.email else ()
