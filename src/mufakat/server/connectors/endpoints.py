"""Deeds about a party's endpoints: set one, give it a new secret, disable and enable it, send a test."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from mufakat.formats import webhook
from mufakat.rules import egress
from mufakat.rules.errors import NotFoundError
from mufakat.rules.events import EventType
from mufakat.rules.permissions import Deed
from mufakat.server.connectors import expansion, health, registry, sealing
from mufakat.server.connectors.errors import DisabledEndpointError, TooManyEndpointsError
from mufakat.server.connectors.expansion import Recipient
from mufakat.server.connectors.models import Ended, Endpoint, EndpointState
from mufakat.server.journal import door, ids, operations as journal, work
from mufakat.server.journal.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment
    from mufakat.server.parties.queries import Caller

MOST = 5  # Active endpoints of a party: each event goes to all of them.
BOTH = timedelta(hours=24)  # For which the former secret signs beside the new one.


class Shown(NamedTuple):
    """An endpoint, and its secret where it was made just now: the only time it is shown."""

    endpoint: Endpoint
    secret: str | None


def set_up(url: str, *, by: Caller, key: Key, told: Callable[[Endpoint], bytes]) -> tuple[Answer, str | None]:
    """Make an endpoint. The stored answer (`told`) holds no secret: a repetition gets the endpoint without it."""
    by.require(Deed.MANAGE_ENDPOINTS)
    target = egress.read_url(url, policy=settings.MUFAKAT_WEBHOOK_POLICY)
    secret = webhook.Secret(secrets.token_bytes(webhook.MADE))

    def run(moment: Moment) -> Answer:
        require_room(by.party_id)
        pk = moment.id("end")
        made = Endpoint.objects.create(
            id=pk,
            party_id=by.party_id,
            url=target.url,
            secret=sealing.seal(secret.raw, endpoint=pk),
            state=EndpointState.ACTIVE.value,
            made_at=moment.at,
        )
        journal.append([health.happened(made, EventType.ENDPOINT_SET, actor=by.handle)], moment)
        return Answer(201, told(made), pk)

    answer: Answer = door.writer().commit(work.Deed(run, key=key))
    return answer, None if answer.replayed else secret.text()


def require_room(party_id: str) -> None:
    if Endpoint.objects.filter(party_id=party_id, state=EndpointState.ACTIVE.value).count() >= MOST:
        raise TooManyEndpointsError(MOST)


def rotate(endpoint: str, *, by: Caller) -> Shown:
    """Give it a new secret; for a day the former one signs beside it, so that the receiver can change over."""
    secret = webhook.Secret(secrets.token_bytes(webhook.MADE))

    def run(moment: Moment) -> Endpoint:
        found = get_for(by, endpoint)
        found.former, found.former_until = bytes(found.secret), moment.at + BOTH
        found.secret = sealing.seal(secret.raw, endpoint=found.pk)
        found.save(update_fields=["secret", "former", "former_until"])
        journal.append([health.happened(found, EventType.ENDPOINT_ROTATED, actor=by.handle)], moment)
        return found

    get_for(by, endpoint)
    return Shown(door.commit(run), secret.text())


def disable(endpoint: str, *, by: Caller) -> Endpoint:
    """Send nothing there any more; what waits for it becomes a dead letter. Doing it again changes nothing."""

    def run(moment: Moment) -> Endpoint:
        found = get_for(by, endpoint)
        if health.close(found, Ended.BY_PARTY, moment=moment):
            journal.append([health.ended(found, actor=by.handle)], moment)
        return get_for(by, endpoint)

    get_for(by, endpoint)
    return door.commit(run)


def enable(endpoint: str, *, by: Caller) -> Endpoint:
    """Send there again, with a clean record. Doing it again changes nothing."""

    def run(moment: Moment) -> Endpoint:
        found = get_for(by, endpoint)
        if found.state == EndpointState.DISABLED.value:
            require_room(by.party_id)
            found.state, found.ended, found.ended_at = EndpointState.ACTIVE.value, "", None
            found.failures, found.failing_since, found.paused_until = 0, None, None
            found.save(update_fields=["state", "ended", "ended_at", "failures", "failing_since", "paused_until"])
            journal.append([health.happened(found, EventType.ENDPOINT_ENABLED, actor=by.handle)], moment)
        return found

    get_for(by, endpoint)
    return door.commit(run)


def test(endpoint: str, *, by: Caller) -> str:
    """Send it a message that says nothing else; the id of the delivery. Its result shows on the endpoint."""

    def run(moment: Moment) -> str:
        found = get_for(by, endpoint)
        if found.state != EndpointState.ACTIVE.value:
            raise DisabledEndpointError
        # A person looks on: it does not wait for the end of a pause.
        Endpoint.objects.filter(pk=found.pk).update(paused_until=None)
        happening = health.happened(found, EventType.ENDPOINT_TESTED, actor=by.handle, told=False)
        (recorded,) = journal.append([happening], moment)
        to = Recipient(found.party_id, registry.WEBHOOK, found.pk)
        (delivery,) = expansion.insert([(recorded.id, to)], moment)
        return delivery

    get_for(by, endpoint)
    return door.commit(run)


def get_for(by: Caller, endpoint: str) -> Endpoint:
    """An endpoint of the caller's own party. Raises NotFoundError; whether it is another's is not said."""
    by.require(Deed.MANAGE_ENDPOINTS)
    known = Endpoint.objects.select_related("party")
    found = known.filter(pk=endpoint, party_id=by.party_id).first() if ids.is_id(endpoint, "end") else None
    if found is None:
        raise NotFoundError("endpoint")
    return found


def list_for(by: Caller) -> Sequence[Endpoint]:
    """The endpoints of the caller's party, active ones first, then newest first; there are few."""
    by.require(Deed.MANAGE_ENDPOINTS)
    own = Endpoint.objects.filter(party_id=by.party_id).select_related("party")
    return list(own.order_by("state", "-pk")[:SHOWN])


SHOWN = 100
