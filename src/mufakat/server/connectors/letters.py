"""Dead letters: who sees them, and how they are tried anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, Min

from mufakat.rules.errors import NotFoundError, NotPermittedError
from mufakat.rules.events import EventType
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Deed
from mufakat.server.connectors import deliveries, registry
from mufakat.server.connectors.errors import ClosedAddressError, NotDeadError
from mufakat.server.connectors.models import Delivery, DeliveryState, Endpoint, EndpointState
from mufakat.server.journal import door, ids, operations as journal, outbox

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from mufakat.server.journal.work import Moment
    from mufakat.server.parties.queries import Caller

PAGE = 50
AT_ONCE = 500  # Dead letters of one commit of a replay.


class NotTheHouseError(NotPermittedError):
    """Deliveries of every party are for who runs the instance."""

    def __str__(self) -> str:
        return "Dead letters are seen and tried anew by the operator of this instance alone."


class Page(NamedTuple):
    """Dead letters, oldest first, and where the next page begins."""

    items: Sequence[Delivery]
    next: str | None


class Standing(NamedTuple):
    """What waits and what died, and since when the oldest waits."""

    waiting: int
    oldest: datetime | None
    dead: int


def require_operator(by: Caller) -> None:
    """Raise unless this is the admin of the house."""
    by.require(Deed.REPLAY_DELIVERY)
    if by.kind is not PartyKind.HOUSE:
        raise NotTheHouseError(Deed.REPLAY_DELIVERY, by.role)


def dead(*, after: str | None = None, size: int = PAGE) -> Page:
    """Dead letters, oldest first. The caller has asked who may see them."""
    found = Delivery.objects.filter(state=DeliveryState.DEAD.value).select_related("event", "party").order_by("pk")
    rows = list((found.filter(pk__gt=after) if after else found)[: size + 1])
    return Page(rows[:size], rows[size - 1].pk if len(rows) > size else None)


def standing() -> Standing:
    """Counted in indexes that hold open and dead rows alone."""
    waiting = Delivery.objects.filter(state=DeliveryState.WAITING.value).aggregate(
        many=Count("made_at"), oldest=Min("made_at")
    )
    dead_ = Delivery.objects.filter(state=DeliveryState.DEAD.value).count()
    return Standing(waiting["many"], waiting["oldest"], dead_ + outbox.dead_count())


def waits_for_mail() -> int:
    """How many deliveries wait for e-mail where none is configured."""
    if registry.has_mail():
        return 0
    return Delivery.objects.filter(state=DeliveryState.WAITING.value, carrier=registry.MAIL).count()


def replay(delivery: str, *, actor: str) -> Delivery:
    """Try a dead letter anew, from the foot of the ladder. Raises NotFoundError, NotDeadError, ClosedAddressError."""

    def run(moment: Moment) -> Delivery:
        found = Delivery.objects.filter(pk=delivery).first() if ids.is_id(delivery, "dlv") else None
        if found is None:
            raise NotFoundError("delivery")
        if found.state != DeliveryState.DEAD.value:
            raise NotDeadError
        if not _replayed([found.pk], actor=actor, moment=moment):
            raise ClosedAddressError
        return Delivery.objects.select_related("event", "party").get(pk=found.pk)

    return door.commit(run)


def replay_all(*, actor: str, target: str | None = None) -> int:
    """Try every dead letter anew, or those to one endpoint; those whose endpoint is disabled stay. How many."""
    done, after = 0, ""
    while True:
        found = Delivery.objects.filter(state=DeliveryState.DEAD.value, pk__gt=after)
        chosen = list(
            (found.filter(target=target) if target else found).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]
        )
        if not chosen:
            return done

        def run(moment: Moment, portion: Sequence[str] = tuple(chosen)) -> int:
            return _replayed(portion, actor=actor, moment=moment)

        done, after = done + door.commit(run), chosen[-1]


def revive_all() -> int:
    """Begin anew with everything in the outbox that was given up: reactions that failed to the end. How many."""
    chosen = [one.pk for one in outbox.dead(limit=AT_ONCE)]
    return door.commit(lambda moment: sum(outbox.revive(pk, at=moment.at) for pk in chosen)) if chosen else 0


def _replayed(chosen: Collection[str], *, actor: str, moment: Moment) -> int:
    """Those of them whose address is open wait anew, each with its event. In an operation of the writer."""
    found = list(
        Delivery.objects.filter(pk__in=chosen, state=DeliveryState.DEAD.value)
        .select_related("event", "party")
        .order_by("pk")
    )
    webhooks = {one.target for one in found if one.carrier == registry.WEBHOOK}
    open_ = set(Endpoint.objects.filter(pk__in=webhooks, state=EndpointState.ACTIVE.value).values_list("pk", flat=True))
    sound = [one for one in found if one.carrier != registry.WEBHOOK or one.target in open_]
    told = {"state": DeliveryState.WAITING.value, "ended_at": None, "due_at": moment.at, "attempts": 0, "detail": ""}
    for one in sound:
        Delivery.objects.filter(pk=one.pk).update(**told, replays=one.replays + 1)
    journal.append([deliveries.about(one, EventType.DELIVERY_REPLAYED, actor=actor) for one in sound], moment)
    moment.after.append(outbox.bell.ring)
    return len(sound)
