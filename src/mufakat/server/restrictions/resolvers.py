"""An operator's resolvers: its engineer names them, and the probes ask them.

Naming one makes this house send questions to an address that somebody else gave, so it is a public one at the port of
the DNS (or in a network that the house allows), there are few, and until it was seen to filter the canary of every list
of its operator it is asked for canaries alone: nobody else's resolver is asked for more.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
from django.conf import settings

from mufakat.proof import canonical
from mufakat.rules import probing
from mufakat.rules.errors import NotFoundError, NotNowError, NotPermittedError
from mufakat.rules.events import EventType
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Deed
from mufakat.server.journal import door, operations as journal, work
from mufakat.server.journal.answers import Answer
from mufakat.server.parties.operations import HOUSE
from mufakat.server.restrictions.models import Resolver, Watch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.rules.probing import ResolverIn
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment
    from mufakat.server.parties.queries import Caller

MOST = 20  # Resolvers of an operator.
SHOWN = 100


class OperatorsAloneError(NotPermittedError):
    """Only an operator carries lists."""

    def __str__(self) -> str:
        return "Only an operator has resolvers here."


class TooManyResolversError(NotNowError):
    """The operator has named as many as are asked."""

    def __str__(self) -> str:
        return f"An operator names at most {MOST} resolvers; remove one first."


class ResolverState(StrEnum):
    """How a resolver stands."""

    WAITING = "waiting"  # It was not asked yet, or no list of its operator is there that it could filter.
    READY = "ready"  # It filters: what it answers counts.
    NOT_FILTERING = "not_filtering"  # It answers, and not as one that has the lists.
    SILENT = "silent"
    REMOVED = "removed"


class ResolverOut(msgspec.Struct, frozen=True):
    """A resolver, as its own operator sees it."""

    id: str
    operator: str
    address: str
    port: int
    state: ResolverState
    set_at: str
    ready_at: str | None
    asked_at: str | None
    answered_at: str | None
    removed_at: str | None

    @classmethod
    def of(cls, row: Resolver) -> ResolverOut:
        """The resolver must come with its operator."""
        times = (row.ready_at, row.asked_at, row.answered_at, row.removed_at)
        shown = [None if one is None else canonical.timestamp(one) for one in times]
        first = (str(row.pk), row.operator.handle, row.address, row.port, state_of(row))
        return cls(*first, canonical.timestamp(row.set_at), *shown)


def state_of(row: Resolver) -> ResolverState:
    """How it stands, by when it was asked and when it answered."""
    if row.removed_at is not None:
        return ResolverState.REMOVED
    if row.asked_at is None:
        return ResolverState.WAITING
    if row.answered_at is None or row.answered_at < row.asked_at:
        return ResolverState.SILENT
    return ResolverState.READY if row.ready_at is not None else ResolverState.NOT_FILTERING


def add(told: ResolverIn, *, by: Caller, key: Key | None = None) -> Answer:
    """Name a resolver; one that is named already stays as it is.

    Raises BadResolverError, NotPermittedError, TooManyResolversError.
    """
    require(by)
    address = probing.require_askable(told.address, told.port, networks=settings.MUFAKAT_PROBES.networks)

    def run(moment: Moment) -> Answer:
        found = Resolver.objects.select_related("operator").filter(operator=by.party_id, removed_at=None)
        known = found.filter(address=address, port=told.port).first()
        if known is None:
            if found.count() >= MOST:
                raise TooManyResolversError
            event = _tell(EventType.RESOLVER_SET, by, address, told.port, moment)
            made = Resolver.objects.create(
                operator_id=by.party_id,
                address=address,
                port=told.port,
                person_id=by.person_id,
                event=event,
                set_at=moment.at,
                next_at=moment.at,
            )
            known = found.get(pk=made.pk)
        return Answer(201, msgspec.json.encode(ResolverOut.of(known)), str(known.pk))

    answer: Answer = door.writer().commit(work.Deed(run, key=key))
    return answer


def remove(resolver: str, *, by: Caller) -> ResolverOut:
    """Ask it no more; doing it again changes nothing. What it was seen to answer stays on record."""

    def run(moment: Moment) -> ResolverOut:
        row = get_for(by, resolver)
        if row.removed_at is None:
            row.removed_at, row.next_at, row.ready_at = moment.at, None, None
            row.save(update_fields=["removed_at", "next_at", "ready_at"])
            Watch.objects.filter(resolver=row).update(next_at=None)
            _tell(EventType.RESOLVER_REMOVED, by, row.address, row.port, moment)
        return ResolverOut.of(row)

    get_for(by, resolver)
    return door.commit(run)


def get_for(by: Caller, resolver: str) -> Resolver:
    """A resolver of the caller's own party. Raises NotFoundError."""
    require(by)
    known = Resolver.objects.select_related("operator").filter(operator=by.party_id)
    is_number = resolver.isascii() and resolver.isdigit() and len(resolver) < 19
    found = known.filter(pk=int(resolver)).first() if is_number else None
    if found is None:
        raise NotFoundError("resolver")
    return found


def list_for(by: Caller) -> Sequence[ResolverOut]:
    """The resolvers of the caller's party: those that are asked first, then newest first; there are few."""
    require(by)
    rows = Resolver.objects.select_related("operator").filter(operator=by.party_id).order_by("-pk")[:SHOWN]
    return [ResolverOut.of(row) for row in sorted(rows, key=lambda row: row.removed_at is not None)]


def require(by: Caller) -> None:
    """Raise where this caller may not name or see resolvers."""
    by.require(Deed.MANAGE_RESOLVERS)
    if by.kind is not PartyKind.OPERATOR:
        raise OperatorsAloneError(Deed.MANAGE_RESOLVERS, by.role)


def next_due() -> datetime | None:
    """When the first canary is asked."""
    return Resolver.objects.filter(next_at__isnull=False).order_by("next_at").values_list("next_at", flat=True).first()


def _tell(type_: EventType, by: Caller, address: str, port: int, moment: Moment) -> str:
    happening = journal.Happening(
        type=type_,
        sender=by.handle,
        recipient=HOUSE,
        case=by.party_id,
        actor=by.handle,
        committed={"resolver": canonical.encode({"address": address, "port": port})},
    )
    return journal.append([happening], moment)[0].id
