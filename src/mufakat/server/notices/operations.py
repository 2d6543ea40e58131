"""Deeds of the notices room: submit, acknowledge, withdraw.

What can fail because of the input is decided by ``rules`` before the writer is entered; what the writer does cannot be
refused by content. The order of the steps of ``submit`` and what a power cut after each leaves behind is told in
docs/flows/notice.md.
"""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.db import close_old_connections

from mufakat.rules import admissibility, clock, lifecycle, mandate, retention, said
from mufakat.rules.errors import BadSignatureError, NotAdmissibleError, NotNowError, QuotaSpentError, RefusedError
from mufakat.rules.events import EventType
from mufakat.rules.lifecycle import NoticeDeed, NoticeState
from mufakat.rules.permissions import Deed
from mufakat.server.agreements import asking as agreed, operations as agreements, profiles, standing
from mufakat.server.journal import answers, door, operations as journal, signer, store
from mufakat.server.journal.answers import Answer, Key
from mufakat.server.journal.figures import Tally
from mufakat.server.notices import clocks, confirming, evidence, passages, queries
from mufakat.server.notices.faces import NoticeOut, encode
from mufakat.server.notices.models import Clock, Notice, Payload, Pointer
from mufakat.server.notices.sides import WrongSideError
from mufakat.server.parties import queries as parties, quotas, signing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from mufakat.proof.signed import Given
    from mufakat.rules.admissibility import Admitted
    from mufakat.rules.asked import Under
    from mufakat.rules.notice import Category, NoticeKind, Urgency
    from mufakat.server.agreements.asking import Asking
    from mufakat.server.agreements.standing import Governed
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.notices.evidence import Item
    from mufakat.server.parties.queries import Caller
    from mufakat.server.parties.signing import Signed

SUBMIT = "POST /api/v1/notices"


@dataclass(slots=True)
class Submission:
    """An admitted notice on its way to the writer."""

    raw: bytes
    admitted: Admitted
    sender_id: str
    sender: str
    recipient_id: str
    key: Key
    plan: Plan | None = None
    weight: int = 1
    files: tuple[Item, ...] = ()
    signed: Signed | None = None

    def run(self, moment: Moment) -> Answer:
        answer = SUBMISSIONS.write([self], moment)[0]
        if isinstance(answer, RefusedError):
            raise answer
        return answer


@dataclass(frozen=True, slots=True)
class Starting:
    """The clocks that notices of one kind start in one commit, under what: the first to run out, and their rows."""

    under: Governed | None
    profile: str
    publication: Mapping[str, Any] | None
    due: Sequence[clock.DueClock]
    soonest: datetime | None
    rows: Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Taken:
    """A notice that was written: its id, its clocks, its leaf's hash, and its receipt where one was asked for."""

    id: str
    clocks: Starting
    leaf_hash: bytes
    custody: str


class Submissions:
    """Writes many notices with one statement per table, and answers each; what the quota does not allow is refused."""

    def questions(self, operations: Sequence[Submission], shard: str | None) -> list[store.Question]:
        drawing = [(each.sender_id, each.admitted.mandate) for each in operations if each.admitted.mandate is not None]
        ends = {(each.sender, each.admitted.draft.to) for each in operations}
        return [*quotas.questions(drawing), *journal.questions(shard or signer.live_shard(), ends)]

    def write(self, operations: Sequence[Submission], moment: Moment) -> list[Answer | RefusedError]:
        refused = drawn(operations, moment)
        if not refused:
            return [answered(each, one, moment) for each, one in zip(operations, take(operations, moment), strict=True)]
        taken = [each for place, each in enumerate(operations) if place not in refused]
        answers = iter([answered(each, one, moment) for each, one in zip(taken, take(taken, moment), strict=True)])
        return [refused[place] if place in refused else next(answers) for place in range(len(operations))]


def answered(each: Submission, one: Taken, moment: Moment) -> Answer:
    """The answer to a notice that was written."""
    out = NoticeOut.made(
        one.id,
        at=moment.at,
        due=one.clocks.due,
        receipt=one.custody,
        leaf_hash=one.leaf_hash,
        mandate=each.admitted.mandate,
        taken_as=each.admitted.kind.value if each.admitted.kind is not each.admitted.draft.kind else None,
        profile=one.clocks.profile,
        under=one.clocks.under,
    )
    return Answer(201, encode(out), one.id)


def drawn(submissions: Sequence[Submission], moment: Moment) -> dict[int, RefusedError]:
    """Draw a token for each notice under a mandate; the places of those that get none, and why.

    A notice whose signature does not count any more draws none, and is refused for that; so is one without any, of a
    party that signs what it sends by now.
    """
    statements = {place: each.signed for place, each in enumerate(submissions) if each.signed is not None}
    refused: dict[int, RefusedError] = (
        {**signing.lapsed(statements, shard=signing.log_of(moment))} if statements else {}
    )
    bare = {place: each.sender_id for place, each in enumerate(submissions) if each.signed is None}
    if bare and (signers := signing.must_sign(moment)):
        refused |= {place: signing.unsigned() for place, sender in bare.items() if sender in signers}
    asked = [
        (place, (each.sender_id, each.admitted.mandate))
        for place, each in enumerate(submissions)
        if each.admitted.mandate is not None and place not in refused
    ]
    if not asked and not refused:
        return {}
    outcome = quotas.draw([one for _, one in asked], moment) if asked else []
    refused |= {place: why for (place, _), why in zip(asked, outcome, strict=True) if why is not None}
    # What was sealed for them is nobody's.
    sealed = [file.sealed.name for place in refused for file in submissions[place].files if file.sealed]
    if sealed:
        moment.after.append(evidence.remover(sealed))
    return refused


def spent(submission: Submission, *, at: datetime) -> QuotaSpentError | None:
    """Why a notice need not come near the writer, where its sender's quota is known to be used up."""
    return quotas.spent(submission.sender_id, at=at) if submission.admitted.mandate is not None else None


def require_given(submission: Submission, otherwise: QuotaSpentError) -> None:
    """Raise, unless this very notice was answered before under its key; a read, not in an event loop."""
    close_old_connections()
    if not answers.knows(submission.key):
        evidence.let_go(submission.files)
        raise otherwise


def take(submissions: Sequence[Submission], moment: Moment, *, receipts: bool = True) -> list[Taken]:
    """Write the notices, in this order; without `receipts` the caller signs for all of them together."""
    # (1) Ids, what governs each, and due times, in commit order: the version in force is that of the commit's moment.
    # What was agreed for this moment begins first, in this very transaction.
    agreements.settle_due(moment)
    governed = standing.of_pairs({(each.sender_id, each.recipient_id) for each in submissions}, moment=moment)
    made = []
    starting: dict[tuple[Governed | None, NoticeKind, Category, Urgency], Starting] = {}
    for each in submissions:
        draft = each.admitted.draft
        under = governed.get((each.sender_id, each.recipient_id))
        about = (under, each.admitted.kind, draft.category, draft.effective_urgency)
        start = starting.get(about)
        if start is None:
            start = starting[about] = _starting(*about, at=moment.at)
        made.append((each, moment.id("ntc"), start))
    # (2) The events: leaf, openings, outbox, and the signed custody receipt.
    happenings = [_received(each, notice, start, receipt=receipts) for each, notice, start in made]
    recorded = journal.append(happenings, moment)
    # (3) The rows of this room.
    taken: list[Taken] = []
    notices: list[tuple[Any, ...]] = []
    payloads: list[tuple[Any, ...]] = []
    pointers: list[tuple[Any, ...]] = []
    running: list[tuple[Any, ...]] = []
    for (each, notice, start), event in zip(made, recorded, strict=True):
        draft = each.admitted.draft
        row = (
            notice,
            each.sender_id,
            each.recipient_id,
            each.admitted.kind.value,
            draft.category.value,
            draft.effective_urgency.value,
            each.admitted.mandate,
            draft.kind.value if each.admitted.kind is not draft.kind else None,
        )
        state = NoticeState.RECEIVED.value
        version = start.under.version if start.under is not None else None
        notices.append((*row, draft.language, state, moment.at, start.profile, version, event.leaf_hash, start.soonest))
        payloads.append((notice, each.raw, each.admitted.sha256))
        for place, found in enumerate(each.admitted.locators):
            pointer = (notice, place, found.kind.value, found.canonical, found.input, queries.digest(found.canonical))
            pointers.append((*pointer, each.sender_id, each.recipient_id, True))
        running.extend((notice, *row) for row in start.rows)
        taken.append(Taken(notice, start, event.leaf_hash, event.custody))
    store.insert(Notice, NOTICE, notices)
    store.insert(Payload, ("notice_id", "raw", "sha256"), payloads)
    store.insert(Pointer, POINTER, pointers)
    store.insert(Clock, clocks.STARTED, running)
    # (4) What their senders signed, so that it cannot be said a second time.
    if statements := [(event.id, each.signed) for (each, *_), event in zip(made, recorded, strict=True) if each.signed]:
        signing.note(statements)
    # (5) The files they name, which are durable already.
    if named := [(notice, each.sender_id, each.files) for each, notice, _ in made if each.files]:
        evidence.exhibit(named, moment)
    moment.after.append(functools.partial(count, submissions))
    return taken


RECEIVED = Tally()
"""Notices that this process took, by kind, for the figures; counted once they are durable."""


def count(submissions: Sequence[Submission]) -> None:
    """So many more were taken."""
    for kind, many in Counter([each.admitted.kind for each in submissions]).items():
        RECEIVED.add(kind.value, many)


NOTICE = (
    *("id", "sender_id", "recipient_id", "kind", "category", "urgency", "mandate_id", "sent_as"),
    *("language", "state", "received_at", "profile", "version_id", "leaf_hash", "due_at"),
)
POINTER = (
    *("notice_id", "position", "kind", "canonical", "input", "digest"),
    *("sender_id", "recipient_id", "linked"),
)
SUBMISSIONS = Submissions()


def soonest(due: Sequence[clock.DueClock]) -> datetime | None:
    """When the first of the clocks runs out."""
    return min((one.due_at for one in due), default=None)


def _received(each: Submission, notice: str, start: Starting, *, receipt: bool) -> journal.Happening:
    draft = each.admitted.draft
    return journal.Happening(
        type=EventType.NOTICE_RECEIVED,
        sender=each.sender,
        recipient=draft.to,
        case=notice,
        actor=each.sender,
        committed=said.committed(each.admitted, profile=start.profile, publication=start.publication),
        due=start.soonest,
        law=each.admitted.law,
        ref=_cited(each.admitted.mandate, start.under),
        to=(f"party:{draft.to}",),
        receipt=receipt,
        salts=each.signed.salts if each.signed else None,
        sig=each.signed.sig if each.signed else (),
    )


def _cited(mandate_id: str | None, under: Governed | None) -> tuple[str, ...]:
    """What its leaf names: the mandate it stands under, the agreement, and the event by which its version came."""
    cited = (mandate_id,) if mandate_id is not None else ()
    return cited if under is None else (*cited, under.agreement, under.event)


def _starting(
    under: Governed | None, kind: NoticeKind, category: Category, urgency: Urgency, *, at: datetime
) -> Starting:
    ref = under.profile if under is not None else standing.PROFILE
    rules = profiles.load(ref)
    due = clock.derive(rules, event=EventType.NOTICE_RECEIVED, kind=kind, category=category, urgency=urgency, at=at)
    due = tuple(sorted(due, key=attrgetter("due_at")))  # As they are shown afterwards: a day may end before four hours.
    publication = said.delay_of(rules) if under is not None else None
    return Starting(under, ref, publication, due, soonest(due), clocks.started(due, rules))


def admit(  # noqa: PLR0913 - what a body is judged by, each by name.
    raw: bytes,
    *,
    by: Caller,
    at: datetime,
    directory: parties.Directory | None = None,
    mandates: parties.Mandates | None = None,
    asking: Asking | None = None,
    uploaded: Collection[str] = (),
    given: Callable[[], bool] = bool,
) -> Admitted:
    """Judge a body and store nothing; files whose digests (hexadecimal) are in `uploaded` are taken for stored.

    A file can be named for a day, a mandate suspended on any, an agreement changed, a request repeated for a year:
    where this very one was `given` before, its files are not asked for, nor whether its mandate holds still or what is
    agreed since, and the writer gives the answer of then.

    Raises NotPermittedError or NotAdmissibleError with every fault at once.
    """
    by.require(Deed.SUBMIT)
    directory = parties.directory() if directory is None else directory
    held = parties.mandates_of(by.party_id) if mandates is None else mandates
    judge = functools.partial(
        admissibility.admit,
        raw,
        sender=by.handle,
        sender_kind=by.kind,
        recipient=lambda handle: found[1] if (found := directory.get(handle)) else None,
        evidence_stored=lambda sha256: sha256 in uploaded or evidence.is_stored(by.party_id, sha256, at=at) or given(),
        at=at,
    )
    mine = agreed.asking().get(by.party_id) if asking is None else asking.get(by.party_id)

    def under(handle: str) -> Under | None:
        found = directory.get(handle)
        return agreed.under(mine.get(found[0], ()), at=at) if mine and found else None

    try:
        return judge(mandates=held, agreed=under if mine else None)
    except NotAdmissibleError:
        if not (mandate.have_lapsed(held) or mine) or not given():
            raise
    return judge(mandates=mandate.as_if_in_force(held))


def prepare(  # noqa: PLR0913 - who, when, and by which way, each by name.
    raw: bytes,
    *,
    by: Caller,
    at: datetime,
    key: str,
    directory: parties.Directory | None = None,
    mandates: parties.Mandates | None = None,
    asking: Asking | None = None,
    route: str = SUBMIT,
    looks_up: bool = True,
    signature: Given | None = None,
    held: signing.HeldKeys | None = None,
) -> Submission:
    """Check a body and make it ready for the writer; where `evidence.touches_disk` says so, not in an event loop.

    In a loop also not with `looks_up`: whether it was answered before is then asked, where the answer hangs on that;
    nor with a `signature` of the sender, which `held` keys of its party may have made (looked up, where not given).

    Raises NotPermittedError, NotAdmissibleError with every fault at once, or BadSignatureError.
    """
    directory = parties.directory() if directory is None else directory

    def given() -> bool:
        return looks_up and answers.was_given(Key.of(by.party_id, route, key, raw))

    admitted = admit(raw, by=by, at=at, directory=directory, mandates=mandates, asking=asking, given=given)
    signed = _signed(admitted, signature, by=by, held=held, given=given) if signature or by.must_sign else None
    recipient_id = directory[admitted.draft.to][0]
    stored = Key(by.party_id, route, key, admitted.sha256)
    files = evidence.items_of(admitted)
    return Submission(
        raw, admitted, by.party_id, by.handle, recipient_id, stored, SUBMISSIONS, files=files, signed=signed
    )


def _signed(
    admitted: Admitted,
    signature: Given | None,
    *,
    by: Caller,
    held: signing.HeldKeys | None,
    given: Callable[[], bool],
) -> Signed | None:
    """What the sender signed; what was answered before gets its answer, whatever became of the key since."""
    try:
        if signature is None:
            raise signing.unsigned()
        return signing.of_notice(signature, admitted.sha256, by=by, recipient=admitted.draft.to, held=held)
    except BadSignatureError:
        if not given():
            raise
    return None


def submit(raw: bytes, *, by: Caller, at: datetime, key: str, signature: Given | None = None) -> Answer:
    """Take a notice and return its answer, signed receipt included, once it is durable."""
    submission = prepare(raw, by=by, at=at, key=key, signature=signature)
    answer: Answer = door.writer().commit(submission)
    if answer.replayed:
        evidence.let_go(submission.files)
    return answer


@dataclass(slots=True)
class Turn:
    """A deed on one notice that moves its state: acknowledged or withdrawn."""

    notice: str
    by: Caller
    deed: NoticeDeed
    type: EventType
    committed: dict[str, bytes]
    key: Key | None
    weight: int = 1
    plan: Plan | None = None
    signed: Signed | None = None
    signs: bool = False  # Whether a party that signs what it sends signs this: not what it finds by itself.

    def run(self, moment: Moment) -> Answer:
        notice = queries.get_for(self.by, self.notice, deed=Deed(self.deed.value))
        before = NoticeState(notice.state)
        if self.deed is NoticeDeed.ACKNOWLEDGE and before is NoticeState.ACKNOWLEDGED:
            if self.signed and not signing.was_said(self.signed.mark):
                raise NotNowError("It was acknowledged before, without this signature; sign its delivery instead.")
            return Answer(200, encode(NoticeOut.of(queries.whole(notice, viewer=self.by), at=moment.at)), notice.id)
        if self.signs:
            signing.require(self.by.party_id, self.signed, moment)
        after = lifecycle.advance(before, self.deed)
        begun = queries.first_event(notice.id)
        if self.signed and (lapsed := signing.lapsed({0: self.signed}, shard=begun.shard)):
            raise lapsed[0]
        first = begun.id
        turned = clocks.turn(notice, self.type, after=after, ref=first, moment=moment)
        if after not in lifecycle.OPEN_STATES:
            Pointer.objects.filter(notice=notice).update(linked=False)
        # Two clicks may come at once; the writer takes them one after the other, and the second finds the state moved.
        Notice.objects.filter(pk=notice.pk, state=before.value).update(
            state=after.value,
            due_at=turned.due_at,
            ended_at=moment.at if retention.has_ended(after) else None,
            unreachable_since=None,  # Somebody answered, or nobody need.
            **passages.times_after(notice, self.type, at=moment.at),
        )
        handles = parties.handles()
        other = notice.sender_id if self.by.party_id == notice.recipient_id else notice.recipient_id
        happening = journal.Happening(
            type=self.type,
            sender=self.by.handle,
            recipient=handles[other],
            case=notice.id,
            actor=self.by.handle,
            committed=self.committed,
            ref=(first,),
            to=(f"party:{handles[other]}",),
            receipt=True,
            salts=self.signed.salts if self.signed else None,
            sig=self.signed.sig if self.signed else (),
        )
        recorded = journal.append([happening, *turned.happenings], moment)
        if self.signed:
            signing.note([(recorded[0].id, self.signed)])
        notice.state = after.value
        return Answer(200, encode(NoticeOut.of(queries.whole(notice, viewer=self.by), at=moment.at)), notice.id)


def acknowledge(
    notice: str, *, by: Caller, note: str = "", key: Key | None = None, signature: Given | None = None
) -> Answer:
    """The recipient has it. Acknowledging again changes nothing and answers the same state.

    With a `signature` of the recipient's key the leaf holds it, and what it names: the leaf by which the notice came.
    """
    found = queries.get_for(by, notice, deed=Deed.ACKNOWLEDGE)
    if not queries.to_acknowledge(by, found):
        raise WrongSideError(Deed.ACKNOWLEDGE, by.role)
    committed = {"note": note.encode()} if note else {}
    type_ = EventType.NOTICE_ACKNOWLEDGED
    signed = confirming.signed(found, type_, signature, by=by, key=key, note=committed.get("note", b""))
    if signed is not None:
        committed["received"] = bytes(found.leaf_hash)
    turn = Turn(notice, by, NoticeDeed.ACKNOWLEDGE, type_, committed, key, signed=signed, signs=True)
    answer: Answer = door.writer().commit(turn)
    return answer


def withdraw(notice: str, *, by: Caller, reason: str, key: Key | None = None) -> Answer:
    """The sender takes it back, with a reason."""
    if queries.get_for(by, notice, deed=Deed.WITHDRAW).sender_id != by.party_id:
        raise WrongSideError(Deed.WITHDRAW, by.role)
    turn = Turn(notice, by, NoticeDeed.WITHDRAW, EventType.NOTICE_WITHDRAWN, {"reason": reason.encode()}, key)
    answer: Answer = door.writer().commit(turn)
    return answer
