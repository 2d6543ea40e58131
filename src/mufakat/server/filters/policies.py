"""Versions of a policy: proposed, put beside the live one in shadow, declined, ended. Going live is in `promoting`.

A text is read, and its own tests run, outside of the writer: the largest takes seconds. What was read stays true until
the commit, for a bank is neither renamed nor turned round, and a version has one text for ever.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.formats import policies as format_
from mufakat.rules import filtering as lifecycle
from mufakat.rules.errors import BadScreeningError, NotNowError
from mufakat.rules.events import EventType
from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.filtering import PolicyDeed, PolicyState, RestoringState
from mufakat.rules.permissions import Deed
from mufakat.server.filters import holdings, policy_queries as queries, telling, texts, trying
from mufakat.server.filters.models import Policy, Restoring
from mufakat.server.filters.policy_faces import PolicyOut
from mufakat.server.journal import door, operations as journal
from mufakat.server.journal.answers import Answer
from mufakat.server.notices.faces import encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.screening.policy import Policy as Rules
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller

MOST_OPEN = 50  # Versions of a platform that are proposed or in shadow at once.
MOST_IN_SHADOW = 3  # Each judges every item that is screened.
OPEN = [PolicyState.PROPOSED.value, PolicyState.SHADOW.value]


@dataclass(slots=True)
class Proposing:
    """A version on its way to the writer."""

    rules: Rules
    text: str
    note: str
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        raw = self.text.encode()
        digest = hashlib.sha256(raw).digest()
        own = Policy.objects.filter(platform=self.by.party_id)
        known = own.filter(name=self.rules.policy, version=self.rules.version).first()
        if known is not None and bytes(known.sha256) != digest:
            detail = f"{self.rules.ref} is there already with another text: raise the version."
            raise BadScreeningError([Fault("/text", FaultCode.CONTRADICTS, detail)])
        if known is None:
            if own.filter(state__in=OPEN).count() >= MOST_OPEN:
                raise NotNowError(f"{MOST_OPEN} versions wait already: decline those that nobody wants any more.")
            known = self._written(raw, digest, moment)
        return answered(known.pk, self.rules, status=201)

    def _written(self, raw: bytes, digest: bytes, moment: Moment) -> Policy:
        pk = moment.id("pol")
        happening = telling.happening(
            EventType.POLICY_PROPOSED,
            pk,
            platform=self.by.party_id,
            actor=self.by.handle,
            committed={"policy": raw, "note": self.note.encode()},
        )
        return Policy.objects.create(
            id=pk,
            platform_id=self.by.party_id,
            name=self.rules.policy,
            version=self.rules.version,
            text=self.text,
            sha256=digest,
            state=PolicyState.PROPOSED.value,
            proposer_id=self.by.person_id,
            proposed_at=moment.at,
            event=journal.append([happening], moment)[0].id,
        )


@dataclass(slots=True)
class Moving:
    """A version that begins its shadow run, or is not wanted."""

    policy: str
    rules: Rules
    deed: PolicyDeed
    said: str
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        row = holdings.policy_of(self.by, self.policy)
        after = lifecycle.advance(PolicyState(row.state), self.deed)
        if self.deed is PolicyDeed.BEGIN_SHADOW:
            require_room(row)
            type_, field = EventType.POLICY_SHADOWED, "note"
            row.shadow_at = moment.at
        else:
            type_, field = EventType.POLICY_DECLINED, "reason"
            row.ended_at, row.ended_by_id = moment.at, self.by.person_id
        row.state = after.value
        tell(row, type_, {field: self.said.encode()}, by=self.by, moment=moment)
        row.save()
        return answered(row.pk, self.rules)


@dataclass(slots=True)
class Ending:
    """The live version is taken back; `restore` undoes what it hit."""

    policy: str
    rules: Rules
    reason: str
    restore: bool
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        row = holdings.policy_of(self.by, self.policy)
        row.state = lifecycle.advance(PolicyState(row.state), PolicyDeed.END).value
        row.ended_at, row.ended_by_id = moment.at, self.by.person_id
        event = tell(row, EventType.POLICY_ENDED, {"reason": self.reason.encode()}, by=self.by, moment=moment)
        row.save()
        if self.restore:
            Restoring.objects.create(policy=row, state=RestoringState.RUNNING.value, because=event, begun_at=moment.at)
        return answered(row.pk, self.rules)


def propose(text: str, *, note: str = "", by: Caller, key: Key | None = None) -> Answer:
    """Propose a version. The same text of the same version is the same proposal.

    Raises BadScreeningError with every fault and its line, NotNowError, NotPermittedError.
    """
    holdings.require(by, Deed.PROPOSE_POLICY)
    rules = read(text, platform=by.party_id)
    answer: Answer = door.writer().commit(Proposing(rules, text, note, by, key))
    return answer


def read(text: str, *, platform: str) -> Rules:
    """What the text says, its tests run, every bank in it one of the platform's. Raises BadScreeningError."""
    try:
        return format_.parse(text.encode("utf-8", "surrogatepass"), banks=queries.banks_of(platform))
    except format_.PolicyRefusedError as refused:
        raise BadScreeningError(map(_placed, refused.faults)) from None


def begin_shadow(policy: str, *, note: str = "", by: Caller, key: Key | None = None) -> Answer:
    """Let a version judge beside the live one; it does nothing and is counted.

    Raises ScreeningStandsError, NotNowError, NotPermittedError.
    """
    rules = known(policy, by=by, deed=Deed.PROPOSE_POLICY)
    answer: Answer = door.writer().commit(Moving(policy, rules, PolicyDeed.BEGIN_SHADOW, note, by, key))
    return answer


def decline(policy: str, *, reason: str, by: Caller, key: Key | None = None) -> Answer:
    """Say no to a version that is proposed or in shadow: whoever proposed it may, and everybody else who could."""
    rules = known(policy, by=by, deed=Deed.PROPOSE_POLICY)
    answer: Answer = door.writer().commit(Moving(policy, rules, PolicyDeed.DECLINE, reason, by, key))
    return answer


def end(policy: str, *, reason: str, restore: bool = False, by: Caller, key: Key | None = None) -> Answer:
    """Take the live version back at once: one act of one person. With `restore` what it hit is undone.

    Raises ScreeningStandsError, NotPermittedError.
    """
    rules = known(policy, by=by, deed=Deed.PROPOSE_POLICY)
    answer: Answer = door.writer().commit(Ending(policy, rules, reason, restore, by, key))
    return answer


def known(policy: str, *, by: Caller, deed: Deed) -> Rules:
    """What a version of the caller's platform says, read before the writer has to wait for it.

    Raises NotFoundError, NotPermittedError.
    """
    holdings.require(by, deed)
    return texts.rules_of(holdings.policy_of(by, policy).pk)


def require_room(row: Policy) -> None:
    """Refuse one more shadow run than are carried at once."""
    running = Policy.objects.filter(platform=row.platform_id, state=PolicyState.SHADOW.value).count()
    if running >= MOST_IN_SHADOW:
        raise NotNowError(
            f"{MOST_IN_SHADOW} versions run in shadow already, and each looks at every item: decline one of them first."
        )


def tell(  # noqa: PLR0913 - an event has so many sides.
    row: Policy,
    type_: EventType,
    committed: dict[str, bytes],
    *,
    by: Caller,
    moment: Moment,
    ref: tuple[str, ...] = (),
) -> str:
    """Write what happens to a version; the id of the event. Inside an operation of the writer."""
    happening = telling.happening(
        type_,
        row.pk,
        platform=row.platform_id,
        actor=by.handle,
        committed=committed,
        ref=(row.event, *ref),
    )
    return journal.append([happening], moment)[0].id


def answered(policy: str, rules: Rules, *, status: int = 200, banks_changed: Sequence[str] | None = None) -> Answer:
    """The answer to a deed: the version as it stands now."""
    out = PolicyOut.of(queries.whole(policy), rules, running=trying.running(policy), banks_changed=banks_changed)
    return Answer(status, encode(out), policy)


def _placed(fault: Fault) -> Fault:
    """A fault of the text, in the member of the body that holds it."""
    place = f", {fault.pointer}" if fault.pointer else ""
    return Fault("/text", fault.code, f"Line {fault.line or 1}{place}: {fault.detail}", fault.line)
