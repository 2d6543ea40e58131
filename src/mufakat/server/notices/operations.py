"""Deeds of the notices room: submit, acknowledge, withdraw.

What can fail because of the input is decided by ``rules`` before the writer is entered; what the writer does cannot be
refused by content. The order of the steps of ``submit`` and what a power cut after each leaves behind is told in
docs/flows/notice.md.
"""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from django.db.models import Min

from mufakat.rules import admissibility, clock, lifecycle, profile, retention
from mufakat.rules.events import EventType
from mufakat.rules.lifecycle import NoticeDeed, NoticeState
from mufakat.rules.permissions import Deed
from mufakat.server.journal import answers, door, operations as journal, store
from mufakat.server.journal.answers import Answer, Key
from mufakat.server.journal.figures import Tally
from mufakat.server.notices import evidence, passages, queries
from mufakat.server.notices.faces import NoticeOut, encode
from mufakat.server.notices.models import Clock, Notice, Payload, Pointer
from mufakat.server.notices.sides import WrongSideError
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from mufakat.rules.admissibility import Admitted
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.notices.evidence import Item
    from mufakat.server.parties.queries import Caller

SUBMIT = "POST /api/v1/notices"
PROFILE = "id-2017"  # The profile in force; agreements, which name another, come later.


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

    def run(self, moment: Moment) -> Answer:
        return SUBMISSIONS.write([self], moment)[0]


@dataclass(frozen=True, slots=True)
class Taken:
    """A notice that was written: its id, its clocks, its leaf's hash, and its receipt where one was asked for."""

    id: str
    due: Sequence[clock.DueClock]
    leaf_hash: bytes
    custody: str


class Submissions:
    """Writes many notices with one statement per table, and answers each."""

    def write(self, operations: Sequence[Submission], moment: Moment) -> list[Answer]:
        return [
            Answer(
                201,
                encode(NoticeOut.made(one.id, at=moment.at, due=one.due, receipt=one.custody, leaf_hash=one.leaf_hash)),
                one.id,
            )
            for one in take(operations, moment)
        ]


def take(submissions: Sequence[Submission], moment: Moment, *, receipts: bool = True) -> list[Taken]:
    """Write the notices, in this order; without `receipts` the caller signs for all of them together."""
    rules = profile.load(PROFILE)
    # (1) Ids and due times, in commit order.
    made = []
    clocks_of: dict[tuple[str, str, str], Sequence[clock.DueClock]] = {}
    first_of: dict[int, datetime | None] = {}  # By the clocks' identity: many notices share them.
    for each in submissions:
        draft = each.admitted.draft
        about = (draft.kind, draft.category, draft.effective_urgency)
        due = clocks_of.get(about)
        if due is None:
            kind, category, urgency = about
            due = clocks_of[about] = clock.derive(
                rules, event=EventType.NOTICE_RECEIVED, kind=kind, category=category, urgency=urgency, at=moment.at
            )
            first_of[id(due)] = soonest(due)
        made.append((each, moment.id("ntc"), due))
    # (2) The events: leaf, openings, outbox, and the signed custody receipt.
    happenings = [_received(each, notice, first_of[id(due)], receipt=receipts) for each, notice, due in made]
    recorded = journal.append(happenings, moment)
    # (3) The rows of this room.
    taken: list[Taken] = []
    notices: list[tuple[Any, ...]] = []
    payloads: list[tuple[Any, ...]] = []
    pointers: list[tuple[Any, ...]] = []
    clocks: list[tuple[Any, ...]] = []
    for (each, notice, due), event in zip(made, recorded, strict=True):
        draft = each.admitted.draft
        row = (
            notice,
            each.sender_id,
            each.recipient_id,
            draft.kind.value,
            draft.category.value,
            draft.effective_urgency.value,
        )
        state = NoticeState.RECEIVED.value
        notices.append((*row, draft.language, state, moment.at, PROFILE, event.leaf_hash, first_of[id(due)]))
        payloads.append((notice, each.raw, each.admitted.sha256))
        for place, found in enumerate(each.admitted.locators):
            pointer = (notice, place, found.kind.value, found.canonical, found.input, queries.digest(found.canonical))
            pointers.append((*pointer, each.sender_id, each.recipient_id, True))
        clocks.extend((notice, one.name, one.started_at, one.due_at, False) for one in due)
        taken.append(Taken(notice, due, event.leaf_hash, event.custody))
    store.insert(Notice, NOTICE, notices)
    store.insert(Payload, ("notice_id", "raw", "sha256"), payloads)
    store.insert(Pointer, POINTER, pointers)
    store.insert(Clock, ("notice_id", "name", "started_at", "due_at", "void"), clocks)
    # (4) The files they name, which are durable already.
    if named := [(notice, each.sender_id, each.files) for each, notice, _ in made if each.files]:
        evidence.exhibit(named, moment)
    moment.after.append(functools.partial(count, submissions))
    return taken


RECEIVED = Tally()
"""Notices that this process took, by kind, for the figures; counted once they are durable."""


def count(submissions: Sequence[Submission]) -> None:
    """So many more were taken."""
    for kind, many in Counter([each.admitted.draft.kind for each in submissions]).items():
        RECEIVED.add(kind.value, many)


NOTICE = (
    *("id", "sender_id", "recipient_id", "kind", "category", "urgency"),
    *("language", "state", "received_at", "profile", "leaf_hash", "due_at"),
)
POINTER = (
    *("notice_id", "position", "kind", "canonical", "input", "digest"),
    *("sender_id", "recipient_id", "linked"),
)
SUBMISSIONS = Submissions()


def soonest(due: Sequence[clock.DueClock]) -> datetime | None:
    """When the first of the clocks runs out."""
    return min((one.due_at for one in due), default=None)


def _received(each: Submission, notice: str, due: datetime | None, *, receipt: bool) -> journal.Happening:
    draft = each.admitted.draft
    committed = {
        "payload": each.admitted.sha256,
        "locators": msgspec.json.encode([found.canonical for found in each.admitted.locators]),
        "explanation": draft.explanation.encode(),
    }
    return journal.Happening(
        type=EventType.NOTICE_RECEIVED,
        sender=each.sender,
        recipient=draft.to,
        case=notice,
        actor=each.sender,
        committed=committed,
        due=due,
        law=each.admitted.law,
        to=(f"party:{draft.to}",),
        receipt=receipt,
    )


def admit(  # noqa: PLR0913 - what a body is judged by, each by name.
    raw: bytes,
    *,
    by: Caller,
    at: datetime,
    directory: parties.Directory | None = None,
    uploaded: Collection[str] = (),
    given: Callable[[], bool] = bool,
) -> Admitted:
    """Judge a body and store nothing; files whose digests (hexadecimal) are in `uploaded` are taken for stored.

    A file can be named for a day, a request repeated for a year: where this very one was `given` before, its files are
    not asked for, and the writer gives the answer of then.

    Raises NotPermittedError or NotAdmissibleError with every fault at once.
    """
    by.require(Deed.SUBMIT)
    directory = parties.directory() if directory is None else directory
    return admissibility.admit(
        raw,
        sender=by.handle,
        sender_kind=by.kind,
        recipient=lambda handle: found[1] if (found := directory.get(handle)) else None,
        evidence_stored=lambda sha256: sha256 in uploaded or evidence.is_stored(by.party_id, sha256, at=at) or given(),
        at=at,
    )


def prepare(  # noqa: PLR0913 - who, when, and by which way, each by name.
    raw: bytes,
    *,
    by: Caller,
    at: datetime,
    key: str,
    directory: parties.Directory | None = None,
    route: str = SUBMIT,
) -> Submission:
    """Check a body and make it ready for the writer; where `evidence.touches_disk` says so, not in an event loop.

    Raises NotPermittedError or NotAdmissibleError with every fault at once.
    """
    directory = parties.directory() if directory is None else directory
    admitted = admit(
        raw,
        by=by,
        at=at,
        directory=directory,
        given=lambda: answers.was_given(Key.of(by.party_id, route, key, raw)),
    )
    recipient_id = directory[admitted.draft.to][0]
    stored = Key(by.party_id, route, key, admitted.sha256)
    files = evidence.items_of(admitted)
    return Submission(raw, admitted, by.party_id, by.handle, recipient_id, stored, SUBMISSIONS, files=files)


def submit(raw: bytes, *, by: Caller, at: datetime, key: str) -> Answer:
    """Take a notice and return its answer, signed receipt included, once it is durable."""
    submission = prepare(raw, by=by, at=at, key=key)
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

    def run(self, moment: Moment) -> Answer:
        notice = queries.get_for(self.by, self.notice, deed=Deed(self.deed.value))
        before = NoticeState(notice.state)
        if self.deed is NoticeDeed.ACKNOWLEDGE and before is NoticeState.ACKNOWLEDGED:
            return Answer(200, encode(NoticeOut.of(queries.whole(notice, viewer=self.by), at=moment.at)), notice.id)
        after = lifecycle.advance(before, self.deed)
        running = Clock.objects.filter(notice=notice, ended_at=None)
        met = [rule.name for rule in profile.load(notice.profile).clocks if rule.stops == self.type]
        running.filter(name__in=met).update(ended_at=moment.at)
        if after not in lifecycle.OPEN_STATES:
            running.update(ended_at=moment.at, void=True)
            Pointer.objects.filter(notice=notice).update(linked=False)
        # Two clicks may come at once; the writer takes them one after the other, and the second finds the state moved.
        Notice.objects.filter(pk=notice.pk, state=before.value).update(
            state=after.value,
            due_at=running.aggregate(due=Min("due_at"))["due"],
            ended_at=moment.at if retention.has_ended(after) else None,
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
            ref=(queries.first_event(notice.id).id,),
            to=(f"party:{handles[other]}",),
            receipt=True,
        )
        journal.append([happening], moment)
        notice.state = after.value
        return Answer(200, encode(NoticeOut.of(queries.whole(notice, viewer=self.by), at=moment.at)), notice.id)


def acknowledge(notice: str, *, by: Caller, note: str = "", key: Key | None = None) -> Answer:
    """The recipient has it. Acknowledging again changes nothing and answers the same state."""
    found = queries.get_for(by, notice, deed=Deed.ACKNOWLEDGE)
    if not queries.to_acknowledge(by, found):
        raise WrongSideError(Deed.ACKNOWLEDGE, by.role)
    committed = {"note": note.encode()} if note else {}
    turn = Turn(notice, by, NoticeDeed.ACKNOWLEDGE, EventType.NOTICE_ACKNOWLEDGED, committed, key)
    answer: Answer = door.writer().commit(turn)
    return answer


def withdraw(notice: str, *, by: Caller, reason: str, key: Key | None = None) -> Answer:
    """The sender takes it back, with a reason."""
    if queries.get_for(by, notice, deed=Deed.WITHDRAW).sender_id != by.party_id:
        raise WrongSideError(Deed.WITHDRAW, by.role)
    turn = Turn(notice, by, NoticeDeed.WITHDRAW, EventType.NOTICE_WITHDRAWN, {"reason": reason.encode()}, key)
    answer: Answer = door.writer().commit(turn)
    return answer
