"""What follows for a mandate from how its holder's notices hold: less of its quota, given back; a proposal to people.

    whole ──lower──▶ lowered ──lower, ease──▶ lowered ──ease, restore──▶ whole

A machine lowers and eases (``governance.judging``), and proposes; an admin of the operator of this instance restores
and declines, on the word of whoever granted the mandate, and suspends as ever (``mandates``). Each deed is one event,
told to the holder with what was counted or with the reason; the holder replies (``mandates.reply``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules import consequences as rules, mandate as terms
from mufakat.rules.consequences import WHOLE, ProposalState
from mufakat.rules.errors import NotFoundError, RefusedError
from mufakat.rules.events import EventType
from mufakat.rules.mandate import MandateState
from mufakat.server.journal import ids, operations as journal
from mufakat.server.parties import news, quotas
from mufakat.server.parties.models import Mandate, Proposal, QuotaShare
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from mufakat.server.journal.work import Moment

ACCURACY = "accuracy"
"""The reason of a quota that is given back because the notices hold again; people give reasons in words."""


class WholeAlreadyError(RefusedError):
    """There is nothing to give back."""

    def __init__(self) -> None:
        super().__init__("The quota of this mandate is whole.")


class SettledError(RefusedError):
    """Somebody was faster."""

    def __init__(self, state: ProposalState) -> None:
        self.state = state
        super().__init__(f"This proposal is settled already: {state.value}.")


def move(mandate: Mandate, percent: int, *, evidence: bytes, moment: Moment) -> bool:
    """Let so many percent of the quota be left; nothing happens where it is so. Inside an operation of the writer."""
    row = QuotaShare.objects.filter(mandate=mandate).first()
    before = WHOLE if row is None else row.percent
    if percent == before:
        return False
    told = {"percent": percent, "since": moment.at, "evidence": evidence.decode() if percent < WHOLE else ""}
    QuotaShare.objects.update_or_create(mandate=mandate, defaults={**told, "reason": ""})
    quota = rules.quota_json(_lowered(mandate, percent), percent)
    if percent < before:
        _tell(mandate, EventType.MANDATE_QUOTA_LOWERED, {"quota": quota, "evidence": evidence}, moment)
    else:
        _tell(mandate, EventType.MANDATE_QUOTA_RESTORED, {"quota": quota, "reason": ACCURACY.encode()}, moment)
    quotas.regrade(mandate.party_id, moment, granted=False)
    return True


def propose(mandate: Mandate, *, evidence: bytes, moment: Moment) -> bool:
    """Put to people that the mandate be suspended, once while nobody has answered. Inside an operation of the writer.

    Who declined is not asked again for a while (``rules.consequences.AGAIN``).
    """
    asked = Proposal.objects.filter(mandate=mandate)
    if asked.filter(state=ProposalState.OPEN.value).exists():
        return False
    if asked.filter(state=ProposalState.DECLINED.value, settled_at__gt=moment.at - rules.AGAIN).exists():
        return False
    event = _tell(mandate, EventType.MANDATE_SUSPENSION_PROPOSED, {"evidence": evidence}, moment)
    Proposal.objects.create(
        id=moment.id("prp"),
        mandate=mandate,
        event=event,
        evidence=evidence.decode(),
        made_at=moment.at,
        state=ProposalState.OPEN.value,
    )
    return True


def restore(pk: str, *, reason: str) -> Mandate:
    """Give the whole quota back, whatever was counted: it is not counted again. The holder is told why."""
    said = terms.check_words(reason, what="reason")

    def run(moment: Moment) -> Mandate:
        found = _mandate(pk)
        row = QuotaShare.objects.filter(mandate=found).first()
        if row is None or row.percent == WHOLE:
            raise WholeAlreadyError
        row.percent, row.evidence, row.reason = WHOLE, "", said
        row.since, row.lifted_on = moment.at, moment.at.date()
        row.save()
        quota = rules.quota_json(_lowered(found, WHOLE), WHOLE)
        _tell(found, EventType.MANDATE_QUOTA_RESTORED, {"quota": quota, "reason": said.encode()}, moment)
        quotas.regrade(found.party_id, moment, granted=False)
        return found

    return news.stored(run)


def decline(pk: str, *, reason: str) -> Mandate:
    """Say no to a proposal; two clicks are one event. The holder is told why."""
    said = terms.check_words(reason, what="reason")

    def run(moment: Moment) -> Mandate:
        rows = Proposal.objects.select_related("mandate__party")
        found = rows.filter(pk=pk).first() if ids.is_id(pk, "prp") else None
        if found is None:
            raise NotFoundError("proposal")
        state = ProposalState(found.state)
        if state is ProposalState.DECLINED:
            return found.mandate
        if state is not ProposalState.OPEN:
            raise SettledError(state)
        found.state, found.settled_at, found.reason = ProposalState.DECLINED.value, moment.at, said
        found.save(update_fields=["state", "settled_at", "reason"])
        _tell(found.mandate, EventType.MANDATE_SUSPENSION_DECLINED, {"reason": said.encode()}, moment)
        return found.mandate

    return news.stored(run)


def decline_of(mandate: str, *, reason: str) -> Mandate:
    """Say no to the last proposal about this mandate."""
    found = proposals_of([mandate]).get(mandate)
    if found is None:
        raise NotFoundError("proposal")
    return decline(found.id, reason=reason)


def settle(mandate: str, state: MandateState, *, at: datetime) -> None:
    """A mandate that is suspended or revoked leaves no proposal open. The event of that deed says so."""
    ends = {MandateState.SUSPENDED: ProposalState.SUSPENDED, MandateState.REVOKED: ProposalState.VOID}
    if state in ends:
        asked = Proposal.objects.filter(mandate=mandate, state=ProposalState.OPEN.value)
        asked.update(state=ends[state].value, settled_at=at)


def concern(mandate: str) -> bool:
    """Whether anything followed for this mandate, so that its holder may have something to say."""
    return QuotaShare.objects.filter(mandate=mandate).exists() or Proposal.objects.filter(mandate=mandate).exists()


def shares_of(held: Collection[str]) -> dict[str, QuotaShare]:
    """By mandate, what is left of its quota, where anything ever followed."""
    return {row.mandate_id: row for row in QuotaShare.objects.filter(mandate__in=held)}


def proposals_of(held: Collection[str]) -> dict[str, Proposal]:
    """By mandate, the last proposal that it be suspended."""
    return {row.mandate_id: row for row in Proposal.objects.filter(mandate__in=held).order_by("id")}


def open_proposals() -> int:
    """How many wait for the operator."""
    return Proposal.objects.filter(state=ProposalState.OPEN.value).count()


def _lowered(mandate: Mandate, percent: int) -> terms.Quota:
    return rules.lowered(terms.Quota(mandate.burst, mandate.per_minute), percent)


def _mandate(pk: str) -> Mandate:
    rows = Mandate.objects.select_related("party")
    found = rows.filter(pk=pk).first() if ids.is_id(pk, "mnd") else None
    if found is None:
        raise NotFoundError("mandate")
    return found


def _tell(mandate: Mandate, type_: EventType, committed: dict[str, bytes], moment: Moment) -> str:
    """The event, told to the holder, and to the operator where it is the operator's turn."""
    holder = mandate.party.handle
    told = (holder, HOUSE) if type_ is EventType.MANDATE_SUSPENSION_PROPOSED else (holder,)
    happening = journal.Happening(
        type=type_,
        sender=HOUSE,
        recipient=holder,
        case=mandate.id,
        actor=HOUSE,
        committed=committed,
        to=tuple(f"party:{handle}" for handle in told),
    )
    recorded = journal.append([happening], moment)[0]
    news.tell(moment)
    return recorded.id
