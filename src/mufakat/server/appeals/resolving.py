"""Resolve an appeal: by somebody else than the decider, with reasons, and with an effect.

What is reversed is reversed in the same transaction: the decision no longer stands, its measures are to be undone, or
its notice is decided anew. The platform confirms what it undid; until then the notice does not close.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.proof import canonical
from mufakat.rules import appeal as rules, appeal_reading as reading
from mufakat.rules.appeal import AlreadyResolvedError, AppealState, BadAppealError, Level, Resolution, Standing
from mufakat.rules.events import EventType
from mufakat.rules.fault import Faults
from mufakat.rules.lifecycle import NoticeDeed, NoticeState
from mufakat.rules.permissions import Deed
from mufakat.server.appeals import closing, queries
from mufakat.server.appeals.faces import LodgedAppealOut
from mufakat.server.appeals.models import Appeal
from mufakat.server.decisions import operations as decided, queries as decisions
from mufakat.server.journal import door, operations as journal
from mufakat.server.journal.answers import Answer
from mufakat.server.notices import clocks, exhibits, queries as notices, turning
from mufakat.server.notices.faces import encode
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from mufakat.rules.appeal import Effect, ResolutionIn
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller


@dataclass(slots=True)
class Resolving:
    """A resolution on its way to the writer."""

    appeal: str
    told: ResolutionIn
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        appeal = own(self.by, self.appeal)
        # (1) Two who resolve at once come here one after the other.
        if appeal.state != AppealState.LODGED:
            raise AlreadyResolvedError(AppealState(appeal.state))
        found = decisions.whole(decisions.known(appeal.decision_id))
        contested, standing = queries.contested(found), Standing(appeal.standing)
        faults = Faults()
        rules.judge(self.told, contested, standing, faults)
        if faults.found:
            raise BadAppealError(faults.found)
        effect = rules.effect(self.told.outcome, contested, standing, measures=self.told.measures or ())
        # (2) The notice is decided anew where the effect says so, once: what was decided anew since stands until it is
        # contested itself. The event says what came of the appeal.
        notice = found.decision.notice
        ruled = notice.state in {NoticeState.DECIDED, NoticeState.CLOSED} and decisions.is_newest(found.decision)
        deed = NoticeDeed.REOPEN if effect.reopens and ruled else None
        first = notices.first_event(notice.id).id
        type_ = rules.TOLD_BY[self.told.outcome] if appeal.level == Level.INTERNAL else EventType.DISPUTE_SETTLED
        turned = turning.turn(notice, type_, deed=deed, first=first, moment=moment)
        happening = self._happening(type_, appeal, effect, first)
        event = journal.append([happening, *turned], moment)[0]
        # (3) The decision and its measures.
        if not effect.stands:
            decided.mark_reversed(appeal.decision_id, partly=not effect.whole, moment=moment)
            decided.order_inverse(effect.undone, moment=moment)
        # (4) The row; the database itself refuses the decider here.
        Appeal.objects.filter(pk=appeal.pk, state=AppealState.LODGED.value).update(
            state=self.told.outcome.value,
            resolved_by_id=self.by.person_id,
            resolved_at=moment.at,
            resolution=event.id,
        )
        closing.look_soon(notice.id, moment)
        turning.look_again(notice, anew=moment.at)
        row = queries.get_for(self.by, appeal.id, deed=Deed.RESOLVE_APPEAL)
        files = exhibits.of_appeals(self.by, notice).get(row.id)
        out = LodgedAppealOut.of(queries.whole(row), viewer=self.by, files=files)
        return Answer(200, encode(out), notice.id)

    def _happening(self, type_: EventType, appeal: Appeal, effect: Effect, first: str) -> journal.Happening:
        sender = parties.handles()[appeal.sender_id]
        told = self.told
        committed = {"reasons": told.reasons.encode()}
        if type_ is EventType.DISPUTE_SETTLED:
            outcome = told.outcome.value
            committed = {"body": appeal.body.encode(), "outcome": outcome.encode(), "note": told.reasons.encode()}
        if told.outcome is Resolution.PARTLY:
            committed["items"] = canonical.encode(list(effect.undone))
        return journal.Happening(
            type=type_,
            sender=self.by.handle,
            recipient=sender,
            case=appeal.notice_id,
            actor=self.by.handle,
            committed=committed,
            ref=(appeal.id, appeal.decision_id, first),
            to=clocks.both(sender, self.by.handle),
            receipt=True,
        )


def own(by: Caller, appeal: str) -> Appeal:
    """The appeal, if it is for the caller to resolve it. Raises NotFoundError, NotPermittedError (I-08)."""
    found = queries.get_for(by, appeal, deed=Deed.RESOLVE_APPEAL)
    rules.require_resolver(
        by.role, person=by.person_id, party=by.party_id, decider=found.decider_id, recipient=found.party_id
    )
    return found


def resolve(appeal: str, raw: bytes, *, by: Caller, key: Key | None = None) -> Answer:
    """Say what comes of an appeal, or of a case before a body outside.

    Raises BadAppealError with every fault, AlreadyResolvedError, DeciderError, NotPermittedError, NotFoundError.
    """
    own(by, appeal)
    faults = Faults()
    found = reading.parse(raw, rules.ResolutionIn, faults)
    if found is not None:
        reading.judge_reasons(found.reasons, faults)
    if found is None or faults.found:
        raise BadAppealError(faults.found)
    answer: Answer = door.writer().commit(Resolving(appeal, found, by, key))
    return answer
