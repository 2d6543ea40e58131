"""Deeds on mandates: grant, suspend, resume, revoke, reply. Each is one event, told to the other side.

    grant ──▶ in_force ──suspend──▶ suspended
                │   ▲                │    │
                │   └────resume──────┘    │
                └──────▶ revoked ◀────────┘

The operator of this instance does the first four, on the word of whoever `granted_by` names; the holder replies. A deed
that finds the mandate where it would bring it changes nothing, so that two clicks are one event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules import mandate as rules
from mufakat.rules.errors import NotFoundError, NotPermittedError, RefusedError
from mufakat.rules.events import EventType
from mufakat.rules.mandate import MandateState
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Deed, Reach, reach
from mufakat.server.journal import ids, operations as journal
from mufakat.server.parties import news, quotas, shares
from mufakat.server.parties.models import Mandate
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.rules.mandate import Terms
    from mufakat.server.journal.work import Moment
    from mufakat.server.parties.queries import Caller, Party


def keeps(caller: Caller) -> bool:
    """Whether this seat changes mandates: an admin of the operator of this instance."""
    return caller.kind is PartyKind.HOUSE and reach(caller.role, Deed.MANAGE_PEOPLE_AND_KEYS) is Reach.YES


def require_keeper(caller: Caller) -> None:
    """Raise NotPermittedError for everybody else."""
    caller.require(Deed.MANAGE_PEOPLE_AND_KEYS)
    if not keeps(caller):
        raise NotTheKeeperError(Deed.MANAGE_PEOPLE_AND_KEYS, caller.role)


class NotTheKeeperError(NotPermittedError):
    """An admin, but of another party."""

    def __str__(self) -> str:
        return "Mandates are granted, suspended and revoked by the operator of this instance alone."


class NotSoError(RefusedError):
    """The mandate is in a state in which this deed is not open."""

    def __init__(self, state: MandateState, deed: str) -> None:
        self.state = state
        super().__init__(f"A mandate that is {state.value.replace('_', ' ')} cannot be {deed}.")


def grant(party: Party, terms: Terms, *, at: datetime) -> Mandate:
    """Grant a mandate. It is in force at once. Raises BadMandateError with every fault of the terms."""
    rules.check(terms, holder=PartyKind(party.kind), at=at)

    def run(moment: Moment) -> Mandate:
        made = Mandate.objects.create(
            id=moment.id("mnd"),
            party=party,
            kinds=[kind.value for kind in terms.kinds],
            categories=[category.value for category in terms.categories],
            surfaces=[surface.value for surface in terms.surfaces],
            country=terms.country or "",
            expertise=terms.expertise,
            granted_by=terms.granted_by,
            legal_source=terms.legal_source,
            burst=terms.quota.burst,
            per_minute=terms.quota.per_minute,
            review_on=terms.review_on,
            granted_at=moment.at,
            state=MandateState.IN_FORCE.value,
            since=moment.at,
        )
        quotas.regrade(party.id, moment, granted=True)
        _tell(made, EventType.MANDATE_GRANTED, {"terms": rules.to_json(terms)}, moment)
        return made

    return news.stored(run)


def suspend(pk: str, *, reason: str) -> Mandate:
    """Let it not count until it is resumed. Its holder is told why and may reply."""
    return _moved(pk, MandateState.SUSPENDED, EventType.MANDATE_SUSPENDED, reason)


def resume(pk: str, *, reason: str) -> Mandate:
    """Let a suspended one count again; the reason says what came of it."""
    return _moved(pk, MandateState.IN_FORCE, EventType.MANDATE_RESUMED, reason)


def revoke(pk: str, *, reason: str) -> Mandate:
    """End it for good."""
    return _moved(pk, MandateState.REVOKED, EventType.MANDATE_REVOKED, reason)


REACHED_FROM = {
    MandateState.SUSPENDED: {MandateState.IN_FORCE},
    MandateState.IN_FORCE: {MandateState.SUSPENDED},
    MandateState.REVOKED: {MandateState.IN_FORCE, MandateState.SUSPENDED},
}
DEEDS = {"suspend": MandateState.SUSPENDED, "resume": MandateState.IN_FORCE, "revoke": MandateState.REVOKED}
SAID = {
    MandateState.SUSPENDED: "suspended",
    MandateState.IN_FORCE: "resumed",
    MandateState.REVOKED: "revoked",
}


def open_deeds(state: MandateState) -> list[str]:
    """What can be done with a mandate in this state."""
    return [deed for deed, to in DEEDS.items() if state in REACHED_FROM[to]]


def _moved(pk: str, to: MandateState, type_: EventType, reason: str) -> Mandate:
    said = rules.check_words(reason, what="reason")

    def run(moment: Moment) -> Mandate:
        found = _found(pk)
        before = MandateState(found.state)
        if before is to:
            return found
        if before not in REACHED_FROM[to]:
            raise NotSoError(before, SAID[to])
        found.state, found.since, found.reason = to.value, moment.at, said
        found.save(update_fields=["state", "since", "reason"])
        quotas.regrade(found.party_id, moment, granted=False)
        shares.settle(found.id, to, at=moment.at)
        _tell(found, type_, {"reason": said.encode()}, moment)
        return found

    return news.stored(run)


def reply(pk: str, *, by: Caller, text: str) -> Mandate:
    """The holder's answer to why its mandate stands as it does; the operator is told."""
    by.require(Deed.MESSAGE)
    said = rules.check_words(text, what="text")

    def run(moment: Moment) -> Mandate:
        found = _found(pk)
        if found.party_id != by.party_id:
            raise NotFoundError("mandate")
        if not found.reason and not shares.concern(found.id):
            raise NothingToReplyToError(Deed.MESSAGE, by.role)
        found.reply, found.replied_at = said, moment.at
        found.save(update_fields=["reply", "replied_at"])
        _tell(found, EventType.MANDATE_REPLIED, {"reply": said.encode()}, moment)
        return found

    return news.stored(run)


class NothingToReplyToError(NotPermittedError):
    """Nobody has said anything about this mandate yet."""

    def __str__(self) -> str:
        return "Nothing was said about this mandate that could be replied to."


def _found(pk: str) -> Mandate:
    rows = Mandate.objects.select_related("party")
    found = rows.filter(pk=pk).first() if ids.is_id(pk, "mnd") else None
    if found is None:
        raise NotFoundError("mandate")
    return found


def _tell(mandate: Mandate, type_: EventType, committed: dict[str, bytes], moment: Moment) -> None:
    """The event, from whoever did it to the other side, who is told; and everybody forgets what they remember."""
    holder = mandate.party.handle
    sender, recipient = (holder, HOUSE) if type_ is EventType.MANDATE_REPLIED else (HOUSE, holder)
    happening = journal.Happening(
        type=type_,
        sender=sender,
        recipient=recipient,
        case=mandate.id,
        actor=sender,
        committed=committed,
        to=(f"party:{recipient}",),
    )
    journal.append([happening], moment)
    news.tell(moment)
