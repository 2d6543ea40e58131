"""The part of the worker that delivers: claim, give to the courier, write back, again and again.

The courier of a process outlives a share of this part: what is slow stays in its hands while the others' shares go on.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from django.db.models import Q

from mufakat.rules.errors import NotFoundError
from mufakat.server.connectors import bodies, deliveries, health, registry, sealing
from mufakat.server.connectors.carriers import Fate, Outcome, Parcel
from mufakat.server.connectors.courier import Courier, Done, Errand
from mufakat.server.connectors.deliveries import Claimed, Lane, Settled
from mufakat.server.connectors.models import Delivery, DeliveryState, Endpoint, EndpointState
from mufakat.server.journal import outbox, vault
from mufakat.server.journal.errors import WriteError
from mufakat.server.journal.parts import Swept, alone
from mufakat.server.parties import contacts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from mufakat.server.parties.contacts import Contact

IN_HAND = 128  # Deliveries of one recipient that are claimed ahead of their attempts.
ALL = 2_048  # Deliveries of all recipients that one turn claims.
GRAVES = 200  # Dead letters of one commit.
PATIENCE = 0.5  # Seconds that a share waits for news before it lets the loop look whether to stop.

_courier: Courier | None = None
_starting = threading.Lock()


def courier() -> Courier:
    """The courier of this process, started when it is first needed."""
    global _courier  # noqa: PLW0603 - one for a process: the bound of attempts at once is its.
    with _starting:
        if _courier is None:
            made = Courier(registry.configured)
            made.start()
            outbox.bell.hear(made.news)
            _courier = made
        return _courier


def close(*, at: datetime) -> None:
    """End the courier, and give back what it had in hand, so that nobody waits for a lease to end."""
    global _courier
    with _starting:
        found, _courier = _courier, None
    if found is None:
        return
    outbox.bell.leave(found.news)
    found.close()
    if left := found.take():
        deliveries.take_turn(_settled(left), [], at=at)


def deliver(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Write down what is done, claim what is due, and wait a moment for news; more as long as anything is in hand."""
    hands = courier()
    done = hands.take()
    # Of whom something failed just now is claimed anew once that is written down: its breaker may have opened.
    failed = {one.errand.target for one in done if one.outcome is not None and one.outcome.fate not in health.GOOD}
    lanes = [lane for lane in _lanes(hands, at=at) if lane.target not in failed]
    if done or lanes:
        began = time.monotonic()
        try:
            claimed = deliveries.take_turn(_settled(done), lanes, at=at)
        except WriteError:
            # Or what was carried would be carried again when its lease ends.
            hands.put_back(done)
            raise
        hands.give(errands(claimed, at=at, until=began + deliveries.LEASE.total_seconds()))
    if hands.is_busy and not (stop and stop.is_set()):
        hands.news.wait(PATIENCE)
    return Swept(sum(one.outcome is not None for one in done), more=hands.is_busy or bool(done))


def bury(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Make dead letters of what waits for an endpoint that was closed."""
    del stop
    closed = list(Endpoint.objects.filter(state=EndpointState.DISABLED.value).values_list("pk", flat=True))
    waiting = Delivery.objects.filter(state=DeliveryState.WAITING.value, carrier=registry.WEBHOOK, target__in=closed)
    # What is in hand this moment comes back by itself, and is taken then.
    resting = waiting.filter(Q(leased=False) | Q(due_at__lte=at))
    found = list(resting.order_by("target", "due_at", "pk").values_list("pk", flat=True)[:GRAVES])
    if not found:
        return Swept(0, more=False)
    why = Outcome(Fate.DEAD, "its endpoint was closed")
    buried = alone(lambda moment: deliveries.bury(dict.fromkeys(found, (None, why)), moment=moment))
    return Swept(buried, more=len(found) == GRAVES)


def _settled(done: Sequence[Done]) -> list[Settled]:
    return [
        Settled(Claimed(one.parcel.delivery, one.carrier, one.target, one.parcel.attempt), outcome)
        for one, outcome in done
    ]


def _lanes(hands: Courier, *, at: datetime) -> list[Lane]:
    """Who has something due and room for it; those that are paused or closed have none."""
    found: list[Lane] = []
    for carrier in hands.carriers:
        targets = deliveries.due_targets(carrier, at=at)
        rooms = _endpoint_rooms(targets, at=at) if carrier == registry.WEBHOOK else dict.fromkeys(targets, IN_HAND)
        for target in targets:
            held = hands.held(target)
            # Filled up when it is half empty, so that a claim is worth its commit.
            if (room := rooms.get(target, 0) - held) > 0 and (not held or room >= IN_HAND // 2):
                found.append(Lane(carrier, target, room))
    share = max(1, ALL // max(len(found), 1))
    return [lane._replace(room=min(lane.room, share)) for lane in found]


def _endpoint_rooms(targets: Sequence[str], *, at: datetime) -> Mapping[str, int]:
    rooms = {}
    for endpoint in Endpoint.objects.filter(pk__in=targets, state=EndpointState.ACTIVE.value):
        how = health.of(endpoint)
        rooms[endpoint.pk] = 0 if how.is_paused(at=at) else 1 if how.is_suspect else IN_HAND
    return rooms


def errands(claimed: Sequence[Claimed], *, at: datetime, until: float) -> list[Errand]:
    """The parcels of these claims, read back outside the writer."""
    if not claimed:
        return []
    names = ("event_id", "event__type", "event__at", "event__case", "event__sender", "event__recipient")
    rows = Delivery.objects.filter(pk__in=[one.id for one in claimed])
    listed = list(rows.values_list("pk", "party__handle", *names, "event__leaf_hash"))
    events = bodies.with_hits([bodies.Told._make((*row[2:8], bytes(row[8]), None)) for row in listed])
    told = {row[0]: (row[1], event) for row, event in zip(listed, events, strict=True)}
    addresses = _addresses({one.target for one in claimed if one.carrier == registry.WEBHOOK}, at=at)
    holding = contacts.named({one.target for one in claimed if one.carrier == registry.MAIL}, at=at)
    made = []
    for one in claimed:
        party, event = told[one.id]
        address, keys = addresses.get(one.target, ("", ()))
        if one.carrier == registry.MAIL:
            address = _mailbox(one.target, event, holding, at=at)
        parcel = Parcel(
            delivery=one.id,
            attempt=one.attempt,
            event=event.event,
            type=event.type,
            case=event.case,
            party=party,
            address=address,
            contact=one.target if one.carrier != registry.WEBHOOK else None,
            body=bodies.body(event),
            at=at,
            keys=keys,
        )
        made.append(Errand(one.carrier, one.target, parcel, until))
    return made


def _mailbox(target: str, event: bodies.Told, holding: Mapping[str, Contact], *, at: datetime) -> str:
    """The address of a contact in force. One that was removed is still told of that, and of nothing else."""
    if target in holding:
        return holding[target].email
    if event.case == target and event.type.startswith("contact."):
        with suppress(NotFoundError):
            return contacts.get(target, at=at).email
    return ""


def _addresses(targets: set[str], *, at: datetime) -> dict[str, tuple[str, tuple[bytes, ...]]]:
    """URL and secrets of endpoints: two while a former secret is still good."""
    found = {}
    for one in Endpoint.objects.filter(pk__in=targets):
        sealed = [bytes(one.secret)]
        if one.former is not None and one.former_until is not None and at < one.former_until:
            sealed.append(bytes(one.former))
        found[one.pk] = (one.url, tuple(_opened(sealed, one.pk)))
    return found


def _opened(sealed: Sequence[bytes], endpoint: str) -> Iterator[bytes]:
    """Those that can be opened. Where the instance's secret key was changed, a secret that is newer still signs.

    An endpoint of which none can be opened says so, and the others are told as before.
    """
    for one in sealed:
        with suppress(vault.DamagedFileError):
            yield _unsealed(one, endpoint)


@lru_cache(maxsize=1_024)
def _unsealed(sealed: bytes, endpoint: str) -> bytes:
    return sealing.unseal(sealed, endpoint=endpoint)
